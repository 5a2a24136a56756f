//! From text to tree.

use promql_parser::parser::{self, Expr};

/// More operators and calls than anybody writes. Each may lie within the one before, and whoever walks down that far runs out of stack.
const MOST_LEVELS: usize = 2000;

/// The tree of a query.
///
/// # Errors
/// Why the text is no query, for people.
pub(crate) fn parse(query: &str) -> Result<Expr, String> {
    if levels(query) > MOST_LEVELS {
        return Err(format!("it has more than {MOST_LEVELS} operators and calls, which may lie within each other"));
    }
    parser::parse(query)
}

/// How deep the tree can be at most: what opens a level, outside of matchers and strings.
fn levels(query: &str) -> usize {
    let (mut levels, mut quote, mut is_selector, mut was_space) = (0, None, false, false);
    let mut letters = query.chars();
    while let Some(letter) = letters.next() {
        // However wide, a space parts two words once.
        let is_more_space = std::mem::replace(&mut was_space, letter.is_whitespace()) && was_space;
        match (quote, letter) {
            (None, '#') => was_space = letters.by_ref().any(|letter| letter == '\n'),
            (None, _) if is_more_space => {}
            (Some('"' | '\''), '\\') => {
                letters.next();
            }
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '{') => is_selector = true,
            (None, '}') => is_selector = false,
            _ if is_selector => {}
            (None, '(' | '[' | '+' | '-' | '*' | '/' | '%' | '^' | '<' | '>' | '=') => levels += 1,
            // The operators that are words: and, or, unless, atan2.
            (None, letter) if letter.is_whitespace() => levels += 1,
            _ => {}
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_matchers_and_strings_is_no_level() {
        assert_eq!(levels(r#"x{a="((((", b=~"\"(("}"#), 0);
        assert_eq!(levels("-(a + b) or c[5m]"), 2 + 3 + 2 + 1);
        assert_eq!(levels("a   +\n    b # don't (((\n+ c"), 3 + 1 + 2);
    }

    #[test]
    fn a_query_that_is_too_deep_is_refused() {
        for (opens, closes) in [("sum(", ")"), ("-", ""), ("up or ", ""), ("2^", ""), ("(", ")")] {
            let query = format!("{}up{}", opens.repeat(100_000), closes.repeat(100_000));
            assert!(parse(&query).is_err_and(|why| why.contains("more than 2000")), "{opens}");
        }
        assert!(parse(&format!("{}up{}", "sum(".repeat(500), ")".repeat(500))).is_ok());
        assert!(parse(&format!("up{}", " ".repeat(3000))).is_ok(), "however wide it is");
        assert!(parse(&format!("# it's\n{}", "(".repeat(100_000))).is_err(), "a comment is no string");
    }
}
