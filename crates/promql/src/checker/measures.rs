//! Kinds and units: what is added, compared, averaged or summed though it means nothing.

use super::Check;
use crate::{
    Code, Severity,
    infer::{Kind, Labels},
    syntax::{Aggregate, Aggregator, Binary, BinaryOperator, Call, Expr, LabelModifier, Span},
};

/// Moments before this are no moments: 2001 in seconds since 1970.
const EARLIEST_MOMENT: f64 = 1e9;

/// The labels that decide what a number is measured in.
const DECIDING: [&str; 2] = ["currency", "unit"];

impl<'a> Check<'a> {
    /// Two sides that are added or compared are measured in the same unit.
    pub(super) fn agreement(&mut self, binary: &'a Binary) {
        let op = binary.op;
        let is_added = matches!(op, BinaryOperator::Add | BinaryOperator::Sub);
        if !is_added && !op.is_comparison() {
            return;
        }
        let (left, right) = (self.inference.of(&binary.lhs), self.inference.of(&binary.rhs));
        let Some(disagreement) = left.measured.disagreement(&right.measured) else { return };
        let severity = if disagreement.is_certain { Severity::Error } else { Severity::Warning };
        let reason = format!(
            "the left side is measured in {}, the right one in {}: they cannot be {}",
            disagreement.left,
            disagreement.right,
            if is_added { "added" } else { "compared" }
        );
        let help = "take the metric that was meant, or compare with a number in the same unit";
        self.find_as(severity, Code::UnitMismatch, binary.op_place.0, reason, help);
    }

    /// What is doubtful about a comparison with a number.
    pub(super) fn compared_with_number(&mut self, binary: &'a Binary) {
        let number = |side: &'a Expr| self.inference.of(side).range.number().filter(|_| is_number(side));
        let (measured, number) = match (number(&binary.lhs), number(&binary.rhs)) {
            (None, Some(number)) => (&binary.lhs, number),
            (Some(number), None) => (&binary.rhs, number),
            _ => return,
        };
        let inner = self.inference.of(measured);
        let (kind, span) = (inner.measured.kind, measured.span());
        if number == 0.0 || !number.is_finite() {
            return;
        }
        // Where it ends, many values meet: those that a clamp cut off.
        let is_end = inner.range.low == number || inner.range.high == number;
        let is_exact = matches!(binary.op, BinaryOperator::Eql | BinaryOperator::Neq) && !is_end;
        match kind {
            Kind::Counter | Kind::Buckets => self.find(
                Code::CounterWithoutRate,
                span,
                "a counter only grows and starts anew at each restart: how high it stands says how long it has run",
                "compare how much it grew: `rate(…[5m])` or `increase(…[5m])`",
            ),
            Kind::Timestamp if number.abs() < EARLIEST_MOMENT => self.find(
                Code::AgeForgotten,
                span,
                format!("this is a moment in seconds since 1970, and {number} lies in 1970: long ago for ever"),
                "compare how long ago it was: `time() - …`",
            ),
            Kind::Growth | Kind::BucketGrowth | Kind::Quantile if is_exact => self.find(
                Code::ExactComparison,
                binary.op_place.0.to(binary.rhs.span()),
                format!("what is reckoned out of samples is hardly ever exactly {number}"),
                "compare with `>` or `<`",
            ),
            _ => {}
        }
    }

    /// A quotient of counters as they are says something of the time since the last restart only.
    pub(super) fn divided(&mut self, binary: &'a Binary) {
        let is_counter = |side: &'a Expr| self.inference.of(side).measured.kind.grows();
        if binary.op == BinaryOperator::Div && is_counter(&binary.lhs) && is_counter(&binary.rhs) {
            self.find(
                Code::CounterWithoutRate,
                binary.lhs.span(),
                "two counters as they are divide what happened since their restarts, each its own",
                "divide how much they grew: `rate(…[5m]) / rate(…[5m])`",
            );
        }
    }

    /// Refuses means and sums of what says nothing of how many it stands for.
    pub(super) fn aggregated(&mut self, aggregate: &'a Aggregate) {
        let inner = self.inference.of(&aggregate.expr);
        let (op, span) = (aggregate.op, aggregate.op_place.0);
        if op == Aggregator::Count
            && let Expr::Binary(binary) = aggregate.expr.bare()
            && binary.modifier.return_bool
        {
            let reason = "`bool` leaves a 0 where it is not so, and `count` counts zeros like ones";
            return self.find(Code::CountOfComparison, span, reason, "write `sum`, or drop `bool`");
        }
        if !matches!(op, Aggregator::Sum | Aggregator::Avg) {
            return;
        }
        let Some(lost) = lost(&inner.labels, aggregate.modifier.as_ref()) else { return };
        match inner.measured.kind {
            Kind::Quantile => self.find(
                Code::AverageOfQuantiles,
                span,
                format!("the {} of quantiles is no quantile: nobody knows how many measurements each stands for", word(op)),
                "sum the buckets first: `histogram_quantile(…, sum by (le, …) (rate(…_bucket[5m])))`; or take `max`",
            ),
            Kind::Quotient => self.find(
                Code::AverageOfRatios,
                span,
                format!("the {} of quotients weighs one of a single request like one of a thousand", word(op)),
                "aggregate both sides before dividing: `sum by (…) (…) / sum by (…) (…)`",
            ),
            Kind::Buckets | Kind::BucketGrowth if lost.iter().any(|key| key == "le") => self.find(
                Code::SumWithoutBuckets,
                span,
                "each bucket counts what is in the smaller ones too: summed over `le`, one measurement counts many times",
                "keep `le` for `histogram_quantile`, or read the `_count` series",
            ),
            _ => self.mixed(span, &lost, &inner.labels),
        }
    }

