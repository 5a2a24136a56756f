//! A comparison for people.

use std::fmt;

use super::{Comparison, Finding, Line, Measure, Side};
use crate::table::{table, time};

/// So many lines are named in the last sentence.
const NAMED: usize = 4;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [("A", &self.a), ("B", &self.b)].map(|(name, side)| side.row(name));
        writeln!(f, "{}", table(&rows, &[3, 4]))?;
        let mut rows = vec![["", "", "A", "B", "B is higher by", ""].map(str::to_owned).to_vec()];
        let mut step = None;
        let (shown, alike): (Vec<&Line>, Vec<&Line>) = self.lines.iter().partition(|line| line.is_shown());
        for line in shown {
            let name = if step == Some(&line.step) { "" } else { line.step.as_deref().unwrap_or("all requests") };
            step = Some(&line.step);
            rows.push(line.row(name));
        }
        writeln!(f, "{}", table(&rows, &[2, 3, 4]))?;
        if !alike.is_empty() {
            writeln!(f, "{} lines of single steps, which tell of no difference, stand in --format json.", alike.len())?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        let percent = 100.0 * self.chance;
        writeln!(
            f,
            "The bounds hold for all lines together: runs that are alike would be told apart in {percent:.0} of 100 comparisons at most."
        )?;
        writeln!(f, "\n{}", self.conclusion())
    }
}

impl Comparison {
    fn conclusion(&self) -> String {
        let told = |finding| {
            let names: Vec<String> = self.lines.iter().filter(|line| line.finding == finding).map(Line::name).collect();
            match names.len().checked_sub(NAMED) {
                None | Some(0) => names.join(", "),
                Some(more) => format!("{} and {more} more", names[..NAMED].join(", ")),
            }
        };
        match self.verdict {
            Finding::Worse => format!("B is significantly worse: {}", told(Finding::Worse)),
            Finding::Better => format!("B is significantly better, and worse in nothing: {}", told(Finding::Better)),
            Finding::NoDifference => "no significant difference".to_owned(),
            Finding::Unknown => "too few requests to tell any difference".to_owned(),
        }
    }
}

impl Side {
    fn row(&self, name: &str) -> Vec<String> {
        let rate = self.achieved_per_second.map_or(String::new(), |rate| format!("{rate:.2}/s"));
        vec![
            name.to_owned(),
            self.run.clone(),
            format!("against {}", self.target),
            format!("{} requests", self.requests),
            rate,
            self.verdict.to_string(),
        ]
    }
}

impl Line {
    /// All requests together, and each step that stands out.
    fn is_shown(&self) -> bool {
        self.step.is_none() || matches!(self.finding, Finding::Worse | Finding::Better)
    }

    fn name(&self) -> String {
        let measure = self.measure.name();
        self.step.as_ref().map_or(measure.to_owned(), |step| format!("{measure} of `{step}`"))
    }

    fn row(&self, step: &str) -> Vec<String> {
        let value = |value: Option<f64>| value.map_or("-".to_owned(), |value| self.measure.shown(value));
        let difference = self.difference.map_or(String::new(), |(low, high)| {
            let [low, high] = [low, high].map(|bound| {
                let sign = if bound < 0.0 { "-" } else { "+" };
                format!("{sign}{}", self.measure.shown(bound.abs()))
            });
            format!("{low} to {high}")
        });
        let finding = match (self.finding, self.measure) {
            (Finding::Worse, Measure::Errors) => "MORE",
            (Finding::Worse, _) => "SLOWER",
            (Finding::Better, Measure::Errors) => "fewer",
            (Finding::Better, _) => "faster",
            (Finding::NoDifference, _) => "no significant difference",
            (Finding::Unknown, _) => "too few to tell",
        };
        let measure = self.measure.name().to_owned();
        vec![step.to_owned(), measure, value(self.a), value(self.b), difference, finding.to_owned()]
    }
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Measure::P50 => "p50",
            Measure::P95 => "p95",
            Measure::P99 => "p99",
            Measure::Errors => "errors",
        }
    }

    fn shown(self, value: f64) -> String {
        if self == Measure::Errors { format!("{:.2} %", 100.0 * value) } else { time(value) }
    }
}
