//! Alerts: their labels, sentences and time.

use std::time::Duration;

use super::{Field, RuleText};
use crate::{
    Checker, Code, Finding,
    syntax::{self, BinaryOperator, Expr, Span},
    template,
    window::prometheus_duration,
};

impl Checker<'_> {
    /// Everything that is wrong with an alert by itself; `interval` is how often it is evaluated, if that is known.
    pub fn check_alert(&self, alert: &RuleText, interval: Option<Duration>) -> Vec<Finding> {
        let mut findings = self.check_condition(&alert.place(), &alert.query);
        findings.extend(self.templates(alert));
        let empty = alert.annotations.iter().filter(|(_, text)| text.trim().is_empty());
        findings.extend(empty.map(|(key, _)| {
            let field = Field::Annotation(key.clone());
            alert.about(Code::EmptyText, field, format!("its {key} is empty"), "write it, or leave it out")
        }));
        findings.extend(self.collisions(alert));
        if let Some(interval) = interval.filter(|interval| !alert.held.is_zero() && alert.held < *interval) {
            let reason = format!(
                "its group is evaluated every {}, so that `for: {}` waits for the next time",
                prometheus_duration(interval),
                prometheus_duration(alert.held)
            );
            findings.push(alert.about(
                Code::ForBelowInterval,
                Field::Held,
                reason,
                "write the interval or a multiple of it; without `for` it fires at once",
            ));
        }
        if let Ok(query) = syntax::parse(&alert.query) {
            findings.extend(outlasting(alert, &query));
            findings.extend(self.born_late(alert, &query));
        }
        findings
    }

    /// The labels that its sentences name are there, and their functions too.
    fn templates(&self, alert: &RuleText) -> Vec<Finding> {
        let labels = alert.labels.iter().map(|(key, text)| (Field::Label(key.clone()), text));
        let annotations = alert.annotations.iter().map(|(key, text)| (Field::Annotation(key.clone()), text));
        let own = alert.own_labels();
        let mut findings = Vec::new();
        for (field, text) in labels.chain(annotations) {
            let template = template::read(text);
            let mut find = |code, span: Span, reason: String, help: String| {
                findings.push(alert.finding(code, field.clone(), text, Some(span), reason, help));
            };
            for (span, reason, help) in template.mistakes {
                find(Code::TemplateUnreadable, span, reason, help);
            }
            let is_label = matches!(field, Field::Label(_));
            for (key, span) in &template.labels {
                // A label's text is filled in before the alert's own labels are there.
                if !is_label && (own.contains_key(key.as_str()) || key == "alertname") {
                    continue;
                }
                for (_, has) in self.missing_labels(&alert.query, [key.as_str()]) {
                    let reason = format!("the query's result has no label `{key}`: an empty text is put here");
                    find(
                        Code::TemplateUnknownLabel,
                        *span,
                        reason,
                        format!("keep the label in the query, or name one that it has: {has}"),
                    );
                }
            }
            if let Some(span) = template.value.filter(|_| is_label) {
                let reason =
                    "a label that holds the value makes another alert whenever the value changes, and none holds long"
                        .to_owned();
                find(Code::ValueInLabel, span, reason, "write the value into an annotation".to_owned());
            }
        }
        findings
    }

    /// Labels of its own that take the place of those that tell its series apart.
    pub(super) fn collisions(&self, rule: &RuleText) -> Vec<Finding> {
        let Some(possible) = self.possible_labels(&rule.query) else { return Vec::new() };
        let tells_apart = |key: &str| match possible.get(key) {
            None => false,
            Some(values) => values.as_ref().is_none_or(|values| values.len() > 1),
        };
        let fixed = rule.labels.iter().filter(|(key, text)| tells_apart(key) && !text.contains("{{"));
        fixed
            .map(|(key, _)| {
                let reason = format!("`{key}` tells the query's series apart, and this makes it the same for all: two of them then have the same labels, and the rule fails");
                let help = format!("aggregate `{key}` away in the query, or call the label otherwise");
                rule.about(Code::LabelsCollide, Field::Label(key.clone()), reason, help)
            })
            .collect()
    }

    /// The first event of a series that is not there before it is no increase.
    fn born_late(&self, alert: &RuleText, query: &Expr) -> Vec<Finding> {
        let Expr::Binary(binary) = query.bare() else { return Vec::new() };
        let is_zero = matches!(binary.rhs.bare(), Expr::NumberLiteral(number) if number.value == 0.0);
        if binary.op != BinaryOperator::Gtr || !is_zero {
            return Vec::new();
        }
        let grown = calls(&binary.lhs, &["increase", "rate", "delta"]);
        let late = grown.into_iter().filter(|(_, selector)| self.symbols().may_be_born_late(selector));
        late.map(|(span, _)| {
            let reason = "a series that first appears with an event in it has not increased: the first event is missed".to_owned();
            let help = "let the program export it at zero from the start, or ask besides for series that were not there before: `… unless … offset 10m`".to_owned();
            alert.finding(Code::MissedFirstIncrease, Field::Query, &alert.query, Some(span), reason, help)
        })
        .collect()
    }
}

/// What happens once is seen for as long as the window is: to hold longer it must happen again and again.
fn outlasting(alert: &RuleText, query: &Expr) -> Vec<Finding> {
    let Expr::Binary(binary) = query.bare() else { return Vec::new() };
    let is_zero = matches!(binary.rhs.bare(), Expr::NumberLiteral(number) if number.value == 0.0);
    let functions: &[&str] = if is_zero { &["increase", "changes", "resets"] } else { &["changes", "resets"] };
    if !binary.op.is_comparison() || alert.held.is_zero() {
        return Vec::new();
    }
    let ranges = within(&binary.lhs, functions);
    let outlasted = ranges.into_iter().filter(|(_, range)| range.is_some_and(|range| alert.held >= range));
    outlasted
        .map(|(span, range)| {
            let window = prometheus_duration(range.unwrap_or_default());
            let held = prometheus_duration(alert.held);
            let reason = format!("what happened once is seen for {window}, and must hold for {held}: it fires only if it happens again and again");
            let help = format!("look back over more than {held}, or drop `for`");
            alert.finding(Code::ForOutlastsWindow, Field::Query, &alert.query, Some(span), reason, help)
        })
        .collect()
}

/// The calls of these functions on series, wherever they stand.
fn calls<'a>(query: &'a Expr, functions: &[&str]) -> Vec<(Span, &'a syntax::VectorSelector)> {
    let mut found: Vec<_> = query.parts().into_iter().flat_map(|part| calls(part, functions)).collect();
    if let Expr::Call(call) = query
        && functions.contains(&call.func.name)
        && let Some(Expr::MatrixSelector(read)) = call.args.first()
    {
        found.push((call.place.0, &read.vs));
    }
    found
}

/// The windows of these functions, wherever they stand.
fn within(query: &Expr, functions: &[&str]) -> Vec<(Span, Option<Duration>)> {
    let mut found: Vec<_> = query.parts().into_iter().flat_map(|part| within(part, functions)).collect();
    if let Expr::Call(call) = query
        && functions.contains(&call.func.name)
        && let Some(Expr::MatrixSelector(read)) = call.args.first()
    {
        found.push((read.range_place.0, read.range));
    }
    found
}
