//! What a query answers at a moment, and how answers are compared.

use std::{collections::BTreeMap, fmt};

use crate::trials::evaluate::Element;

/// Two evaluations add in different orders; a mistake makes a greater difference.
const ROUNDING: f64 = 1e-8;

/// The elements with their values, without the metric's name. A number has no labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer(BTreeMap<Element, f64>);

/// What a text was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answers what the query means, wherever it was asked.
    Same,
    /// It does not, and this is where.
    Differs(Seen, String),
    /// It was not answered in time.
    TooLong,
}

/// What of a text shows that it is not what is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// What it answers.
    Whole,
    /// What a side of one of its operators answers.
    Part,
    /// What it makes of numbers.
    Table,
}

impl Answer {
    pub(super) fn of(elements: impl IntoIterator<Item = (Element, f64)>) -> Self {
        Self(elements.into_iter().collect())
    }

    /// The answer as promtool writes it: `{a="b"} 1E+00, {} 2E+00`. Nothing if it is something else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut elements = BTreeMap::new();
        let mut rest = text.trim();
        while !rest.is_empty() && rest != "nil" {
            let (labels, after) = labels(rest)?;
            let (value, after) = after.split_once(", ").unwrap_or((after, ""));
            elements.insert(labels, value.trim().trim_start_matches('+').parse().ok()?);
            rest = after.trim_start();
        }
        Some(Self(elements))
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.0.keys()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why the other is not the same.
    pub(super) fn unlike(&self, other: &Self) -> Option<String> {
        let missing = self.0.keys().find(|labels| !other.0.contains_key(*labels));
        if let Some(labels) = missing {
            return Some(format!("{labels:?} is missing"));
        }
        let more = other.0.keys().find(|labels| !self.0.contains_key(*labels));
        if let Some(labels) = more {
            return Some(format!("{labels:?} is too much"));
        }
        let values = self.0.iter().map(|(labels, value)| (labels, *value, other.0[labels]));
        let mut apart = values.filter(|(_, wanted, found)| !is_near(*wanted, *found));
        apart.next().map(|(labels, wanted, found)| format!("{labels:?} is {found} instead of {wanted}"))
    }
}

#[expect(clippy::float_cmp, reason = "infinities are equal or not")]
fn is_near(left: f64, right: f64) -> bool {
    left == right
        || (left.is_nan() && right.is_nan())
        || (left - right).abs() <= ROUNDING * left.abs().max(right.abs()).max(1e-6)
}

/// The labels in braces at the beginning, and what follows.
fn labels(text: &str) -> Option<(Element, &str)> {
    let mut rest = text.strip_prefix('{')?;
    let mut labels = Element::new();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            labels.remove("__name__");
            return Some((labels, after));
        }
        let (key, after) = rest.split_once('=')?;
        let (value, after) = quoted(after)?;
        labels.insert(key.trim().to_owned(), value);
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
}

/// A text in quotation marks at the beginning, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &inner[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Same => f.write_str("the same"),
            Verdict::Differs(_, how) => f.write_str(how),
            Verdict::TooLong => f.write_str("not answered in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(of: &[(&[(&str, &str)], f64)]) -> Answer {
        let element =
            |labels: &[(&str, &str)]| labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Answer::of(of.iter().map(|(labels, value)| (element(labels), *value)))
    }

    #[test]
    fn what_promtool_writes_is_read() {
        let read =
            Answer::read(r#"{__name__="x", a="1", b="q\"}, \\"} 1E+01, {} NaN, {a="2"} -Inf"#).expect("readable");
        let expected =
            answer(&[(&[("a", "1"), ("b", "q\"}, \\")], 10.0), (&[], f64::NAN), (&[("a", "2")], f64::NEG_INFINITY)]);
        assert_eq!(expected.unlike(&read), None);
        assert_eq!(Answer::read("nil"), Some(Answer::default()));
        assert_eq!(Answer::read("err: no"), None);
    }

    #[test]
    fn what_differs_is_told() {
        let one = answer(&[(&[("a", "1")], 1.0)]);
        assert_eq!(one.unlike(&answer(&[(&[("a", "1")], 1.0 + 1e-12)])), None);
        let told = |other: Answer| one.unlike(&other).expect("they differ");
        assert!(told(answer(&[(&[("a", "1")], 1.001)])).contains("instead of 1"));
        assert!(told(Answer::default()).contains("missing"));
        assert!(told(answer(&[(&[("a", "1")], 1.0), (&[], 1.0)])).contains("too much"));
    }
}
