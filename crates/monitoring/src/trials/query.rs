//! What can be read off a query without evaluating it: its branches and conditions, what it selects, how far it looks back.

use std::{collections::BTreeSet, time::Duration};

use promql_parser::parser::{Expr, LabelModifier, Offset, VectorSelector};

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
        self.selector.offset.is_some()
    }
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
            found.push(Selected { selector: &matrix.vs, range: Some(matrix.range), function });
        }
        Expr::Call(call) => {
            for argument in &call.args.args {
                collect(argument, Some(call.func.name), found);
            }
        }
        other => {
            for inner in parts(other) {
                collect(inner, function, found);
            }
        }
    }
}

/// The queries that a query is made of.
pub(crate) fn parts(query: &Expr) -> Vec<&Expr> {
    match query {
        Expr::Aggregate(aggregate) => aggregate.param.iter().map(|param| &**param).chain([&*aggregate.expr]).collect(),
        Expr::Binary(binary) => vec![&binary.lhs, &binary.rhs],
        Expr::Paren(paren) => vec![&paren.expr],
        Expr::Unary(unary) => vec![&unary.expr],
        Expr::Subquery(subquery) => vec![&subquery.expr],
        Expr::Call(call) => call.args.args.iter().map(|argument| &**argument).collect(),
        Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::Extension(_) => Vec::new(),
    }
}

fn bare(query: &Expr) -> &Expr {
    match query {
        Expr::Paren(paren) => bare(&paren.expr),
        query => query,
    }
}

/// The alternatives of a query: what its outermost `or`s join.
pub(crate) fn branches(query: &Expr) -> Vec<&Expr> {
    match bare(query) {
        Expr::Binary(binary) if binary.op.to_string() == "or" => {
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
    match bare(branch) {
        Expr::Binary(binary) if binary.op.to_string() == "and" => {
            conditions(&binary.lhs).into_iter().chain(conditions(&binary.rhs)).collect()
        }
        Expr::Binary(binary) if binary.op.to_string() == "unless" => {
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

    fn through(self, range: Duration, offset: Option<&Offset>) -> Self {
        let finest = Some(range).filter(|range| !range.is_zero()).into_iter().chain(self.finest).min();
        let far = self.far + range;
        match offset {
            Some(Offset::Pos(offset)) => Self { near: Duration::ZERO, far: far + *offset, finest },
            _ => Self { near: self.near + range, far, finest },
        }
    }
}

pub(crate) fn reach(query: &Expr, rules: &Rules) -> Reach {
    match query {
        Expr::VectorSelector(selector) => of_selector(selector, Duration::ZERO, rules),
        Expr::MatrixSelector(matrix) => of_selector(&matrix.vs, matrix.range, rules),
        Expr::Subquery(subquery) => reach(&subquery.expr, rules).through(subquery.range, subquery.offset.as_ref()),
        query => parts(query).into_iter().map(|part| reach(part, rules)).fold(Reach::NONE, Reach::with),
    }
}

fn of_selector(selector: &VectorSelector, range: Duration, rules: &Rules) -> Reach {
    let name = selector.name.as_deref().unwrap_or_default();
    let recorded = rules.recording(name).map(|rule| reach(&rule.query, rules)).fold(Reach::NONE, Reach::with);
    recorded.through(range, selector.offset.as_ref())
}

/// The labels by which a query tells its subjects apart: those it groups by, or else those it matches on; none if all.
pub(crate) fn subjects(query: &Expr, rules: &Rules) -> BTreeSet<String> {
    let groupings = groupings(query, rules);
    if groupings.is_empty() { matchings(query) } else { groupings }
}

fn matchings(query: &Expr) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = parts(query).into_iter().flat_map(matchings).collect();
    if let Expr::Binary(binary) = query
        && let Some(LabelModifier::Include(labels)) =
            binary.modifier.as_ref().and_then(|modifier| modifier.matching.as_ref())
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
            keys.extend(groupings(&rule.query, rules));
        }
    }
    if let Expr::MatrixSelector(matrix) = query {
        for rule in rules.recording(matrix.vs.name.as_deref().unwrap_or_default()) {
            keys.extend(groupings(&rule.query, rules));
        }
    }
    keys.extend(parts(query).into_iter().flat_map(|part| groupings(part, rules)));
    keys
}

/// Whether some part of a query compares.
pub(crate) fn compares(query: &Expr) -> bool {
    let here = matches!(query, Expr::Binary(binary) if binary.op.is_comparison_operator());
    here || parts(query).into_iter().any(compares)
}

/// The numbers that a query names.
pub(crate) fn numbers(query: &Expr) -> Vec<f64> {
    match query {
        Expr::NumberLiteral(number) => vec![number.val],
        query => parts(query).into_iter().flat_map(numbers).collect(),
    }
}

/// The recorded metrics that a query reads, itself or through other rules, only over windows that hold many times what the metric itself
/// looks back on, or only to see whether they were there.
pub(crate) fn far_apart(query: &Expr, rules: &Rules) -> BTreeSet<String> {
    let metrics = rules.metrics(query);
    let through = rules.recordings.iter().filter(|rule| metrics.contains(&rule.record)).map(|rule| &rule.query);
    let read: Vec<Selected<'_>> = through.chain([query]).flat_map(selectors).collect();
    let is_far = |selected: &Selected<'_>| {
        let own = reach(&Expr::VectorSelector(selected.selector.clone()), rules).near;
        selected.function == Some("present_over_time") || selected.range.is_some_and(|range| range >= own * SAMPLES)
    };
    let near: BTreeSet<&str> = read.iter().filter(|selected| !is_far(selected)).map(Selected::name).collect();
    let all = read.iter().map(Selected::name).filter(|name| rules.is_recorded(name));
    all.filter(|name| !near.contains(name)).map(str::to_owned).collect()
}
