//! From text to words.

use super::{Span, Unreadable, duration, text};

/// A word of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word<'q> {
    /// A name or a key word.
    Name(&'q str),
    Number(f64),
    /// In milliseconds.
    Duration(u64),
    Text(String),
    /// A sign, such as `(` or `=~`.
    Sign(&'static str),
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'q> {
    pub(super) word: Word<'q>,
    pub(super) span: Span,
}

/// The longer before those that they begin with.
const SIGNS: [&str; 24] = [
    "=~", "!~", "==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", "{", "}", "[", "]", ",",
    ":", "@",
];

/// Every word, and the end.
pub(super) fn tokens(query: &str) -> Result<Vec<Token<'_>>, Unreadable> {
    let mut lexer = Lexer { query, at: 0, is_in_brackets: false };
    let mut tokens = Vec::new();
    loop {
        lexer.skip();
        let start = lexer.at;
        let word = lexer.word()?;
        let is_end = word == Word::End;
        tokens.push(Token { word, span: Span::new(start, lexer.at) });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'q> {
    query: &'q str,
    at: usize,
    /// Where a colon parts a range from a step and belongs to no name.
    is_in_brackets: bool,
}

impl<'q> Lexer<'q> {
    fn rest(&self) -> &'q str {
        &self.query[self.at..]
    }

    /// Past spaces and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let spaces = rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            self.at += spaces;
            if !self.rest().starts_with('#') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn word(&mut self) -> Result<Word<'q>, Unreadable> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Word::End) };
        let is_fraction = first == '.' && rest[1..].starts_with(|digit: char| digit.is_ascii_digit());
        if first.is_ascii_digit() || is_fraction {
            return self.number();
        }
        if matches!(first, '"' | '\'' | '`') {
            let (length, said) = text::leading(rest).map_err(|(at, reason)| {
                self.wrong(Span::new(self.at + at, self.at + at + 1), &reason, "close the text where it ends")
            })?;
            self.at += length;
            return Ok(Word::Text(said));
        }
        let is_colon = first == ':' && !self.is_in_brackets;
        if first.is_ascii_alphabetic() || first == '_' || is_colon {
            let belongs =
                |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || (*byte == b':' && !self.is_in_brackets);
            let length = rest.bytes().take_while(belongs).count();
            self.at += length;
            return Ok(Word::Name(&rest[..length]));
        }
        let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) else {
            let span = Span::new(self.at, self.at + first.len_utf8());
            let help = match first {
                '!' => "write `!=` or `!~`",
                '&' | '|' => "write `and`, `or` or `unless`",
                '$' => "only Grafana fills in variables; write what it stands for",
                _ => "names with such letters stand in quotes within braces: `{\"a.name\"}`",
            };
            return Err(self.wrong(span, &format!("`{first}` means nothing here"), help));
        };
        self.at += sign.len();
        match sign {
            "[" => self.is_in_brackets = true,
            "]" => self.is_in_brackets = false,
            _ => {}
        }
        Ok(Word::Sign(sign))
    }

    /// A number, or a duration (<https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations>).
    fn number(&mut self) -> Result<Word<'q>, Unreadable> {
        let rest = self.rest();
        if let Some((length, milliseconds)) = duration::leading(rest) {
            self.at += length;
            return Ok(Word::Duration(milliseconds));
        }
        let length = number_length(rest);
        let more = rest[length..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let span = Span::new(self.at, self.at + length + more);
        let written = &rest[..length];
        let number = if more == 0 { value(written) } else { None };
        let Some(number) = number else {
            let whole = span.of(self.query);
            return Err(self.wrong(
                span,
                &format!("`{whole}` is neither a number nor a duration"),
                "durations have the units ms, s, m, h, d, w, y, the longest first: `1h30m`",
            ));
        };
        self.at += length;
        Ok(Word::Number(number))
    }

    fn wrong(&self, span: Span, reason: &str, help: &str) -> Unreadable {
        let end = span.end.min(self.query.len());
        let span = Span::new(span.start.min(end), end);
        Unreadable { span, reason: reason.to_owned(), help: help.to_owned(), is_unsupported: false }
    }
}

/// How far digits go, with a point, an exponent and underscores between them.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize, is_digit: fn(&u8) -> bool| {
        bytes[from..].iter().take_while(|byte| is_digit(byte) || **byte == b'_').count()
    };
    if text.starts_with("0x") || text.starts_with("0X") {
        return 2 + digits(2, u8::is_ascii_hexdigit);
    }
    let mut length = digits(0, u8::is_ascii_digit);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1, u8::is_ascii_digit);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign, u8::is_ascii_digit);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// What digits come to. Go reads a leading zero as octal where it can.
fn value(written: &str) -> Option<f64> {
    let underscores_part_digits = || {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
        let bytes = written.as_bytes();
        let places = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
        places.map(|(place, _)| place).all(|place| {
            let after_prefix = place == 2 && bytes[1].eq_ignore_ascii_case(&b'x');
            (after_prefix || is_digit(bytes.get(place.wrapping_sub(1)))) && is_digit(bytes.get(place + 1))
        })
    };
    if !underscores_part_digits() {
        return None;
    }
    let digits = written.replace('_', "");
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    let is_octal = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
    match is_octal.then(|| i64::from_str_radix(&digits, 8)) {
        Some(Ok(number)) => Some(number as f64),
        _ => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expect: &[Word<'_>]) {
        let words: Vec<_> = tokens(query).expect(query).into_iter().map(|token| token.word).collect();
        assert_eq!(words, [expect, &[Word::End]].concat(), "{query}");
    }

    #[test]
    fn numbers_and_durations_are_told_apart() {
        check(
            "5m 0.5 1e3 .5 0x1F 1_000 1e-3",
            &[
                Word::Duration(300_000),
                Word::Number(0.5),
                Word::Number(1000.0),
                Word::Number(0.5),
                Word::Number(31.0),
                Word::Number(1000.0),
                Word::Number(0.001),
            ],
        );
        for wrong in ["5x", "1__0", "1m1h", "0x", "1e", "5m_"] {
            assert!(tokens(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_colon_belongs_to_names_but_not_to_ranges() {
        check(
            "a:b[5m:1m]",
            &[
                Word::Name("a:b"),
                Word::Sign("["),
                Word::Duration(300_000),
                Word::Sign(":"),
                Word::Duration(60_000),
                Word::Sign("]"),
            ],
        );
    }

    #[test]
    fn comments_end_with_their_line() {
        check("a # b (((\n+ c # \"", &[Word::Name("a"), Word::Sign("+"), Word::Name("c")]);
    }
}
