//! What the checker finds: where, what is so, and what to write instead.

use std::fmt;

/// A kind of mistake that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// The parser cannot read the query.
    Unreadable,
    /// Nobody declares such a metric.
    UnknownMetric,
    /// A recording rule is read that nobody defines.
    UndefinedRule,
    /// The series have no such label, or it was aggregated away.
    UnknownLabel,
    /// The label never has such a value.
    UnknownValue,
    /// The histogram has no such bucket.
    UnknownBound,
    /// The comparison is never true: the value cannot be there.
    NeverTrue,
    /// The comparison is always true.
    AlwaysTrue,
    /// An alert's query has a value also when nothing is wrong.
    NoComparison,
    /// A quantile of series without `le`.
    QuantileWithoutBuckets,
    /// A quantile is asked for that is not between 0 and 1.
    QuantileOutOfRange,
    /// The series of the two sides never meet.
    SidesNeverMatch,
    /// Each series is divided by itself.
    MatchesOneByOne,
    /// A rate of what was aggregated.
    RateOfAggregate,
    /// No alert can take this route, or be silenced by this rule.
    UnreachableRoute,
    /// A rate of what also shrinks.
    RateOfGauge,
    /// A panel's unit is not what its query measures.
    UnitMismatch,
    /// An alert names a panel that is on no dashboard.
    UnknownPanel,
    /// Two rules or two alerts cannot be told apart.
    SameIdentity,
    /// An alert is about something else than its labels say.
    WrongSubject,
    /// A signal that nothing asks for, and nobody says why.
    UnusedSignal,
    /// A reason for not asking for a signal, though it is asked for.
    NeedlessReason,
    /// A text for people is empty.
    EmptyText,
}

impl Error {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Error::Unreadable => "unreadable",
            Error::UnknownMetric => "unknown-metric",
            Error::UndefinedRule => "undefined-rule",
            Error::UnknownLabel => "unknown-label",
            Error::UnknownValue => "unknown-value",
            Error::UnknownBound => "unknown-bound",
            Error::NeverTrue => "never-true",
            Error::AlwaysTrue => "always-true",
            Error::NoComparison => "no-comparison",
            Error::QuantileWithoutBuckets => "quantile-without-le",
            Error::QuantileOutOfRange => "quantile-out-of-range",
            Error::SidesNeverMatch => "sides-never-match",
            Error::MatchesOneByOne => "matches-one-by-one",
            Error::RateOfAggregate => "rate-of-aggregate",
            Error::UnreachableRoute => "unreachable-route",
            Error::RateOfGauge => "rate-of-gauge",
            Error::UnitMismatch => "unit-mismatch",
            Error::UnknownPanel => "unknown-panel",
            Error::SameIdentity => "same-identity",
            Error::WrongSubject => "wrong-subject",
            Error::UnusedSignal => "unused-signal",
            Error::NeedlessReason => "needless-reason",
            Error::EmptyText => "empty-text",
        }
    }
}

/// One mistake in one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub error: Error,
    /// Whose query it is, such as `alert ApiDown`.
    pub place: String,
    /// The whole query.
    pub query: String,
    /// The part of it that is wrong, as it stands there.
    pub part: String,
    /// What is so, and why.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.error.as_str(), self.place)?;
        let mut marked = false;
        for line in self.query.lines() {
            writeln!(f, "  | {line}")?;
            if let Some(at) = line.find(&self.part).filter(|_| !marked && !self.part.is_empty()) {
                let (before, width) = (line[..at].chars().count(), self.part.chars().count());
                writeln!(f, "  | {}{}", " ".repeat(before), "^".repeat(width))?;
                marked = true;
            }
        }
        writeln!(f, "  = {}", self.reason)?;
        write!(f, "  = help: {}", self.help)
    }
}
