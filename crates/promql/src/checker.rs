//! The checker: reads a query's text against the symbol table and says what is certainly wrong.
//!
//! What can be known of each part [`infer`](crate::infer) says; here it is judged. What is not known makes it silent.

mod comparison;
mod measures;
mod panel;
mod selector;
mod sides;
mod windows;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use crate::{
    Code, Field, Finding, Severity, Symbols,
    infer::{Inference, Kind, Label, Labels, Presence, Shape, Values},
    observed::slip,
    spelling::{misspelled, nearest},
    symbols::Named,
    syntax::{self, Aggregate, Aggregator, Call, Expr, LabelModifier, Span},
};

/// Checks queries against what is declared. Each text is looked into once, however often it is asked about.
#[derive(Debug)]
pub struct Checker<'a> {
    symbols: &'a Symbols,
    settings: Settings,
    /// The labels of what was looked into; none of what cannot be read.
    known: RefCell<HashMap<String, Option<Labels>>>,
    /// In what nothing was found: queries, and conditions.
    clean: RefCell<[HashSet<String>; 2]>,
}

/// What a checker cannot read off queries and metrics.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How often targets are scraped.
    pub scrape_interval: Duration,
    /// How long samples are kept, if that is known.
    pub retention: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { scrape_interval: windows::DEFAULT_SCRAPE_INTERVAL, retention: None }
    }
}

/// The labels that a query's series can carry, each with the values that it can take where those are known; an empty one says that some
/// series lack the label.
pub type PossibleLabels = BTreeMap<String, Option<BTreeSet<String>>>;

impl<'a> Checker<'a> {
    pub fn new(symbols: &'a Symbols) -> Self {
        Self::with(symbols, Settings::default())
    }

    /// One that knows more than the metrics.
    pub fn with(symbols: &'a Symbols, settings: Settings) -> Self {
        Self { symbols, settings, known: RefCell::default(), clean: RefCell::default() }
    }

    /// The table that it goes by.
    pub const fn symbols(&self) -> &'a Symbols {
        self.symbols
    }

    /// Everything that is certainly wrong in a query; `place` says whose it is.
    pub fn check(&self, place: &str, query: &str) -> Vec<Finding> {
        self.findings(place, query, false)
    }

    /// The same for an alert's condition, which must have a value only when something is wrong.
    pub fn check_condition(&self, place: &str, query: &str) -> Vec<Finding> {
        self.findings(place, query, true)
    }

    fn findings(&self, place: &str, query: &str, is_condition: bool) -> Vec<Finding> {
        if self.clean.borrow()[usize::from(is_condition)].contains(query) {
            return Vec::new();
        }
        let parsed = syntax::parse(query);
        let inference = Inference::new(self.symbols);
        let mut check =
            Check { symbols: self.symbols, settings: self.settings, inference, place, query, findings: Vec::new() };
        match &parsed {
            Ok(expression) => {
                check.expression(expression);
                check.history(expression);
                if is_condition {
                    check.condition(expression);
                }
                let labels = check.inference.of(expression).labels.clone();
                self.known.borrow_mut().insert(query.to_owned(), Some(labels));
            }
            Err(error) => {
                let code = if error.is_unsupported { Code::UnsupportedSyntax } else { Code::Unreadable };
                check.find(code, error.span, &error.reason, &error.help);
            }
        }
        if check.findings.is_empty() {
            self.clean.borrow_mut()[usize::from(is_condition)].insert(query.to_owned());
        }
        check.findings
    }

    /// Says which of these label keys the query's result never has, each with the keys that it has.
    pub fn missing_labels<'k>(&self, query: &str, keys: impl IntoIterator<Item = &'k str>) -> Vec<(&'k str, String)> {
        let Some(labels) = self.labels(query) else { return Vec::new() };
        keys.into_iter().filter(|key| labels.never_has(key)).map(|key| (key, labels.listed())).collect()
    }

    /// Which labels the query's result can have; nothing when that is not known.
    pub fn possible_labels(&self, query: &str) -> Option<PossibleLabels> {
        let Shape { keys, others } = self.labels(query)?.merged();
        let values = |Label { always, values }| match values {
            Values::Known(values) => Some(values.into_iter().chain((!always).then(String::new)).collect()),
            Values::Open => None,
        };
        (!others).then(|| keys.into_iter().map(|(key, label)| (key, values(label))).collect())
    }

    fn labels(&self, query: &str) -> Option<Labels> {
        if let Some(known) = self.known.borrow().get(query) {
            return known.clone();
        }
        let read = syntax::parse(query).ok();
        let labels = read.map(|expression| Inference::new(self.symbols).of(&expression).labels.clone());
        self.known.borrow_mut().insert(query.to_owned(), labels.clone());
        labels
    }
}

