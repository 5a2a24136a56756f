//! Panels: one question about the system, answered by a drawing.

use promql::{AnyQuery, Measure};

use crate::{Alert, Severity};

/// A panel. Every field must be written, so none is without description or unit.
#[derive(Debug)]
pub struct Panel {
    pub title: &'static str,
    /// What it shows and how to read it, for a stranger.
    pub description: &'static str,
    /// What its numbers are; of a heat map, what its buckets are.
    pub unit: Unit,
    pub drawing: Drawing,
    /// What it asks. All lines measure the same, but for [`Drawing::Figures`].
    pub lines: fn() -> Vec<Line>,
}

/// How a panel is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drawing {
    /// Values over time.
    Lines,
    /// Values over time, one upon the other: parts of a whole.
    Areas,
    /// Values over time as columns, one upon the other: how many, and of which kind.
    Bars,
    /// The last value in large, coloured by whether it is 1 or 0.
    States,
    /// The last value in large, with its course behind it.
    Stat { steps: Steps },
    /// The last value on a dial that ends at `most`.
    Gauge { most: f64, steps: Steps },
    /// The series that are there now as bars, to be compared.
    Ranking { steps: Steps },
    /// How measurements are spread over buckets, over time.
    HeatMap,
    /// The series that are there now, one a row, with these labels as columns.
    Table { columns: &'static [&'static str] },
    /// What is measured now of each group, one a row: these labels, and a column for each line under its legend.
    Figures { columns: &'static [&'static str] },
}

impl Drawing {
    /// Whether it shows only what is there now.
    pub(crate) const fn is_now(self) -> bool {
        matches!(
            self,
            Self::States | Self::Gauge { .. } | Self::Ranking { .. } | Self::Table { .. } | Self::Figures { .. }
        )
    }

    /// Whether it has an axis of time.
    pub(crate) const fn is_graph(self) -> bool {
        matches!(self, Self::Lines | Self::Areas | Self::Bars)
    }
}

/// From which value on a panel's colour says what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steps {
    /// No value is better than another.
    Neutral,
    /// Good until `doubtful`, bad from `bad` on.
    HigherIsWorse { doubtful: f64, bad: f64 },
    /// Bad until `doubtful`, good from `good` on.
    LowerIsWorse { doubtful: f64, good: f64 },
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
    BytesPerSecond,
    /// Seconds of work a second: how many processors, threads or devices are busy.
    Busy,
    Count,
    /// A time since 1970.
    Moment,
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
            Unit::BytesPerSecond => "Bps",
            Unit::Busy => "none",
            Unit::Moment => "dateTimeFromNow",
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
            (Unit::Seconds | Unit::Moment, Measure::Seconds)
                | (Unit::BytesPerSecond, Measure::BytesPerSecond)
                | (Unit::Busy, Measure::Utilisation)
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
    /// What its numbers are, where the lines of a panel differ.
    pub unit: Option<Unit>,
}

impl Line {
    /// A line whose numbers are not the panel's: a column of [`Drawing::Figures`].
    #[must_use]
    pub fn of(self, unit: Unit) -> Self {
        Self { unit: Some(unit), ..self }
    }
}

/// A query and how its series are called.
pub fn line(legend: &'static str, query: impl Into<AnyQuery>) -> Line {
    Line { query: query.into(), legend, unit: None }
}

/// The limit of an alert, as a line on the panel that shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    pub(crate) value: f64,
    pub(crate) severity: Severity,
}

impl Limit {
    /// The limits of the alerts that this panel shows and that compare what it draws, from low to high.
    pub(crate) fn on<'a>(panel: &Panel, alerts: impl Iterator<Item = &'a Alert>) -> Vec<Self> {
        let shown = alerts.filter(|alert| std::ptr::eq(alert.shown_by, panel) && panel.unit.shows(alert.when.measure));
        let mut limits: Vec<_> = shown
            .filter_map(|alert| Some(Self { value: alert.when.limit?, severity: alert.severity }))
            .filter(|_| panel.drawing.is_graph())
            .collect();
        limits.sort_by(|left, right| left.value.total_cmp(&right.value).then(left.severity.cmp(&right.severity)));
        limits.dedup_by(|later, earlier| later.value == earlier.value);
        limits
    }

    pub(crate) const fn color(&self) -> &'static str {
        match self.severity {
            Severity::Critical => "red",
            Severity::Warning => "orange",
            Severity::Info => "yellow",
        }
    }
}
