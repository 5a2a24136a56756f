//! Parts of wholes: an expression divided by the same one with wider matchers.

use super::{Inference, Range, Sides, range::ROUNDING};
use crate::syntax::{
    Aggregate, Aggregator, Binary, BinaryOperator, Call, Expr, LabelModifier, Matcher, VectorSelector,
};

/// How a part differs from its whole.
#[derive(Default)]
struct Part<'a> {
    /// The matchers that only the part has.
    narrowing: Vec<&'a Matcher>,
    /// What is aggregated, outermost first.
    aggregates: Vec<&'a Aggregate>,
    /// The functions on the way, outermost first.
    functions: Vec<&'a str>,
}

/// What is left when the factors that change only the scale are taken off, and what they come to, if that is known.
struct Scaled<'a> {
    of: &'a Expr,
    factor: Option<f64>,
}

impl<'a> Scaled<'a> {
    fn of(expression: &'a Expr) -> Self {
        match expression {
            Expr::Paren(paren) => Self::of(&paren.expr),
            Expr::Unary(unary) => Self::of(&unary.expr).times(Some(if unary.is_negative { -1.0 } else { 1.0 })),
            Expr::Binary(binary) => {
                let is_scalar = |side: &Expr| side.is_scalar();
                match binary.op {
                    BinaryOperator::Mul if is_scalar(&binary.lhs) => Self::of(&binary.rhs).times(constant(&binary.lhs)),
                    BinaryOperator::Mul if is_scalar(&binary.rhs) => Self::of(&binary.lhs).times(constant(&binary.rhs)),
                    BinaryOperator::Div if is_scalar(&binary.rhs) => {
                        Self::of(&binary.lhs).times(constant(&binary.rhs).map(|divisor| 1.0 / divisor))
                    }
                    _ => Self { of: expression, factor: Some(1.0) },
                }
            }
            _ => Self { of: expression, factor: Some(1.0) },
        }
    }

    fn times(self, factor: Option<f64>) -> Self {
        Self { factor: self.factor.zip(factor).map(|(ours, theirs)| ours * theirs), ..self }
    }
}

/// A number as it stands there; of what is reckoned out nothing is said.
fn constant(expression: &Expr) -> Option<f64> {
    match expression {
        Expr::Paren(paren) => constant(&paren.expr),
        Expr::Unary(unary) => constant(&unary.expr).map(|number| if unary.is_negative { -number } else { number }),
        Expr::NumberLiteral(number) => Some(number.value),
        _ => None,
    }
}

impl<'a> Part<'a> {
    /// How `part` differs from `whole`; nothing when they differ in more than matchers.
    fn of(part: &'a Expr, whole: &'a Expr) -> Option<Self> {
        let mut found = Self::default();
        found.compare(part, whole).then_some(found)
    }

    fn compare(&mut self, part: &'a Expr, whole: &'a Expr) -> bool {
        match (part, whole) {
            (Expr::Paren(part), _) => self.compare(&part.expr, whole),
            (_, Expr::Paren(whole)) => self.compare(part, &whole.expr),
            (Expr::Aggregate(part), Expr::Aggregate(whole)) => {
                self.aggregates.push(part);
                part.op == whole.op
                    && part.param == whole.param
                    && groups(part.modifier.as_ref()) == groups(whole.modifier.as_ref())
                    && self.compare(&part.expr, &whole.expr)
            }
            (Expr::Call(part), Expr::Call(whole)) => self.compare_calls(part, whole),
            (Expr::MatrixSelector(part), Expr::MatrixSelector(whole)) => {
                part.range == whole.range && self.compare_selectors(&part.vs, &whole.vs)
            }
            (Expr::VectorSelector(part), Expr::VectorSelector(whole)) => self.compare_selectors(part, whole),
            _ => false,
        }
    }

