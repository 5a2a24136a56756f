//! Queries over declared signals, as values with types: what a query measures is known while compiling.
//!
//! ```
//! use promql::{Key, minutes, quantile, rate, seconds, share};
//! use signals::{db, http};
//!
//! const SERVICE: Key = Key::target("service");
//! const ROUTE: Key = Key::of(http::ROUTE);
//!
//! let slow = quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).by([SERVICE, ROUTE]).above(seconds(10.0));
//! let queries = rate(&db::SLOW_QUERIES).over(minutes(5)).by([SERVICE]);
//! assert_eq!(queries.to_string(), "sum by (service) (rate(db_client_slow_queries_total[5m]))");
//! ```
//!
//! A rate of a gauge, a quantile of a counter, and a latency compared with a percentage do not compile. What types cannot say,
//! the checker says ([`Checker`]): it reads the text of a query, ours or anyone's, against a table of what is declared
//! ([`Symbols`]). What is absent on purpose: a way to write a metric's name as a string where a declaration exists.

mod checker;
mod condition;
mod dimension;
mod expression;
mod finding;
mod label;
mod labels;
mod print;
mod query;
mod reach;
mod reads;
mod recording;
mod source;
mod symbols;
mod window;

pub use checker::Checker;
pub use condition::{Condition, absent};
pub use dimension::{
    Additive, DOWN, Dimension, Measure, PerSecond, Percent, Threshold, Up, bytes, count, per_second, percent, seconds,
};
pub use finding::{Error, Finding};
pub use label::{Key, Matcher};
pub use query::{AnyQuery, PerGroup, Query, Windowless};
pub use reads::metrics_read;
pub use recording::{Recorded, Recording, Rule};
pub use source::{
    Foreign, Growing, Part, Readable, Spread, count_of, increase, mean, quantile, rate, share, spread, sum_of, value,
    within,
};
pub use symbols::Symbols;
pub use window::{go_duration, hours, minutes, prometheus_duration};
