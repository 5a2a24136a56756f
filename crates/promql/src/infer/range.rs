//! Between which numbers a value lies, whatever is measured. Both ends belong to it.

/// An interval of real numbers, and why it ends where it ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) why: Option<Why>,
}

/// Why a range ends where it ends, and what would move the end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Why {
    pub(crate) reason: String,
    pub(crate) help: String,
}

/// Everything.
impl Default for Range {
    fn default() -> Self {
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, why: None }
    }
}

impl Range {
    pub(crate) const fn exactly(value: f64) -> Self {
        Self { low: value, high: value, why: None }
    }

    pub(crate) const fn at_least(low: f64) -> Self {
        Self { low, high: f64::INFINITY, why: None }
    }

    pub(crate) fn between(low: f64, high: f64, reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { low, high, why: Some(Why { reason: reason.into(), help: help.into() }) }
    }

    /// The same with a reason, unless there is a better one already.
    pub(crate) fn because(self, reason: &str) -> Self {
        let why = self.why.or_else(|| {
            Some(Why { reason: reason.to_owned(), help: "compare with a value that it can have".to_owned() })
        });
        Self { why, ..self }
    }

    pub(crate) fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low, why: self.why }
    }

    /// Values that are either in this or in that.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high), why: self.why.or(other.why) }
    }

    /// What is left of a value after the comparison with a number let it pass.
    pub(crate) fn where_it_is(self, operator: &str, number: f64) -> Self {
        match operator {
            ">" | ">=" => Self { low: self.low.max(number), ..self },
            "<" | "<=" => Self { high: self.high.min(number), ..self },
            "==" => Self { low: number, high: number, ..self },
            _ => self,
        }
    }

    pub(crate) fn sum(self, other: Self) -> Self {
        Self { low: self.low + other.low, high: self.high + other.high, why: self.why.or(other.why) }.sound()
    }

    pub(crate) fn product(self, other: Self) -> Self {
        let ends = [self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high];
        // Nothing times infinity is not a number: then nothing is known.
        if ends.iter().any(|end| end.is_nan()) {
            let at_least_zero = self.low >= 0.0 && other.low >= 0.0;
            return if at_least_zero { Self::at_least(0.0) } else { Self::default() };
        }
        let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { low, high, why: self.why.or(other.why) }
    }

    pub(crate) fn quotient(self, other: Self) -> Self {
        if other.low > 0.0 && other.high.is_finite() {
            return self.product(Self { low: 1.0 / other.high, high: 1.0 / other.low, why: None });
        }
        // What is divided by something near zero can be anything, but for its sign.
        if self.low >= 0.0 && other.low >= 0.0 { Self::at_least(0.0) } else { Self::default() }
    }

    fn sound(self) -> Self {
        if self.low.is_nan() || self.high.is_nan() { Self::default() } else { self }
    }

    /// Whether a comparison with a number lets no value pass.
    pub(crate) fn never(&self, operator: &str, number: f64) -> bool {
        match operator {
            ">" => self.high <= number,
            ">=" => self.high < number,
            "<" => self.low >= number,
            "<=" => self.low > number,
            "==" => number < self.low || number > self.high,
            _ => false,
        }
    }

    /// Whether a comparison with a number lets every value pass. (NaN passes none of these.)
    pub(crate) fn always(&self, operator: &str, number: f64) -> bool {
        match operator {
            ">" => self.low > number,
            ">=" => self.low >= number,
            "<" => self.high < number,
            "<=" => self.high <= number,
            "==" => self.low == number && self.high == number,
            "!=" => number < self.low || number > self.high,
            _ => false,
        }
    }
}
