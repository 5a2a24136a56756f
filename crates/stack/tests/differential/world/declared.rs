//! Metrics at random, as they are declared: signals with exactly the series that there can be, and what others measure.

use std::{cell::RefCell, collections::BTreeMap};

use promql::{Exporter, ForeignKind, ForeignMetric, Measure, Observed, Symbols};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use signals::{Declaration, Kind, Label, Point, Service, Unit};

use super::{
    BOUNDS, seen, some_keys,
    values::{Form, Role},
};

/// The labels of a series beside those of its target.
pub(crate) type Labels = Vec<(String, String)>;

/// A metric and the labels of the series that it has in each service.
pub(crate) struct Declared {
    /// As it is read; of a histogram, without the part.
    pub name: String,
    pub form: Form,
    pub points: BTreeMap<&'static str, Vec<Labels>>,
    pub told: Told,
}

/// The points of a signal in each service.
pub(crate) type Points = BTreeMap<&'static str, Vec<Point>>;

/// How it is told to the checker.
pub(crate) enum Told {
    /// As a signal of ours, every point of which is known.
    Signal(Declaration, Points, Vec<&'static str>),
    /// As a metric of others, whose labels can have any values.
    Foreign(ForeignMetric),
    /// As something that somebody saw, which need not be all.
    Seen(Observed),
}

thread_local! {
    /// What the signal that is being declared can be: a declaration has no other way to be asked.
    static SIGNAL: RefCell<(Points, Vec<&'static str>)> = RefCell::default();
}

impl Declared {
    pub(crate) fn random(number: usize, services: &[&'static str], rng: &mut StdRng) -> Self {
        let kind =
            *[Kind::Counter, Kind::Counter, Kind::Gauge, Kind::Gauge, Kind::Histogram].choose(rng).expect("some");
        match rng.random_range(0..10) {
            0..5 => Self::signal(number, kind, services, rng),
            5..7 => Self::foreign(number, kind, services, rng),
            _ => seen::metric(number, services, rng),
        }
    }

    /// The series that it has in a service.
    pub(crate) fn points_of(&self, service: &str) -> Vec<Labels> {
        self.points.get(service).cloned().unwrap_or_default()
    }

    /// Adds it to the table.
    pub(crate) fn tell(&self, symbols: &mut Symbols) {
        match &self.told {
            Told::Foreign(metric) => symbols.foreign(metric),
            Told::Seen(observed) => symbols.observe(observed),
            Told::Signal(declaration, points, keys) => {
                SIGNAL.set((points.clone(), keys.clone()));
                let services: Vec<Service> = points.keys().map(|name| Service::new(name, "1", 1000)).collect();
                symbols.declare(declaration, &services.iter().collect::<Vec<_>>());
            }
        }
    }

    fn signal(number: usize, kind: Kind, services: &[&'static str], rng: &mut StdRng) -> Self {
        let keys = some_keys(3, rng);
        let unit = *[Unit::Seconds, Unit::Bytes, Unit::Each("{thing}")].choose(rng).expect("some");
        let buckets = if kind == Kind::Histogram { *BOUNDS.choose(rng).expect("some") } else { &[] };
        let declaration = Declaration {
            name: leaked(format!("sig{number}.of.{}", ["things", "größen", "work"].choose(rng).expect("some"))),
            kind,
            unit,
            help: "What it is.",
            buckets,
            keys: || SIGNAL.with_borrow(|(_, keys)| keys.clone()),
            open: &[],
            points: |service| SIGNAL.with_borrow(|(points, _)| points.get(service.name).cloned().unwrap_or_default()),
            recorded_by: |service| SIGNAL.with_borrow(|(points, _)| points.contains_key(service.name)),
            file: file!(),
            line: line!(),
        };
        let of: Vec<_> = services.iter().filter(|_| rng.random_bool(0.8)).collect();
        let of = if of.is_empty() { vec![&services[0]] } else { of };
        let points: BTreeMap<_, _> = of.into_iter().map(|service| (*service, points(&keys, rng))).collect();
        let told = points.iter().map(|(service, points)| {
            let label = |(key, value): &(&'static str, &'static str)| Label::new(key, *value);
            (*service, points.iter().map(|point| point.iter().map(label).collect()).collect())
        });
        let told: Vec<_> = told.collect();
        let keys = keys.iter().map(|(key, _)| *key).collect();
        let name = declaration.prometheus_name();
        let owned = points.into_iter().map(|(service, points)| (service, points.into_iter().map(owned).collect()));
        Self {
            name,
            form: form(kind, buckets, false),
            points: owned.collect(),
            told: Told::Signal(declaration, told.into_iter().collect(), keys),
        }
    }

    fn foreign(number: usize, kind: Kind, services: &[&'static str], rng: &mut StdRng) -> Self {
        let keys = some_keys(3, rng);
        let whose: Vec<&'static str> = services.iter().copied().filter(|_| rng.random_bool(0.6)).collect();
        let exporter: &'static Exporter = Box::leak(Box::new(Exporter {
            service: whose.first().copied(),
            also_of: Vec::leak(whose.iter().skip(1).copied().collect()),
            page: "https://prometheus.io",
        }));
        let is_state = kind == Kind::Gauge && rng.random_bool(0.4);
        let bounds = BOUNDS.choose(rng).copied().filter(|_| kind == Kind::Histogram);
        let optional: Vec<bool> = keys.iter().map(|_| rng.random_bool(0.3)).collect();
        let labels = keys.iter().zip(&optional).map(|((key, values), optional)| {
            let examples: &'static [&'static str] = if *optional { &["", "x"] } else { &values[..1] };
            (*key, examples)
        });
        let ends = ["", "_total", " in °C", ".x"];
        let end = if kind == Kind::Counter { ends[1] } else { ends.choose(rng).expect("some") };
        let name = leaked(format!("foreign{number}_{}{end}", ["disk", "cpu", "temp"].choose(rng).expect("some")));
        let metric = ForeignMetric {
            name,
            help: "What it is.",
            kind: match (kind, bounds) {
                (_, Some(bounds)) => ForeignKind::Histogram(bounds),
                (Kind::Counter, _) => ForeignKind::Counter,
                _ => ForeignKind::Gauge,
            },
            measure: if is_state { Measure::State } else { Measure::Count },
            labels: Vec::leak(labels.collect()),
            healthy: 0.0,
            exporter,
            file: file!(),
            line: line!(),
        };
        let of = if whose.is_empty() { services } else { &whose };
        let points = of.iter().map(|service| {
            let mut all: Vec<Labels> = combinations(&keys, rng)
                .into_iter()
                .map(|point| {
                    point
                        .into_iter()
                        .zip(&optional)
                        .filter(|(_, optional)| !**optional || rng.random_bool(0.6))
                        .map(|(label, _)| label)
                        .collect()
                })
                .map(owned)
                .collect();
            all.sort();
            all.dedup();
            (*service, all)
        });
        Self {
            name: name.to_owned(),
            form: form(kind, bounds.unwrap_or_default(), is_state),
            points: points.collect(),
            told: Told::Foreign(metric),
        }
    }
}

fn form(kind: Kind, bounds: &'static [f64], is_state: bool) -> Form {
    match kind {
        Kind::Histogram => Form::Histogram(bounds),
        Kind::Counter => Form::Plain(Role::Counter),
        _ if is_state => Form::Plain(Role::State),
        _ => Form::Plain(Role::Gauge),
    }
}

/// Some of what labels can be together.
pub(super) fn combinations(
    keys: &[(&'static str, &'static [&'static str])],
    rng: &mut StdRng,
) -> Vec<Vec<(&'static str, &'static str)>> {
    let mut all = vec![Vec::new()];
    for (key, values) in keys {
        let values: Vec<_> = values.choose_multiple(rng, 3).collect();
        all = all
            .iter()
            .flat_map(|point: &Vec<_>| values.iter().map(|value| [&point[..], &[(*key, **value)]].concat()))
            .collect();
    }
    let most = rng.random_range(1..=9).min(all.len());
    all.choose_multiple(rng, most).cloned().collect()
}

/// The same, with labels missing that only some of them have.
fn points(
    keys: &[(&'static str, &'static [&'static str])],
    rng: &mut StdRng,
) -> Vec<Vec<(&'static str, &'static str)>> {
    let missing: Vec<f64> = keys.iter().map(|_| if rng.random_bool(0.3) { 0.4 } else { 0.0 }).collect();
    let mut all: Vec<Vec<_>> = combinations(keys, rng)
        .into_iter()
        .map(|point| {
            point
                .into_iter()
                .zip(&missing)
                .filter(|(_, missing)| !rng.random_bool(**missing))
                .map(|(label, _)| label)
                .collect()
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

pub(super) fn owned(point: Vec<(&'static str, &'static str)>) -> Labels {
    point.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn leaked(text: String) -> &'static str {
    text.leak()
}
