//! Queries over declared signals, as values with types: what a query measures is known while compiling.
//!
//! ```
//! use promql::{Key, minutes, quantile, rate, seconds};
//! use signals::{db, http};
//!
//! promql::target_labels! {
//!     /// Which service.
//!     pub Service = "service";
//! }
//!
//! const SERVICE: Key<Service> = Key::new();
//! const ROUTE: Key<http::Route> = Key::new();
//!
//! let slow = quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).by((SERVICE, ROUTE)).above(seconds(10.0));
//! let queries = rate(&db::SLOW_QUERIES).over(minutes(5)).by(SERVICE);
//! assert_eq!(queries.to_string(), "sum by (service) (rate(db_client_slow_queries_total[5m]))");
//! ```
//!
//! A rate of a gauge, a quantile of a counter, a label that the series do not carry, two sides that carry different labels, and a
//! latency compared with a percentage do not compile. What types cannot say,
//! the checker says ([`Checker`]): it reads the text of a query, ours or anyone's, against a table of what is declared
//! ([`Symbols`]). What is absent on purpose: a way to write a metric's name as a string where a declaration exists.

mod checker;
mod condition;
mod dimension;
mod expression;
mod finding;
mod foreign;
mod infer;
mod inferred;
mod label;
mod narrow;
mod observed;
mod own;
mod print;
mod query;
mod recording;
mod routes;
mod rules;
mod source;
mod spelling;
mod symbols;
pub mod syntax;
mod template;
mod unit;
mod window;

pub use checker::{Checker, PossibleLabels, Settings};
pub use condition::{Condition, absent, always, gone};
pub use dimension::{
    Additive, DOWN, Dimension, Factor, Measure, PerMinute, PerSecond, Percent, Threshold, UP, Up, busy, bytes, count,
    per_second, percent, ratio, seconds,
};
pub use finding::{Code, Finding, Severity};
pub use foreign::{
    Exporter, FOREIGN, ForeignCounter, ForeignGauge, ForeignHistogram, ForeignKind, ForeignMetric, foreign_metrics,
};
pub use inferred::{Inferred, InferredLabel, InferredShape};
pub use label::{By, Grouping, Key, Matcher, Matching, OfTarget, Position, Scraped, TargetLabel};
pub use observed::{Observed, ObservedKind, ObservedLabel, Unlisted, in_order, slip, stored_number};
pub use query::{AnyQuery, PerGroup, Query, Windowless};
pub use recording::{Recorded, Recording, Rule};
pub use routes::{InhibitionText, LabelledAlert, RoutePart, RouteText, check_inhibitions, check_routes};
pub use rules::{Field, Found, RuleGroup, RuleKind, RuleText};
pub use signals::{LabelKey, label_keys};
pub use source::{
    Growing, Part, Readable, Share, Spread, average, changes, count_of, highest, increase, lowest, mean, predicted,
    present, present_before, quantile, rate, samples, share, spread, sum_of, times_up, up_to, value, within,
};
pub use spelling::nearest;
pub use symbols::Symbols;
pub use unit::{Base, Unit};
pub use window::{days, go_duration, hours, minutes, prometheus_duration, weeks};

#[doc(hidden)]
pub use signals::linkme;
