//! Panels: one question about the system, answered by a drawing.

use promql::{AnyQuery, Measure};

/// A panel. Every field must be written, so none is without description or unit.
#[derive(Debug)]
pub struct Panel {
    pub title: &'static str,
    /// What it shows and how to read it, for a stranger.
    pub description: &'static str,
    /// What its numbers are; of a heat map, what its buckets are.
    pub unit: Unit,
    pub drawing: Drawing,
    /// What it asks. All lines measure the same.
    pub lines: fn() -> Vec<Line>,
}

/// How a panel is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// Values over time.
    Lines,
    /// Values over time, one upon the other: parts of a whole.
    Areas,
    /// The last value in large, coloured by whether it is 1 or 0.
    States,
    /// How measurements are spread over buckets, over time.
    HeatMap,
    /// The series that are there now, one a row, with these labels as columns.
    Table { columns: &'static [&'static str] },
}

/// What the numbers of a panel are, as a reader sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Bytes,
    /// A share, shown in percent.
    Share,
    RequestsPerSecond,
    EventsPerSecond,
    Count,
    /// 1 for yes, 0 for no.
    State,
    /// Things a minute.
    PerMinute,
    /// So many times as much.
    Factor,
}

impl Unit {
    /// Grafana's name for it.
    pub(crate) const fn grafana(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Bytes => "bytes",
            Unit::Share => "percentunit",
            Unit::RequestsPerSecond => "reqps",
            Unit::EventsPerSecond => "cps",
            Unit::Count => "short",
            Unit::State => "none",
            Unit::PerMinute => "cpm",
            Unit::Factor => "suffix:×",
        }
    }

    /// Whether a query that measures this can be shown in it.
    pub(crate) const fn shows(self, measure: Measure) -> bool {
        matches!(
            (self, measure),
            (Unit::Seconds, Measure::Seconds)
                | (Unit::Bytes, Measure::Bytes)
                | (Unit::Share, Measure::Ratio | Measure::Utilisation)
                | (Unit::RequestsPerSecond | Unit::EventsPerSecond, Measure::CountPerSecond)
                | (Unit::Count, Measure::Count)
                | (Unit::State, Measure::State)
                | (Unit::PerMinute, Measure::CountPerMinute)
                | (Unit::Factor, Measure::Factor)
        )
    }
}

/// One query of a panel and how its series are called; `{service}` stands for a label.
#[derive(Clone, Debug)]
pub struct Line {
    pub query: AnyQuery,
    pub legend: &'static str,
}

/// A query and how its series are called.
pub fn line(legend: &'static str, query: impl Into<AnyQuery>) -> Line {
    Line { query: query.into(), legend }
}
