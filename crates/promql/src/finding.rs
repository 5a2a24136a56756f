//! What the checker finds: where, what is so, and what to write instead.

use std::fmt;

use crate::{rules::Field, syntax::Span};

/// How sure it is that something is wrong, and whose rule it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It is certainly wrong.
    Error,
    /// It is doubtful.
    Warning,
    /// It breaks a rule of this house, which others need not share.
    House,
    /// It cannot be read here, though Prometheus may read it.
    Unsupported,
}

impl Severity {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::House => "house",
            Severity::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $Code:ident = $word:literal, $Severity:ident;)+) => {
        /// A kind of mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $Code,)+
        }

        impl Code {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$Code),+];

            /// The stable word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Code => $word,)+
                }
            }

            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$Code => Severity::$Severity,)+
                }
            }

            /// What it says, in a sentence.
            pub fn summary(self) -> &'static str {
                let said = match self {
                    $(Self::$Code => concat!($($doc),+),)+
                };
                said.trim()
            }
        }
    };
}

codes! {
    /// The query cannot be read.
    Unreadable = "unreadable", Error;
    /// The query has something that is not read here, though Prometheus may read it.
    UnsupportedSyntax = "unsupported-syntax", Unsupported;
    /// There is no such metric.
    UnknownMetric = "unknown-metric", Error;
    /// A recording rule is read that nobody defines.
    UndefinedRecording = "undefined-recording", Error;
    /// The series have no such label, or it was aggregated away.
    UnknownLabel = "unknown-label", Error;
    /// The label never has such a value.
    UnknownValue = "unknown-value", Error;
    /// The histogram has no such bucket.
    NotABucketBound = "not-a-bucket-bound", Error;
    /// The threshold lies beyond the histogram's last bucket, which no quantile exceeds.
    ThresholdBeyondBuckets = "threshold-beyond-buckets", Error;
    /// The comparison is never true: the value cannot be there.
    NeverTrue = "never-true", Error;
    /// The comparison is always true.
    AlwaysTrue = "always-true", Error;
    /// An alert's query has a value also when nothing is wrong.
    NoComparison = "no-comparison", Error;
    /// A quantile of series without `le`.
    QuantileWithoutBuckets = "quantile-without-le", Error;
    /// A quantile is asked for that is not between 0 and 1.
    QuantileOutOfRange = "quantile-out-of-range", Error;
    /// The series of the two sides never meet.
    SidesNeverMatch = "sides-never-match", Error;
    /// Each series is divided by itself.
    MatchesOneByOne = "matches-one-by-one", Error;
    /// A rate of what was aggregated.
    RateOfAggregate = "rate-of-aggregate", Error;
    /// A rate of what also shrinks.
    RateOfGauge = "rate-of-gauge", Error;
    /// A counter is compared or divided as it stands, though only its growth says something.
    CounterWithoutRate = "counter-without-rate", Warning;
    /// A function for gauges is asked of a counter, whose restarts it takes for falls.
    DeltaOfCounter = "delta-of-counter", Warning;
    /// A counter is averaged over time as it stands.
    OverTimeOfCounter = "over-time-of-counter", Warning;
    /// Quantiles are averaged or summed.
    AverageOfQuantiles = "average-of-quantiles", Error;
    /// Quotients are averaged or summed, each weighing the same.
    AverageOfRatios = "average-of-ratios", Error;
    /// A quotient is averaged over time, each moment weighing the same.
    AverageOverTimeOfRatio = "average-over-time-of-ratio", Warning;
    /// Buckets are summed over `le`, so that one measurement counts many times.
    SumWithoutBuckets = "sum-without-le", Error;
    /// A sum over a label that says what each series is measured in.
    MixedUnits = "mixed-units-summed", Error;
    /// `count` of a comparison with `bool`, which counts zeros like ones.
    CountOfComparison = "count-of-comparison", Warning;
    /// A moment is compared with a small number: its age was meant.
    AgeForgotten = "age-forgotten", Warning;
    /// What is reckoned out of samples is compared with an exact number.
    ExactComparison = "exact-comparison", Warning;
    /// A number beside series with labels, which fills no gap of theirs.
    StrayVector = "stray-vector", Warning;
    /// A window that holds too few samples.
    WindowTooShort = "window-too-short", Error;
    /// More history is asked for than is kept.
    BeyondRetention = "beyond-retention", Warning;
    /// Several series on a side that must have one for each key.
    ManyToMany = "many-to-many", Error;
    /// A label that an aggregation dropped.
    LabelAggregatedAway = "label-aggregated-away", Error;
    /// A rule records no vector.
    NothingToRecord = "nothing-to-record", Error;
    /// A sentence names a label that its query's result never has.
    TemplateUnknownLabel = "template-unknown-label", Error;
    /// A sentence's holes cannot be filled.
    TemplateUnreadable = "template-unreadable", Error;
    /// A label holds the value, so that each value makes another alert.
    ValueInLabel = "value-in-label", Warning;
    /// A rule's own label takes the place of one that tells its series apart.
    LabelsCollide = "labels-collide", Warning;
    /// An alert must hold for less than the interval at which it is looked at.
    ForBelowInterval = "for-below-interval", Warning;
    /// An alert must hold for longer than its window sees what happened once.
    ForOutlastsWindow = "for-outlasts-window", Warning;
    /// The first event of a series that is not there before is missed.
    MissedFirstIncrease = "missed-first-increase", Warning;
    /// An alert goes quiet when its series vanish, and nobody watches for that.
    SilentWhenMissing = "silent-when-missing", Warning;
    /// A rule reads what a later rule of its group records.
    OrderOfRules = "order-of-rules", Warning;
    /// Rules are made of what they record.
    RecordingCycle = "recording-cycle", Warning;
    /// A name does not say what it should.
    Naming = "naming", House;
    /// An alert does not say how urgent it is.
    MissingSeverity = "missing-severity", House;
    /// An alert does not say whose it is.
    MissingOwner = "missing-owner", House;
    /// An alert does not say what has happened.
    MissingSummary = "missing-summary", House;
    /// An alert does not say what to do.
    MissingRunbook = "missing-runbook", House;
    /// An alert does not say where to look.
    MissingPanel = "missing-panel", House;
    /// No alert can take this route, or be silenced by this rule.
    UnreachableRoute = "unreachable-route", Error;
    /// Two units are put together that do not agree, or a panel's unit is not what its query measures.
    UnitMismatch = "unit-mismatch", Error;
    /// An alert names a panel that is on no dashboard.
    UnknownPanel = "unknown-panel", Error;
    /// Two rules or two alerts cannot be told apart.
    SameIdentity = "same-identity", Error;
    /// An alert is about something else than its labels say.
    WrongSubject = "wrong-subject", Error;
    /// A signal that nothing asks for, and nobody says why.
    UnusedSignal = "unused-signal", Error;
    /// A reason for not asking for a signal, though it is asked for.
    NeedlessReason = "needless-reason", Error;
    /// A text for people is empty.
    EmptyText = "empty-text", Error;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One mistake in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: Code,
    /// The code's, unless this case is surer or less sure than most.
    pub severity: Severity,
    /// Whose text it is, such as `alert ApiDown`.
    pub place: String,
    /// Which of its texts.
    pub field: Field,
    /// The whole text, mostly a query.
    pub query: String,
    /// The part of it that is wrong.
    pub span: Option<Span>,
    /// What is so, and why.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

impl Finding {
    /// The part that is wrong, as it stands in the text.
    pub fn part(&self) -> &str {
        self.span.map_or("", |span| span.of(&self.query))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}[{}]: {}", self.severity, self.code, self.place)?;
        let mut start = 0;
        for line in self.query.split_inclusive('\n') {
            writeln!(f, "  | {}", line.trim_end_matches('\n'))?;
            let end = start + line.trim_end_matches('\n').len();
            if let Some(span) = self.span.filter(|span| span.start >= start && span.start <= end) {
                let column = |from: usize, to: usize| self.query.get(from..to).unwrap_or_default().chars().count();
                let width = column(span.start, span.end.min(end)).max(1);
                writeln!(f, "  | {}{}", " ".repeat(column(start, span.start)), "^".repeat(width))?;
            }
            start += line.len();
        }
        writeln!(f, "  = {}", self.reason)?;
        write!(f, "  = help: {}", self.help)
    }
}
