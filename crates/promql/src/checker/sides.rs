//! The two sides of an operator: whether they can meet, and whether they say something together.

use std::collections::BTreeMap;

use super::Check;
use crate::{
    Code, Severity,
    infer::{Naming, Several, Sides, divided_by_itself},
    syntax::{Binary, BinaryOperator, Expr, LabelModifier, Span},
};

impl<'a> Check<'a> {
    pub(super) fn binary(&mut self, binary: &'a Binary) {
        self.expression(&binary.lhs);
        self.expression(&binary.rhs);
        if let Some(label) = divided_by_itself(binary, &self.inference) {
            return self.find(
                Code::MatchesOneByOne,
                binary.op_place.0,
                format!("series meet that agree in all labels, `{label}` among them: what one side is narrowed to is divided by itself, and the result is always the same"),
                format!("aggregate `{label}` away on both sides: `sum without ({label}) (…) / sum without ({label}) (…)`"),
            );
        }
        self.sides(binary);
        self.agreement(binary);
        self.divided(binary);
        self.stray(binary);
        if binary.op.is_comparison() {
            self.comparison(binary);
            self.compared_with_number(binary);
        }
    }

    /// Refuses sides that never meet, and labels to meet by that nobody has.
    fn sides(&mut self, binary: &'a Binary) {
        let operator = binary.op;
        let sides = Sides::of(binary, &self.inference);
        if sides.has_scalar.contains(&true) {
            return;
        }
        let named = sides.named();
        let is_any_there = named.iter().any(|(key, naming, labels)| *naming == Naming::On && labels.has(key));
        let mut is_named_wrongly = false;
        for (key, naming, labels) in named {
            let both: [&Expr; 2] = [&binary.lhs, &binary.rhs];
            let is_wrong = match naming {
                Naming::Taken => labels.never_has(key),
                Naming::On if !is_any_there => labels.never_has(key),
                Naming::On => self.is_slip(key, &labels, &both),
                Naming::Ignoring => self.is_slip(key, &labels, &[]),
            };
            if is_wrong {
                self.missing_label(named_in(binary, key), key, &labels, "what is matched here", &both);
                is_named_wrongly = true;
            }
        }
        if operator == BinaryOperator::Or || is_named_wrongly {
            return;
        }
        if let Some((key, why)) = sides.contradiction() {
            let without = key.map_or_else(String::new, |key| format!(" without `{key}`"));
            self.find(
                Code::SidesNeverMatch,
                binary.op_place.0,
                format!("no series of one side ever meets one of the other: {why}"),
                format!("aggregate both sides by the same labels, or say `{operator} on (…)`{without}"),
            );
            return;
        }
        if let Some((key, why)) = sides.doubt() {
            self.find_as(
                Severity::Warning,
                Code::SidesNeverMatch,
                binary.op_place.0,
                format!("unless relabelling adds it, no series of one side ever meets one of the other: {why}"),
                format!(
                    "aggregate `{key}` away, or say which labels they meet by: `{operator} on (…)` without `{key}`"
                ),
            );
            return;
        }
        if sides.meet_by_all() {
            self.one_sided(binary);
        }
        if !operator.is_set_operator()
            && let Some(several) = sides.several()
        {
            self.several(binary, &several);
        }
    }

    /// Refuses several series for one key, where one is wanted.
    fn several(&mut self, binary: &Binary, several: &Several) {
        let severity = if several.is_certain { Severity::Error } else { Severity::Warning };
        let (side, key) = (several.side, &several.label);
        let reason = format!(
            "series on the {side} that differ only in `{key}` meet the same series of the other side: Prometheus refuses that when it happens"
        );
        let help = if several.may_group {
            format!("aggregate `{key}` away, or say which side has many: `group_{side} ()`")
        } else {
            format!("aggregate `{key}` away on the {side}, or match by it too")
        };
        self.find_as(severity, Code::ManyToMany, binary.op_place.0, reason, help);
    }

    /// Refuses a label in the grouping of one side only that neither has: where it exists, the two never meet.
    fn one_sided(&mut self, binary: &'a Binary) {
        let (Some(left), Some(right)) = (grouping(&binary.lhs), grouping(&binary.rhs)) else { return };
        let only_one =
            left.keys().chain(right.keys()).filter(|key| !left.contains_key(*key) || !right.contains_key(*key));
        for key in only_one {
            let (side, keys) = if left.contains_key(key) { (&binary.lhs, &left) } else { (&binary.rhs, &right) };
            let labels = &self.inference.of(side).labels;
            if labels.never_has(key) {
                self.unknown_label(
                    keys[key],
                    key,
                    labels,
                    "only one side is aggregated by it, and what is aggregated there",
                );
            }
        }
    }
}

/// Where a label is named that the sides are to meet by, or that one takes from the other.
fn named_in(binary: &Binary, key: &str) -> Span {
    let matching = binary.modifier.matching.as_ref().map(LabelModifier::keys);
    let taken = binary.modifier.grouping.as_ref().map(|grouping| grouping.taken());
    let keys = [taken, matching].into_iter().flatten().find(|keys| keys.labels.iter().any(|named| named == key));
    keys.map_or(binary.op_place.0, |keys| keys.span_of(key))
}

/// The labels by which a side is aggregated, if it is, and where each is named.
fn grouping(expression: &Expr) -> Option<BTreeMap<&String, Span>> {
    match expression {
        Expr::Paren(paren) => grouping(&paren.expr),
        Expr::Aggregate(aggregate) => match &aggregate.modifier {
            None => Some(BTreeMap::new()),
            Some(LabelModifier::Include(keys)) => {
                Some(keys.labels.iter().map(|key| (key, keys.span_of(key))).collect())
            }
            Some(LabelModifier::Exclude(_)) => None,
        },
        _ => None,
    }
}
