//! Instruments that are read when somebody looks, for what another part of the process already counts.

use std::{
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Once, OnceLock},
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};

use crate::{
    Bounded, Declaration, Kind, LabelSet, Point, Service, Signal, bounded, instrument::key_values, units::Each,
};

/// The readings of one collection: every point of the label set, zero until it is written.
pub struct Observation<L> {
    service: &'static Service,
    values: Vec<f64>,
    labels: PhantomData<fn(L)>,
}

impl<L: LabelSet> Observation<L> {
    /// Writes one reading; a value that the service's row does not know is left out.
    pub fn set(&mut self, to: f64, labels: L) {
        if let Some(value) = self.values.get_mut(labels.index(self.service)) {
            *value = to;
        }
    }
}

/// What fills the slots at one collection: the first slot is filled first.
pub struct Slots<B> {
    filled: Vec<(f64, Vec<KeyValue>)>,
    content: PhantomData<fn(B)>,
}

impl<B: Bounded> Slots<B> {
    /// Fills the next slot; what finds none is left out.
    pub fn fill(&mut self, value: f64, with: &B) {
        if self.filled.len() < B::SLOTS {
            let labels = B::KEYS.iter().zip(with.values()).map(|(key, value)| KeyValue::new(*key, value));
            self.filled.push((value, labels.collect()));
        }
    }
}

/// What one collection reads, and the series that it can go to.
trait Readings {
    const OPEN: &'static [&'static str];

    fn keys() -> Vec<&'static str>;
    fn points(service: &Service) -> Vec<Point>;
    fn none(service: &'static Service) -> Self;
    fn tell(self, points: &[Vec<KeyValue>], observer: &dyn AsyncInstrument<f64>);
}

impl<L: LabelSet> Readings for Observation<L> {
    const OPEN: &'static [&'static str] = &[];

    fn keys() -> Vec<&'static str> {
        L::keys()
    }

    fn points(service: &Service) -> Vec<Point> {
        L::points(service)
    }

    fn none(service: &'static Service) -> Self {
        Self { service, values: vec![0.0; L::count(service)], labels: PhantomData }
    }

    fn tell(self, points: &[Vec<KeyValue>], observer: &dyn AsyncInstrument<f64>) {
        for (value, point) in self.values.iter().zip(points) {
            observer.observe(*value, point);
        }
    }
}

impl<B: Bounded> Readings for Slots<B> {
    const OPEN: &'static [&'static str] = B::KEYS;

    fn keys() -> Vec<&'static str> {
        bounded::keys::<B>()
    }

    fn points(_: &Service) -> Vec<Point> {
        bounded::slots::<B>()
    }

    fn none(_: &'static Service) -> Self {
        Self { filled: Vec::with_capacity(B::SLOTS), content: PhantomData }
    }

    fn tell(self, points: &[Vec<KeyValue>], observer: &dyn AsyncInstrument<f64>) {
        let mut filled = self.filled.into_iter();
        for slot in points {
            let (value, open) = filled.next().unwrap_or_default();
            observer.observe(value, &[slot.clone(), open].concat());
        }
    }
}

type Source<R> = Arc<OnceLock<Box<dyn Fn(&mut R) + Send + Sync>>>;

macro_rules! observed {
    ($(#[$doc:meta])* $Name:ident<$L:ident: $Labels:ident> reads $Readings:ty, $Kind:ident, $build:ident) => {
        $(#[$doc])*
        pub struct $Name<$L: $Labels, U = Each> {
            pub declaration: Declaration,
            source: OnceLock<Source<$Readings>>,
            bound: Once,
            unit: PhantomData<fn(U)>,
        }

        impl<$L: $Labels, U> $Name<$L, U> {
            #[doc(hidden)]
            pub const KIND: Kind = Kind::$Kind;
            #[doc(hidden)]
            pub const KEYS: fn() -> Vec<&'static str> = <$Readings as Readings>::keys;
            #[doc(hidden)]
            pub const OPEN: &'static [&'static str] = <$Readings as Readings>::OPEN;
            #[doc(hidden)]
            pub const POINTS: fn(&Service) -> Vec<Point> = <$Readings as Readings>::points;

            #[doc(hidden)]
            pub const fn declare(declaration: Declaration) -> Self {
                Self { declaration, source: OnceLock::new(), bound: Once::new(), unit: PhantomData }
            }

            /// Says where the readings come from; `read` runs at each collection. A second call changes nothing.
            pub fn observe(&self, read: impl Fn(&mut $Readings) + Send + Sync + 'static) {
                let _ = self.source.get_or_init(Source::<$Readings>::default).set(Box::new(read));
            }

            fn register(&self, meter: &Meter, service: &'static Service) {
                let source = self.source.get_or_init(Source::<$Readings>::default).clone();
                let points: Vec<Vec<KeyValue>> =
                    <$Readings as Readings>::points(service).iter().map(|point| key_values(point)).collect();
                let d = &self.declaration;
                meter.$build(d.name).with_description(d.help).with_unit(d.unit.code()).with_callback(move |observer| {
                    let mut now = <$Readings as Readings>::none(service);
                    if let Some(read) = source.get() {
                        // A panic that left here would make every later scrape an empty success.
                        let _ = catch_unwind(AssertUnwindSafe(|| read(&mut now)));
                    }
                    now.tell(&points, observer);
                }).build();
            }
        }

        impl<$L: $Labels, U: 'static> Signal for $Name<$L, U> {
            fn declaration(&self) -> &Declaration {
                &self.declaration
            }

            fn bind(&self, meter: &Meter, service: &'static Service) {
                self.bound.call_once(|| self.register(meter, service));
            }
        }
    };
}

observed!(
    /// A growing total that something else keeps, such as the processor time of the process.
    ObservedCounter<L: LabelSet> reads Observation<L>, Counter, f64_observable_counter
);
observed!(
    /// A state that is read when somebody looks, such as how many connections a pool holds.
    ObservedGauge<L: LabelSet> reads Observation<L>, Gauge, f64_observable_gauge
);
observed!(
    /// The state of whatever fills a fixed number of slots when somebody looks, such as the best sellers. What no longer fills one
    /// has no series any more, which only an observed gauge can do.
    SlotGauge<B: Bounded> reads Slots<B>, Gauge, f64_observable_gauge
);
