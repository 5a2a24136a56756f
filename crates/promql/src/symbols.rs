//! The symbol table: every metric that can be read, with its kind, its labels and how high it can be.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use signals::{Declaration, Kind as SignalKind, Service};

use crate::{
    Base, ForeignKind, ForeignMetric, Measure, Rule, Unit,
    infer::{Inference, Kind, Label, Labels, Measured, Presence, Range, Shape, Vector},
    label::written_bound,
    observed::{Observed, Unlisted, slip},
    own,
    spelling::nearest,
    syntax::{self, Expr, MatchOperator, Matcher, VectorSelector},
};

/// The target label that names the service (OpenTelemetry's `service.name`).
const SERVICE: &str = "service";
/// The label that holds a metric's name.
pub(crate) const METRIC_NAME: &str = "__name__";

/// What is known of one metric.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    pub(crate) measured: Measured,
    pub(crate) labels: Labels,
    /// The finite bounds, when it is the buckets of a histogram.
    pub(crate) bounds: Cow<'static, [f64]>,
    /// Between which numbers its values lie.
    pub(crate) range: Range,
    pub(crate) presence: Presence,
    /// Where it is declared.
    pub(crate) declared: String,
    /// Whether a rule records it, at an interval of its own.
    pub(crate) is_recorded: bool,
}

/// What a selector reads, by the name in it.
#[expect(clippy::large_enum_variant, reason = "it lives for one look")]
pub(crate) enum Named<'s> {
    /// What is known of it, under its name or the pattern that it matches.
    Known(&'s str, Cow<'s, Metric>),
    /// There is no metric of this name.
    Nobody(&'s str),
    /// No name is said.
    Anything,
}

/// Every metric that a query may read.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    pub(crate) metrics: BTreeMap<String, Metric>,
    target_labels: BTreeMap<String, Label>,
    /// What it means that a name is not among the metrics.
    pub(crate) unlisted: Unlisted,
    /// What was seen, by the names of its series.
    pub(crate) seen: BTreeMap<String, Vec<Arc<Observed>>>,
    /// Recordings whose names are as they are on purpose.
    named_otherwise: BTreeSet<String>,
    /// Foreign counters whose series are all there, at zero, before anything happens.
    born_at_zero: BTreeSet<String>,
}

impl Metric {
    /// What is known of series that are either this or the other metric.
    fn or(self, other: Self) -> Self {
        let is_same = self.bounds == other.bounds;
        let declared = if self.declared == other.declared {
            self.declared
        } else {
            format!("{}, {}", self.declared, other.declared)
        };
        Self {
            measured: self.measured.or(other.measured),
            labels: self.labels.or(&other.labels),
            bounds: if is_same { self.bounds } else { Cow::Borrowed(&[]) },
            range: self.range.or(other.range),
            presence: self.presence.or(other.presence),
            declared,
            is_recorded: self.is_recorded || other.is_recorded,
        }
    }
}

