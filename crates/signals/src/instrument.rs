//! The instruments: recording is an index into what was bound at start, with no hashing, allocation or string.

use std::{
    marker::PhantomData,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, BoundGauge, BoundHistogram, BoundUpDownCounter, Meter},
};

use crate::{
    Declaration, Kind, LabelSet, Point, Service, Signal,
    units::{Each, Seconds},
};

/// What a counter counts in: whole things, or parts of them such as money in its major unit.
pub trait Number: Copy + Send + Sync + 'static {
    #[doc(hidden)]
    const ZERO: Self;

    #[doc(hidden)]
    fn counter(meter: &Meter, declaration: &Declaration) -> opentelemetry::metrics::Counter<Self>;
}

impl Number for u64 {
    const ZERO: u64 = 0;

    fn counter(meter: &Meter, d: &Declaration) -> opentelemetry::metrics::Counter<u64> {
        meter.u64_counter(d.name).with_description(d.help).with_unit(d.unit.code()).build()
    }
}

impl Number for f64 {
    const ZERO: f64 = 0.0;

    fn counter(meter: &Meter, d: &Declaration) -> opentelemetry::metrics::Counter<f64> {
        meter.f64_counter(d.name).with_description(d.help).with_unit(d.unit.code()).build()
    }
}

/// The series of one instrument, in the order of its label set's points.
struct Bound<C> {
    service: &'static Service,
    cells: Box<[C]>,
}

impl<C> Bound<C> {
    fn new<L: LabelSet>(service: &'static Service, bind: impl Fn(&[KeyValue]) -> C) -> Self {
        let cells = L::points(service).iter().map(|point| bind(&key_values(point))).collect();
        Self { service, cells }
    }
}

pub(crate) fn key_values(point: &[crate::Label]) -> Vec<KeyValue> {
    point.iter().map(|label| KeyValue::new(label.key, label.value.clone())).collect()
}

static UNBOUND: AtomicU64 = AtomicU64::new(0);

/// How many recordings found no series: the signal was never bound in this process, or the value is not in the service's row.
pub fn unbound_recordings() -> u64 {
    UNBOUND.load(Ordering::Relaxed)
}

#[cold]
fn unbound(declaration: &Declaration) {
    UNBOUND.fetch_add(1, Ordering::Relaxed);
    // While unwinding a second panic would abort the process and hide the first.
    debug_assert!(
        std::thread::panicking(),
        "{declaration:?} has no such series here: bind it, or add the value to the service's row"
    );
}

