//! The checker: reads a query's text against the symbol table and says what is certainly wrong.
//!
//! It is the beginning of an abstract interpreter: for each part of a query it knows the labels that the result can have and how
//! high its value can be. What it does not know makes it silent.

use std::collections::BTreeSet;

use promql_parser::{
    label::{MatchOp, Matcher},
    parser::{self, BinaryExpr, Call, Expr, LabelModifier, VectorSelector},
};

use crate::{
    Error, Finding, Symbols, labels,
    labels::{Labels, Values},
    reach,
    symbols::nearest,
};

/// Checks queries against what is declared.
#[derive(Clone, Copy, Debug)]
pub struct Checker<'a> {
    symbols: &'a Symbols,
}

impl<'a> Checker<'a> {
    pub const fn new(symbols: &'a Symbols) -> Self {
        Self { symbols }
    }

    /// Everything that is certainly wrong in a query; `place` says whose it is.
    pub fn check(&self, place: &str, query: &str) -> Vec<Finding> {
        let mut check = Check { symbols: self.symbols, place, query, findings: Vec::new() };
        match parser::parse(query) {
            Ok(expression) => check.expression(&expression),
            Err(error) => check.find(Error::Unreadable, "", error, "write PromQL that Prometheus 3 reads"),
        }
        check.findings
    }

    /// Says which of these label keys the query's result never has, each with the keys that it has.
    pub fn missing_labels<'k>(&self, query: &str, keys: impl IntoIterator<Item = &'k str>) -> Vec<(&'k str, String)> {
        let Ok(expression) = parser::parse(query) else { return Vec::new() };
        let labels = labels::of(&expression, self.symbols);
        keys.into_iter().filter(|key| !labels.has(key)).map(|key| (key, labels.listed())).collect()
    }
}

