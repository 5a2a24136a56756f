//! Times as a report tells them: a few percentiles, and the whole histogram.

use serde::{Deserialize, Serialize};

use crate::engine::{Quantile, Thousandths, Times};

/// Times in seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub samples: u64,
    /// So many more never ended; in the percentiles they lie above all that did.
    pub without_answer: u64,
    pub minimum: Option<f64>,
    pub mean: Option<f64>,
    pub p50: Quantile,
    pub p90: Quantile,
    pub p95: Quantile,
    pub p99: Quantile,
    pub p999: Quantile,
    /// Of those that ended.
    pub maximum: Option<f64>,
    pub histogram: Times,
}

impl Default for Latency {
    fn default() -> Self {
        Self::new(&Times::default(), 0)
    }
}

impl Latency {
    pub(crate) fn new(times: &Times, without_answer: u64) -> Self {
        let quantile = |thousandths| times.quantile(thousandths, without_answer);
        Self {
            samples: times.len(),
            without_answer,
            minimum: times.shortest(),
            mean: times.mean(),
            p50: quantile(500),
            p90: quantile(900),
            p95: quantile(950),
            p99: quantile(990),
            p999: quantile(999),
            maximum: times.longest(),
            histogram: times.clone(),
        }
    }

    /// The percentiles that are shown, by name.
    pub(crate) fn percentiles(&self) -> [(&'static str, Thousandths, Quantile); 5] {
        let Self { p50, p90, p95, p99, p999, .. } = *self;
        [("p50", 500, p50), ("p90", 900, p90), ("p95", 950, p95), ("p99", 990, p99), ("p99.9", 999, p999)]
    }
}
