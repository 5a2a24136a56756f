//! Conditions on a label's value. Patterns match whole values, and a point matches a line's end too
//! (<https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors>).

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::{Place, pattern};

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
    let pattern = format!("^(?:{})$", as_go_reads(value)?);
    RegexBuilder::new(&pattern).dot_matches_new_line(true).size_limit(MOST_BYTES).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too big".to_owned(),
        error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}

/// The pattern such that Rust takes it as Go does: a brace that repeats nothing stands for itself, what is repeated is not repeated again,
/// classes lie in no other class and are not reckoned with, and digits, letters and spaces are those of ASCII
/// (<https://github.com/google/re2/wiki/Syntax>).
fn as_go_reads(value: &str) -> Result<String, String> {
    let (mut read, mut rest, mut is_repeated) = (String::new(), value, false);
    while let Some(letter) = rest.chars().next() {
        let repetition = repetition(rest);
        if repetition > 0 && is_repeated {
            return Err(format!("`{}` repeats what is repeated already", &rest[..repetition]));
        }
        is_repeated = repetition > 0;
        let (text, width) = match letter {
            _ if is_repeated => (rest[..repetition].to_owned(), repetition),
            '\\' => escape(rest),
            '[' => class(rest)?,
            '{' => (r"\{".to_owned(), 1),
            letter => (letter.to_string(), letter.len_utf8()),
        };
        if is_repeated
            && text.split(|letter: char| !letter.is_ascii_digit()).any(|times| times.len() > 3 && times != "1000")
        {
            return Err(format!("`{text}` is more often than a pattern repeats"));
        }
        read += &text;
        rest = &rest[width..];
    }
    Ok(read)
}

/// How many bytes say here how often something stands.
fn repetition(rest: &str) -> usize {
    let width = match rest.bytes().next() {
        Some(b'*' | b'+' | b'?') => 1,
        Some(b'{') if repeats(&rest[1..]) => rest.find('}').map_or(0, |end| end + 1),
        _ => return 0,
    };
    // As seldom as can be.
    width + usize::from(rest[width..].starts_with('?'))
}

/// What stands behind a backslash, and how many bytes it takes.
fn escape(rest: &str) -> (String, usize) {
    let Some(letter) = rest[1..].chars().next() else { return (rest.to_owned(), rest.len()) };
    let text = match letter {
        'd' => "[0-9]".to_owned(),
        'D' => "[^0-9]".to_owned(),
        'w' => "[0-9A-Za-z_]".to_owned(),
        'W' => "[^0-9A-Za-z_]".to_owned(),
        's' => r"[\t\n\f\r ]".to_owned(),
        'S' => r"[^\t\n\f\r ]".to_owned(),
        'b' | 'B' => format!(r"(?-u:\{letter})"),
        letter => format!("\\{letter}"),
    };
    (text, 1 + letter.len_utf8())
}

/// The classes that have a name.
const CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// A class in brackets, and how many bytes it takes.
fn class(whole: &str) -> Result<(String, usize), String> {
    let open = if whole.starts_with("[^") { "[^" } else { "[" };
    let mut read = open.to_owned();
    let mut rest = &whole[open.len()..];
    // Whether a dash here makes a range of the letter before it.
    let mut is_range = false;
    while let Some(letter) = rest.chars().next() {
        let is_first = read == open;
        let (text, width) = match letter {
            ']' if !is_first => return Ok((read + "]", whole.len() - rest.len() + 1)),
            '\\' if read.ends_with('-') && !read.ends_with(r"\-") => {
                (rest.chars().take(2).collect(), rest.chars().take(2).map(char::len_utf8).sum())
            }
            '\\' => escape(rest),
            '[' if rest.starts_with("[:") && rest[2..].contains(":]") => {
                let end = rest[2..].find(":]").map_or(1, |end| end + 4);
                let name = rest[2..end - 2].trim_start_matches('^');
                if !CLASSES.contains(&name) {
                    return Err(format!("there is no class `{}`", &rest[..end]));
                }
                (rest[..end].to_owned(), end)
            }
            '-' if is_range && !rest.starts_with("-]") => ("-".to_owned(), 1),
            letter if letter.is_ascii_punctuation() => (format!("\\{letter}"), 1),
            letter => (letter.to_string(), letter.len_utf8()),
        };
        is_range = text != "-" && !read.ends_with('-') && !text.starts_with('[');
        read += &text;
        rest = &rest[width..];
    }
    Ok((read, whole.len()))
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

    #[test]
    fn classes_are_those_of_go() {
        check(MatchOperator::Matches, "[a&&b]", &["a", "&", "b"], &["a&&b", ""]);
        check(MatchOperator::Matches, "[[a-c-]", &["[", "b", "-"], &["d"]);
        check(MatchOperator::Matches, r"[^]\d-]+", &["ab"], &["a]", "1", "-"]);
        check(MatchOperator::Matches, r"\d[[:upper:]][\x41-\x43]", &["7XB"], &["٣XB", "7xB", "7XD"]);
        check(MatchOperator::Matches, r"\w\b[~~.]", &["a~", "a."], &["ä~", "a~~"]);
        for wrong in ["[a--]", "[", "a**", "a{2}{3}", "a+?*", "a{1001}", "[[::]]", r"[A-\D]"] {
            assert!(Matcher::new("label", MatchOperator::Matches, wrong).is_err(), "{wrong}");
        }
        check(MatchOperator::Matches, "(a+)+?b{1000}?|[[:]", &["[", ":"], &["b"]);
    }
}
