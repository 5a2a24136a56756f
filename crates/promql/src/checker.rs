//! The checker: reads a query's text against the symbol table and says what is certainly wrong.
//!
//! What can be known of each part [`infer`](crate::infer) says; here it is judged. What is not known makes it silent.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::{
    label::{MatchOp, Matcher},
    parser::{self, AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorSelector},
};

use crate::{
    Error, Finding, Symbols,
    infer::{self, Labels, Sides, Values, divided_by_itself},
    symbols::nearest,
};

/// Checks queries against what is declared.
#[derive(Clone, Copy, Debug)]
pub struct Checker<'a> {
    symbols: &'a Symbols,
}

/// The labels that a query's series can carry, each with the values that it can take where those are known.
pub type PossibleLabels = BTreeMap<String, Option<BTreeSet<String>>>;

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

    /// The same for an alert's condition, which must have a value only when something is wrong.
    pub fn check_condition(&self, place: &str, query: &str) -> Vec<Finding> {
        let mut findings = self.check(place, query);
        if parser::parse(query).is_ok_and(|expression| !is_condition(&expression)) {
            findings.push(Finding {
                error: Error::NoComparison,
                place: place.to_owned(),
                query: query.to_owned(),
                part: String::new(),
                reason: "an alert fires whenever its query has a value, and this one has one when all is well"
                    .to_owned(),
                help: "compare it with a threshold; mind that `a or b > c` is `a or (b > c)`".to_owned(),
            });
        }
        findings
    }

    /// Says which of these label keys the query's result never has, each with the keys that it has.
    pub fn missing_labels<'k>(&self, query: &str, keys: impl IntoIterator<Item = &'k str>) -> Vec<(&'k str, String)> {
        let Ok(expression) = parser::parse(query) else { return Vec::new() };
        let labels = infer::of(&expression, self.symbols).labels;
        keys.into_iter().filter(|key| labels.never_has(key)).map(|key| (key, labels.listed())).collect()
    }

    /// Which labels the query's result can have; nothing when that is not known.
    pub fn possible_labels(&self, query: &str) -> Option<PossibleLabels> {
        let labels = infer::of(&parser::parse(query).ok()?, self.symbols).labels;
        let values = |values: Values| match values {
            Values::Known(values) => Some(values),
            Values::Open => None,
        };
        (!labels.others).then(|| labels.keys.into_iter().map(|(key, label)| (key, values(label.values))).collect())
    }
}

