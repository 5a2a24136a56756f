//! What can be made to fail on purpose, where and how often, which of it is armed, and how it is decided which request is hit.
//!
//! A [`Fault`] is a value; who injects it and who arms it speak it as JSON:
//!
//! ```
//! use std::time::Duration;
//!
//! use faults::{Fault, Kind, Latency};
//!
//! let slow = Kind::Latency(Latency::fixed(Duration::from_secs(12)))
//!     .on("orders")
//!     .route("POST", "/api/v1/orders")
//!     .share(0.2)
//!     .at_most(100)
//!     .lease(Duration::from_secs(60))
//!     .seed(7);
//!
//! let written = r#"{
//!     "kind": { "latency": { "fixed": { "delay_ms": 12000 } } },
//!     "place": { "service": "orders", "route": { "method": "POST", "path": "/api/v1/orders" } },
//!     "share": 0.2,
//!     "at_most": 100,
//!     "lease_ms": 60000,
//!     "seed": 7
//! }"#;
//! assert_eq!(serde_json::from_str::<Fault>(written)?, slow);
//!
//! // What is left out: every request, without an end but the lease's, seed 0.
//! let written = r#"{ "kind": "database_error", "place": { "service": "catalog" }, "lease_ms": 60000 }"#;
//! assert_eq!(serde_json::from_str::<Fault>(written)?, Kind::DatabaseError.on("catalog"));
//! # Ok::<_, serde_json::Error>(())
//! ```
//!
//! | field | what it may be |
//! |---|---|
//! | `kind` | `"health_check_failing"`, `"database_error"`, `{"slow_query": LATENCY}`, `"pool_exhausted"`, `"timeout"`, `"validation_error"`, `"permission_error"`, `"upstream_error"`, `"upstream_timeout"`, `{"latency": LATENCY}`, `"connection_drop"`, `{"cpu_burn": {"threads": 2}}`, `{"memory_growth": {"bytes_per_second": 1048576, "most_bytes": 268435456}}`, `"process_stop"`, `"process_kill"` |
//! | LATENCY | `{"fixed": {"delay_ms": 12000}}`, `{"uniform": {"from_ms": 100, "to_ms": 900}}`, `{"log_normal": {"median_ms": 200, "sigma": 0.5}}` |
//! | bounds | each `…_ms` of a LATENCY from 0 to 60000, `to_ms` no less than `from_ms`, `sigma` from 0 to 3, `threads` from 1 to 256, bytes from 1 to 68719476736 (64 GiB) |
//! | `place` | `service`, and optionally `route` (`method` and `path`, the template), `peer`, `collection`, `session` (the header `x-session`) |
//! | `share` | from 0 to 1; 1 if left out |
//! | `at_most` | how many requests are hit at most; no limit if left out |
//! | `lease_ms` | from 1 to 900000 (15 minutes): the fault ends then, unless whoever armed it renews it |
//! | `seed` | another seed hits other requests; 0 if left out |
//!
//! An unknown field, a value out of its range and a place that the kind does not have ([`Reach`]) are refused, with the field and the
//! range in the error. What is absent on purpose: a fault
//! that stays when nobody cares for it any more, and chance: [`Fault::hits`] and [`Fault::delay`] are functions of the trace id and the
//! seed, so a drill can be run again and hits the same requests.

mod armed;
mod bounds;
mod decision;
mod fault;
mod kind;
mod latency;
mod place;
mod registry;

pub use armed::{Armed, Listing, PATH};
pub use bounds::{AtMost, Bytes, Delay, Lease, Refused, Share, Threads};
pub use fault::Fault;
pub use kind::{Kind, Reach};
pub use latency::Latency;
pub use place::{Place, Route};
pub use registry::{Arming, Hit, Injection, Occasion, Registry, Unfit};
