//! Parts a query into tokens although variables stand in it, which no parser of PromQL takes.

use std::ops::Range;

use super::reference::Reference;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword, a number or a duration; variables may be part of it.
    Word,
    /// Quoted.
    Text,
    /// A bracket, a comma or an operator.
    Sign,
}

/// A token, with the variables in it.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    pub(super) text: &'a str,
    pub(super) variables: Vec<Reference<'a>>,
}

impl Token<'_> {
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind != Kind::Text && self.text == sign
    }

    pub(super) fn has_variables(&self) -> bool {
        !self.variables.is_empty()
    }

    /// Whether it is a variable and nothing else.
    pub(super) fn is_variable(&self) -> bool {
        matches!(self.variables.as_slice(), [only] if only.range == self.range)
    }
}

/// The tokens of a query in which these variables stand, without comments.
pub(super) fn tokens<'a>(text: &'a str, variables: Vec<Reference<'a>>) -> Vec<Token<'a>> {
    let mut reader = Reader { text, variables, at: 0, windows: 0 };
    let mut tokens = Vec::new();
    while let Some((kind, range)) = reader.next() {
        let first = reader.variables.partition_point(|variable| variable.range.start < range.start);
        let within = reader.variables[first..].iter().take_while(|variable| variable.range.start < range.end);
        let variables = within.cloned().collect();
        tokens.push(Token { kind, text: &text[range.clone()], range, variables });
    }
    tokens
}

struct Reader<'a> {
    text: &'a str,
    variables: Vec<Reference<'a>>,
    at: usize,
    /// In how many square brackets it is; colons part words there.
    windows: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<(Kind, Range<usize>)> {
        self.skip();
        let start = self.at;
        let rest = &self.text[start..];
        let first = rest.chars().next()?;
        if matches!(first, '"' | '\'' | '`') {
            self.quoted(first);
            return Some((Kind::Text, start..self.at));
        }
        while self.at < self.text.len() && self.word_part() {}
        if self.at > start {
            return Some((Kind::Word, start..self.at));
        }
        let pair = ["=~", "!~", "!=", "==", ">=", "<="].iter().any(|pair| rest.starts_with(pair));
        match first {
            '[' => self.windows += 1,
            ']' => self.windows = self.windows.saturating_sub(1),
            _ => {}
        }
        self.at += if pair { 2 } else { first.len_utf8() };
        Some((Kind::Sign, start..self.at))
    }

    /// Takes a letter or a variable, if there is one.
    fn word_part(&mut self) -> bool {
        let next = self.variables.partition_point(|variable| variable.range.start < self.at);
        if let Some(variable) = self.variables.get(next).filter(|variable| variable.range.start == self.at) {
            self.at = variable.range.end;
            return true;
        }
        let letter = self.text[self.at..].chars().next();
        let is_part = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.') || (*c == ':' && self.windows == 0);
        let taken = letter.filter(is_part).map_or(0, char::len_utf8);
        self.at += taken;
        taken > 0
    }

    fn quoted(&mut self, quote: char) {
        let mut characters = self.text[self.at..].char_indices().skip(1);
        let mut length = self.text.len() - self.at;
        while let Some((at, character)) = characters.next() {
            if character == '\\' && quote != '`' {
                characters.next();
            } else if character == quote {
                length = at + 1;
                break;
            }
        }
        self.at += length;
    }

    fn skip(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_start().len();
            let comment =
                if rest[blank..].starts_with('#') { rest[blank..].find('\n').unwrap_or(rest.len() - blank) } else { 0 };
            self.at += blank + comment;
            if blank + comment == 0 {
                return;
            }
        }
    }
}
