//! Two sides of an operator: which of their series meet, and what comes of it
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching>).

use std::collections::BTreeSet;

use promql_parser::parser::{BinaryExpr, Expr, LabelModifier, VectorMatchCardinality, value::ValueType};

use super::{Label, Labels, Range, Vector};
use crate::Symbols;

pub(super) fn of(binary: &BinaryExpr, symbols: &Symbols) -> Vector {
    let (left, right) = (super::of(&binary.lhs, symbols), super::of(&binary.rhs, symbols));
    let operator = binary.op.to_string();
    if operator == "or" {
        return Vector { labels: left.labels.or(right.labels), range: left.range.or(right.range) };
    }
    if binary.op.is_set_operator() {
        return left;
    }
    let sides = Sides::of(binary, left, right);
    let range = if binary.op.is_comparison_operator() {
        compared(binary, &operator, &sides)
    } else {
        calculated(binary, &operator, &sides)
    };
    Vector { labels: sides.result(), range }
}

fn compared(binary: &BinaryExpr, operator: &str, sides: &Sides) -> Range {
    if binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool) {
        return Range::between(0.0, 1.0, "`bool` makes 0 or 1", "compare without `bool`, or with 0 and 1");
    }
    match (&*binary.lhs, &*binary.rhs) {
        (_, Expr::NumberLiteral(number)) => sides.left.range.clone().where_it_is(operator, number.val),
        (Expr::NumberLiteral(_), _) => sides.right.range.clone(),
        _ => sides.left.range.clone(),
    }
}

fn calculated(binary: &BinaryExpr, operator: &str, sides: &Sides) -> Range {
    let (left, right) = (sides.left.range.clone(), sides.right.range.clone());
    match operator {
        "+" => left.sum(right),
        "-" => left.sum(right.negated()),
        "*" => left.product(right),
        "/" if is_share(&binary.lhs, &binary.rhs) => {
            Range::between(0.0, 1.0, "a part of a whole never exceeds 1", "compare with a share below 1")
        }
        "/" => left.quotient(right),
        _ => Range::default(),
    }
}

/// The two sides of an operator between vectors, and by which labels their series meet.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) left: Vector,
    pub(crate) right: Vector,
    /// Whether either is a plain number, which meets everything.
    has_scalar: [bool; 2],
    by: By,
    /// The labels that `group_left` or `group_right` takes from the other side, and which side has many.
    many: Option<(Side, Vec<String>)>,
}

