//! Which bytes of a YAML file wrote each byte of a scalar, in the five styles of YAML 1.2 (chapters 7.3 and 8.1).
//!
//! The parser says what a scalar means and where it begins. Here it is read a second time for the places; where the two readings
//! differ, the scalar is only known as a whole.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use super::located::Located;

/// The scalar that means `meant`, begins at `start`, with its anchor and its tag if it has some, and ends at or before `end`.
pub(super) fn locate(source: &str, style: ScalarStyle, meant: &str, start: usize, end: usize) -> Located {
    let start = behind_properties(source, start).min(end);
    let read = match style {
        ScalarStyle::Plain => plain(source, start, end),
        ScalarStyle::SingleQuoted => single_quoted(source, start),
        ScalarStyle::DoubleQuoted => double_quoted(source, start),
        ScalarStyle::Literal => block(source, start, meant, false),
        ScalarStyle::Folded => block(source, start, meant, true),
    };
    read.filter(|read| read.text == meant).unwrap_or_else(|| Located::somewhere(meant, start..end))
}

/// Where a scalar begins whose anchor or tag may begin at `start`; of a block, the first line that is not empty.
fn behind_properties(source: &str, start: usize) -> usize {
    let mut at = start;
    while source[at..].starts_with(['&', '!']) {
        let end = source[at..].find([' ', '\t', '\n', '\r']).map_or(source.len(), |length| at + length);
        at = end + source[end..].len() - source[end..].trim_start_matches([' ', '\t', '\n', '\r']).len();
    }
    if at == start || !source[at..].starts_with(['|', '>']) {
        return at;
    }
    let lines = source[at..].find('\n').map_or(source.len(), |length| at + length + 1);
    lines + source[lines..].len() - source[lines..].trim_start_matches([' ', '\n', '\r']).len()
}

fn plain(source: &str, start: usize, end: usize) -> Option<Located> {
    let written = source.get(start..end)?.trim_end_matches([' ', '\t', '\n', '\r']);
    let end = start + written.len();
    let mut text = Located::empty(start..end);
    let (mut at, mut copied) = (start, start);
    while at < end {
        if is_blank(source.as_bytes()[at]) {
            text.copy(&source[copied..at], copied);
            at = fold(source, at, &mut text, false);
            copied = at;
        } else {
            at += 1;
        }
    }
    text.copy(&source[copied..end], copied);
    Some(text)
}

fn single_quoted(source: &str, start: usize) -> Option<Located> {
    quoted(source, start, b'\'', |source, at, text| {
        text.write("'", at..at + 2);
        (source.as_bytes().get(at + 1) == Some(&b'\'')).then_some(at + 2)
    })
}

fn double_quoted(source: &str, start: usize) -> Option<Located> {
    quoted(source, start, b'"', |source, at, text| match source.as_bytes().get(at + 1)? {
        b'\n' | b'\r' => Some(fold(source, at + 1, text, true)),
        _ => escape(source, at, text),
    })
}

/// Reads up to the closing quote. `special` reads what begins at a backslash between double quotes, or at a quote between single ones.
fn quoted(
    source: &str,
    start: usize,
    quote: u8,
    special: impl Fn(&str, usize, &mut Located) -> Option<usize>,
) -> Option<Located> {
    let bytes = source.as_bytes();
    let mut text = Located::empty(start..start);
    let (mut at, mut copied) = (start + 1, start + 1);
    loop {
        let byte = *bytes.get(at)?;
        let doubled = quote == b'\'' && bytes.get(at + 1) == Some(&quote);
        match byte {
            _ if byte == quote && !doubled => break,
            _ if is_blank(byte) => {
                text.copy(&source[copied..at], copied);
                at = fold(source, at, &mut text, false);
                copied = at;
            }
            _ if byte == quote || (byte == b'\\' && quote == b'"') => {
                text.copy(&source[copied..at], copied);
                at = special(source, at, &mut text)?;
                copied = at;
            }
            _ => at += 1,
        }
    }
    text.copy(&source[copied..at], copied);
    text.set_range(start..at + 1);
    Some(text)
}

/// Reads the escape that begins at `at` and says where it ends.
pub(super) fn escape(source: &str, at: usize, text: &mut Located) -> Option<usize> {
    let digits = match source.as_bytes().get(at + 1)? {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        plain => {
            let meant = match plain {
                b'0' => "\0",
                b'a' => "\u{7}",
                b'b' => "\u{8}",
                b't' | b'\t' => "\t",
                b'n' => "\n",
                b'v' => "\u{b}",
                b'f' => "\u{c}",
                b'r' => "\r",
                b'e' => "\u{1b}",
                b' ' => " ",
                b'"' => "\"",
                b'/' => "/",
                b'\\' => "\\",
                b'N' => "\u{85}",
                b'_' => "\u{a0}",
                b'L' => "\u{2028}",
                b'P' => "\u{2029}",
                _ => return None,
            };
            text.write(meant, at..at + 2);
            return Some(at + 2);
        }
    };
    let end = at + 2 + digits;
    let code = u32::from_str_radix(source.get(at + 2..end)?, 16).ok()?;
    text.write(char::from_u32(code)?.encode_utf8(&mut [0; 4]), at..end);
    Some(end)
}

