//! Conditions on a label's value. Patterns match whole values, and a point matches a line's end too
//! (<https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors>).

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::Place;
use crate::infer::pattern;

/// More than any pattern needs that somebody wrote.
const MOST_BYTES: usize = 1 << 20;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOperator {
    Equal,
    NotEqual,
    Matches,
    NotMatches,
}

/// A condition on a label.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub name: String,
    pub op: MatchOperator,
    pub value: String,
    /// Of a pattern that is more than alternatives letter by letter.
    pattern: Option<Regex>,
    pub name_place: Place,
    pub value_place: Place,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl MatchOperator {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        }
    }

    /// Whether it compares with a pattern.
    pub const fn is_pattern(self) -> bool {
        matches!(self, Self::Matches | Self::NotMatches)
    }

    /// Whether it lets pass what does not compare.
    pub const fn excludes(self) -> bool {
        matches!(self, Self::NotEqual | Self::NotMatches)
    }
}

impl Matcher {
    /// # Errors
    /// Why the pattern is none.
    pub fn new(name: impl Into<String>, op: MatchOperator, value: impl Into<String>) -> Result<Self, String> {
        let (name, value) = (name.into(), value.into());
        let mut matcher =
            Self { name, op, value, pattern: None, name_place: Place::default(), value_place: Place::default() };
        if op.is_pattern() && pattern::literals(&matcher).is_none() {
            matcher.pattern = Some(compiled(&matcher.value)?);
        }
        Ok(matcher)
    }

    pub fn is_match(&self, value: &str) -> bool {
        let is_same = match (&self.pattern, self.op.is_pattern()) {
            (_, false) => self.value == value,
            (Some(pattern), true) => pattern.is_match(value),
            (None, true) => pattern::literals(self).is_some_and(|literals| literals.iter().any(|it| it == value)),
        };
        is_same != self.op.excludes()
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:?}", self.name, self.op.as_str(), self.value)
    }
}

fn compiled(value: &str) -> Result<Regex, String> {
    let build = |value: &str| {
        RegexBuilder::new(&format!("^(?:{value})$")).dot_matches_new_line(true).size_limit(MOST_BYTES).build()
    };
    // A brace that repeats nothing stands for itself in Go, and in Rust for nothing.
    build(value).or_else(|error| build(&with_braces_escaped(value)).map_err(|_| error)).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too big".to_owned(),
        error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}

fn with_braces_escaped(value: &str) -> String {
    let mut escaped = String::new();
    let mut rest = value;
    while let Some(letter) = rest.chars().next() {
        let width = letter.len_utf8();
        match letter {
            '\\' => {
                let next = rest[width..].chars().next().map_or(0, char::len_utf8);
                escaped.push_str(&rest[..width + next]);
                rest = &rest[width + next..];
                continue;
            }
            '{' if !repeats(&rest[width..]) => escaped.push_str("\\{"),
            _ => escaped.push(letter),
        }
        rest = &rest[width..];
    }
    escaped
}

/// Whether what follows a brace is a number of times.
fn repeats(rest: &str) -> bool {
    let Some((inner, _)) = rest.split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    !least.is_empty() && [least, most].iter().all(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(op: MatchOperator, value: &str, matches: &[&str], others: &[&str]) {
        let matcher = Matcher::new("label", op, value).expect("a pattern");
        assert!(matches.iter().all(|value| matcher.is_match(value)), "{matcher} and {matches:?}");
        assert!(!others.iter().any(|value| matcher.is_match(value)), "{matcher} and not {others:?}");
    }

    #[test]
    fn patterns_match_whole_values_over_lines() {
        check(MatchOperator::Matches, "a|b", &["a", "b"], &["ab", ""]);
        check(MatchOperator::Matches, "5..", &["500", "5\n0"], &["50", "5000"]);
        check(MatchOperator::NotMatches, "5..|", &["200"], &["500", ""]);
        check(MatchOperator::NotEqual, "", &["a"], &[""]);
    }

    #[test]
    fn braces_that_repeat_nothing_stand_for_themselves() {
        check(MatchOperator::Matches, "/users/{id}.*", &["/users/{id}/cart"], &["/users/1"]);
        check(MatchOperator::Matches, r"\d{2}\{{x", &["12{{x"], &["1{x"]);
        assert!(Matcher::new("label", MatchOperator::Matches, "(a").is_err_and(|why| why.contains("unclosed")));
    }
}
