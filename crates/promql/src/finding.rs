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
    /// The value can never pass the threshold.
    UnreachableThreshold,
    /// A rate of what also shrinks.
    RateOfGauge,
    /// A panel's unit is not what its query measures.
    UnitMismatch,
    /// An alert names a panel that is on no dashboard.
    UnknownPanel,
    /// Two rules or two alerts cannot be told apart.
    SameIdentity,
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
            Error::UnreachableThreshold => "unreachable-threshold",
            Error::RateOfGauge => "rate-of-gauge",
            Error::UnitMismatch => "unit-mismatch",
            Error::UnknownPanel => "unknown-panel",
            Error::SameIdentity => "same-identity",
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
