//! Whether a run passed, and if not, why.

use super::Report;
use crate::{
    conduct::{Cut, Stop},
    ending::Ending,
    slo::Judged,
    table::time,
    threshold::Held,
};

/// When more of a hundred requests than this left late, or were not sent because too many waited, this side was the limit.
const MOST_PERCENT: f64 = 1.0;

impl Report {
    /// Decides on the verdict: what was measured badly is inconclusive before it is anything else, and what was interrupted is that.
    pub(super) fn judge(&mut self) {
        let mut reasons = Vec::new();
        if let Some(Stop { why, at_seconds }) = &self.stop {
            reasons.push(format!("after {} {why}", time(*at_seconds)));
        }
        let unexpected = self.ended.errors();
        if self.slos.is_empty() && unexpected > 0 {
            reasons.push(format!("{unexpected} requests did not end as the shop promises"));
        }
        let is = |held| self.slos.iter().any(|slo| slo.held == held);
        let failed = is(Held::Broken) || self.slos.is_empty() && unexpected > 0;
        for Judged { slo, held, sentence, .. } in &self.slos {
            match held {
                Held::Kept => {}
                Held::Broken => reasons.push(format!("{slo} did not hold: {sentence}")),
                Held::Unknown => reasons.push(format!("{slo} cannot be told: {sentence}")),
            }
        }
        let is_untold = is(Held::Unknown);
        let late = percent(self.late, self.sent);
        let late_after = self.about.late_after_seconds.filter(|_| late > MOST_PERCENT);
        if let Some(late_after) = late_after {
            reasons.push(format!(
                "{late:.1} % of the requests left more than {} after they were due: this machine was the limit, and the latencies \
                 hold its lateness beside the shop's",
                time(late_after)
            ));
        }
        let shed = percent(self.ended.shed, self.due);
        let is_shedding = shed > MOST_PERCENT;
        if is_shedding {
            reasons.push(format!(
                "{shed:.1} % of the requests were not sent, since too many were waiting already: allow more with --in-flight"
            ));
        }
        let is_down = self.recovery.as_ref().is_some_and(|recovery| !recovery.has_recovered());
        if is_down {
            reasons.push("the shop has not recovered from the peak".to_owned());
        }
        if !self.sum_is_exact {
            let Self { sum, intended, .. } = self;
            reasons.push(format!("the buckets hold {sum} requests where {intended} were intended: a bug of ours"));
        }
        self.verdict = match self.cut {
            Some(Cut::Interrupted) => Ending::Interrupted,
            Some(Cut::Guard) => Ending::Stopped,
            None if !self.sum_is_exact => Ending::Failed,
            None if late_after.is_some() => Ending::Inconclusive,
            None if failed || is_down => Ending::Failed,
            None if is_shedding || is_untold => Ending::Inconclusive,
            None => Ending::Passed,
        };
        self.reasons = reasons;
        self.exit_code = self.verdict as u8;
    }
}

/// A part in a hundred of a whole.
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share to fifteen digits is enough")]
    let (part, whole) = (part as f64, whole as f64);
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}