impl Symbols {
    /// A table for metrics that the scrape gives these labels, such as `instance`, whatever their values are. It has what Prometheus
    /// itself says of targets and alerts.
    pub fn new<'a>(target_labels: impl IntoIterator<Item = &'a str>) -> Self {
        let target_labels: BTreeMap<_, _> =
            target_labels.into_iter().map(|key| (key.to_owned(), Label::open())).collect();
        let own = own::metrics(&target_labels).into_iter().map(|(name, metric)| (name.to_owned(), metric));
        Self { metrics: own.collect(), target_labels, ..Self::default() }
    }

    /// Says of a recording rule that it is called as it is on purpose, against the rule for names.
    pub fn is_named_otherwise(&mut self, recording: &str) {
        self.named_otherwise.insert(recording.to_owned());
    }

    /// Says of a foreign counter that its series are there, at zero, before anything happens.
    pub fn is_born_at_zero(&mut self, counter: &str) {
        self.born_at_zero.insert(counter.to_owned());
    }

    pub(crate) fn may_be_named(&self, recording: &str) -> bool {
        self.named_otherwise.contains(recording)
    }

    /// Adds a signal, with exactly the series that it can have in these services; open labels can have any value, or none.
    pub fn declare(&mut self, declaration: &Declaration, services: &[&Service]) {
        let recorded = services.iter().filter(|service| (declaration.recorded_by)(service));
        let open = declaration.prometheus_keys().into_iter().filter(|key| declaration.is_open(key));
        let open: Vec<_> = open.map(|key| (key, Label::perhaps())).collect();
        let shapes: Vec<Shape> = recorded
            .flat_map(|service| {
                let target = [self.target_of([service.name]).into_iter().collect(), open.clone()].concat();
                (declaration.points)(service).into_iter().map(move |point| {
                    let own = point.iter().map(|label| (label.prometheus_key(), Label::of([&*label.value])));
                    Shape { keys: target.clone().into_iter().chain(own).collect(), others: false }
                })
            })
            .collect();
        let labels = if shapes.is_empty() { self.unrecorded(declaration).into() } else { shapes.into_iter().collect() };
        let name = declaration.prometheus_name();
        let metric = Metric {
            measured: Measured::new(
                match declaration.kind {
                    SignalKind::Counter | SignalKind::Histogram => Kind::Counter,
                    SignalKind::Gauge | SignalKind::UpDownCounter => kind_by_name(&name),
                },
                Some(unit_of(declaration.unit)),
            ),
            labels,
            bounds: Cow::Borrowed(&[]),
            range: match declaration.kind {
                SignalKind::Counter => Range::counter(),
                SignalKind::Histogram | SignalKind::Gauge | SignalKind::UpDownCounter => Range::default(),
            },
            presence: Presence::Measured,
            is_recorded: false,
            declared: format!("{}:{}", declaration.file, declaration.line),
        };
        if declaration.kind == SignalKind::Histogram {
            self.add_histogram(&name, metric, declaration.buckets);
        } else {
            self.add(name, metric);
        }
    }

    /// Adds a metric that others measure. Which values its labels can take only they know; whose it is is known.
    pub fn foreign(&mut self, metric: &ForeignMetric) {
        let whose = metric.exporter.service.iter().chain(metric.exporter.also_of).copied();
        let mut keys = self.target_of(whose);
        for (key, examples) in metric.labels {
            let is_always = !examples.contains(&"");
            keys.insert(key.replace('.', "_"), if is_always { Label::open() } else { Label::perhaps() });
        }
        let range = match (metric.kind, metric.measure) {
            (ForeignKind::Counter, _) => Range::counter(),
            (_, Measure::State) => Range::state(),
            _ => Range::default(),
        };
        let known = Metric {
            measured: Measured::new(
                match (metric.kind, metric.measure) {
                    (ForeignKind::Counter | ForeignKind::Histogram(_), _) => Kind::Counter,
                    (ForeignKind::Gauge, Measure::State) => Kind::State,
                    (ForeignKind::Gauge, _) => kind_by_name(metric.name),
                },
                Some(metric.measure.unit()),
            ),
            labels: Shape { keys, others: false }.into(),
            bounds: Cow::Borrowed(&[]),
            range,
            presence: Presence::Measured,
            is_recorded: false,
            declared: format!("{}:{}", metric.file, metric.line),
        };
        if let ForeignKind::Histogram(bounds) = metric.kind {
            self.add_histogram(metric.name, known, bounds);
        } else {
            self.add(metric.name.to_owned(), known);
        }
    }

    /// Adds a recording rule. Rules that it reads must be there already. A query that cannot be read leaves its labels open; the
    /// checker says why.
    pub fn record(&mut self, rule: &Rule) {
        self.record_text(&rule.name, &rule.query.to_string(), &[]);
    }

    /// Adds what a recording rule of this name and text records, with labels of its own.
    pub fn record_text(&mut self, name: &str, query: &str, own: &[(&str, &str)]) {
        let parsed = syntax::parse(query);
        let recorded = parsed.as_ref().map(|expression| Vector::clone(&Inference::new(self).of(expression)));
        let Vector { labels, range, presence, measured, .. } = recorded.unwrap_or_else(|_| Vector::unknown());
        // Only a counter as it is grows; what is made of several falls when one of them restarts.
        let is_as_it_is = parsed.is_ok_and(|expression| matches!(expression.bare(), Expr::VectorSelector(_)));
        let kind = if measured.kind.grows() && !is_as_it_is { Kind::Plain } else { measured.kind };
        let declared = format!("the recording rule {name}");
        let labels = own.iter().fold(labels, |labels, (key, value)| labels.with(key, &Label::of([*value])));
        let metric = Metric {
            measured: Measured { kind, ..measured },
            labels,
            bounds: Cow::Borrowed(&[]),
            range,
            presence,
            declared,
            is_recorded: true,
        };
        self.add(name.to_owned(), metric);
    }

    /// The labels of a target, which is one of these services; of any, when none is named.
    pub(crate) fn target_of<'s>(&self, services: impl IntoIterator<Item = &'s str>) -> BTreeMap<String, Label> {
        let mut keys = self.target_labels.clone();
        let mut services = services.into_iter().peekable();
        if let Some(service) = keys.get_mut(SERVICE).filter(|_| services.peek().is_some()) {
            *service = Label::of(services);
        }
        keys
    }

    /// The labels of a signal whose series are not known, since no service records it.
    fn unrecorded(&self, declaration: &Declaration) -> Shape {
        let own = declaration.prometheus_keys().into_iter().map(|key| (key, Label::perhaps()));
        Shape { keys: self.target_labels.clone().into_iter().chain(own).collect(), others: false }
    }

    /// Two who measure the same under one name are both read under it.
    pub(crate) fn add(&mut self, name: String, metric: Metric) {
        let metric = match self.metrics.remove(&name) {
            Some(known) => known.or(metric),
            None => metric,
        };
        self.metrics.insert(name, metric);
    }

    fn add_histogram(&mut self, name: &str, metric: Metric, bounds: &'static [f64]) {
        let spelled: Vec<String> = bounds.iter().copied().chain([f64::INFINITY]).map(written_bound).collect();
        let le = Label::of(spelled.iter().map(String::as_str));
        let counts = Metric { range: Range::counter(), ..metric.clone() };
        let counts = Metric { measured: Measured::new(Kind::Counter, Some(Unit::one())), ..counts };
        let buckets = Metric {
            bounds: Cow::Borrowed(bounds),
            labels: counts.labels.with("le", &le),
            measured: Measured {
                observed: metric.measured.unit.clone(),
                ..Measured::new(Kind::Buckets, Some(Unit::one()))
            },
            ..counts.clone()
        };
        self.add(format!("{name}_bucket"), buckets);
        // Where no bound is negative nothing negative is measured.
        let is_positive = bounds.first().is_some_and(|first| *first >= 0.0);
        let sums = if is_positive { Metric { range: Range::counter(), ..metric } } else { metric };
        self.add(format!("{name}_count"), counts);
        self.add(format!("{name}_sum"), sums);
    }

    /// The declared name that is spelled most like this one, if any is near.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.metrics.keys().map(String::as_str))
    }

    /// The name that this one, which nobody has, is certainly a slip of.
    pub(crate) fn slip_of_metric(&self, name: &str) -> Option<&str> {
        slip(name, self.metrics.keys().map(String::as_str))
    }

    /// Whether any series is known to carry the label.
    pub(crate) fn knows_label(&self, key: &str) -> bool {
        self.metrics.values().any(|metric| metric.labels.lists(key))
    }

    /// Whether series of the metric, or what a recording rule of this name records, are known to carry the label.
    pub fn has_label(&self, metric: &str, key: &str) -> bool {
        self.metrics.get(metric).is_some_and(|metric| metric.labels.lists(key))
    }

    /// Whether series of a counter may first appear when something happens: the labels of signals are known and all there from the
    /// start, those of others are not.
    pub(crate) fn may_be_born_late(&self, selector: &VectorSelector) -> bool {
        let Named::Known(name, metric) = self.named(selector) else { return false };
        let is_fixed = |key: &str| selector.matchers.iter().any(|it| it.name == key && it.op == MatchOperator::Equal);
        let own =
            metric.labels.keys().into_iter().filter(|key| !self.target_labels.contains_key(*key) && !is_fixed(key));
        let is_open = || own.into_iter().any(|key| metric.labels.values(key).is_none());
        metric.measured.kind == Kind::Counter && !self.born_at_zero.contains(name) && is_open()
    }

    /// Whether series come from a target, and vanish with it.
    pub(crate) fn is_scraped(&self, selector: &VectorSelector) -> bool {
        match self.named(selector) {
            Named::Known(_, metric) => !metric.is_recorded && metric.presence == Presence::Measured,
            Named::Nobody(_) | Named::Anything => false,
        }
    }

    /// Whether a label has this value on some metric.
    pub(crate) fn knows_value(&self, key: &str, value: &str) -> bool {
        let values = self.metrics.values().map(|metric| metric.labels.known_values(key));
        values.into_iter().any(|values| values.contains(value))
    }

    /// What a selector reads.
    pub(crate) fn named<'s>(&'s self, selector: &'s VectorSelector) -> Named<'s> {
        let is_name = |matcher: &&Matcher| matcher.name == METRIC_NAME;
        let matchers = || selector.matchers.iter().filter(is_name);
        if let Some(name) = selector_name(selector) {
            let rest = self.metrics.get(name).filter(|_| matchers().all(|matcher| matcher.is_match(name)));
            return rest.map_or(Named::Nobody(name), |metric| Named::Known(name, Cow::Borrowed(metric)));
        }
        let Some(pattern) = matchers().find(|matcher| matcher.op == MatchOperator::Matches && !matcher.is_match(""))
        else {
            return Named::Anything;
        };
        let matching = self.metrics.iter().filter(|(name, _)| matchers().all(|matcher| matcher.is_match(name)));
        match matching.map(|(_, metric)| metric.clone()).reduce(Metric::or) {
            Some(metric) => Named::Known(&pattern.value, Cow::Owned(metric)),
            None => Named::Nobody(&pattern.value),
        }
    }
}

