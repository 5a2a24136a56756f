//! A file's text with its lines, so that a byte has a line and a column.

use std::ops::Range;

use crate::document::Position;

/// A text, and where its lines begin.
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    starts: Vec<usize>,
}

impl Text {
    pub(super) fn new(text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { text, starts }
    }

    /// The place of a byte; what lies beyond the end is at the end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.within(byte);
        let line = self.line(byte);
        let column = self.text[self.starts[line]..byte].chars().count() + 1;
        Position { line: line + 1, column }
    }

    /// The byte at a place; beyond the end of its line, that end.
    pub(super) fn byte(&self, Position { line, column }: Position) -> usize {
        let line = line.saturating_sub(1).min(self.starts.len() - 1);
        let start = self.starts[line];
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let characters = self.text[start..end].char_indices();
        start + characters.map(|(at, _)| at).nth(column.saturating_sub(1)).unwrap_or(end - start)
    }

    /// The whole lines on which these bytes stand, the number of the first, and where the bytes are among them.
    pub(super) fn lines(&self, span: &Range<usize>) -> (&str, usize, Range<usize>) {
        let start = self.within(span.start);
        let end = self.within(span.end).max(start);
        let (first, last) = (self.line(start), self.line(end));
        let from = self.starts[first];
        let to = self.starts.get(last + 1).map_or(self.text.len(), |next| next - 1);
        let lines = self.text[from..to].trim_end_matches('\r');
        // What stands in the break itself is told as the line's end.
        (lines, first + 1, (start - from).min(lines.len())..(end - from).min(lines.len()))
    }

    /// The index of the line on which a byte stands.
    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte) - 1
    }

    /// The nearest place at or before this byte at which a character begins.
    fn within(&self, byte: usize) -> usize {
        self.text.floor_char_boundary(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, byte: usize, line: usize, column: usize) {
        assert_eq!(Text::new(text.to_owned()).position(byte), Position { line, column });
    }

    #[test]
    fn lines_and_characters_are_counted_from_one() {
        check("", 0, 1, 1);
        check("ab\ncd", 0, 1, 1);
        check("ab\ncd", 2, 1, 3);
        check("ab\ncd", 3, 2, 1);
        check("é→x", 5, 1, 3);
    }

    #[test]
    fn a_place_has_a_byte_and_one_beyond_a_line_has_its_end() {
        let text = Text::new("é→x\nab".to_owned());
        for (line, column, byte) in [(1, 1, 0), (1, 3, 5), (1, 9, 6), (2, 2, 8), (9, 9, 9)] {
            assert_eq!(text.byte(Position { line, column }), byte, "{line}:{column}");
        }
    }

    #[test]
    fn a_byte_inside_a_character_or_beyond_the_end_has_a_place_too() {
        check("é→x", 3, 1, 2);
        check("ab\n", 99, 2, 1);
    }

    #[test]
    fn whole_lines_are_shown_without_their_breaks() {
        let text = Text::new("one\r\ntwo\r\nthree\nfour".to_owned());
        assert_eq!(text.lines(&(6..7)), ("two", 2, 1..2));
        assert_eq!(text.lines(&(6..12)), ("two\r\nthree", 2, 1..7));
        assert_eq!(text.lines(&(99..120)), ("four", 4, 4..4));
        assert_eq!(Text::new("[[\r\r".to_owned()).lines(&(4..4)), ("[[", 1, 2..2));
    }
}
