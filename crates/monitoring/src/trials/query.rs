//! What can be read off a query without evaluating it: its branches and conditions, what it selects, how far it looks back.

use std::{collections::BTreeSet, time::Duration};

use promql::syntax::{BinaryOperator, Expr, LabelModifier, Offset, VectorSelector};

use super::rules::Rules;

/// How many samples the shortest window holds, unless more are wanted.
pub(crate) const SAMPLES: u32 = 4;

/// A selector with what stands around it.
#[derive(Clone, Debug)]
pub(crate) struct Selected<'a> {
    pub(crate) selector: &'a VectorSelector,
    /// The range in brackets, if any.
    pub(crate) range: Option<Duration>,
    /// The innermost function around it.
    pub(crate) function: Option<&'a str>,
}

impl Selected<'_> {
    pub(crate) fn name(&self) -> &str {
        self.selector.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn looks_at_the_past(&self) -> bool {
        self.selector.shift.offset != Offset::default()
    }
}

/// A part of a query's text, for people.
pub(crate) fn one_line(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every selector of a query, from left to right.
pub(crate) fn selectors(query: &Expr) -> Vec<Selected<'_>> {
    let mut found = Vec::new();
    collect(query, None, &mut found);
    found
}

fn collect<'a>(query: &'a Expr, function: Option<&'a str>, found: &mut Vec<Selected<'a>>) {
    match query {
        Expr::VectorSelector(selector) => found.push(Selected { selector, range: None, function }),
        Expr::MatrixSelector(matrix) => {
            found.push(Selected { selector: &matrix.vs, range: matrix.range, function });
        }
        Expr::Call(call) => {
            for argument in &call.args {
                collect(argument, Some(call.func.name), found);
            }
        }
        other => {
            for inner in other.parts() {
                collect(inner, function, found);
            }
        }
    }
}

/// The alternatives of a query: what its outermost `or`s join.
pub(crate) fn branches(query: &Expr) -> Vec<&Expr> {
    match query.bare() {
        Expr::Binary(binary) if binary.op == BinaryOperator::Or => {
            branches(&binary.lhs).into_iter().chain(branches(&binary.rhs)).collect()
        }
        query => vec![query],
    }
}

/// One of the conditions that must hold together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition<'a> {
    Holds(&'a Expr),
    /// The right side of `unless`.
    HoldsNot(&'a Expr),
}

impl<'a> Condition<'a> {
    pub(crate) fn query(self) -> &'a Expr {
        match self {
            Condition::Holds(query) | Condition::HoldsNot(query) => query,
        }
    }
}

/// What a branch's outermost `and`s and `unless`es join.
pub(crate) fn conditions(branch: &Expr) -> Vec<Condition<'_>> {
    match branch.bare() {
        Expr::Binary(binary) if binary.op == BinaryOperator::And => {
            conditions(&binary.lhs).into_iter().chain(conditions(&binary.rhs)).collect()
        }
        Expr::Binary(binary) if binary.op == BinaryOperator::Unless => {
            conditions(&binary.lhs).into_iter().chain([Condition::HoldsNot(&binary.rhs)]).collect()
        }
        branch => vec![Condition::Holds(branch)],
    }
}

/// How far back a query looks, and how closely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// Into the present's past: windows, without what is moved by `offset`.
    pub(crate) near: Duration,
    /// All of it.
    pub(crate) far: Duration,
    /// The shortest window.
    pub(crate) finest: Option<Duration>,
}

impl Reach {
    const NONE: Self = Self { near: Duration::ZERO, far: Duration::ZERO, finest: None };

    fn with(self, other: Self) -> Self {
        Self {
            near: self.near.max(other.near),
            far: self.far.max(other.far),
            finest: self.finest.into_iter().chain(other.finest).min(),
        }
    }

    fn through(self, range: Duration, offset: Offset) -> Self {
        let finest = Some(range).filter(|range| !range.is_zero()).into_iter().chain(self.finest).min();
        let far = self.far + range;
        match offset {
            Offset::Fixed(milliseconds @ 1..) => {
                let far = far + Duration::from_millis(milliseconds.unsigned_abs());
                Self { near: Duration::ZERO, far, finest }
            }
            _ => Self { near: self.near + range, far, finest },
        }
    }
}

