//! Windows: whether they hold the samples that a function needs.

use std::time::Duration;

use super::Check;
use crate::{
    Code, Severity,
    infer::series::reach,
    symbols::Named,
    syntax::{Call, Expr},
    window::prometheus_duration,
};

/// With fewer scrapes in a window, one that fails or comes late leaves gaps
/// (<https://www.robustperception.io/what-range-should-i-use-with-rate/>).
const FEWEST_SCRAPES: u32 = 4;

impl<'a> Check<'a> {
    /// What is older than the retention is not there.
    pub(super) fn history(&mut self, query: &Expr) {
        let Some((reach, kept)) = reach(query).zip(self.settings.retention).filter(|(reach, kept)| reach > kept) else {
            return;
        };
        let reason = format!(
            "it looks {} back, and samples are kept for {}",
            prometheus_duration(reach),
            prometheus_duration(kept)
        );
        self.find(
            Code::BeyondRetention,
            query.span(),
            reason,
            "keep them longer, or record in advance what is looked for",
        );
    }

    /// Windows are open to the left: one that is no longer than the scrape interval never holds two samples.
    pub(super) fn window(&mut self, call: &'a Call) {
        let Some(Expr::MatrixSelector(read)) =
            call.args.iter().find(|argument| matches!(argument, Expr::MatrixSelector(_)))
        else {
            return;
        };
        let Some(range) = read.range.filter(|_| !read.vs.shift.is_interpolated) else { return };
        if let Named::Known(_, metric) = self.symbols.named(&read.vs)
            && metric.is_recorded
        {
            return;
        }
        let (name, scrape) = (call.func.name, self.settings.scrape_interval);
        let needs_two = matches!(
            name,
            "rate"
                | "irate"
                | "increase"
                | "delta"
                | "idelta"
                | "deriv"
                | "predict_linear"
                | "changes"
                | "resets"
                | "double_exponential_smoothing"
                | "stddev_over_time"
                | "stdvar_over_time"
        );
        let (severity, reason) = if needs_two && range <= scrape {
            let reason = format!(
                "`{name}` needs two samples, and a window of {} never holds two that are scraped every {}",
                prometheus_duration(range),
                prometheus_duration(scrape)
            );
            (Severity::Error, reason)
        } else if needs_two && name != "irate" && range < scrape * FEWEST_SCRAPES {
            let reason = format!(
                "a window of {} holds {} scrapes of {} at most: one that fails leaves a gap",
                prometheus_duration(range),
                range.as_millis().div_ceil(scrape.as_millis().max(1)),
                prometheus_duration(scrape)
            );
            (Severity::Warning, reason)
        } else if range < scrape {
            let reason = format!(
                "a window of {} is mostly empty where samples come every {}",
                prometheus_duration(range),
                prometheus_duration(scrape)
            );
            (Severity::Warning, reason)
        } else {
            return;
        };
        let help = format!(
            "write `[{}]` or more, four scrapes; if yours are apart otherwise, say so with --scrape-interval",
            prometheus_duration(scrape * FEWEST_SCRAPES)
        );
        self.find_as(severity, Code::WindowTooShort, read.range_place.0, reason, help);
    }
}

/// How often targets are scraped unless somebody says otherwise.
pub(super) const DEFAULT_SCRAPE_INTERVAL: Duration = Duration::from_secs(15);