macro_rules! instrument {
    ($(#[$doc:meta])* $Name:ident<$L:ident, $U:ident = $Unit:ty $(, $V:ident: $Bound:ident = $Default:ty)?>, $Cell:ty) => {
        $(#[$doc])*
        pub struct $Name<$L, $U = $Unit $(, $V = $Default)?> {
            pub declaration: Declaration,
            cells: OnceLock<Bound<$Cell>>,
            labels: PhantomData<fn($L, $U)>,
        }

        impl<$L: LabelSet, $U $(, $V: $Bound)?> $Name<$L, $U $(, $V)?> {
            #[doc(hidden)]
            pub const KIND: Kind = Kind::$Name;
            #[doc(hidden)]
            pub const KEYS: fn() -> Vec<&'static str> = $L::keys;
            #[doc(hidden)]
            pub const OPEN: &'static [&'static str] = &[];
            #[doc(hidden)]
            pub const POINTS: fn(&Service) -> Vec<Point> = $L::points;

            #[doc(hidden)]
            pub const fn declare(declaration: Declaration) -> Self {
                Self { declaration, cells: OnceLock::new(), labels: PhantomData }
            }

            #[inline]
            fn cell(&self, labels: $L) -> Option<&$Cell> {
                let cell = self.cells.get().and_then(|bound| bound.cells.get(labels.index(bound.service)));
                if cell.is_none() {
                    unbound(&self.declaration);
                }
                cell
            }
        }
    };
}

instrument!(
    /// A number that only grows.
    Counter<L, U = Each, V: Number = u64>, BoundCounter<V>
);
instrument!(
    /// A sum of changes, such as how many requests are in flight.
    UpDownCounter<L, U = Each>, BoundUpDownCounter<i64>
);
instrument!(
    /// A state, written when it changes.
    Gauge<L, U = Each>, BoundGauge<f64>
);
instrument!(
    /// Measurements spread over declared buckets.
    Histogram<L, U = Seconds>, BoundHistogram<f64>
);

impl<L: LabelSet, U, V: Number> Counter<L, U, V> {
    /// Counts `by` more.
    #[inline]
    pub fn add(&self, by: V, labels: L) {
        if let Some(cell) = self.cell(labels) {
            cell.add(by);
        }
    }
}

impl<L: LabelSet, U> UpDownCounter<L, U> {
    /// Changes the sum by `by`, which may be negative.
    #[inline]
    pub fn add(&self, by: i64, labels: L) {
        if let Some(cell) = self.cell(labels) {
            cell.add(by);
        }
    }
}

impl<L: LabelSet, U> Gauge<L, U> {
    /// Writes the state.
    #[inline]
    pub fn set(&self, to: f64, labels: L) {
        if let Some(cell) = self.cell(labels) {
            cell.record(to);
        }
    }
}

impl<L: LabelSet, U> Histogram<L, U> {
    /// Records a measurement in the declared unit.
    #[inline]
    pub fn record(&self, value: f64, labels: L) {
        if let Some(cell) = self.cell(labels) {
            cell.record(value);
        }
    }
}

impl<L: LabelSet> Histogram<L, Seconds> {
    /// Records a duration.
    #[inline]
    pub fn record_duration(&self, duration: Duration, labels: L) {
        self.record(duration.as_secs_f64(), labels);
    }
}

impl<L: LabelSet, U: 'static, V: Number> Signal for Counter<L, U, V> {
    fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    fn bind(&self, meter: &Meter, service: &'static Service) {
        self.cells.get_or_init(|| {
            let counter = V::counter(meter, &self.declaration);
            Bound::new::<L>(service, |labels| {
                let cell = counter.bind(labels);
                // Binding alone does not export the series without labels.
                cell.add(V::ZERO);
                cell
            })
        });
    }
}

impl<L: LabelSet, U: 'static> Signal for UpDownCounter<L, U> {
    fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    fn bind(&self, meter: &Meter, service: &'static Service) {
        self.cells.get_or_init(|| {
            let d = &self.declaration;
            let counter = meter.i64_up_down_counter(d.name).with_description(d.help).with_unit(d.unit.code()).build();
            Bound::new::<L>(service, |labels| {
                let cell = counter.bind(labels);
                // Binding alone does not export a sum that may shrink.
                cell.add(0);
                cell
            })
        });
    }
}

impl<L: LabelSet, U: 'static> Signal for Gauge<L, U> {
    fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    fn bind(&self, meter: &Meter, service: &'static Service) {
        self.cells.get_or_init(|| {
            let d = &self.declaration;
            let gauge = meter.f64_gauge(d.name).with_description(d.help).with_unit(d.unit.code()).build();
            Bound::new::<L>(service, |labels| {
                let cell = gauge.bind(labels);
                cell.record(0.0);
                cell
            })
        });
    }
}

impl<L: LabelSet, U: 'static> Signal for Histogram<L, U> {
    fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    fn bind(&self, meter: &Meter, service: &'static Service) {
        self.cells.get_or_init(|| {
            let d = &self.declaration;
            let histogram = meter
                .f64_histogram(d.name)
                .with_description(d.help)
                .with_unit(d.unit.code())
                .with_boundaries(d.buckets.to_vec())
                .build();
            Bound::new::<L>(service, |labels| histogram.bind(labels))
        });
    }
}