pub(crate) fn reach(query: &Expr, rules: &Rules) -> Reach {
    match query {
        Expr::VectorSelector(selector) => of_selector(selector, Duration::ZERO, rules),
        Expr::MatrixSelector(matrix) => of_selector(&matrix.vs, matrix.range.unwrap_or_default(), rules),
        Expr::Subquery(subquery) => {
            reach(&subquery.expr, rules).through(subquery.range.unwrap_or_default(), subquery.shift.offset)
        }
        query => query.parts().into_iter().map(|part| reach(part, rules)).fold(Reach::NONE, Reach::with),
    }
}

fn of_selector(selector: &VectorSelector, range: Duration, rules: &Rules) -> Reach {
    let name = selector.name.as_deref().unwrap_or_default();
    let recorded = rules.recording(name).map(|rule| reach(&rule.query.tree, rules)).fold(Reach::NONE, Reach::with);
    recorded.through(range, selector.shift.offset)
}

/// The labels by which a query tells its subjects apart: those it groups by, or else those it matches on; none if all.
pub(crate) fn subjects(query: &Expr, rules: &Rules) -> BTreeSet<String> {
    let groupings = groupings(query, rules);
    if groupings.is_empty() { matchings(query) } else { groupings }
}

fn matchings(query: &Expr) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = query.parts().into_iter().flat_map(matchings).collect();
    if let Expr::Binary(binary) = query
        && let Some(LabelModifier::Include(labels)) = &binary.modifier.matching
    {
        keys.extend(labels.labels.iter().cloned());
    }
    keys
}

/// The labels that a query groups by anywhere, without the bucket's bound.
pub(crate) fn groupings(query: &Expr, rules: &Rules) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    if let Expr::Aggregate(aggregate) = query
        && let Some(LabelModifier::Include(labels)) = &aggregate.modifier
    {
        keys.extend(labels.labels.iter().filter(|label| *label != "le").cloned());
    }
    if let Expr::VectorSelector(selector) = query {
        for rule in rules.recording(selector.name.as_deref().unwrap_or_default()) {
            keys.extend(groupings(&rule.query.tree, rules));
        }
    }
    if let Expr::MatrixSelector(matrix) = query {
        for rule in rules.recording(matrix.vs.name.as_deref().unwrap_or_default()) {
            keys.extend(groupings(&rule.query.tree, rules));
        }
    }
    keys.extend(query.parts().into_iter().flat_map(|part| groupings(part, rules)));
    keys
}

/// Whether some part of a query compares.
pub(crate) fn compares(query: &Expr) -> bool {
    let here = matches!(query, Expr::Binary(binary) if binary.op.is_comparison());
    here || query.parts().into_iter().any(compares)
}

/// Whether some part of a query compares by equality.
pub(crate) fn equates(query: &Expr) -> bool {
    let here = matches!(query, Expr::Binary(binary) if binary.op == BinaryOperator::Eql);
    here || query.parts().into_iter().any(equates)
}

/// The numbers that a query names.
pub(crate) fn numbers(query: &Expr) -> Vec<f64> {
    match query {
        Expr::NumberLiteral(number) => vec![number.value],
        query => query.parts().into_iter().flat_map(numbers).collect(),
    }
}

/// The recorded metrics that a query reads, itself or through other rules, only over windows that hold many times what the metric itself
/// looks back on, or only to see whether they were there.
pub(crate) fn far_apart(query: &Expr, rules: &Rules) -> BTreeSet<String> {
    let metrics = rules.metrics(query);
    let through = rules.recordings.iter().filter(|rule| metrics.contains(&rule.record)).map(|rule| &rule.query.tree);
    let read: Vec<Selected<'_>> = through.chain([query]).flat_map(selectors).collect();
    let is_far = |selected: &Selected<'_>| {
        let own = of_selector(selected.selector, Duration::ZERO, rules).near;
        selected.function == Some("present_over_time") || selected.range.is_some_and(|range| range >= own * SAMPLES)
    };
    let near: BTreeSet<&str> = read.iter().filter(|selected| !is_far(selected)).map(Selected::name).collect();
    let all = read.iter().map(Selected::name).filter(|name| rules.is_recorded(name));
    all.filter(|name| !near.contains(name)).map(str::to_owned).collect()
}
