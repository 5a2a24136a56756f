//! How the shop was around a peak, for those who did not make it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Latency;
use crate::{
    engine::{Buckets, Quantile},
    table::{table, time},
};

/// How the shop was around a peak, as a report has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recovery {
    /// How often somebody else looked, who browsed meanwhile.
    pub probes_per_second: f64,
    pub before: Looked,
    pub during: Looked,
    pub after: Looked,
    /// The worst median of any second before the peak; nothing when in some second most got no answer at all.
    pub usual_median_seconds: Option<f64>,
    /// So many seconds in a row had to be as usual.
    pub steady_seconds: usize,
    /// How long it was looked at after the peak.
    pub watched_seconds: f64,
    /// How long after the peak the first second ended that was as usual, and was followed by others.
    pub recovered_after_seconds: Option<f64>,
}

/// How the shop was for others than those who made the peak.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Looked {
    pub ended: Buckets,
    /// From when each was due.
    pub latency_seconds: Latency,
}

impl Recovery {
    pub(crate) fn has_recovered(&self) -> bool {
        self.recovered_after_seconds.is_some()
    }

    /// Who saw the shop so.
    pub(crate) fn by_whom(&self) -> String {
        let Self { probes_per_second, .. } = self;
        format!(
            "The shop as others saw it, who browsed meanwhile ({probes_per_second}/s, from when each request was due):"
        )
    }

    /// Each time, with what was seen then.
    pub(crate) fn phases(&self) -> [(&'static str, &Looked); 3] {
        [("before", &self.before), ("during", &self.during), ("after", &self.after)]
    }

    /// Whether it came back, and when.
    pub(crate) fn sentence(&self) -> String {
        let steady = self.steady_seconds;
        let usual = match self.usual_median_seconds {
            Some(usual) => format!("{} a second at most, without errors", time(usual)),
            None => "no errors: in some second before it, most got no answer at all".to_owned(),
        };
        match self.recovered_after_seconds {
            Some(took) => format!(
                "Recovered: {} s after the peak the median was back within its usual ({usual}), and \
                 stayed there for {steady} s.",
                took.round()
            ),
            None => format!(
                "NOT recovered: {} s after the peak the median was not yet back within its usual ({usual}) \
                 for {steady} s.",
                self.watched_seconds.floor()
            ),
        }
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.by_whom())?;
        let mut rows = vec![["", "p50", "p95", "max", "errors", "requests"].map(str::to_owned).to_vec()];
        for (name, Looked { ended, latency_seconds }) in self.phases() {
            let Latency { p50, p95, maximum, .. } = latency_seconds;
            let quantile = |quantile| match quantile {
                Quantile::Seconds(seconds) => time(seconds),
                Quantile::Never => "never".to_owned(),
                Quantile::TooFew => "-".to_owned(),
            };
            rows.push(vec![
                name.to_owned(),
                quantile(*p50),
                quantile(*p95),
                maximum.map_or("-".to_owned(), time),
                (ended.errors() + ended.shed).to_string(),
                ended.finished().to_string(),
            ]);
        }
        writeln!(f, "{}\n{}", table(&rows, &[1, 2, 3, 4, 5]), self.sentence())
    }
}
