//! The comments of a YAML file, which its parser passes over.

use std::ops::Range;

/// The comments of `source`, each from its `#` to the end of its line, given where its scalars stand: only between them can a comment begin.
pub(super) fn find(source: &str, start: usize, scalars: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let mut at = start;
    for scalar in scalars {
        between(source, at..scalar.start, &mut comments);
        at = at.max(scalar.end);
    }
    between(source, at..source.len(), &mut comments);
    comments
}

fn between(source: &str, gap: Range<usize>, comments: &mut Vec<Range<usize>>) {
    let mut at = gap.start;
    while let Some(found) = source.get(at..gap.end).and_then(|rest| rest.find('#')) {
        let hash = at + found;
        let begins = hash == 0 || source[..hash].ends_with([' ', '\t', '\n', '\r', '\u{feff}']);
        if !begins {
            at = hash + 1;
            continue;
        }
        let end = source[hash..].find(['\n', '\r']).map_or(source.len(), |length| hash + length);
        comments.push(hash..end);
        at = end;
    }
}