/// Whether an expression has a value only when something is so.
fn is_condition(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(paren) => is_condition(&paren.expr),
        Expr::Unary(unary) => is_condition(&unary.expr),
        Expr::Aggregate(aggregate) => is_condition(&aggregate.expr),
        Expr::Binary(binary) => {
            let sides = [is_condition(&binary.lhs), is_condition(&binary.rhs)];
            match binary.op.to_string().as_str() {
                "or" => sides == [true, true],
                "unless" => true,
                _ if binary.op.is_comparison_operator() => {
                    !binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool)
                }
                _ => sides.contains(&true),
            }
        }
        Expr::Call(call) => match call.func.name {
            // `vector(1)` always fires, and whoever writes it means that.
            "absent" | "absent_over_time" | "vector" => true,
            _ => call.args.args.iter().any(|argument| is_condition(argument)),
        },
        Expr::Subquery(subquery) => is_condition(&subquery.expr),
        Expr::VectorSelector(_) | Expr::MatrixSelector(_) | Expr::NumberLiteral(_) | Expr::StringLiteral(_) => false,
        Expr::Extension(_) => true,
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
        let finding = Finding {
            error,
            place: self.place.to_owned(),
            query: self.query.to_owned(),
            part: part.to_owned(),
            reason: reason.into(),
            help: help.into(),
        };
        // A part that stands twice is wrong once.
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(selector) => self.selector(&selector.vs),
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Unary(unary) => self.expression(&unary.expr),
            Expr::Subquery(subquery) => self.expression(&subquery.expr),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
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
            let Some(label) = metric.labels.keys.get(&matcher.name) else {
                if !metric.labels.others {
                    self.unknown_label(&matcher.name, &metric.labels, name);
                }
                continue;
            };
            if matcher.name == "le" && !metric.bounds.is_empty() {
                self.bound(matcher, name, metric.bounds, &metric.declared);
            } else if let Values::Known(values) = &label.values {
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
        let help = nearest(key, labels.keys.keys().map(String::as_str))
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

    fn aggregate(&mut self, aggregate: &AggregateExpr) {
        self.expression(&aggregate.expr);
        if let Some(LabelModifier::Include(keys)) = &aggregate.modifier {
            let inner = infer::of(&aggregate.expr, self.symbols).labels;
            for key in keys.labels.iter().filter(|key| inner.never_has(key)) {
                self.unknown_label(key, &inner, "what is aggregated here");
            }
        }
    }

    fn call(&mut self, call: &Call) {
        for argument in &call.args.args {
            self.expression(argument);
        }
        if ["rate", "irate", "increase"].contains(&call.func.name) {
            self.growth(call);
        }
        if call.func.name == "histogram_quantile" {
            let buckets = call.args.args.last().map(|argument| infer::of(argument, self.symbols).labels);
            if buckets.is_some_and(|labels| labels.never_has("le")) {
                self.find(
                    Error::QuantileWithoutBuckets,
                    "histogram_quantile",
                    "the series that it reads have no label `le`, so there are no buckets to look into",
                    "read the `_bucket` series, and keep `le` in the aggregation: `sum by (le, …) (rate(…_bucket[5m]))`",
                );
            }
        }
    }

    /// Refuses growth of what also shrinks.
    fn growth(&mut self, call: &Call) {
        match call.args.args.first().map(|argument| &**argument) {
            Some(Expr::MatrixSelector(selector)) => {
                let Some(name) = &selector.vs.name else { return };
                if self.symbols.get(name).is_some_and(|metric| metric.grows == Some(false)) {
                    let reason = format!("`{}` wants a counter, and {name} may also shrink", call.func.name);
                    self.find(Error::RateOfGauge, name, reason, "read it as it is, or ask for its `deriv`");
                }
            }
            Some(Expr::Subquery(subquery)) if matches!(&*subquery.expr, Expr::Aggregate(_)) => self.find(
                Error::RateOfAggregate,
                call.func.name,
                "a sum of counters falls when one of them restarts, which looks like a restart of all",
                format!("aggregate last: `sum({}(…))`", call.func.name),
            ),
            _ => {}
        }
    }

    fn binary(&mut self, binary: &BinaryExpr) {
        self.expression(&binary.lhs);
        self.expression(&binary.rhs);
        if let Some(label) = divided_by_itself(binary) {
            return self.find(
                Error::MatchesOneByOne,
                &label,
                format!("both sides are kept apart by `{label}`, by which the left one is narrowed: each series is divided by itself, and every result is 1"),
                format!("aggregate both sides alike without `{label}`: `sum by (…) (part) / sum by (…) (whole)`"),
            );
        }
        self.sides(binary);
        if binary.op.is_comparison_operator() {
            self.comparison(binary);
        }
    }

    /// Refuses sides that never meet, and labels to meet by that nobody has.
    fn sides(&mut self, binary: &BinaryExpr) {
        let operator = binary.op.to_string();
        let sides = Sides::of(binary, infer::of(&binary.lhs, self.symbols), infer::of(&binary.rhs, self.symbols));
        let mut is_named_wrongly = false;
        for (key, labels) in sides.named() {
            if labels.never_has(key) {
                self.unknown_label(key, &labels, "what is matched here");
                is_named_wrongly = true;
            }
        }
        if operator == "or" || is_named_wrongly {
            return;
        }
        if let Some((key, why)) = sides.contradiction() {
            self.find(
                Error::SidesNeverMatch,
                &operator,
                format!("no series of one side ever meets one of the other: {why}"),
                format!("aggregate both sides by the same labels, or say `{operator} on (…)` without `{key}`"),
            );
        }
    }

    fn comparison(&mut self, binary: &BinaryExpr) {
        if binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool) {
            return;
        }
        let operator = binary.op.to_string();
        let mirrored = match operator.as_str() {
            ">" => "<",
            ">=" => "<=",
            "<" => ">",
            "<=" => ">=",
            other => other,
        };
        let (value, operator, number) = match (&*binary.lhs, &*binary.rhs) {
            (Expr::NumberLiteral(_), Expr::NumberLiteral(_)) => return,
            (value, Expr::NumberLiteral(number)) => (value, operator.as_str(), number.val),
            (Expr::NumberLiteral(number), value) => (value, mirrored, number.val),
            _ => return,
        };
        let range = infer::of(value, self.symbols).range;
        let part = format!("{} {number}", binary.op);
        let (reason, help) = match range.why.clone() {
            Some(why) => (why.reason, why.help),
            None => (
                format!("the value lies between {} and {}", range.low, range.high),
                "compare with a value that it can have".to_owned(),
            ),
        };
        if range.never(operator, number) {
            self.find(Error::NeverTrue, &part, format!("this is never so: {reason}"), help);
        } else if range.always(operator, number) {
            self.find(Error::AlwaysTrue, &part, format!("this is always so: {reason}"), help);
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
