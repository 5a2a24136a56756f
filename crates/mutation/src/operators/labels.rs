//! Mistakes in lists of labels.

use promql::syntax::{Aggregator, Expr, GroupModifier, Keys, LabelModifier, Span};

use crate::{Edit, Site, operator::Made};

/// How many labels are put in at most, of all that could be.
const MOST_ADDED: usize = 2;

/// The labels by which a node groups or matches.
fn grouping<'a>(site: &Site<'a>) -> Option<&'a LabelModifier> {
    match site.node {
        Expr::Aggregate(aggregate) => aggregate.modifier.as_ref(),
        Expr::Binary(binary) => binary.modifier.matching.as_ref(),
        _ => None,
    }
}

/// Every list of labels that belongs to a node.
fn lists<'a>(site: &Site<'a>) -> Vec<&'a Keys> {
    let taken = match site.node {
        Expr::Binary(binary) => binary.modifier.grouping.as_ref().map(GroupModifier::taken),
        _ => None,
    };
    grouping(site).map(LabelModifier::keys).into_iter().chain(taken).collect()
}

fn written(keys: &Keys, labels: impl IntoIterator<Item = String>) -> Edit {
    let labels: Vec<String> = labels.into_iter().collect();
    Edit::new(keys.place.0, format!("({})", labels.join(", ")))
}

pub(crate) fn drop(site: &Site<'_>) -> Made {
    let without = |keys: &Keys| {
        let each = |left_out: &String| written(keys, keys.labels.iter().filter(|label| *label != left_out).cloned());
        keys.labels.iter().map(each).collect::<Vec<_>>()
    };
    lists(site).into_iter().flat_map(without).collect()
}

/// Labels that the series carry and the list does not name: the ends of the alphabet.
fn others<'a>(site: &Site<'a>, keys: &Keys) -> Vec<&'a str> {
    let mut others = site.vocabulary.labels_of(site.node);
    others.retain(|label| !keys.labels.iter().any(|key| key == label));
    if others.len() > MOST_ADDED {
        others = vec![others[0], others[others.len() - 1]];
    }
    others
}

pub(crate) fn add(site: &Site<'_>) -> Made {
    let with = |keys: &Keys| {
        let each = |other: &str| written(keys, keys.labels.iter().cloned().chain([other.to_owned()]));
        others(site, keys).into_iter().map(each).collect::<Vec<_>>()
    };
    lists(site).into_iter().flat_map(with).collect()
}

pub(crate) fn swap(site: &Site<'_>) -> Made {
    let mut made = Vec::new();
    for keys in lists(site) {
        for other in others(site, keys).into_iter().take(1) {
            let each = |label: &String| Edit::new(keys.span_of(label), other);
            made.extend(keys.labels.iter().map(each));
        }
    }
    made
}

pub(crate) fn misspell(site: &Site<'_>) -> Made {
    let of = |keys: &Keys| {
        let each = |label: &String| {
            let span = keys.span_of(label);
            Edit::drop(Span::new(span.end - 1, span.end))
        };
        keys.labels.iter().filter(|label| label.len() > 2).map(each).collect::<Vec<_>>()
    };
    lists(site).into_iter().flat_map(of).collect()
}

/// Where the word before a list of labels stands.
fn word_before(query: &str, keys: &Keys) -> Option<Span> {
    let before = query.get(..keys.place.0.start)?.trim_end();
    let start = before.rfind(|letter: char| !letter.is_ascii_alphabetic()).map_or(0, |at| at + 1);
    (start < before.len()).then(|| Span::new(start, before.len()))
}

pub(crate) fn other_grouping(site: &Site<'_>) -> Made {
    let of = |modifier: &LabelModifier| {
        let other = match (site.node, modifier) {
            (Expr::Aggregate(_), LabelModifier::Include(_)) => "without",
            (Expr::Aggregate(_), LabelModifier::Exclude(_)) => "by",
            (_, LabelModifier::Include(_)) => "ignoring",
            (_, LabelModifier::Exclude(_)) => "on",
        };
        Some(Edit::new(word_before(site.query, modifier.keys())?, other))
    };
    grouping(site).and_then(of).into_iter().collect()
}

pub(crate) fn drop_grouping(site: &Site<'_>) -> Made {
    // What picks series needs no groups: all are one.
    let picks = matches!(site.node, Expr::Aggregate(aggregate) if aggregate.op == Aggregator::CountValues);
    let of = |modifier: &LabelModifier| {
        let span = word_before(site.query, modifier.keys())?.to(modifier.keys().place.0);
        let start = Span::new(0, span.start).of(site.query).trim_end().len();
        let after = Span::new(span.end, site.query.len()).of(site.query);
        // What is aggregated stands right behind the aggregation.
        let spaces = if matches!(site.node, Expr::Aggregate(_)) { after.len() - after.trim_start().len() } else { 0 };
        Some(Edit::drop(Span::new(start, span.end + spaces)))
    };
    grouping(site).filter(|_| !picks).and_then(of).into_iter().collect()
}
