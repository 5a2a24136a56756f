//! Text that knows where in its file each of its bytes was written.

use std::ops::Range;

/// A text as its reader understands it, and the bytes of the file that wrote it.
///
/// The two differ: escapes, indentation and folding in YAML and JSON, values put in place of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What is meant.
    pub text: String,
    pieces: Vec<Piece>,
    whole: Range<usize>,
}

/// A stretch of the text and the stretch of the file that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: usize,
    file: Range<usize>,
    /// Byte by byte the same; otherwise the stretch of the file stands for the stretch of the text as a whole.
    copied: bool,
}

impl Located {
    /// An empty text whose writing, such as quotes with nothing between them, takes up `whole`.
    pub(super) fn empty(whole: Range<usize>) -> Self {
        Self { text: String::new(), pieces: Vec::new(), whole }
    }

    /// A text that stands in the file as it is, from the byte `start` on.
    pub(super) fn verbatim(text: &str, start: usize) -> Self {
        let mut located = Self::empty(start..start + text.len());
        located.copy(text, start);
        located
    }

    /// A text of which only the whole is known to come from `whole`.
    pub(super) fn somewhere(text: &str, whole: Range<usize>) -> Self {
        let mut located = Self::empty(whole.clone());
        located.write(text, whole);
        located
    }

    /// Adds what stands in the file byte by byte.
    pub(super) fn copy(&mut self, text: &str, start: usize) {
        if text.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.copied && last.file.end == start => last.file.end += text.len(),
            _ => self.pieces.push(Piece { text: self.text.len(), file: start..start + text.len(), copied: true }),
        }
        self.text.push_str(text);
    }

    /// Adds what the bytes `file` stand for.
    pub(super) fn write(&mut self, text: &str, file: Range<usize>) {
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece { text: self.text.len(), file, copied: false });
        self.text.push_str(text);
    }

    /// Drops what lies beyond `length` bytes of text, a character boundary.
    pub(super) fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
        self.pieces.retain(|piece| piece.text < length);
        if let Some(last) = self.pieces.last_mut().filter(|last| last.copied) {
            last.file.end = last.file.end.min(last.file.start + length - last.text);
        }
    }

    /// The bytes of the file that wrote these bytes of the text; for an empty range the place before its first byte.
    pub fn at(&self, span: Range<usize>) -> Range<usize> {
        if self.pieces.is_empty() {
            return self.whole.clone();
        }
        let start = self.start_of(span.start);
        let end = if span.end > span.start { self.end_of(span.end) } else { start };
        start..end.max(start)
    }

    /// The bytes of the file that the whole text takes up, quotes included.
    pub fn range(&self) -> Range<usize> {
        self.whole.clone()
    }

    /// A part of it, a range on character boundaries.
    pub(super) fn slice(&self, span: Range<usize>) -> Self {
        let mut part = Self::empty(self.at(span.clone()));
        part.take(self, span);
        part
    }

    /// Itself with other texts in some places, which come in order and do not overlap.
    pub(super) fn replaced<'a>(&self, changes: impl IntoIterator<Item = (Range<usize>, &'a str)>) -> Self {
        let mut changed = Self::empty(self.range());
        let mut done = 0;
        for (span, text) in changes {
            changed.take(self, done..span.start);
            changed.write(text, self.at(span.clone()));
            done = span.end;
        }
        changed.take(self, done..self.text.len());
        changed
    }

    fn take(&mut self, from: &Self, span: Range<usize>) {
        let first = from.pieces.partition_point(|piece| piece.text <= span.start).saturating_sub(1);
        for (index, piece) in from.pieces.iter().enumerate().skip(first) {
            let next = from.pieces.get(index + 1).map_or(from.text.len(), |next| next.text);
            let (start, end) = (piece.text.max(span.start), next.min(span.end));
            if start >= end {
                break;
            }
            let text = &from.text[start..end];
            if piece.copied {
                self.copy(text, piece.file.start + start - piece.text);
            } else {
                self.write(text, piece.file.clone());
            }
        }
    }

    fn piece_of(&self, byte: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.text <= byte);
        self.pieces.get(after.checked_sub(1)?)
    }

    fn start_of(&self, byte: usize) -> usize {
        let Some(piece) = self.piece_of(byte) else { return self.whole.start };
        match byte {
            byte if byte >= self.text.len() => piece.file.end,
            byte if piece.copied => piece.file.start + byte - piece.text,
            _ => piece.file.start,
        }
    }

    fn end_of(&self, end: usize) -> usize {
        let Some(piece) = self.piece_of(end.min(self.text.len()) - 1) else { return self.whole.end };
        if piece.copied { (piece.file.start + end - piece.text).min(piece.file.end) } else { piece.file.end }
    }

    pub(super) fn set_range(&mut self, whole: Range<usize>) {
        self.whole = whole;
    }
}

impl AsRef<str> for Located {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Located {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_stands_for_the_whole_of_what_it_replaced() {
        let written = Located::verbatim("rate(x[$i])", 100);
        let meant = written.replaced([(7..9, "300s")]);
        assert_eq!(meant.text, "rate(x[300s])");
        assert_eq!(meant.at(5..6), 105..106);
        assert_eq!(meant.at(8..9), 107..109);
        assert_eq!(meant.at(11..13), 109..111);
        assert_eq!(meant.at(0..13), 100..111);
        assert_eq!(meant.at(13..13), 111..111);
    }

    #[test]
    fn a_part_and_a_truncation_keep_their_places() {
        let mut text = Located::empty(0..20);
        text.copy("ab", 3);
        text.write("\n", 5..7);
        text.copy("cd", 10);
        assert_eq!(text.slice(1..4).text, "b\nc");
        assert_eq!(text.slice(1..4).range(), 4..11);
        text.truncate(3);
        assert_eq!((text.text.as_str(), text.at(0..3)), ("ab\n", 3..7));
    }
}
