//! What a matcher's pattern says letter by letter. Patterns match whole values
//! (<https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors>).

use super::{MatchOperator, Matcher};

/// Exactly the values that an equality or a pattern of plain alternatives names; nothing when the pattern can match others.
pub(crate) fn literals(matcher: &Matcher) -> Option<Vec<String>> {
    match matcher.op {
        MatchOperator::Equal | MatchOperator::NotEqual => Some(vec![matcher.value.clone()]),
        MatchOperator::Matches | MatchOperator::NotMatches => {
            alternatives(&matcher.value)?.into_iter().map(|alternative| literal(alternative, false)).collect()
        }
    }
}

/// The values that a matcher names, whatever else its pattern matches. A point between letters is taken for one, since most patterns
/// that hold a path or a host mean it so.
pub(crate) fn named(matcher: &Matcher) -> Vec<String> {
    match matcher.op {
        MatchOperator::Equal | MatchOperator::NotEqual => vec![matcher.value.clone()],
        MatchOperator::Matches | MatchOperator::NotMatches => {
            let alternatives = alternatives(&matcher.value).unwrap_or_default();
            alternatives.into_iter().filter_map(|alternative| literal(alternative, true)).collect()
        }
    }
}

/// The parts between the bars. Inside parentheses or brackets a bar is no alternative of the whole, so nothing is said then.
fn alternatives(pattern: &str) -> Option<Vec<&str>> {
    let grouped = pattern.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let inner = grouped.map_or(pattern, |inner| inner.strip_prefix("?:").unwrap_or(inner));
    (!inner.contains(['(', ')', '['])).then(|| inner.split('|').collect())
}

fn literal(alternative: &str, with_points: bool) -> Option<String> {
    let mut literal = String::new();
    let mut letters = alternative.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => literal.push(letters.next().filter(char::is_ascii_punctuation)?),
            '.' if with_points
                && literal.ends_with(|before: char| before.is_ascii_alphabetic())
                && letters.peek().is_some_and(char::is_ascii_alphabetic) =>
            {
                literal.push('.');
            }
            '.' | '*' | '+' | '?' | '{' | '}' | '^' | '$' | ']' => return None,
            _ => literal.push(letter),
        }
    }
    Some(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, exactly: Option<&[&str]>, names: &[&str]) {
        let matcher = Matcher::new("label", MatchOperator::Matches, pattern).expect("a pattern");
        assert_eq!(
            literals(&matcher).as_deref(),
            exactly.map(|all| all.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()).as_deref()
        );
        assert_eq!(named(&matcher), names);
    }

    #[test]
    fn only_plain_alternatives_are_taken_at_their_word() {
        check("a|b", Some(&["a", "b"]), &["a", "b"]);
        check("(?:a|b)", Some(&["a", "b"]), &["a", "b"]);
        check("(a|)", Some(&["a", ""]), &["a", ""]);
        check(r"a\.b", Some(&["a.b"]), &["a.b"]);
        check("2..|_OTHER", None, &["_OTHER"]);
        check("host.domain|1.0", None, &["host.domain"]);
        check("(a|b)c", None, &[]);
        check("(a)|(b)", None, &[]);
        check(r"\d+|x", None, &["x"]);
        check("(?i)a", None, &[]);
        check("", Some(&[""]), &[""]);
    }
}