    /// Refuses a sum over what is measured in different things.
    fn mixed(&mut self, span: Span, lost: &[String], labels: &Labels) {
        let Some(deciding) = lost.iter().find(|key| DECIDING.contains(&key.as_str())) else { return };
        let is_certain = labels.values(deciding).is_some_and(|values| values.len() > 1);
        let severity = if is_certain { Severity::Error } else { Severity::Warning };
        let reason = format!("`{deciding}` says what each is measured in: the sum over it is measured in nothing");
        self.find_as(severity, Code::MixedUnits, span, reason, format!("keep it: `by ({deciding}, …)`"));
    }

    /// What a function over time is asked of a counter, and cannot say.
    pub(super) fn over_time(&mut self, call: &'a Call) {
        let Some(range) = call.args.iter().find(|argument| matches!(argument, Expr::MatrixSelector(_))) else { return };
        let kind = self.inference.of(range).measured.kind;
        let name = call.func.name;
        match name {
            "delta" | "idelta" | "deriv" | "predict_linear" | "double_exponential_smoothing" if kind.grows() => self
                .find(
                    Code::DeltaOfCounter,
                    call.name_place.0,
                    format!("`{name}` takes a counter's restart for a fall"),
                    "use `increase` or `rate`, which know restarts",
                ),
            "avg_over_time" | "sum_over_time" | "quantile_over_time" | "stddev_over_time" | "stdvar_over_time"
            | "mad_over_time"
                if kind.grows() =>
            {
                self.find(
                    Code::OverTimeOfCounter,
                    call.name_place.0,
                    format!("`{name}` of a counter says how long it has run"),
                    "use `increase` or `rate`",
                );
            }
            "resets" if kind.shrinks() => self.find_as(
                Severity::Warning,
                Code::RateOfGauge,
                call.name_place.0,
                "`resets` counts how often a counter starts anew, and this may fall at any time",
                "count how often it changes: `changes(…)`",
            ),
            "avg_over_time" if kind == Kind::Quotient => self.find(
                Code::AverageOverTimeOfRatio,
                call.name_place.0,
                "each moment weighs the same, however many requests it stands for",
                "record both sides, and divide the sums over time",
            ),
            _ => {}
        }
    }

    /// A number beside series with labels is a series of its own, without labels.
    pub(super) fn stray(&mut self, binary: &'a Binary) {
        let is_vector = |side: &Expr| matches!(side.bare(), Expr::Call(call) if call.func.name == "vector");
        if binary.op != BinaryOperator::Or || !is_vector(&binary.rhs) || is_vector(&binary.lhs) {
            return;
        }
        let labels = &self.inference.of(&binary.lhs).labels;
        let matches_by = |key: &str| match &binary.modifier.matching {
            None => true,
            Some(LabelModifier::Include(keys)) => keys.labels.iter().any(|on| on == key),
            Some(LabelModifier::Exclude(keys)) => !keys.labels.iter().any(|ignored| ignored == key),
        };
        let Some(key) = labels.always().into_iter().find(|key| matches_by(key)) else { return };
        self.find(
            Code::StrayVector,
            binary.rhs.span(),
            format!("the left side carries `{key}`, and this carries nothing: it stands beside it instead of filling its gaps"),
            "fill each gap with its own zero: `… or 0 * …`, the whole behind the star",
        );
    }
}

/// The labels that an aggregation drops though they tell series apart; nothing when it drops none.
fn lost(labels: &Labels, modifier: Option<&LabelModifier>) -> Option<Vec<String>> {
    let is_kept = |key: &str| match modifier {
        None => false,
        Some(LabelModifier::Include(keys)) => keys.labels.iter().any(|kept| kept == key),
        Some(LabelModifier::Exclude(keys)) => !keys.labels.iter().any(|dropped| dropped == key),
    };
    let tells_apart = |key: &&str| labels.values(key).is_none_or(|values| values.len() > 1);
    let lost: Vec<String> =
        labels.keys().into_iter().filter(|key| !is_kept(key)).filter(tells_apart).map(str::to_owned).collect();
    (!lost.is_empty()).then_some(lost)
}

const fn word(op: Aggregator) -> &'static str {
    match op {
        Aggregator::Sum => "sum",
        _ => "mean",
    }
}

/// Whether it is a number and no series.
fn is_number(expression: &Expr) -> bool {
    match expression.bare() {
        Expr::Call(call) if call.func.name == "vector" => true,
        bare => bare.is_scalar(),
    }
}
