//! Shows which part of what was written cannot be read.

use std::ops::Range;

/// The text, and under it a mark below the part and why it cannot be read.
pub(crate) fn underlined(text: &str, part: Range<usize>, reason: &str) -> String {
    let before = text.get(..part.start).unwrap_or(text).chars().count();
    let marked = text.get(part).map_or(0, |part| part.chars().count()).max(1);
    format!("\n  {text}\n  {}{} {reason}", " ".repeat(before), "^".repeat(marked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_the_part() {
        assert_eq!(underlined("p95<2s for ordr", 11..15, "no step"), "\n  p95<2s for ordr\n             ^^^^ no step");
        // What is missing stands at the end.
        assert_eq!(underlined("p95<", 4..4, "a time"), "\n  p95<\n      ^ a time");
    }
}