struct Check<'a> {
    symbols: &'a Symbols,
    settings: Settings,
    inference: Inference<'a>,
    place: &'a str,
    query: &'a str,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn find(&mut self, code: Code, span: Span, reason: impl Into<String>, help: impl Into<String>) {
        self.find_as(code.severity(), code, span, reason, help);
    }

    /// The same where it is surer or less sure than most of its kind.
    fn find_as(
        &mut self,
        severity: Severity,
        code: Code,
        span: Span,
        reason: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings.push(Finding {
            code,
            severity,
            place: self.place.to_owned(),
            field: Field::Query,
            query: self.query.to_owned(),
            span: Some(span),
            reason: reason.into(),
            help: help.into(),
        });
    }

    fn expression(&mut self, expression: &'a Expr) {
        match expression {
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(selector) => self.selector(&selector.vs),
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Unary(unary) => self.expression(&unary.expr),
            Expr::Subquery(subquery) => self.expression(&subquery.expr),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Call(call) => self.call(call),
            Expr::Binary(binary) => self.binary(binary),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => {}
        }
    }

    /// Refuses an alert's query that has a value also when all is well.
    fn condition(&mut self, expression: &'a Expr) {
        let is_so_always = self.inference.of(expression).presence != Presence::WhenSo;
        // `vector(1)` alone always fires, and whoever writes it means that.
        if is_so_always && !is_watchdog(expression) {
            self.find(
                Code::NoComparison,
                expression.span(),
                "an alert fires whenever its query has a value, and this one has one when all is well",
                "compare it with a threshold; mind that `a or b > c` is `a or (b > c)`",
            );
        }
    }

    /// Refuses a label that is not there; `from` is where it may have been dropped.
    fn missing_label(&mut self, span: Span, key: &str, labels: &Labels, whose: &str, from: &[&'a Expr]) {
        let Some(dropped) = from.iter().find_map(|expression| self.inference.dropping(expression, key)) else {
            return self.unknown_label(span, key, labels, whose);
        };
        let by = dropped
            .modifier
            .as_ref()
            .map_or(dropped.op_place.0, |modifier| dropped.op_place.0.to(modifier.keys().place.0));
        let by = if by.end > dropped.expr.span().start { dropped.op_place.0.of(self.query) } else { by.of(self.query) };
        let reason = format!("{whose} has no label `{key}`: `{by}` dropped it");
        self.find(
            Code::LabelAggregatedAway,
            span,
            reason,
            format!("keep it there; what is left has {}", labels.listed()),
        );
    }

    fn unknown_label(&mut self, span: Span, key: &str, labels: &Labels, whose: &str) {
        let help = nearest(key, labels.keys())
            .map_or_else(|| format!("it has {}", labels.listed()), |near| format!("did you mean `{near}`?"));
        self.find(Code::UnknownLabel, span, format!("{whose} has no label `{key}`"), help);
    }

    /// Whether a label that is not there is a slip and no caution: an aggregation dropped it, or one is there that is spelled like it.
    /// To name labels that only other places have is usual in rules that many share.
    fn is_slip(&self, key: &str, labels: &Labels, expressions: &[&'a Expr]) -> bool {
        self.is_slip_of_seen(key, labels)
            || labels.never_has(key)
                && (misspelled(key, labels.keys().into_iter()).is_some()
                    || expressions.iter().any(|expression| self.inference.reads_label(expression, key)))
    }

    /// Whether a label that may be there, since not all are known, is certainly a slip of one that is, and nothing else has it.
    fn is_slip_of_seen(&self, key: &str, labels: &Labels) -> bool {
        let is_unlisted = !labels.lists(key) && !labels.never_has(key);
        is_unlisted && slip(key, labels.keys()).is_some() && !self.symbols.knows_label(key)
    }

    fn aggregate(&mut self, aggregate: &'a Aggregate) {
        self.expression(&aggregate.expr);
        let inner = self.inference.of(&aggregate.expr);
        let expressions: &[&Expr] = match &aggregate.modifier {
            Some(LabelModifier::Include(_)) => &[&aggregate.expr],
            // To drop what was dropped already changes nothing.
            _ => &[],
        };
        for keys in aggregate.modifier.iter().map(LabelModifier::keys) {
            for key in &keys.labels {
                if self.is_slip(key, &inner.labels, expressions) {
                    self.missing_label(keys.span_of(key), key, &inner.labels, "what is aggregated here", expressions);
                }
            }
        }
        self.aggregated(aggregate);
        if let Some(parameter) = &aggregate.param {
            self.expression(parameter);
            if aggregate.op == Aggregator::Quantile {
                self.quantile(parameter);
            }
        }
    }

    fn call(&mut self, call: &'a Call) {
        for argument in &call.args {
            self.expression(argument);
        }
        self.window(call);
        self.over_time(call);
        match call.func.name {
            "rate" | "irate" | "increase" => self.growth(call),
            "histogram_quantile" => {
                let buckets = call.args.last().map(|argument| self.inference.of(argument));
                if buckets.is_some_and(|buckets| buckets.labels.never_has("le")) && !self.may_be_native(call) {
                    // That they were summed away is said here, and once is enough.
                    self.findings.retain(|it| it.code != Code::SumWithoutBuckets || !call.place.0.has(it.span));
                    self.find(
                        Code::QuantileWithoutBuckets,
                        call.name_place.0,
                        "what it reads has no label `le`, which tells the buckets apart: the result is empty",
                        "read the `_bucket` series, and keep `le` in the aggregation: `sum by (le, …) (rate(…_bucket[5m]))`",
                    );
                }
            }
            _ => {}
        }
        if let ("histogram_quantile" | "quantile_over_time", Some(phi)) = (call.func.name, call.args.first()) {
            self.quantile(phi);
        }
    }

    /// Whether it reads what may keep its buckets within each sample.
    fn may_be_native(&self, call: &Call) -> bool {
        let selectors = call.args.iter().flat_map(Expr::selectors);
        selectors.into_iter().any(|selector| match self.symbols.named(selector) {
            Named::Known(_, metric) => matches!(metric.measured.kind, Kind::NativeHistogram | Kind::Unknown),
            Named::Nobody(name) => !name.ends_with("_bucket"),
            Named::Anything => true,
        })
    }

    /// Refuses a quantile that there is not: below 0 it is always -Inf, above 1 always +Inf.
    fn quantile(&mut self, phi: &'a Expr) {
        let Some(number) = self.inference.of(phi).range.number().filter(|phi| !(0.0..=1.0).contains(phi)) else {
            return;
        };
        let always = if number > 1.0 { "+Inf" } else { "-Inf" };
        let help = if (1.0..=100.0).contains(&number) {
            format!("write {} for the {number}th percentile", number / 100.0)
        } else {
            "write a number between 0 and 1".to_owned()
        };
        self.find(
            Code::QuantileOutOfRange,
            phi.span(),
            format!("a quantile lies between 0 and 1: that of {number} is always {always}"),
            help,
        );
    }

    /// Refuses growth of what also shrinks.
    fn growth(&mut self, call: &'a Call) {
        match call.args.first() {
            Some(Expr::MatrixSelector(selector)) => {
                let Named::Known(name, metric) = self.symbols.named(&selector.vs) else { return };
                let (kind, function) = (metric.measured.kind, call.func.name);
                if kind.is_reckoned() {
                    let reason = format!("`{function}` wants a counter, and {name} is made of rates already");
                    self.find(Code::RateOfAggregate, selector.place.0, reason, "read it as it is");
                } else if kind.shrinks() {
                    let reason = format!(
                        "`{function}` wants a counter, and {name} may also shrink: each fall is taken for a restart"
                    );
                    self.find(
                        Code::RateOfGauge,
                        selector.place.0,
                        reason,
                        "ask for its `deriv(…)`, also a second, or for `delta(…)` over the window",
                    );
                }
            }
            Some(Expr::Subquery(subquery)) if self.inference.of(&subquery.expr).measured.kind.is_reckoned() => self
                .find(
                    Code::RateOfAggregate,
                    call.name_place.0,
                    "what is inside is made of rates already, and falls as often as it rises",
                    "ask for its `deriv(…)`, also a second, or for `delta(…)` over the window",
                ),
            Some(Expr::Subquery(subquery)) if matches!(subquery.expr.bare(), Expr::Aggregate(_)) => self.find(
                Code::RateOfAggregate,
                call.name_place.0,
                "a sum of counters falls when one of them restarts, which looks like a restart of all",
                format!("aggregate last: `sum({}(…))`", call.func.name),
            ),
            _ => {}
        }
    }
}

fn is_watchdog(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(paren) => is_watchdog(&paren.expr),
        Expr::Call(call) => call.func.name == "vector",
        _ => false,
    }
}
