//! How a signal is declared: name, unit, kind, labels, buckets and help, once, for everyone who records it or asks for it.
//!
//! ```
//! use signals::{labels, signals, every_service};
//!
//! labels! {
//!     /// How a parcel left the house.
//!     pub enum Carrier = "carrier" { Bicycle = "bicycle", Van = "van" }
//! }
//!
//! signals! {
//!     recorded by every_service;
//!
//!     /// Parcels handed over, by who took them.
//!     pub PARCELS: Counter<Carrier> = "parcels" in "{parcel}";
//! }
//!
//! assert_eq!(PARCELS.declaration.prometheus_name(), "parcels_total");
//! ```
//!
//! A declaration is a value that the compiler checks, that recording indexes, and that renderers read. What is absent on
//! purpose: strings at the place of recording, label values that nobody declared, and a list that somebody must keep.

mod bounded;
mod declaration;
mod instrument;
mod label;
mod macros;
mod observed;
mod service;
mod unit;

pub mod db;
pub mod errors;
pub mod faults;
pub mod http;
pub mod monitoring;
pub mod process;
pub mod units;

pub use bounded::{Bounded, Slot};
pub use declaration::{ALL, Declaration, Kind, Signal, all, bind, of_service, series_of};
pub use instrument::{Counter, Gauge, Histogram, Number, UpDownCounter, unbound_recordings};
pub use label::{Carries, Label, LabelKey, LabelSet, Point, at};
pub use observed::{Observation, ObservedCounter, ObservedGauge, SlotGauge, Slots};
pub use service::{Call, Outcome, Query, Route, Service, every_service, services_that_call, services_with_a_database};
pub use unit::Unit;

#[doc(hidden)]
pub use linkme;
