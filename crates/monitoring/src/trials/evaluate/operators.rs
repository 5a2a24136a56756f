//! Operators between two sides, and how their elements are matched.

use std::collections::BTreeMap;

use promql::syntax::{Binary, BinaryOperator, GroupModifier};

use super::{super::Error, Element, Evaluation, Value, Vector, aggregation::grouped};

impl Evaluation<'_> {
    pub(super) fn binary(&self, binary: &Binary, at: f64) -> Result<Value, Error> {
        let op = binary.op;
        let is_filter = is_filter(binary);
        if binary.modifier.fill.iter().any(Option::is_some) {
            return Err(self.cannot(binary.place.0, "`fill` is not known"));
        }
        let of = |left: f64, right: f64| -> Result<Option<f64>, Error> {
            let value = match op {
                BinaryOperator::Add => left + right,
                BinaryOperator::Sub => left - right,
                BinaryOperator::Mul => left * right,
                BinaryOperator::Div => left / right,
                BinaryOperator::Mod => left % right,
                BinaryOperator::Pow => left.powf(right),
                comparison => {
                    let holds = match comparison {
                        BinaryOperator::Gtr => left > right,
                        BinaryOperator::Lss => left < right,
                        BinaryOperator::Gte => left >= right,
                        BinaryOperator::Lte => left <= right,
                        #[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
                        BinaryOperator::Eql => left == right,
                        #[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
                        BinaryOperator::Neq => left != right,
                        _ => return Err(self.cannot(binary.place.0, &format!("the operator {op} is not known"))),
                    };
                    return Ok(if is_filter { holds.then_some(left) } else { Some(f64::from(u8::from(holds))) });
                }
            };
            Ok(Some(value))
        };
        if op.is_set_operator() {
            return Ok(Value::Vector(self.set(binary, at)?));
        }
        match (self.value(&binary.lhs, at)?, self.value(&binary.rhs, at)?) {
            (Value::Scalar(left), Value::Scalar(right)) => Ok(Value::Scalar(of(left, right)?.unwrap_or(f64::NAN))),
            (Value::Vector(left), Value::Scalar(right)) => {
                let mut kept = Vec::new();
                for (labels, left) in left {
                    kept.extend(of(left, right)?.map(|value| (labels, value)));
                }
                Ok(Value::Vector(kept))
            }
            (Value::Scalar(left), Value::Vector(right)) => {
                let mut kept = Vec::new();
                for (labels, right) in right {
                    // A comparison keeps the vector's value, wherever the vector stands.
                    let value = of(left, right)?;
                    kept.extend(value.map(|value| (labels, if is_filter { right } else { value })));
                }
                Ok(Value::Vector(kept))
            }
            (Value::Vector(left), Value::Vector(right)) => joined(binary, left, right, of).map(Value::Vector),
        }
    }

    fn set(&self, binary: &Binary, at: f64) -> Result<Vector, Error> {
        let mut left = self.vector(&binary.lhs, at)?;
        let right = self.vector(&binary.rhs, at)?;
        let key = |labels: &Element| matched(labels, binary);
        if binary.op == BinaryOperator::Or {
            let there: Vec<Element> = left.iter().map(|(labels, _)| key(labels)).collect();
            left.extend(right.into_iter().filter(|(labels, _)| !there.contains(&key(labels))));
        } else {
            let there: Vec<Element> = right.iter().map(|(labels, _)| key(labels)).collect();
            left.retain(|(labels, _)| there.contains(&key(labels)) == (binary.op == BinaryOperator::And));
        }
        Ok(left)
    }
}

/// Whether it leaves out what does not compare, instead of answering 0 or 1.
fn is_filter(binary: &Binary) -> bool {
    binary.op.is_comparison() && !binary.modifier.return_bool
}

/// The labels that two sides are matched by.
fn matched(labels: &Element, binary: &Binary) -> Element {
    match &binary.modifier.matching {
        None => labels.clone(),
        matching => grouped(labels, matching.as_ref()),
    }
}

fn joined(
    binary: &Binary,
    left: Vector,
    right: Vector,
    of: impl Fn(f64, f64) -> Result<Option<f64>, Error>,
) -> Result<Vector, Error> {
    let grouping = binary.modifier.grouping.as_ref();
    let is_swapped = matches!(grouping, Some(GroupModifier::Right(_)));
    let (many, few) = if is_swapped { (right, left) } else { (left, right) };
    let few: BTreeMap<Element, (Element, f64)> =
        few.into_iter().map(|(labels, value)| (matched(&labels, binary), (labels, value))).collect();
    let mut vector = Vec::new();
    for (mut labels, value) in many {
        let key = matched(&labels, binary);
        let Some((other_labels, other)) = few.get(&key) else { continue };
        let (left, right) = if is_swapped { (*other, value) } else { (value, *other) };
        let Some(result) = of(left, right)? else { continue };
        match grouping {
            Some(grouping) => {
                for label in &grouping.taken().labels {
                    match other_labels.get(label) {
                        Some(value) => labels.insert(label.clone(), value.clone()),
                        None => labels.remove(label),
                    };
                }
            }
            None if is_filter(binary) && binary.modifier.matching.is_none() => {}
            None => labels = key,
        }
        vector.push((labels, result));
    }
    Ok(vector)
}
