//! The two sides of an operator: whether they can meet, and whether they say something together.

use std::collections::BTreeSet;

use promql_parser::parser::{BinaryExpr, Expr, LabelModifier};

use super::Check;
use crate::{
    Error,
    infer::{Naming, Sides, divided_by_itself},
};

impl<'a> Check<'a> {
    pub(super) fn binary(&mut self, binary: &'a BinaryExpr) {
        self.expression(&binary.lhs);
        self.expression(&binary.rhs);
        if let Some(label) = divided_by_itself(binary, &self.inference) {
            return self.find(
                Error::MatchesOneByOne,
                &label,
                format!("both sides are kept apart by `{label}`, by which one of them is narrowed: each series is divided by itself, and every result is 1 but for a factor"),
                format!("aggregate both sides alike without `{label}`: `sum by (…) (part) / sum by (…) (whole)`"),
            );
        }
        self.sides(binary);
        if binary.op.is_comparison_operator() {
            self.comparison(binary);
        }
    }

    /// Refuses sides that never meet, and labels to meet by that nobody has.
    fn sides(&mut self, binary: &'a BinaryExpr) {
        let operator = binary.op.to_string();
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
                self.unknown_label(key, &labels, "what is matched here");
                is_named_wrongly = true;
            }
        }
        if operator == "or" || is_named_wrongly {
            return;
        }
        if let Some((key, why)) = sides.contradiction() {
            let without = key.map_or_else(String::new, |key| format!(" without `{key}`"));
            self.find(
                Error::SidesNeverMatch,
                &operator,
                format!("no series of one side ever meets one of the other: {why}"),
                format!("aggregate both sides by the same labels, or say `{operator} on (…)`{without}"),
            );
        } else if sides.meet_by_all() {
            self.one_sided(binary);
        }
    }

    /// Refuses a label in the grouping of one side only that neither has: where it exists, the two never meet.
    fn one_sided(&mut self, binary: &'a BinaryExpr) {
        let (Some(left), Some(right)) = (grouping(&binary.lhs), grouping(&binary.rhs)) else { return };
        for key in left.symmetric_difference(&right) {
            let side = if left.contains(key) { &binary.lhs } else { &binary.rhs };
            let labels = &self.inference.of(side).labels;
            if labels.never_has(key) {
                self.unknown_label(key, labels, "only one side is aggregated by it, and what is aggregated there");
            }
        }
    }
}

/// The labels by which a side is aggregated, if it is.
fn grouping(expression: &Expr) -> Option<BTreeSet<&String>> {
    match expression {
        Expr::Paren(paren) => grouping(&paren.expr),
        Expr::Aggregate(aggregate) => match &aggregate.modifier {
            None => Some(BTreeSet::new()),
            Some(LabelModifier::Include(keys)) => Some(keys.labels.iter().collect()),
            Some(LabelModifier::Exclude(_)) => None,
        },
        _ => None,
    }
}