/// Reads blanks and line breaks from `at` on: blanks within a line stay, one break is a space, of more than one the first is dropped.
/// Behind a backslash (`escaped`) the first break is nothing.
fn fold(source: &str, at: usize, text: &mut Located, escaped: bool) -> usize {
    let bytes = source.as_bytes();
    let end = bytes[at..].iter().position(|&byte| !is_blank(byte)).map_or(bytes.len(), |length| at + length);
    let breaks = breaks(source, at..end);
    match breaks.as_slice() {
        [] => text.copy(&source[at..end], at),
        [only] if !escaped => text.write(" ", only.clone()),
        [_, more @ ..] => more.iter().for_each(|one| text.write("\n", one.clone())),
    }
    end
}

fn breaks(source: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let bytes = source.as_bytes();
    let mut breaks = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {
                breaks.push(at..at + 2);
                at += 1;
            }
            b'\r' | b'\n' => breaks.push(at..at + 1),
            _ => {}
        }
        at += 1;
    }
    breaks
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// A line of a block: what it says without its indentation, and the break behind it.
struct Line {
    says: Range<usize>,
    breaks: Range<usize>,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.says.is_empty()
    }

    /// Whether it stands further in than the block, which keeps it and its neighbours from being folded.
    fn is_set_off(&self, source: &str) -> bool {
        matches!(source.as_bytes().get(self.says.start), Some(b' ' | b'\t')) && !self.is_empty()
    }
}

/// Reads a block whose first line that is not empty begins at `start`, behind its indentation. Trailing breaks are what chomping leaves:
/// as many as `meant` has.
fn block(source: &str, start: usize, meant: &str, folded: bool) -> Option<Located> {
    let indent = start - source[..start].rfind('\n').map_or(0, |at| at + 1);
    let blank = source.as_bytes()[start - indent..start].iter().any(|&byte| byte != b' ');
    if blank || meant.bytes().all(|byte| byte == b'\n') {
        return None;
    }
    let mut text = Located::empty(start..start);
    let leading = meant.bytes().take_while(|&byte| byte == b'\n').count();
    let empty = lines_before(source, start - indent, leading)?;
    let first = empty.first().map_or(start, |line| line.start);
    empty.iter().for_each(|line| break_line(source, &mut text, line));
    let lines = lines(source, start, indent);
    let last = lines.iter().rposition(|line| !line.is_empty())?;
    let mut pending: Vec<Range<usize>> = Vec::new();
    let mut before: Option<&Line> = None;
    for (index, line) in lines.iter().enumerate() {
        if !line.is_empty() {
            let foldable = |line: &Line| folded && !line.is_set_off(source);
            match pending.as_slice() {
                [only] if before.is_some_and(foldable) && foldable(line) => text.write(" ", only.clone()),
                [_, more @ ..] if before.is_some_and(foldable) && foldable(line) => {
                    more.iter().for_each(|one| text.write("\n", one.clone()));
                }
                all => all.iter().for_each(|one| break_line(source, &mut text, one)),
            }
            pending.clear();
            text.copy(&source[line.says.clone()], line.says.start);
            before = Some(line);
        }
        pending.push(line.breaks.clone());
        if index == last {
            text.set_range(first..line.says.end);
        }
    }
    pending.iter().for_each(|one| break_line(source, &mut text, one));
    if meant.len() <= text.text.len() && meant.is_char_boundary(meant.len()) && text.text.is_char_boundary(meant.len())
    {
        text.truncate(meant.len());
    }
    Some(text)
}

fn break_line(source: &str, text: &mut Located, at: &Range<usize>) {
    if &source[at.clone()] == "\n" { text.copy("\n", at.start) } else { text.write("\n", at.clone()) }
}

/// The breaks of the `count` empty lines before the line that begins at `at`.
fn lines_before(source: &str, at: usize, count: usize) -> Option<Vec<Range<usize>>> {
    let mut breaks = Vec::new();
    let mut end = at;
    for _ in 0..count {
        let break_at = end.checked_sub(1)?;
        let start = source[..break_at].rfind('\n').map_or(0, |at| at + 1);
        let width = 1 + usize::from(source[start..break_at].ends_with('\r'));
        breaks.push(end - width..end);
        end = start;
    }
    breaks.reverse();
    Some(breaks)
}

/// The lines of a block, as far as they are indented enough or empty.
fn lines(source: &str, start: usize, indent: usize) -> Vec<Line> {
    let bytes = source.as_bytes();
    let mut lines = Vec::new();
    let mut at = start - indent;
    while at < source.len() {
        let end = source[at..].find('\n').map_or(source.len(), |length| at + length);
        let says_end = if bytes[at..end].last() == Some(&b'\r') { end - 1 } else { end };
        let spaces = bytes[at..says_end].iter().take_while(|&&byte| byte == b' ').count();
        let is_marker = indent == 0 && at > start && is_document_marker(&source[at..says_end]);
        if is_marker || (spaces < indent && at + spaces < says_end) {
            break;
        }
        let breaks_end = (end + 1).min(source.len());
        lines.push(Line { says: (at + spaces.min(indent))..says_end, breaks: says_end..breaks_end });
        at = end + 1;
    }
    lines
}

fn is_document_marker(line: &str) -> bool {
    ["---", "..."]
        .iter()
        .any(|marker| line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])))
}
