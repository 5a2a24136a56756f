//! A query that contradicts, cut back to the least that still does.

use crate::node::{Grouping, Node, Selector, Shift};

/// Queries that are a little smaller, the smallest first.
pub(crate) fn smaller(node: &Node) -> Vec<Node> {
    let mut all: Vec<Node> = Vec::new();
    for child in node.children() {
        if child.kind() == node.kind() {
            all.push(child.clone());
        }
        all.extend(child.children().into_iter().filter(|inner| inner.kind() == node.kind()).cloned());
    }
    all.extend(simpler(node));
    for at in 0..node.children().len() {
        for child in smaller(node.children()[at]) {
            let mut changed = node.clone();
            *changed.children_mut()[at] = child;
            all.push(changed);
        }
    }
    all
}

/// The same node with something left out.
fn simpler(node: &Node) -> Vec<Node> {
    match node {
        Node::Number(number) if number != "1" => vec![Node::number("1")],
        Node::Text(text) if !text.is_empty() => vec![Node::text("")],
        Node::Selector(selector) => simpler_selector(selector).into_iter().map(Node::Selector).collect(),
        Node::Subquery { of, window, step, shift } if *shift != Shift::default() => {
            vec![Node::Subquery { of: of.clone(), window: window.clone(), step: step.clone(), shift: Shift::default() }]
        }
        Node::Aggregate { operator, parameter, grouping: Some(grouping), of } => {
            let with = |grouping| {
                let (parameter, of) = (parameter.clone(), of.clone());
                Node::Aggregate { operator, parameter, grouping, of }
            };
            fewer(grouping).map(Some).chain([None]).map(with).collect()
        }
        Node::Binary { operator, is_bool, matching, many, sides } => {
            let with = |matching, many| {
                let sides = sides.clone();
                Node::Binary { operator, is_bool: *is_bool, matching, many, sides }
            };
            let unmatched = matching.iter().flat_map(fewer).map(|matching| with(Some(matching), many.clone()));
            let taken = many.iter().flat_map(fewer).map(|many| with(matching.clone(), Some(many)));
            let bare = (matching.is_some() || many.is_some()).then(|| with(None, None));
            bare.into_iter().chain(unmatched).chain(taken).collect()
        }
        _ => Vec::new(),
    }
}

fn simpler_selector(selector: &Selector) -> Vec<Selector> {
    let mut all = Vec::new();
    if selector.shift != Shift::default() {
        all.push(Selector { shift: Shift::default(), ..selector.clone() });
    }
    for at in 0..selector.matchers.len() {
        let mut fewer = selector.clone();
        let dropped = fewer.matchers.remove(at);
        if dropped.key != "__name__" || !fewer.name.is_empty() {
            all.push(fewer);
        }
    }
    all
}

fn fewer(grouping: &Grouping) -> impl Iterator<Item = Grouping> {
    (0..grouping.keys.len()).map(|at| {
        let mut fewer = grouping.clone();
        fewer.keys.remove(at);
        fewer
    })
}
