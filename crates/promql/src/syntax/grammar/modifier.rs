//! What stands between an operator and its right side, and lists of labels.

use super::*;
use crate::syntax::{GroupModifier, Modifier};

impl Parser<'_> {
    pub(super) fn modifier(&mut self) -> Result<Modifier, Unreadable> {
        let mut modifier = Modifier::default();
        if self.is_word("bool") {
            self.next();
            modifier.return_bool = true;
        }
        let make = match self.word().as_deref() {
            Some("on") => LabelModifier::Include,
            Some("ignoring") => LabelModifier::Exclude,
            _ => return self.filled(modifier),
        };
        self.next();
        modifier.matching = Some(make(self.keys()?));
        let make = match self.word().as_deref() {
            Some("group_left") => GroupModifier::Left,
            Some("group_right") => GroupModifier::Right,
            _ => return self.filled(modifier),
        };
        let span = self.span();
        self.next();
        let keys = if self.is_sign("(") { self.keys()? } else { Keys { place: Place(span), ..Keys::default() } };
        modifier.grouping = Some(make(keys));
        self.filled(modifier)
    }

    /// `fill (0)`, `fill_left (0)` and `fill_right (0)`: numbers for a side that is not there.
    fn filled(&mut self, mut modifier: Modifier) -> Result<Modifier, Unreadable> {
        while let Some(word) = self.word().filter(|word| word.starts_with("fill")) {
            let sides: &[usize] = match word.as_str() {
                "fill" => &[0, 1],
                "fill_left" => &[0],
                "fill_right" => &[1],
                _ => return Ok(modifier),
            };
            if self.peek_second() != &Word::Sign("(") {
                return Ok(modifier);
            }
            self.next();
            self.expect("(")?;
            let is_negative = self.takes("-");
            let span = self.span();
            let value = match self.next() {
                Word::Number(value) => value,
                Word::Duration(milliseconds) => milliseconds as f64 / 1000.0,
                Word::Name(name) if name.eq_ignore_ascii_case("nan") => f64::NAN,
                Word::Name(name) if name.eq_ignore_ascii_case("inf") => f64::INFINITY,
                _ => return Err(wrong(span, "what is filled in is a number", "write a number")),
            };
            self.expect(")")?;
            for side in sides {
                modifier.fill[*side] = Some(if is_negative { -value } else { value });
            }
        }
        Ok(modifier)
    }

    /// LabelModifier in parentheses.
    pub(super) fn keys(&mut self) -> Result<Keys, Unreadable> {
        let start = self.expect("(")?;
        let mut keys = Keys::default();
        while !self.is_sign(")") {
            let span = self.span();
            match self.peek().clone() {
                Word::Name(name) => keys.labels.push(name.to_owned()),
                Word::Text(name) if !name.is_empty() => keys.labels.push(name),
                _ => return Err(self.unexpected("a label's name or `)`")),
            }
            self.next();
            keys.places.push(Place(span));
            if !self.takes(",") && !self.is_sign(")") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        keys.place = Place(start.to(self.expect(")")?));
        Ok(keys)
    }
}
