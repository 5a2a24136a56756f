//! Panels: one question about the system, answered by a drawing.

use std::borrow::Cow;

use promql::{AnyQuery, Key, LabelKey, Measure};

use crate::{Alert, Colour};

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
    /// Values over time, with the limits of the alerts that the panel shows where they compare the same measure.
    Lines,
    /// Values over time, with these limits: where those of the alerts are of another measure, or a goal has no alert.
    Limited { limits: &'static [Limit] },
    /// Values over time, one upon the other: parts of a whole.
    Areas,
    /// Values over time as columns, one upon the other: how many, and of which kind.
    Bars,
    /// The last value in large: a word for 1, which is good, and one for 0.
    States { good: &'static str, bad: &'static str },
    /// The last value in large.
    Stat { steps: Steps },
    /// The last value on a dial that ends at `most`.
    Gauge { most: f64, steps: Steps },
    /// The series that are there now as bars, to be compared.
    Ranking { steps: Steps },
    /// How measurements are spread over buckets, over time.
    HeatMap,
    /// The series that are there now, one a row, with these labels as columns.
    Table { columns: &'static [Column] },
    /// What is measured now of each group, one a row: these labels, and a column for each line under its legend.
    Figures { columns: &'static [Column], first: First },
}

impl Drawing {
    /// Whether it shows only what is there now.
    pub(crate) const fn is_now(self) -> bool {
        matches!(
            self,
            Self::States { .. } | Self::Gauge { .. } | Self::Ranking { .. } | Self::Table { .. } | Self::Figures { .. }
        )
    }

    /// Whether it has an axis of time.
    pub(crate) const fn is_graph(self) -> bool {
        matches!(self, Self::Lines | Self::Limited { .. } | Self::Areas | Self::Bars)
    }
}

/// Which row of a table stands on top, by its first number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    Highest,
    Lowest,
}

/// A column of a table: a label, and the heading that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The label's key, as it is declared.
    key: &'static str,
    pub heading: &'static str,
    /// How wide it is in pixels, where it should not share what there is evenly with the others.
    pub width: Option<u32>,
}

impl Column {
    /// The label as Prometheus writes it.
    pub(crate) fn label(&self) -> String {
        self.key.replace('.', "_")
    }

    /// A column of so many pixels.
    #[must_use]
    pub const fn wide(self, pixels: u32) -> Self {
        Self { width: Some(pixels), ..self }
    }
}

/// A label under a heading.
pub const fn column<K: LabelKey>(_: Key<K>, heading: &'static str) -> Column {
    Column { key: K::KEY, heading, width: None }
}

/// A value that is drawn as a dashed line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    pub value: f64,
    pub colour: Colour,
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
    /// How many, and of what, in the plural.
    Count(&'static str),
    /// Money in the major unit of a currency (ISO 4217).
    Money(&'static str),
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
    pub(crate) fn grafana(self) -> Cow<'static, str> {
        let name = match self {
            Unit::Money(currency) => return format!("currency{currency}").into(),
            Unit::Seconds => "s",
            Unit::Bytes => "bytes",
            Unit::Share => "percentunit",
            Unit::RequestsPerSecond => "reqps",
            // Grafana's own names for these are shown as c/s and c/m.
            Unit::EventsPerSecond => "suffix:/s",
            Unit::PerMinute => "suffix:/min",
            Unit::BytesPerSecond => "Bps",
            Unit::Busy => "none",
            Unit::Moment => "dateTimeFromNow",
            Unit::Count(_) => "short",
            Unit::State => "none",
            Unit::Factor => "suffix:×",
        };
        name.into()
    }

    /// What stands beside the axis, where the numbers on it do not tell their unit.
    pub(crate) const fn axis(self) -> &'static str {
        match self {
            Unit::Count(things) => things,
            Unit::Busy => "busy at once",
            _ => "",
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
                | (Unit::Count(_) | Unit::Money(_), Measure::Count)
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
    /// Whether it is only there to be compared with.
    pub is_dashed: bool,
    /// What its colour means, where it means something.
    pub colour: Option<Colour>,
    /// Whether its legend is a path, of which a reader needs the last part only.
    pub is_path: bool,
}

impl Line {
    /// A line whose numbers are not the panel's: a column of [`Drawing::Figures`], or an axis of its own.
    #[must_use]
    pub fn of(self, unit: Unit) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// A line that the others are compared with, such as last week's or what can be at most.
    #[must_use]
    pub fn dashed(self) -> Self {
        Self { is_dashed: true, ..self }
    }

    /// A line whose colour means something.
    #[must_use]
    pub fn coloured(self, colour: Colour) -> Self {
        Self { colour: Some(colour), ..self }
    }

    /// A line whose legend is a path, and shown by the last part of it.
    #[must_use]
    pub fn by_its_last_part(self) -> Self {
        Self { is_path: true, ..self }
    }
}

/// A query and how its series are called.
pub fn line(legend: &'static str, query: impl Into<AnyQuery>) -> Line {
    Line { query: query.into(), legend, unit: None, is_dashed: false, colour: None, is_path: false }
}

impl Limit {
    /// The panel's own limits, or those of the alerts that it shows and that compare what it draws, from low to high.
    pub(crate) fn on<'a>(panel: &Panel, alerts: impl Iterator<Item = &'a Alert>) -> Vec<Self> {
        if let Drawing::Limited { limits } = panel.drawing {
            return limits.to_vec();
        }
        let shown = alerts.filter(|alert| std::ptr::eq(alert.shown_by, panel) && panel.unit.shows(alert.when.measure));
        // A line at zero would lie on the axis.
        let mut limits: Vec<_> = shown
            .filter_map(|alert| Some((alert.when.limit.filter(|limit| *limit > 0.0)?, alert.severity)))
            .filter(|_| panel.drawing.is_graph())
            .collect();
        limits.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        limits.dedup_by(|later, earlier| later.0 == earlier.0);
        limits.into_iter().map(|(value, severity)| Self { value, colour: Colour::of(severity) }).collect()
    }
}
