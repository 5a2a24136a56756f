//! Panels: whether what is drawn is measured in what the axis says.

use super::Checker;
use crate::{
    Code, Field, Finding, Severity, Unit,
    infer::{Inference, Measured},
    syntax,
};

impl Checker<'_> {
    /// Whether what a query measures is shown in another unit; `shown` is its name, for people. To multiply by a constant is taken for
    /// a conversion.
    pub fn check_unit(&self, place: &str, query: &str, unit: &Unit, shown: &str) -> Option<Finding> {
        let measured = self.measured(query)?;
        let (ours, factor) = (measured.unit.as_ref()?, measured.factor?);
        let is_same = ours.measures_same(unit);
        if is_same && (ours.scale() / factor / unit.scale() - 1.0).abs() < 1e-9 {
            return None;
        }
        if factor != 1.0 && !is_same && ours.per(unit).is_of_time() {
            return None;
        }
        let is_certain = factor == 1.0 && (ours.certainly_differs(unit) || ours.names_base());
        let severity = if is_certain { Severity::Error } else { Severity::Warning };
        let times = if factor == 1.0 { String::new() } else { format!(", taken {factor} times") };
        let reason = format!("what is asked is measured in {ours}{times}, and shown as {shown}");
        let help = "give the panel the query's unit, or convert in the query";
        Some(finding(severity, Code::UnitMismatch, place, query, reason, help))
    }

    /// Whether a counter is drawn as it stands.
    pub fn check_drawn(&self, place: &str, query: &str) -> Option<Finding> {
        let is_counter = self.measured(query)?.kind.grows();
        let reason = "a counter drawn as it stands only rises, and falls to nothing at each restart".to_owned();
        let help = "draw how much it grows: `rate(…[$__rate_interval])`";
        is_counter.then(|| finding(Severity::Warning, Code::CounterWithoutRate, place, query, reason, help))
    }

    fn measured(&self, query: &str) -> Option<Measured> {
        let expression = syntax::parse(query).ok()?;
        Some(Inference::new(self.symbols()).of(&expression).measured.clone())
    }
}

fn finding(severity: Severity, code: Code, place: &str, query: &str, reason: String, help: &str) -> Finding {
    let span = Some(syntax::Span::new(0, query.len()));
    let (place, query, help) = (place.to_owned(), query.to_owned(), help.to_owned());
    Finding { code, severity, place, field: Field::Query, query, span, reason, help }
}
