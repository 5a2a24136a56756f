//! Lines and columns, as people count them.

use std::fmt;

/// A place in a file: both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where the lines of a file begin.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(source: &str) -> Self {
        let breaks = source.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        Self { starts: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect() }
    }

    /// Where the byte `offset` of `source` stands; beyond the end, the end.
    pub(super) fn position(&self, source: &str, offset: usize) -> Position {
        let offset = source.floor_char_boundary(offset);
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts[line - 1];
        let before = source[start..offset].trim_start_matches('\u{feff}');
        Position { line, column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, offset: usize, line: usize, column: usize) {
        assert_eq!(Lines::of(source).position(source, offset), Position { line, column });
    }

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        check("", 0, 1, 1);
        check("a\nb", 2, 2, 1);
        check("größe: x", 8, 1, 7);
        check("a\n", 99, 2, 1);
        check("\u{feff}a: b", 6, 1, 4);
    }
}
