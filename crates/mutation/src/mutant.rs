//! A query with one mistake in it.

use std::{collections::BTreeSet, time::Duration};

use promql::{
    prometheus_duration,
    syntax::{self, Expr, Span},
};

use crate::{
    Edit, OPERATORS, Operator, Site, Vocabulary,
    edit::underlined,
    operator::{Made, Makes},
};

/// How many letters of each end of a long text are shown.
const SHOWN: usize = 30;

/// A query as it is meant.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    pub query: &'a str,
    /// How long an alert must hold; nothing of what is no alert.
    pub held: Option<Duration>,
}

/// A query with one mistake in it.
#[derive(Clone, Debug)]
pub struct Mutant {
    pub operator: &'static Operator,
    /// What was done, in a few words; no two mutants of a query by one operator say the same.
    pub change: String,
    pub query: String,
    /// How long the alert holds now.
    pub held: Option<Duration>,
    /// What was changed in the query; nothing if only the hold time was.
    edit: Option<Edit>,
}

impl Mutant {
    /// Every mutant of a query, in the order of the operators. None stands there twice, and each can be read.
    pub fn all(original: Original<'_>, vocabulary: &Vocabulary<'_>) -> Vec<Self> {
        let Ok(tree) = syntax::parse(original.query) else { return Vec::new() };
        let mut mutants: Vec<Self> = Vec::new();
        let mut seen = BTreeSet::from([original.query.to_owned()]);
        let mut said = BTreeSet::new();
        for operator in OPERATORS {
            match operator.makes {
                Makes::Queries(make) => {
                    let mut made = Vec::new();
                    visit(original, &tree, None, vocabulary, make, &mut made);
                    for edit in made {
                        let query = edit.applied(original.query);
                        let means_more = syntax::parse(&query).is_ok_and(|mutant| mutant != tree);
                        if means_more && seen.insert(query.clone()) {
                            let change = unlike(&mut said, operator, &told(original.query, &edit));
                            let edit = Some(edit);
                            mutants.push(Self { operator, change, query, held: original.held, edit });
                        }
                    }
                }
                Makes::HoldTimes(make) => {
                    let times = original.held.map(make).unwrap_or_default();
                    for held in times.into_iter().filter(|held| Some(*held) != original.held) {
                        let before = original.held.map_or_else(String::new, prometheus_duration);
                        let change = unlike(&mut said, operator, &format!("{before} -> {}", prometheus_duration(held)));
                        let query = original.query.to_owned();
                        mutants.push(Self { operator, change, query, held: Some(held), edit: None });
                    }
                }
            }
        }
        mutants
    }

    /// The lines that were changed as they were and as they are now, the changed parts marked.
    pub fn shown(&self, original: &str) -> String {
        match &self.edit {
            Some(edit) => underlined(original, edit.span) + &underlined(&self.query, edit.changed()),
            None => format!("for: {}\n", self.change),
        }
    }
}

/// Every node with what stands around it.
fn visit<'a>(
    original: Original<'a>,
    node: &'a Expr,
    parent: Option<&'a Expr>,
    vocabulary: &'a Vocabulary<'a>,
    make: fn(&Site<'_>) -> Made,
    made: &mut Made,
) {
    let site = Site { query: original.query, is_condition: original.held.is_some(), node, parent, vocabulary };
    made.extend(make(&site));
    for part in node.parts() {
        visit(original, part, Some(node), vocabulary, make, made);
    }
}

/// What is changed, on one line and by whole words.
fn told(query: &str, edit: &Edit) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || "_:$".contains(letter);
    let Span { mut start, mut end } = edit.span;
    let before = query.get(..start).unwrap_or_default();
    let after = query.get(end..).unwrap_or_default();
    start = before
        .rfind(|letter| !is_part(letter))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    end += after.find(|letter| !is_part(letter)).unwrap_or(after.len());
    // Where only a space is put in or taken away, what stands before says where.
    let [was, now] = [Span::new(start, end).of(query), &widened(query, edit, Span::new(start, end))].map(short);
    format!("{was} -> {now}")
}

fn widened(query: &str, edit: &Edit, span: Span) -> String {
    let before = Span::new(span.start, edit.span.start).of(query);
    [before, &edit.text, Span::new(edit.span.end, span.end).of(query)].concat()
}

/// A text on one line, without its middle if it is long.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = line.chars().collect();
    match letters.len() {
        0 => "nothing".to_owned(),
        length if length > 2 * SHOWN + 3 => {
            let ends = [&letters[..SHOWN], &letters[length - SHOWN..]].map(|part| part.iter().collect::<String>());
            ends.join(" … ")
        }
        _ => line,
    }
}

/// The words for a change, numbered when the operator has made the like before.
fn unlike(said: &mut BTreeSet<(&'static str, String)>, operator: &Operator, words: &str) -> String {
    let mut change = words.to_owned();
    let mut number = 1;
    while !said.insert((operator.name, change.clone())) {
        number += 1;
        change = format!("{words} ({number})");
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_by_whole_words() {
        assert_eq!(told("sum by (code) (x)", &Edit::drop(Span::new(11, 12))), "code -> cod");
        assert_eq!(told("rate(x[5m])", &Edit::insert(10, " offset 1h")), "nothing -> offset 1h");
        assert_eq!(told("x > 5", &Edit::new(Span::new(2, 3), ">=")), "> -> >=");
    }
}
