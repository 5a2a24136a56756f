//! Matchers with variables in them: each is widened until it fits whatever the variable offers.

use std::ops::Range;

use super::standin::Walk;
use super::substitute::Role;
use super::token::{Kind, Token};

/// Fits every value, also none.
const ANY_VALUE: &str = "=~\".*\"";

/// Reads the matchers whose brace opens at `open`, of a metric whose name is the token at `named`; says which token follows.
pub(super) fn read(walk: &mut Walk, named: Option<usize>, open: usize) -> usize {
    let end = walk.tokens[open..].iter().position(|token| token.is("}")).map_or(walk.tokens.len(), |at| open + at);
    let matchers = split(walk, open + 1..end);
    let kept = matchers.iter().filter(|matcher| !is_dropped(&walk.tokens[(*matcher).clone()])).count();
    let brace = walk.tokens[open].range.end;
    let name = named.map(|at| walk.tokens[at].clone());
    match name.filter(|name| name.has_variables()) {
        Some(name) => replace_name(walk, &name, brace, kept > 0),
        None if named.is_none() && kept == 0 && !matchers.is_empty() => {
            let dropped = walk.tokens[matchers[0].start].variables.first().map(|variable| variable.name.to_owned());
            let open = dropped.as_deref().map(|name| (name, Role::Metric));
            walk.put(brace..brace, "__name__=~\".+\"", open);
        }
        None => {}
    }
    for matcher in matchers {
        widen(walk, matcher, end);
    }
    (end + 1).min(walk.tokens.len())
}

/// A matcher of all names that the token can become.
pub(super) fn of_name(token: &Token) -> String {
    let mut pattern = String::new();
    let mut at = token.range.start;
    for variable in &token.variables {
        pattern += &token.text[at - token.range.start..variable.range.start - token.range.start];
        pattern += if token.is_variable() { ".+" } else { ".*" };
        at = variable.range.end;
    }
    pattern += &token.text[at - token.range.start..];
    format!("__name__=~\"{pattern}\"")
}

fn replace_name(walk: &mut Walk, name: &Token, brace: usize, others_follow: bool) {
    let variable = name.variables[0].name;
    if let Some(value) = walk.choice(variable).filter(|_| name.is_variable()).map(str::to_owned) {
        return walk.put(name.range.clone(), value, None);
    }
    let comma = if others_follow { ", " } else { "" };
    walk.put(name.range.start..brace, format!("{{{}{comma}", of_name(name)), Some((variable, Role::Metric)));
}

/// The matchers between commas, as ranges of tokens.
fn split(walk: &Walk, tokens: Range<usize>) -> Vec<Range<usize>> {
    let mut matchers = Vec::new();
    let mut start = tokens.start;
    for index in tokens.clone() {
        if walk.tokens[index].is(",") {
            matchers.push(start..index);
            start = index + 1;
        }
    }
    matchers.push(start..tokens.end);
    matchers.retain(|matcher| !matcher.is_empty());
    matchers
}

/// Whether nothing is known of a matcher but that it is one: a variable stands for the whole of it, or for the label's name.
fn is_dropped(matcher: &[Token]) -> bool {
    match matcher {
        [only] => only.kind == Kind::Word && only.has_variables(),
        [label, ..] => label.has_variables(),
        [] => false,
    }
}

fn widen(walk: &mut Walk, matcher: Range<usize>, end: usize) {
    let tokens = &walk.tokens[matcher.clone()];
    let Some(variable) = tokens.iter().flat_map(|token| &token.variables).next() else { return };
    let name = variable.name.to_owned();
    let whole = tokens[0].range.start..tokens[tokens.len() - 1].range.end;
    if is_dropped(tokens) {
        let comma = (matcher.end < end).then(|| walk.tokens[matcher.end].range.end);
        return walk.put(whole.start..comma.unwrap_or(whole.end), "", Some((&name, Role::Matcher)));
    }
    if tokens.len() == 1 {
        return walk.put(whole, "__name__=~\".+\"", Some((&name, Role::Metric)));
    }
    let value = tokens[1].range.start..whole.end;
    walk.put(value, ANY_VALUE, Some((&name, Role::Value)));
}
