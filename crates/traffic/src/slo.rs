//! Judges a promise by what a report holds.

use serde::{Deserialize, Serialize};

use crate::{
    engine::{Buckets, Quantile, Times, samples_for},
    report::Report,
    steps::group,
    threshold::{Held, Measure, Threshold},
};

/// A share of errors is told when so many are expected at its bound, or have come: with fewer it is luck.
const ENOUGH_ERRORS: f64 = 5.0;

/// A promise, and whether it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judged {
    pub slo: String,
    pub held: Held,
    /// In seconds; of errors, a share from 0 to 1. None when it cannot be told, or was beyond all times.
    pub measured: Option<f64>,
    /// What was measured, for people.
    pub sentence: String,
}

/// What a promise is about.
struct Measured {
    ended: Buckets,
    latency: Times,
}

impl Measured {
    fn of(report: &Report, threshold: &Threshold) -> Self {
        let Some(whom) = &threshold.whom else {
            return Self { ended: report.ended, latency: report.latency_seconds.histogram.clone() };
        };
        let mut measured = Self { ended: Buckets::default(), latency: Times::default() };
        for (name, step) in &report.steps {
            if name == whom || group(name) == Some(whom) {
                measured.ended.add(step.ended);
                measured.latency.merge(&step.latency_seconds.histogram);
            }
        }
        measured
    }

    /// A time, where so many more were never answered.
    fn time(&self, measure: Measure, without_answer: u64) -> Quantile {
        let known = |value: Option<f64>| value.map_or(Quantile::TooFew, Quantile::Seconds);
        match measure {
            Measure::Quantile(thousandths) => self.latency.quantile(thousandths, without_answer),
            // One that is never answered is longer than any time, and so is a mean that holds it.
            Measure::Maximum | Measure::Mean if without_answer > 0 => Quantile::Never,
            Measure::Maximum => known(self.latency.longest()),
            Measure::Mean | Measure::Errors => known(self.latency.mean()),
        }
    }
}

/// Says whether a promise held. What was shed or not awaited says nothing of the shop: where the verdict hangs on it, there is none.
pub(crate) fn judge(report: &Report, threshold: &Threshold) -> Judged {
    let measured = Measured::of(report, threshold);
    let (held, value, sentence) = match threshold.measure {
        Measure::Errors => of_errors(&measured, threshold),
        measure => of_time(&measured, measure, threshold),
    };
    Judged { slo: threshold.text.clone(), held, measured: value, sentence }
}

fn of_time(measured: &Measured, measure: Measure, threshold: &Threshold) -> (Held, Option<f64>, String) {
    let Buckets { connection, shed, unfinished, .. } = measured.ended;
    let samples = measured.latency.len() + connection;
    let [best, worst] = [connection, connection + shed + unfinished].map(|it| measured.time(measure, it));
    let value = match best {
        Quantile::Seconds(seconds) => Some(seconds),
        Quantile::Never | Quantile::TooFew => None,
    };
    let shown = value.map_or("never answered".to_owned(), |value| threshold.shown(value));
    match (best, worst) {
        (Quantile::TooFew, _) => {
            let needed = if let Measure::Quantile(thousandths) = measure { samples_for(thousandths) } else { 1 };
            (Held::Unknown, None, format!("it takes {needed} samples, and there are {samples}"))
        }
        (Quantile::Never, _) => (Held::Broken, None, format!("{shown}: {connection} of {samples} got no answer")),
        (Quantile::Seconds(best), _) if best >= threshold.bound => {
            (Held::Broken, value, format!("{shown} of {samples}"))
        }
        (_, Quantile::Seconds(worst)) if worst < threshold.bound => {
            (Held::Kept, value, format!("{shown} of {samples}"))
        }
        _ => {
            let unsaid = shed + unfinished;
            (Held::Unknown, value, format!("{shown} of {samples}, but {unsaid} more were shed or not awaited"))
        }
    }
}

fn of_errors(measured: &Measured, threshold: &Threshold) -> (Held, Option<f64>, String) {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
    let (errors, finished) = (measured.ended.errors() as f64, measured.ended.finished() as f64);
    if finished * threshold.bound < ENOUGH_ERRORS && errors < ENOUGH_ERRORS {
        let needed = (ENOUGH_ERRORS / threshold.bound).ceil();
        return (Held::Unknown, None, format!("it takes {needed} requests that ended, and there are {finished}"));
    }
    let share = errors / finished;
    let held = if share < threshold.bound { Held::Kept } else { Held::Broken };
    (held, Some(share), format!("{} of {finished}", threshold.shown(share)))
}
