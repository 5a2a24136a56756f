//! Makes what rules record known to all, whatever the order of files and rules.

use std::collections::{BTreeMap, BTreeSet};

use promql::{Symbols, syntax};

use crate::document::{Content, Document, Entry, RuleKind};

struct Recorded<'d> {
    name: &'d str,
    query: &'d str,
    /// Labels that its group and it add; its own come last and win.
    labels: Vec<&'d Entry>,
    /// What it reads that other rules record.
    reads: BTreeSet<&'d str>,
}

/// Adds every recording rule of the documents, each after those that it reads. Of those that read each other in a circle one has to
/// be first; what it reads is not known then.
pub(super) fn record(symbols: &mut Symbols, documents: &[Document]) {
    let mut waiting = rules(documents);
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in &waiting {
        *left.entry(rule.name).or_default() += 1;
    }
    while !waiting.is_empty() {
        let is_ready = |rule: &Recorded<'_>| rule.reads.iter().all(|read| !left.contains_key(read));
        let at = waiting.iter().position(is_ready).unwrap_or(0);
        let rule = waiting.remove(at);
        let labels: Vec<_> = rule.labels.iter().map(|(key, value)| (&*key.text, &*value.text)).collect();
        symbols.record_text(rule.name, rule.query, &labels);
        if let Some(count) = left.get_mut(rule.name) {
            *count -= 1;
            if *count == 0 {
                left.remove(rule.name);
            }
        }
    }
}

fn rules(documents: &[Document]) -> Vec<Recorded<'_>> {
    let groups = documents.iter().flat_map(|document| match &document.content {
        Content::Rules(groups) => groups.as_slice(),
        Content::Dashboard(_) => &[],
    });
    let rules = groups.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
    let recorded = rules.filter_map(|(group, rule)| match &rule.kind {
        RuleKind::Record(name) => Some(Recorded {
            name: &name.text,
            query: &rule.expr.text,
            labels: group.labels.iter().chain(&rule.labels).collect(),
            reads: BTreeSet::new(),
        }),
        RuleKind::Alert(_) => None,
    });
    let mut recorded: Vec<_> = recorded.collect();
    let names: BTreeSet<&str> = recorded.iter().map(|rule| rule.name).collect();
    for rule in &mut recorded {
        rule.reads = reads(rule.query, &names);
    }
    recorded
}

fn reads<'d>(query: &str, names: &BTreeSet<&'d str>) -> BTreeSet<&'d str> {
    let Ok(expression) = syntax::parse(query) else { return BTreeSet::new() };
    let selectors = expression.selectors();
    selectors.iter().filter_map(|selector| names.get(selector.name.as_deref()?).copied()).collect()
}
