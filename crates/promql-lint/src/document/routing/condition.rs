//! What an alert must be like for a route or an inhibition, in all ways of writing it
//! (<https://prometheus.io/docs/alerting/latest/configuration/#label-matchers>).

use std::ops::Range;

use promql::syntax::{MatchOperator, Matcher};

use super::super::defect::{DefectCode, Defects};
use super::super::fields;
use super::super::located::Located;
use super::super::node::Node;

/// A condition on a label of an alert; a label that is not there is empty.
#[derive(Clone, Debug)]
pub struct Condition {
    pub matcher: Matcher,
    pub name: Located,
    pub value: Located,
}

/// Conditions as a person would list them.
pub(super) fn listed(conditions: &[Condition]) -> String {
    if conditions.is_empty() {
        return "any alert".to_owned();
    }
    conditions.iter().map(|condition| condition.matcher.to_string()).collect::<Vec<_>>().join(", ")
}

/// Reads all conditions of a mapping, whose fields' names begin with `prefix`: the older mappings and the newer list.
pub(super) fn read(node: &Node, prefix: &str, defects: &mut Defects) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (key, op) in [("match", MatchOperator::Equal), ("match_re", MatchOperator::Matches)] {
        for (name, value) in fields::text_entries(node, &format!("{prefix}{key}"), defects) {
            conditions.extend(condition(name, op, value, defects));
        }
    }
    for text in fields::texts(node, &format!("{prefix}matchers"), defects) {
        for part in parts(&text.text) {
            match parse(&text, part.clone()) {
                Ok((name, op, value)) => conditions.extend(condition(name, op, value, defects)),
                Err(reason) => {
                    let at = text.at(part);
                    defects.add(
                        DefectCode::UnreadableMatcher,
                        at,
                        reason,
                        "write `label=\"value\"`, with `=`, `!=`, `=~` or `!~`",
                    );
                }
            }
        }
    }
    conditions
}

fn condition(name: Located, op: MatchOperator, value: Located, defects: &mut Defects) -> Option<Condition> {
    match Matcher::new(name.text.as_str(), op, value.text.as_str()) {
        Ok(matcher) => Some(Condition { matcher, name, value }),
        Err(error) => {
            let reason = format!("`{value}` is no pattern: {error}");
            defects.add(DefectCode::UnreadableMatcher, value.range(), reason, "mend the pattern, or compare with `=`");
            None
        }
    }
}

/// The conditions in one text, between commas and within braces if there are any; behind the last comma nothing need stand.
fn parts(text: &str) -> Vec<Range<usize>> {
    let whole = trim(text, 0..text.len());
    let open = usize::from(text[whole.clone()].starts_with('{'));
    let whole = whole.start + open..whole.end;
    let close = usize::from(text[whole.clone()].ends_with('}'));
    let whole = whole.start..whole.end - close;
    let mut parts = Vec::new();
    let mut start = whole.start;
    let mut quoted = false;
    let mut escaped = false;
    for (offset, character) in text[whole.clone()].char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(start..whole.start + offset);
                start = whole.start + offset + 1;
            }
            _ => {}
        }
    }
    if !text[start..whole.end].trim().is_empty() {
        parts.push(start..whole.end);
    }
    parts
}

/// Reads one condition: a name, quoted if it is unusual, an operator, and a value, quoted or not.
fn parse(text: &Located, part: Range<usize>) -> Result<(Located, MatchOperator, Located), String> {
    let part = trim(&text.text, part);
    let written = &text.text[part.clone()];
    let no_condition = || format!("`{written}` is no condition on a label");
    let name_length = match written.strip_prefix('"') {
        Some(inner) => closing_quote(inner).ok_or_else(no_condition)? + 2,
        None => written.find(['=', '!', '~']).ok_or_else(no_condition)?,
    };
    let name = trim(&text.text, part.start..part.start + name_length);
    let rest = trim(&text.text, part.start + name_length..part.end);
    let operators = [
        ("=~", MatchOperator::Matches),
        ("!~", MatchOperator::NotMatches),
        ("!=", MatchOperator::NotEqual),
        ("=", MatchOperator::Equal),
    ];
    let behind_name = &text.text[rest.clone()];
    let found = operators.iter().find(|(sign, _)| behind_name.starts_with(sign));
    let (sign, op) = found.ok_or_else(no_condition)?;
    let name_text = &text.text[name.clone()];
    if name_text.is_empty() || (!name_text.starts_with('"') && name_text.contains([' ', '\t', '"', '{', '}', ','])) {
        return Err(no_condition());
    }
    let value = trim(&text.text, rest.start + sign.len()..rest.end);
    Ok((unquoted(text, name)?, *op, unquoted(text, value)?))
}

/// What a name or a value means, in which a backslash stands before quotes, backslashes and an `n` for a line break.
fn unquoted(text: &Located, span: Range<usize>) -> Result<Located, String> {
    let written = &text.text[span.clone()];
    let inner = match written.strip_prefix('"') {
        Some(inner) if closing_quote(inner).is_some_and(|at| at + 1 == inner.len()) => span.start + 1..span.end - 1,
        Some(_) => {
            return Err(format!(
                "in `{written}` something stands behind the closing quote, or the quote is never closed"
            ));
        }
        None if closing_quote(written).is_some() => {
            return Err(format!("in `{written}` a quote stands without a backslash before it"));
        }
        None => span.clone(),
    };
    let mut changes = Vec::new();
    let mut at = inner.start;
    while let Some(offset) = text.text[at..inner.end].find('\\') {
        let start = at + offset;
        let meant = match text.text.as_bytes().get(start + 1) {
            Some(b'n') => "\n",
            Some(b'"') => "\"",
            Some(b'\\') => "\\",
            _ => {
                at = start + 1;
                continue;
            }
        };
        if start + 2 > inner.end {
            break;
        }
        changes.push((start - inner.start..start + 2 - inner.start, meant));
        at = start + 2;
    }
    let mut meant = text.slice(inner).replaced(changes);
    meant.set_range(text.at(span));
    Ok(meant)
}

/// Where the first quote stands that no backslash makes a part of the text.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

fn trim(text: &str, span: Range<usize>) -> Range<usize> {
    let part = &text[span.clone()];
    let start = span.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}
