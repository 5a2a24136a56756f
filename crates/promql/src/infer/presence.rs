//! When a query has a value at all. An alert fires by presence.

/// When there is a value, the more telling the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    /// Always, whatever there is to measure.
    Always,
    /// While somebody measures it.
    Measured,
    /// Only when something is so; or it is not known when.
    WhenSo,
}

impl Presence {
    /// Of what is there when both are.
    pub(crate) fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// Of what is there when either is.
    pub(crate) fn or(self, other: Self) -> Self {
        self.min(other)
    }
}