    /// Functions of one series each; those that write labels make others of them.
    fn compare_calls(&mut self, part: &'a Call, whole: &'a Call) -> bool {
        const CHANGING: [&str; 7] =
            ["absent", "absent_over_time", "label_replace", "label_join", "scalar", "vector", "histogram_quantile"];
        self.functions.push(part.func.name);
        if part.func != whole.func || CHANGING.contains(&part.func.name) || part.args.len() != whole.args.len() {
            return false;
        }
        part.args.iter().zip(&whole.args).all(|(part, whole)| part == whole || self.compare(part, whole))
    }

    fn compare_selectors(&mut self, part: &'a VectorSelector, whole: &VectorSelector) -> bool {
        let (ours, theirs) = (&part.matchers, &whole.matchers);
        self.narrowing = ours.iter().filter(|matcher| !theirs.contains(matcher)).collect();
        part.name == whole.name && part.shift == whole.shift && theirs.iter().all(|matcher| ours.contains(matcher))
    }

    /// Whether a label still tells the groups apart.
    fn keeps(&self, key: &str) -> bool {
        self.aggregates.iter().all(|aggregate| match &aggregate.modifier {
            None => false,
            Some(LabelModifier::Include(keys)) => keys.labels.iter().any(|kept| kept == key),
            Some(LabelModifier::Exclude(keys)) => !keys.labels.iter().any(|dropped| dropped == key),
        })
    }

    /// Whether a group of the part is never more than that of the whole: counts, and sums of what only grows.
    fn is_at_most_whole(&self) -> bool {
        let operators: Vec<_> = self.aggregates.iter().map(|aggregate| aggregate.op).collect();
        match operators.as_slice() {
            [Aggregator::Count] => true,
            [] => false,
            sums => {
                sums.iter().all(|operator| *operator == Aggregator::Sum)
                    && self.functions.len() == 1
                    && ["rate", "irate", "increase"].contains(&self.functions[0])
            }
        }
    }
}

fn groups(modifier: Option<&LabelModifier>) -> (bool, Vec<&String>) {
    let (is_without, keys) = match modifier {
        None => (false, Vec::new()),
        Some(LabelModifier::Include(keys)) => (false, keys.labels.iter().collect()),
        Some(LabelModifier::Exclude(keys)) => (true, keys.labels.iter().collect()),
    };
    let mut keys: Vec<&String> = keys;
    keys.sort();
    (is_without, keys)
}

/// Between which numbers a quotient lies when one side is a part of the other.
pub(super) fn of(part: &Expr, whole: &Expr) -> Option<Range> {
    let (part, whole) = (Scaled::of(part), Scaled::of(whole));
    if !Part::of(part.of, whole.of)?.is_at_most_whole() {
        return None;
    }
    let most = part.factor? / whole.factor?;
    let share = Range::between(0.0, 1.0, "a part of a whole never exceeds 1", "compare with a share below 1");
    // Of nothing there is no part.
    let share = share.or_nan(true);
    if most == 1.0 {
        return Some(share);
    }
    let reason = format!("a part of a whole never exceeds 1, and is taken {most} times");
    let help = format!("compare with less than {most}");
    // To multiply and to divide rounds each time.
    let [least, most] = [1.0 - ROUNDING, 1.0 + ROUNDING].map(|by| most * by);
    Some(Range { why: None, ..share }.product(Range::between(least.min(most), least.max(most), reason, help)))
}

/// The label by which a part and its whole meet though the part is narrowed by it and by nothing that they do not meet by: each series
/// is then divided by itself.
pub(crate) fn divided_by_itself<'a>(binary: &'a Binary, inference: &Inference<'a>) -> Option<String> {
    if binary.op != BinaryOperator::Div {
        return None;
    }
    let sides = Sides::of(binary, inference);
    let (left, right) = (Scaled::of(&binary.lhs).of, Scaled::of(&binary.rhs).of);
    let part = Part::of(left, right).or_else(|| Part::of(right, left))?;
    let meets_by = |matcher: &&Matcher| part.keeps(&matcher.name) && sides.matches_by(&matcher.name);
    let is_same = part.narrowing.iter().all(meets_by);
    is_same.then(|| part.narrowing.first().map(|matcher| matcher.name.clone()))?
}