#[derive(Debug)]
enum By {
    /// All labels but these.
    AllBut(BTreeSet<String>),
    /// Only these.
    On(BTreeSet<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl Sides {
    pub(crate) fn of(binary: &BinaryExpr, left: Vector, right: Vector) -> Self {
        let modifier = binary.modifier.as_ref();
        let set = |labels: &promql_parser::label::Labels| labels.labels.iter().cloned().collect();
        let by = match modifier.and_then(|modifier| modifier.matching.as_ref()) {
            None => By::AllBut(BTreeSet::new()),
            Some(LabelModifier::Include(labels)) => By::On(set(labels)),
            Some(LabelModifier::Exclude(labels)) => By::AllBut(set(labels)),
        };
        let many = match modifier.map(|modifier| &modifier.card) {
            Some(VectorMatchCardinality::ManyToOne(labels)) => Some((Side::Left, labels.labels.clone())),
            Some(VectorMatchCardinality::OneToMany(labels)) => Some((Side::Right, labels.labels.clone())),
            _ => None,
        };
        let has_scalar = [&binary.lhs, &binary.rhs].map(|side| side.value_type() == ValueType::Scalar);
        Self { left, right, has_scalar, by, many }
    }

    /// The keys that are named in `on`, `ignoring` or `group_left`, with the labels of who should have them.
    pub(crate) fn named(&self) -> Vec<(&str, Labels)> {
        let either = || self.left.labels.clone().or(self.right.labels.clone());
        let keys = match &self.by {
            By::On(keys) | By::AllBut(keys) => keys.iter().map(|key| (key.as_str(), either())).collect::<Vec<_>>(),
        };
        let taken = self.many.iter().flat_map(|(side, taken)| {
            let one = if *side == Side::Left { &self.right } else { &self.left };
            taken.iter().map(|key| (key.as_str(), one.labels.clone()))
        });
        keys.into_iter().chain(taken).collect()
    }

    fn matches_by(&self, key: &str) -> bool {
        match &self.by {
            By::AllBut(keys) => !keys.contains(key) && key != "__name__",
            By::On(keys) => keys.contains(key),
        }
    }

    /// A label by which the two must agree and never can, with why.
    pub(crate) fn contradiction(&self) -> Option<(String, String)> {
        if self.has_scalar.contains(&true) {
            return None;
        }
        let (left, right) = (&self.left.labels, &self.right.labels);
        let keys: BTreeSet<&String> = left.keys.keys().chain(right.keys.keys()).collect();
        let disagree = |key: &String| {
            let (ours, theirs) = (left.keys.get(key), right.keys.get(key));
            match (ours, theirs) {
                (Some(ours), Some(theirs)) if ours.contradicts(theirs) => {
                    Some(format!("`{key}` never has the same value on both sides"))
                }
                (Some(ours), None) if ours.always && right.never_has(key) => {
                    Some(format!("every series on the left carries `{key}`, and none on the right does"))
                }
                (None, Some(theirs)) if theirs.always && left.never_has(key) => {
                    Some(format!("every series on the right carries `{key}`, and none on the left does"))
                }
                _ => None,
            }
        };
        keys.into_iter().filter(|key| self.matches_by(key)).find_map(|key| Some((key.clone(), disagree(key)?)))
    }

    /// The labels of the result.
    fn result(&self) -> Labels {
        let [left_is_scalar, right_is_scalar] = self.has_scalar;
        if left_is_scalar {
            return self.right.labels.clone();
        }
        if right_is_scalar {
            return self.left.labels.clone();
        }
        if let Some((side, taken)) = &self.many {
            let (many, one) = if *side == Side::Left { (&self.left, &self.right) } else { (&self.right, &self.left) };
            let mut labels = many.labels.clone();
            for key in taken {
                let label = one.labels.keys.get(key).cloned().or_else(|| one.labels.others.then(Label::perhaps));
                match label {
                    Some(label) => labels.keys.insert(key.clone(), label),
                    None => labels.keys.remove(key),
                };
            }
            return labels;
        }
        match &self.by {
            By::On(keys) => self.left.labels.only(keys),
            By::AllBut(keys) => keys.iter().fold(self.left.labels.clone(), |labels, key| labels.without(key)),
        }
    }
}

/// A sum of rates, as it stands in a ratio: `sum by (…) (rate(metric{…}[window]))`, or the rate alone.
struct Rates<'a> {
    function: &'a str,
    selector: &'a promql_parser::parser::MatrixSelector,
    /// The labels that are kept; all of them without an aggregation.
    kept: Option<String>,
    keys: Option<Vec<String>>,
}

impl<'a> Rates<'a> {
    fn of(expression: &'a Expr) -> Option<Self> {
        match expression {
            Expr::Paren(paren) => Self::of(&paren.expr),
            Expr::Aggregate(aggregate) if aggregate.op.to_string() == "sum" => {
                let keys = match &aggregate.modifier {
                    None => Some(Vec::new()),
                    Some(LabelModifier::Include(keys)) => Some(keys.labels.clone()),
                    Some(LabelModifier::Exclude(_)) => None,
                };
                let kept = Some(format!("{:?}", aggregate.modifier));
                Some(Self { kept, keys, ..Self::of(&aggregate.expr).filter(|inner| inner.kept.is_none())? })
            }
            Expr::Call(call) if ["rate", "increase", "irate"].contains(&call.func.name) => {
                let Some(Expr::MatrixSelector(selector)) = call.args.args.first().map(|argument| &**argument) else {
                    return None;
                };
                Some(Self { function: call.func.name, selector, kept: None, keys: None })
            }
            _ => None,
        }
    }

    /// Whether the other is the same with wider matchers.
    fn is_part_of(&self, whole: &Self) -> bool {
        let (ours, theirs) = (&self.selector.vs, &whole.selector.vs);
        let wider = theirs.matchers.matchers.iter().all(|matcher| ours.matchers.matchers.contains(matcher));
        self.function == whole.function
            && ours.name == theirs.name
            && ours.offset == theirs.offset
            && self.selector.range == whole.selector.range
            && self.kept == whole.kept
            && wider
    }
}

/// Whether one side is the other with narrower matchers, aggregated alike.
fn is_share(part: &Expr, whole: &Expr) -> bool {
    let (Some(part), Some(whole)) = (Rates::of(part), Rates::of(whole)) else { return false };
    part.kept.is_some() && part.is_part_of(&whole)
}

/// The label by which a part and its whole meet though the part is narrowed by it: each series is then divided by itself.
pub(crate) fn divided_by_itself(binary: &BinaryExpr) -> Option<String> {
    let (part, whole) = (Rates::of(&binary.lhs)?, Rates::of(&binary.rhs)?);
    if binary.op.to_string() != "/" || binary.modifier.as_ref().is_some_and(|modifier| modifier.matching.is_some()) {
        return None;
    }
    if !part.is_part_of(&whole) {
        return None;
    }
    let wide = &whole.selector.vs.matchers.matchers;
    let narrowed = part.selector.vs.matchers.matchers.iter().filter(|matcher| !wide.contains(matcher));
    let mut narrowed = narrowed.map(|matcher| matcher.name.clone());
    match &part.keys {
        Some(keys) => narrowed.find(|key| keys.contains(key)),
        None if part.kept.is_none() => narrowed.next(),
        None => None,
    }
}
