//! What others measure: metrics of exporters and servers that are not written here, declared so that queries on them have types too.

use std::marker::PhantomData;

use signals::linkme;

use crate::{By, Dimension, Growing, Measure, Part, Readable, Scraped, Spread};

/// Whose metrics they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exporter {
    /// The value of the target label `service`; none for what Prometheus itself says of every target.
    pub service: Option<&'static str>,
    /// The other services whose metrics of these names are alike.
    pub also_of: &'static [&'static str],
    /// Where they are described.
    pub page: &'static str,
}

/// What a foreign metric's number does over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ForeignKind {
    Counter,
    Gauge,
    /// With these upper bounds, growing, without `+Inf`.
    Histogram(&'static [f64]),
}

/// A metric that nobody here records, as data.
#[derive(Clone, Copy, Debug)]
pub struct ForeignMetric {
    /// As Prometheus writes it; of a histogram, without `_bucket`.
    pub name: &'static str,
    pub help: &'static str,
    pub kind: ForeignKind,
    pub measure: Measure,
    /// Its labels beside those of its target, with the values that stand for all in tests. A label is always there unless an empty
    /// value, which is an absent label, is among them.
    pub labels: &'static [(&'static str, &'static [&'static str])],
    /// What it is while all is well: a gauge's value, a counter's growth a second.
    pub healthy: f64,
    pub exporter: &'static Exporter,
    pub file: &'static str,
    pub line: u32,
}

/// Every foreign metric of every crate that is linked in and mentioned.
#[linkme::distributed_slice]
#[linkme(crate = signals::linkme)]
pub static FOREIGN: [&'static ForeignMetric];

/// Every foreign metric, sorted by name.
pub fn foreign_metrics() -> Vec<&'static ForeignMetric> {
    let mut all: Vec<_> = FOREIGN.iter().copied().collect();
    all.sort_by_key(|metric| metric.name);
    all
}

macro_rules! kind {
    ($(#[$doc:meta])* $Name:ident) => {
        $(#[$doc])*
        pub struct $Name<U, Keys> {
            pub declaration: ForeignMetric,
            types: PhantomData<fn() -> (U, Keys)>,
        }

        impl<U, Keys> $Name<U, Keys> {
            #[doc(hidden)]
            pub const fn declare(declaration: ForeignMetric) -> Self {
                Self { declaration, types: PhantomData }
            }
        }
    };
}

kind!(
    /// A foreign number that only grows.
    ForeignCounter
);
kind!(
    /// A foreign state.
    ForeignGauge
);
kind!(
    /// Foreign measurements spread over buckets.
    ForeignHistogram
);

impl<U, Keys: 'static> Growing for &ForeignCounter<U, Keys> {
    type Unit = U;
    type Labels = Scraped<By<Keys>>;

    fn part(&self) -> Part<U, Self::Labels> {
        Part::new(self.declaration.name.to_owned())
    }
}

impl<U: Dimension, Keys> Readable for ForeignGauge<U, Keys> {
    type Dimension = U;
    type Labels = Scraped<By<Keys>>;

    fn metric(&self) -> String {
        self.declaration.name.to_owned()
    }
}

impl<U: 'static, Keys: 'static> Spread for ForeignHistogram<U, Keys> {
    type Unit = U;
    type Labels = Scraped<By<Keys>>;

    fn name(&self) -> String {
        self.declaration.name.to_owned()
    }
}

/// Declares foreign metrics, each in one item: the doc comment says what it is, then come name, kind, unit, labels with the values
/// that stand for all in tests (an empty one if some series lack the label), and what it is while all is well (a gauge's value, a
/// counter's growth a second).
///
/// ```
/// use promql::{Exporter, foreign, label_keys};
/// use signals::units::Seconds;
///
/// label_keys! {
///     /// The processor's number.
///     pub Cpu = "cpu";
///     /// What it did.
///     pub Mode = "mode";
/// }
///
/// const NODE: Exporter = Exporter { service: Some("node"), also_of: &[], page: "https://github.com/prometheus/node_exporter" };
///
/// foreign! {
///     of NODE;
///
///     /// Seconds that the processors spent in each mode.
///     pub CPU: Counter<Seconds> = "node_cpu_seconds_total" { Cpu: ["0"], Mode: ["idle"] }, healthy 0.9;
/// }
///
/// assert_eq!(promql::rate(&CPU).over(promql::minutes(5)).to_string(), "rate(node_cpu_seconds_total[5m])");
/// ```
#[macro_export]
macro_rules! foreign {
    (of $exporter:path; $($(#[doc = $help:literal])+ $vis:vis $NAME:ident: $Kind:ident<$U:ty> = $name:literal { $($Key:ident: [$($value:expr),+]),* }, $(buckets $buckets:expr,)? healthy $healthy:expr;)+) => { $(
        $(#[doc = $help])+
        $vis static $NAME: $crate::foreign!(@type $Kind $U, $($Key),*) = <$crate::foreign!(@type $Kind $U, $($Key),*)>::declare($crate::ForeignMetric {
            name: $name,
            help: concat!($($help),+).trim_ascii(),
            kind: $crate::foreign!(@kind $Kind $($buckets)?),
            measure: <$U as $crate::Dimension>::MEASURE,
            labels: &[$((<$Key as $crate::LabelKey>::KEY, &[$($value),+])),*],
            healthy: $healthy,
            exporter: &$exporter,
            file: file!(),
            line: line!(),
        });
        const _: () = {
            #[$crate::linkme::distributed_slice($crate::FOREIGN)]
            #[linkme(crate = $crate::linkme)]
            static METRIC: &'static $crate::ForeignMetric = &$NAME.declaration;
        };
    )+ };
    (@type Counter $U:ty, $($Key:ident),*) => { $crate::ForeignCounter<$U, ($($Key,)*)> };
    (@type Gauge $U:ty, $($Key:ident),*) => { $crate::ForeignGauge<$U, ($($Key,)*)> };
    (@type Histogram $U:ty, $($Key:ident),*) => { $crate::ForeignHistogram<$U, ($($Key,)*)> };
    (@kind Counter) => { $crate::ForeignKind::Counter };
    (@kind Gauge) => { $crate::ForeignKind::Gauge };
    (@kind Histogram $buckets:expr) => { $crate::ForeignKind::Histogram($buckets) };
}