struct Check<'a> {
    symbols: &'a Symbols,
    place: &'a str,
    query: &'a str,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn find(&mut self, error: Error, part: &str, reason: impl Into<String>, help: impl Into<String>) {
        self.findings.push(Finding {
            error,
            place: self.place.to_owned(),
            query: self.query.to_owned(),
            part: part.to_owned(),
            reason: reason.into(),
            help: help.into(),
        });
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(selector) => self.selector(&selector.vs),
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Unary(unary) => self.expression(&unary.expr),
            Expr::Subquery(subquery) => self.expression(&subquery.expr),
            Expr::Aggregate(aggregate) => {
                self.expression(&aggregate.expr);
                if let Some(LabelModifier::Include(keys)) = &aggregate.modifier {
                    let inner = labels::of(&aggregate.expr, self.symbols);
                    for key in keys.labels.iter().filter(|key| !inner.has(key)) {
                        self.unknown_label(key, &inner, "what is aggregated here");
                    }
                }
            }
            Expr::Call(call) => self.call(call),
            Expr::Binary(binary) => self.binary(binary),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
        }
    }

    fn selector(&mut self, selector: &VectorSelector) {
        let Some(name) = selector.name.as_deref() else { return };
        let symbols = self.symbols;
        let Some(metric) = symbols.get(name) else { return self.unknown_metric(name) };
        for matcher in selector.matchers.matchers.iter().filter(|matcher| matcher.name != "__name__") {
            let Some(values) = metric.labels.values.get(&matcher.name) else {
                if !metric.labels.others {
                    self.unknown_label(&matcher.name, &metric.labels, name);
                }
                continue;
            };
            if matcher.name == "le" && !metric.bounds.is_empty() {
                self.bound(matcher, name, metric.bounds, &metric.declared);
            } else if let Values::Known(values) = values {
                self.values(matcher, values, name, &metric.declared);
            }
        }
    }

    fn unknown_metric(&mut self, name: &str) {
        let near = self.symbols.nearest(name).map_or_else(
            || "declare it, or tell the checker that it is foreign".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        if name.contains(':') {
            self.find(Error::UndefinedRule, name, format!("no recording rule is named `{name}`"), near);
        } else {
            self.find(Error::UnknownMetric, name, format!("nobody declares `{name}`"), near);
        }
    }

    fn unknown_label(&mut self, key: &str, labels: &Labels, whose: &str) {
        let help = nearest(key, labels.values.keys().map(String::as_str))
            .map_or_else(|| format!("it has {}", labels.listed()), |near| format!("did you mean `{near}`?"));
        self.find(Error::UnknownLabel, key, format!("{whose} has no label `{key}`"), help);
    }

    /// Refuses a matcher that no value satisfies, also when only one alternative of its pattern never matches.
    fn values(&mut self, matcher: &Matcher, values: &BTreeSet<String>, metric: &str, declared: &str) {
        let never = match &matcher.op {
            MatchOp::NotEqual | MatchOp::NotRe(_) => return,
            MatchOp::Equal => vec![matcher.value.as_str()].into_iter().filter(|v| !values.contains(*v)).collect(),
            MatchOp::Re(_) => never_matching(matcher, values),
        };
        // An empty value asks for series without the label, and whether there are some is not known here.
        for value in never.into_iter().filter(|value| !value.is_empty()) {
            let listed = values.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if values.len() > 20 { ", …" } else { "" };
            let reason = format!("`{}` of {metric} is never `{value}` ({declared})", matcher.name);
            let help = nearest(value, values.iter().map(String::as_str))
                .map_or_else(|| format!("its values are {listed}{more}"), |near| format!("did you mean `{near}`?"));
            self.find(Error::UnknownValue, value, reason, help);
        }
    }

    fn bound(&mut self, matcher: &Matcher, metric: &str, bounds: &[f64], declared: &str) {
        // Prometheus 3 stores a scraped bound with a decimal point, as Rust's `Debug` writes it.
        let spelled: Vec<_> = bounds.iter().map(|bound| format!("{bound:?}")).chain(["+Inf".to_owned()]).collect();
        if matcher.op == MatchOp::Equal && !spelled.contains(&matcher.value) {
            let reason = format!("{metric} has no bucket {} ({declared})", matcher.value);
            self.find(Error::UnknownBound, &matcher.value, reason, format!("its buckets are {}", spelled.join(", ")));
        }
    }

    fn call(&mut self, call: &Call) {
        for argument in &call.args.args {
            self.expression(argument);
        }
        let Some(Expr::MatrixSelector(selector)) = call.args.args.first().map(|argument| &**argument) else { return };
        let Some(name) = &selector.vs.name else { return };
        let wants_growth = ["rate", "irate", "increase"].contains(&call.func.name);
        if wants_growth && self.symbols.get(name).is_some_and(|metric| metric.grows == Some(false)) {
            let reason = format!("`{}` wants a counter, and {name} may also shrink", call.func.name);
            self.find(Error::RateOfGauge, name, reason, "read it as it is, or ask for its `deriv`");
        }
    }

    fn binary(&mut self, binary: &BinaryExpr) {
        self.expression(&binary.lhs);
        self.expression(&binary.rhs);
        let Expr::NumberLiteral(threshold) = &*binary.rhs else { return };
        let Some(ceiling) = reach::ceiling(&binary.lhs, self.symbols) else { return };
        let never = match binary.op.to_string().as_str() {
            ">" => threshold.val >= ceiling.value,
            ">=" | "==" => threshold.val > ceiling.value,
            _ => false,
        };
        if never {
            let part = format!("{} {}", binary.op, threshold.val);
            let reason = format!("this is never so: {}", ceiling.why);
            self.find(Error::UnreachableThreshold, &part, reason, ceiling.help);
        }
    }
}

/// The alternatives of a pattern that match no value.
fn never_matching<'m>(matcher: &'m Matcher, values: &BTreeSet<String>) -> Vec<&'m str> {
    let matches = |pattern: &str| {
        let whole =
            Matcher::new_matcher(promql_parser::parser::token::T_EQL_REGEX, matcher.name.clone(), pattern.to_owned());
        whole.is_ok_and(|matcher| values.iter().any(|value| matcher.is_match(value)))
    };
    // Inside parentheses or brackets a bar is no alternative of the whole.
    if matcher.value.contains(['(', '[']) {
        return if matches(&matcher.value) { Vec::new() } else { vec![&matcher.value] };
    }
    matcher.value.split('|').filter(|alternative| !matches(alternative)).collect()
}
