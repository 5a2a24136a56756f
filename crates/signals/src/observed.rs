//! Instruments that are read when somebody looks, for what another part of the process already counts.

use std::{
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Once, OnceLock},
};

use opentelemetry::{KeyValue, metrics::Meter};

use crate::{Declaration, Kind, LabelSet, Service, Signal, instrument::key_values, units::Each};

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

type Source<L> = Arc<OnceLock<Box<dyn Fn(&mut Observation<L>) + Send + Sync>>>;

macro_rules! observed {
    ($(#[$doc:meta])* $Name:ident, $Kind:ident, $build:ident) => {
        $(#[$doc])*
        pub struct $Name<L: LabelSet, U = Each> {
            pub declaration: Declaration,
            source: OnceLock<Source<L>>,
            bound: Once,
            unit: PhantomData<fn(U)>,
        }

        impl<L: LabelSet, U> $Name<L, U> {
            #[doc(hidden)]
            pub const KIND: Kind = Kind::$Kind;

            #[doc(hidden)]
            pub const fn declare(declaration: Declaration) -> Self {
                Self { declaration, source: OnceLock::new(), bound: Once::new(), unit: PhantomData }
            }

            /// Says where the readings come from; `read` runs at each collection. A second call changes nothing.
            pub fn observe(&self, read: impl Fn(&mut Observation<L>) + Send + Sync + 'static) {
                let _ = self.source.get_or_init(Source::<L>::default).set(Box::new(read));
            }
        }

        impl<L: LabelSet, U: 'static> Signal for $Name<L, U> {
            fn declaration(&self) -> &Declaration {
                &self.declaration
            }

            fn bind(&self, meter: &Meter, service: &'static Service) {
                self.bound.call_once(|| self.register(meter, service));
            }
        }

        impl<L: LabelSet, U> $Name<L, U> {
            fn register(&self, meter: &Meter, service: &'static Service) {
                let source = self.source.get_or_init(Source::<L>::default).clone();
                let points: Vec<Vec<KeyValue>> = L::points(service).iter().map(|point| key_values(point)).collect();
                let d = &self.declaration;
                meter.$build(d.name).with_description(d.help).with_unit(d.unit.code()).with_callback(move |observer| {
                    let mut now = Observation { service, values: vec![0.0; points.len()], labels: PhantomData };
                    if let Some(read) = source.get() {
                        // A panic that left here would make every later scrape an empty success.
                        let _ = catch_unwind(AssertUnwindSafe(|| read(&mut now)));
                    }
                    for (value, point) in now.values.iter().zip(&points) {
                        observer.observe(*value, point);
                    }
                }).build();
            }
        }
    };
}

observed!(
    /// A growing total that something else keeps, such as the processor time of the process.
    ObservedCounter, Counter, f64_observable_counter
);
observed!(
    /// A state that is read when somebody looks, such as how many connections a pool holds.
    ObservedGauge, Gauge, f64_observable_gauge
);