/// What a declared unit is.
fn unit_of(unit: signals::Unit) -> Unit {
    match unit {
        signals::Unit::Seconds => Unit::seconds(),
        signals::Unit::Bytes => Unit::bytes(),
        signals::Unit::Each("{currency_unit}") => Unit::of(Base::Money),
        signals::Unit::Ratio | signals::Unit::Each(_) => Unit::one(),
    }
}

/// What a gauge's name says of it.
pub(crate) fn kind_by_name(name: &str) -> Kind {
    const MOMENTS: [&str; 5] =
        ["timestamp_seconds", "start_time_seconds", "boot_time_seconds", "mtime_seconds", "_timestamp"];
    if MOMENTS.iter().any(|ending| name.ends_with(ending)) {
        Kind::Timestamp
    } else if name.ends_with("_info") {
        Kind::Info
    } else {
        Kind::Gauge
    }
}

/// The metric that a selector names, in whichever way.
pub(crate) fn selector_name(selector: &VectorSelector) -> Option<&str> {
    let by_matcher = || {
        let mut matchers = selector.matchers.iter();
        matchers.find(|matcher| {
            matcher.name == METRIC_NAME && matcher.op == MatchOperator::Equal && !matcher.value.is_empty()
        })
    };
    selector.name.as_deref().or_else(|| by_matcher().map(|matcher| matcher.value.as_str()))
}
