//! Comments that let a finding stand, with a reason.
//!
//! `# promql-lint: allow(code, other-code) because REASON` is a comment of YAML or of PromQL. It holds for the rule, route or query in
//! which it stands, or directly above which; at the head of a group for the group, and at the head of a file for the file.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::defect::{DefectCode, Defects};
use super::located::Located;

const MARK: &str = "promql-lint:";

/// How to write one, for messages.
pub const WAIVER_SYNTAX: &str = "# promql-lint: allow(code, other-code) because REASON";

/// A comment that lets findings stand.
#[derive(Debug)]
pub struct Waiver {
    /// The bytes of the comment.
    pub range: Range<usize>,
    /// The findings that it lets stand.
    pub codes: Vec<Waived>,
    /// Why; a waiver without a reason is itself to be reported.
    pub reason: Option<Located>,
    /// The bytes of the file for which it holds; empty where there is nothing that it could hold for.
    pub scope: Range<usize>,
}

/// A code that a waiver names, and whether it was found there.
#[derive(Debug)]
pub struct Waived {
    pub code: Located,
    used: AtomicBool,
}

impl Waived {
    /// Whether a finding was let stand by it.
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }
}

impl Waiver {
    /// Whether it lets findings with this code at this byte stand, and marks that it was of use.
    pub(super) fn allows(&self, code: &str, at: usize) -> bool {
        let holds = self.scope.start <= at && at < self.scope.end;
        let Some(waived) = self.codes.iter().find(|waived| holds && waived.code.text == code) else { return false };
        waived.used.store(true, Ordering::Relaxed);
        true
    }
}

/// What a waiver can hold for.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) range: Range<usize>,
    /// Where the first of the blocks within it begins: what stands before is its head.
    pub(super) head_until: Option<usize>,
}

impl Block {
    /// A rule, a route or a query.
    pub(super) fn single(range: Range<usize>) -> Self {
        Self { range, head_until: None }
    }

    /// A group, a file or a document, whose parts begin at `head_until`.
    pub(super) fn around(range: Range<usize>, head_until: usize) -> Self {
        Self { range, head_until: Some(head_until) }
    }
}

/// Reads a comment, given without a place to hold for, if it is meant as a waiver.
pub(super) fn read(comment: &Located, defects: &mut Defects) -> Option<Waiver> {
    let text = comment.text.as_str();
    let body = text.trim_start_matches('#').trim_start();
    let begins_like = body.get(..MARK.len()).is_some_and(|mark| mark.eq_ignore_ascii_case(MARK));
    if !begins_like {
        return None;
    }
    let waiver = parse(comment, text.len() - body.len() + MARK.len());
    if waiver.is_none() {
        let reason = "this comment begins like a waiver and cannot be read as one";
        defects.add(DefectCode::UnreadableWaiver, comment.range(), reason, format!("write `{WAIVER_SYNTAX}`"));
    }
    waiver
}

fn parse(comment: &Located, start: usize) -> Option<Waiver> {
    let text = comment.text.as_str();
    let rest = text[start..].trim_start().strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (names, behind) = rest.split_once(')')?;
    let mut codes = Vec::new();
    let mut at = text.len() - rest.len();
    for name in names.split(',') {
        let code = trimmed(comment, at..at + name.len());
        if code.text.is_empty() {
            return None;
        }
        codes.push(Waived { code, used: AtomicBool::new(false) });
        at += name.len() + 1;
    }
    let reason = match behind.trim() {
        "" | "because" => None,
        behind => {
            let reason = behind.strip_prefix("because").filter(|reason| reason.starts_with([' ', '\t']))?;
            Some(trimmed(comment, text.trim_end().len() - reason.len()..text.len()))
        }
    };
    Some(Waiver { range: comment.range(), codes, reason, scope: 0..0 })
}

fn trimmed(text: &Located, span: Range<usize>) -> Located {
    let part = &text.text[span.clone()];
    let start = span.start + part.len() - part.trim_start().len();
    text.slice(start..start + part.trim().len())
}

/// The bytes for which a waiver holds that stands at `comment`.
pub(super) fn scope(source: &str, comment: &Range<usize>, blocks: &[Block]) -> Range<usize> {
    let below = block_below(source, comment).and_then(|line| {
        let starts_there = |block: &&Block| line.contains(&block.range.start);
        blocks.iter().filter(starts_there).max_by_key(|block| block.range.len())
    });
    if let Some(block) = below {
        return block.range.clone();
    }
    let contains = |block: &&Block| {
        let end = end_of_line(source, block.range.end);
        block.range.start <= comment.start && comment.end <= end
    };
    match blocks.iter().filter(contains).min_by_key(|block| block.range.len()) {
        Some(Block { range, head_until: Some(first) }) if comment.start >= *first => range.end..range.end,
        Some(block) => block.range.clone(),
        None => comment.end..comment.end,
    }
}

/// The first line that is no comment below a comment on a line of its own; an empty line parts the comment from what follows.
fn block_below(source: &str, comment: &Range<usize>) -> Option<Range<usize>> {
    let line_start = source[..comment.start].rfind('\n').map_or(0, |at| at + 1);
    if !source[line_start..comment.start].trim().is_empty() {
        return None;
    }
    let mut start = end_of_line(source, comment.end) + 1;
    while start < source.len() {
        let end = end_of_line(source, start);
        let line = source[start..end].trim();
        match line.as_bytes().first() {
            Some(b'#') => start = end + 1,
            Some(_) => return Some(start..end),
            None => return None,
        }
    }
    None
}

fn end_of_line(source: &str, at: usize) -> usize {
    source[at..].find('\n').map_or(source.len(), |length| at + length)
}

/// The comments of a query in PromQL.
pub(super) fn comments_of_query(query: &Located) -> Vec<Located> {
    let text = query.text.as_str();
    let mut comments = Vec::new();
    if !text.contains('#') {
        return comments;
    }
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '#') => {
                let end = end_of_line(text, at);
                comments.push(query.slice(at..end));
                characters.by_ref().take_while(|&(_, character)| character != '\n').for_each(drop);
            }
            (Some('"' | '\''), '\\') => drop(characters.next()),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    comments
}
