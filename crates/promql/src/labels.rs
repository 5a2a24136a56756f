//! Which labels a query's result can have, and which values they can take.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::{
    label::{MatchOp, Matchers},
    parser::{AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, value::ValueType},
};

use crate::Symbols;

/// The values that a label can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    Known(BTreeSet<String>),
    Open,
}

impl Values {
    fn joined(self, other: &Values) -> Values {
        match (self, other) {
            (Values::Known(ours), Values::Known(theirs)) => Values::Known(&ours | theirs),
            _ => Values::Open,
        }
    }
}

/// The labels that a result can have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub(crate) values: BTreeMap<String, Values>,
    /// Whether there may be labels that are not listed.
    pub(crate) others: bool,
}

impl Labels {
    fn unknown() -> Self {
        Self { values: BTreeMap::new(), others: true }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.others || self.values.contains_key(key)
    }

    /// The keys, for a sentence.
    pub(crate) fn listed(&self) -> String {
        let keys: Vec<_> = self.values.keys().map(|key| format!("`{key}`")).collect();
        if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
    }

    fn without(mut self, key: &str) -> Self {
        self.values.remove(key);
        self
    }
}

/// The labels of a query's result.
pub(crate) fn of(expression: &Expr, symbols: &Symbols) -> Labels {
    match expression {
        Expr::VectorSelector(selector) => of_metric(selector.name.as_deref(), symbols),
        Expr::MatrixSelector(selector) => of_metric(selector.vs.name.as_deref(), symbols),
        Expr::Paren(paren) => of(&paren.expr, symbols),
        Expr::Unary(unary) => of(&unary.expr, symbols),
        Expr::Subquery(subquery) => of(&subquery.expr, symbols),
        Expr::Aggregate(aggregate) => of_aggregate(aggregate, symbols),
        Expr::Call(call) => of_call(call, symbols),
        Expr::Binary(binary) => of_binary(binary, symbols),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Labels::default(),
        Expr::Extension(_) => Labels::unknown(),
    }
}

fn of_metric(name: Option<&str>, symbols: &Symbols) -> Labels {
    name.and_then(|name| symbols.get(name)).map_or_else(Labels::unknown, |metric| metric.labels.clone())
}

fn of_aggregate(aggregate: &AggregateExpr, symbols: &Symbols) -> Labels {
    let inner = of(&aggregate.expr, symbols);
    let operator = aggregate.op.to_string();
    if ["topk", "bottomk", "limitk", "limit_ratio"].contains(&operator.as_str()) {
        return inner;
    }
    match &aggregate.modifier {
        None => Labels::default(),
        Some(LabelModifier::Include(keys)) => {
            let values = keys.labels.iter().filter(|key| inner.has(key));
            let values = values.map(|key| (key.clone(), inner.values.get(key).cloned().unwrap_or(Values::Open)));
            Labels { values: values.collect(), others: false }
        }
        Some(LabelModifier::Exclude(keys)) => keys.labels.iter().fold(inner, |labels, key| labels.without(key)),
    }
}

fn of_call(call: &Call, symbols: &Symbols) -> Labels {
    let first_vector = || {
        let vectors = call
            .args
            .args
            .iter()
            .find(|argument| matches!(argument.value_type(), ValueType::Vector | ValueType::Matrix));
        vectors.map_or_else(Labels::default, |argument| of(argument, symbols))
    };
    match call.func.name {
        "histogram_quantile" => first_vector().without("le"),
        "absent" | "absent_over_time" => call.args.first().map_or_else(Labels::default, |argument| fixed(&argument)),
        "label_replace" | "label_join" => Labels { others: true, ..first_vector() },
        _ => first_vector(),
    }
}

/// The labels that `absent` makes: those that equality matchers fix.
fn fixed(expression: &Expr) -> Labels {
    let matchers: &Matchers = match expression {
        Expr::VectorSelector(selector) => &selector.matchers,
        Expr::MatrixSelector(selector) => &selector.vs.matchers,
        _ => return Labels::default(),
    };
    let equal = matchers.matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal && !matcher.value.is_empty());
    let values =
        equal.map(|matcher| (matcher.name.clone(), Values::Known(BTreeSet::from([matcher.value.clone()])))).collect();
    Labels { values, others: false }
}

fn of_binary(binary: &BinaryExpr, symbols: &Symbols) -> Labels {
    let is_scalar = |side: &Expr| side.value_type() == ValueType::Scalar;
    let (left, right) = (of(&binary.lhs, symbols), of(&binary.rhs, symbols));
    if is_scalar(&binary.lhs) {
        return right;
    }
    if is_scalar(&binary.rhs) {
        return left;
    }
    if binary.op.to_string() == "or" {
        let others = left.others || right.others;
        let mut values = left.values;
        for (key, theirs) in right.values {
            let joined = match values.remove(&key) {
                Some(ours) => ours.joined(&theirs),
                None => theirs,
            };
            values.insert(key, joined);
        }
        return Labels { values, others };
    }
    match &binary.modifier {
        // What `on`, `ignoring` and `group_left` do is a later part of the checker; until then it keeps silent about them.
        Some(modifier) if modifier.matching.is_some() => Labels { others: true, ..left },
        _ => left,
    }
}
