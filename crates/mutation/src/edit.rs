//! A change of a text at a place in it.

use promql::syntax::Span;

/// What stands instead of a part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Of the original.
    pub span: Span,
    pub text: String,
}

impl Edit {
    pub(crate) fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Puts a text in where nothing is taken away.
    pub(crate) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(Span::new(at, at), text)
    }

    pub(crate) fn drop(span: Span) -> Self {
        Self::new(span, "")
    }

    /// The text with the change in it.
    pub(crate) fn applied(&self, query: &str) -> String {
        let (before, after) = (query.get(..self.span.start), query.get(self.span.end..));
        [before.unwrap_or_default(), &self.text, after.unwrap_or_default()].concat()
    }

    /// Where the change stands in the changed text.
    pub fn changed(&self) -> Span {
        Span::new(self.span.start, self.span.start + self.text.len())
    }
}

/// The lines of a text in which a part stands, each with a line of marks below that part. Of nothing, the place is marked.
pub(crate) fn underlined(text: &str, span: Span) -> String {
    let mut shown = String::new();
    let mut start = 0;
    for line in text.split('\n') {
        let end = start + line.len();
        if span.start <= end && (span.end > start || span.start >= start) {
            let (from, to) = (span.start.clamp(start, end) - start, span.end.clamp(start, end) - start);
            let width = |part: &str| part.chars().count();
            let marks = line.get(from..to).map_or(1, width).max(1);
            let pad = line.get(..from).map_or(0, width);
            shown += &format!("{line}\n{}{}\n", " ".repeat(pad), "^".repeat(marks));
        }
        start = end + 1;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_put_in_and_found_again() {
        let edit = Edit::new(Span::new(2, 4), "50m");
        assert_eq!(edit.applied("x[5m]"), "x[50m]");
        assert_eq!(edit.changed().of("x[50m]"), "50m");
        assert_eq!(Edit::insert(1, "y").applied("x"), "xy");
    }

    #[test]
    fn only_lines_with_the_part_are_shown() {
        assert_eq!(underlined("a\nbcd\ne", Span::new(3, 5)), "bcd\n ^^\n");
        assert_eq!(underlined("a\nbcd\ne", Span::new(4, 7)), "bcd\n  ^\ne\n^\n");
        assert_eq!(underlined("ab", Span::new(2, 2)), "ab\n  ^\n");
    }
}
