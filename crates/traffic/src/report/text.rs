//! A report for people.

use std::fmt;

use super::{About, Counted, Followed, Latency, Report};
use crate::{
    ending::Ending,
    engine::{Model, Quantile, Unexpected, samples_for},
    guard::{GuardReport, Reading},
    slo::Judged,
    table::{table, time},
    threshold::Held,
};

/// So many of a guard's last values are shown.
const LAST_SHOWN: usize = 5;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let About { verb: _, target, run, seed, sends, requests_before_the_start, late_after_seconds: _ } = &self.about;
        let lasted = time(self.lasted_seconds);
        writeln!(f, "{run} against {target}: {} after {lasted} (seed {seed}; sessions {run}-1 and on)", self.verdict)?;
        let sends = if sends.is_empty() { String::new() } else { format!("It sends: {}. ", sends.join(", ")) };
        writeln!(f, "{sends}Before the start, {requests_before_the_start} requests learned what the shop sells.")?;
        if self.model == Model::Closed {
            writeln!(
                f,
                "Closed model: users wait for their answers, so that a slow shop is asked less, and latency counts from when \
                 each request was sent."
            )?;
        }
        writeln!(f)?;
        self.write_steps(f)?;
        self.write_buckets(f)?;
        self.write_rates(f)?;
        self.write_promises(f)?;
        self.write_unexpected(f)?;
        if self.verdict != Ending::Passed {
            writeln!(f, "\n{}", self.verdict)?;
            self.reasons.iter().try_for_each(|reason| writeln!(f, "  {reason}"))?;
        }
        if let Some(recovery) = &self.recovery {
            write!(f, "\n{recovery}")?;
        }
        self.write_journeys(f)
    }
}

impl Report {
    fn write_steps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![["step", "ended as", "requests", "p50", "p95", "max"].map(str::to_owned).to_vec()];
        for (step, told) in &self.steps {
            for (i, Counted { end, requests, .. }) in told.ends.iter().enumerate() {
                let label = if end.is_expected { end.label() } else { format!("{} !", end.label()) };
                let mut row = vec![String::new(), label, requests.to_string()];
                if i == 0 {
                    step.clone_into(&mut row[0]);
                    let Latency { p50, p95, maximum, .. } = told.latency_seconds;
                    row.extend([short(p50), short(p95), maximum.map_or("-".to_owned(), time)]);
                }
                rows.push(row);
            }
        }
        writeln!(f, "{}", table(&rows, &[2, 3, 4, 5]))
    }

    fn write_buckets(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<Vec<String>> =
            self.ended.named().map(|(bucket, count)| vec![bucket.to_owned(), count.to_string()]).to_vec();
        let verdict =
            if self.sum_is_exact { "exactly what was intended" } else { "NOT what was intended: a bug of ours" };
        rows.push(vec!["sum".to_owned(), self.sum.to_string(), format!("{verdict} ({})", self.intended)]);
        writeln!(f, "{}", table(&rows, &[1]))
    }

    fn write_rates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let achieved = self.achieved_per_second.map_or("too few to say".to_owned(), |rate| format!("{rate:.2}/s"));
        let intended = self.intended_per_second.map_or(String::new(), |rate| format!(", intended {rate:.2}/s"));
        writeln!(f, "rate     {achieved}{intended}")?;
        if self.model == Model::Open {
            writeln!(f, "lag      {}", percentiles(&self.lag_seconds))?;
            writeln!(f, "         from when each was due until it left: this machine's part of the latency")?;
        }
        let latency = &self.latency_seconds;
        if latency.samples > 0 || latency.without_answer > 0 {
            writeln!(f, "latency  {}", percentiles(latency))?;
            let unanswered = match latency.without_answer {
                0 => String::new(),
                count => format!("; {count} without an answer lie above them"),
            };
            let from = if self.model == Model::Open { "due" } else { "sent" };
            writeln!(
                f,
                "         of the {} that were answered or timed out, from when each was {from}{unanswered}",
                latency.samples
            )?;
        }
        if self.unread_seconds.samples > 0 {
            writeln!(f, "unread   {}", percentiles(&self.unread_seconds))?;
            writeln!(
                f,
                "         from when each answer had come until it was read: this machine's, and no part of the latency"
            )?;
        }
        Ok(())
    }

    fn write_promises(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Judged { slo, held, sentence, .. }) in self.slos.iter().enumerate() {
            let held = match held {
                Held::Kept => "held",
                Held::Broken => "BROKEN",
                Held::Unknown => "UNKNOWN",
            };
            writeln!(f, "{:<8} {slo}: {held}; {sentence}", if i == 0 { "SLO" } else { "" })?;
        }
        for (i, GuardReport { guard, last, tripped, .. }) in self.guards.iter().enumerate() {
            let tripped = if *tripped { "TRIPPED" } else { "kept watch" };
            writeln!(f, "{:<8} {guard}: {tripped}; its last values:", if i == 0 { "guard" } else { "" })?;
            for Reading { at_seconds, worst, trouble, .. } in last.iter().skip(last.len().saturating_sub(LAST_SHOWN)) {
                let value = worst.map_or_else(|| trouble.clone().unwrap_or_default(), |worst| format!("{worst:.4}"));
                writeln!(f, "         {at_seconds:>6.1} s  {value}")?;
            }
        }
        Ok(())
    }

    fn write_journeys(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.journeys.is_empty() {
            return Ok(());
        }
        let mut rows = vec![["journey", "customers", "the trace of the last"].map(str::to_owned).to_vec()];
        for (journey, Followed { customers, last_trace_id }) in &self.journeys {
            rows.push(vec![journey.clone(), customers.to_string(), last_trace_id.clone()]);
        }
        write!(f, "\n{}", table(&rows, &[1]))?;
        match self.jaeger() {
            Some(jaeger) => writeln!(f, "A journey is one trace; where Jaeger runs it is at {jaeger}/trace/ID"),
            None => writeln!(f, "A journey is one trace."),
        }
    }

    fn write_unexpected(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Unexpected { number, step, ended, why, trace_id, session }) in self.first_unexpected.iter().enumerate()
        {
            if i == 0 {
                writeln!(f)?;
            }
            writeln!(f, "request {number}, {step}: {ended}; {why}\n  trace {trace_id}, session {session}")?;
        }
        let shown = self.first_unexpected.len() as u64;
        if self.ended.errors() + self.ended.shed > shown && shown > 0 {
            writeln!(f, "(the first {shown} that were not as expected)")?;
        }
        Ok(())
    }
}

/// All that is known of them in a line; what is not known is named once, with what it takes.
fn percentiles(latency: &Latency) -> String {
    let (Some(minimum), Some(maximum)) = (latency.minimum, latency.maximum) else {
        return "nothing was answered".to_owned();
    };
    let mut told = vec![format!("from {} to {}", time(minimum), time(maximum))];
    for (name, thousandths, value) in latency.percentiles() {
        if value == Quantile::TooFew {
            told.push(format!("{name} not told below {} samples", samples_for(thousandths)));
            break;
        }
        told.push(format!("{name} {}", short(value)));
    }
    told.join(", ")
}

fn short(quantile: Quantile) -> String {
    match quantile {
        Quantile::Seconds(seconds) => time(seconds),
        Quantile::Never => "never answered".to_owned(),
        Quantile::TooFew => "-".to_owned(),
    }
}
