//! Between which numbers a value lies, whatever is measured. Both ends belong to it.

use crate::{Code, syntax::BinaryOperator};

/// By how much two roundings may move a number, as a share of it.
pub(crate) const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// An interval of real numbers, and why it ends where it ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether it may also be no number at all. Comparisons drop that, and are often written for nothing else.
    pub(crate) nan: bool,
    /// Whether the value says no more than that something is there, as `absent`, `group` and `count` do. Comparing it changes nothing
    /// and is a way to write "if there is any".
    pub(crate) tells_presence: bool,
    pub(crate) why: Option<Why>,
}

/// Why a range ends where it ends, and what would move the end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Why {
    pub(crate) reason: String,
    pub(crate) help: String,
    /// What it is to ask for more than there is.
    pub(crate) beyond: Code,
}

/// Everything.
impl Default for Range {
    fn default() -> Self {
        Self { nan: true, ..Self::reals(f64::NEG_INFINITY, f64::INFINITY) }
    }
}

impl Range {
    const fn reals(low: f64, high: f64) -> Self {
        Self { low, high, nan: false, tells_presence: false, why: None }
    }

    pub(crate) fn exactly(value: f64) -> Self {
        if value.is_nan() { Self::default() } else { Self::reals(value, value) }
    }

    pub(crate) const fn at_least(low: f64) -> Self {
        Self::reals(low, f64::INFINITY)
    }

    pub(crate) fn between(low: f64, high: f64, reason: impl Into<String>, help: impl Into<String>) -> Self {
        let why = Why { reason: reason.into(), help: help.into(), beyond: Code::NeverTrue };
        Self { why: Some(why), ..Self::reals(low, high) }
    }

    /// Of what only grows, from zero.
    pub(crate) fn counter() -> Self {
        Self::at_least(0.0).because("a counter is never negative")
    }

    /// Of what is so or not.
    pub(crate) fn state() -> Self {
        Self::between(0.0, 1.0, "a state is 0 or 1", "compare with 0 or 1")
    }

    /// Of how many there are, of which there are at most so many.
    pub(crate) fn counting(at_most: Option<u64>) -> Self {
        let most = at_most.map_or(f64::INFINITY, |most| most.max(1) as f64);
        let absent =
            "where nothing is there to count, `count` gives no result and not 0: a count is 1 or more, or absent";
        let reason = at_most.map_or_else(|| absent.to_owned(), |most| format!("{absent}; there are at most {most}"));
        let help = "to ask whether there is none, write `absent(…)` around what is counted; `sum(… == bool 1) == 0` holds only while there are series";
        Self::between(1.0, most, reason, help).telling_presence()
    }

    /// Of the sum of one or more, and of at most so many.
    pub(crate) fn summed(self, at_most: Option<u64>) -> Self {
        let times = at_most.map_or(f64::INFINITY, |most| most as f64);
        // Each addition rounds; whole numbers are added as they are.
        let rounded = |end: f64| if (end * times).fract() == 0.0 { end * times } else { end * times * (1.0 + 1e-9) };
        let high = if self.high > 0.0 { rounded(self.high) } else { self.high };
        let low = if self.low < 0.0 { rounded(self.low) } else { self.low };
        let is_undone = low == f64::NEG_INFINITY && high == f64::INFINITY;
        let reason = match at_most {
            Some(most) if high.is_finite() => format!("at most {most} series are summed, each at most {}", self.high),
            _ if low >= 0.0 => "a sum of what is never negative is not negative".to_owned(),
            _ => return Self { why: None, ..self }.or_nan(is_undone).ending(low, high),
        };
        Self { why: None, ..self }.or_nan(is_undone).ending(low, high).because(&reason)
    }

    /// The same with a reason, unless there is a better one already.
    pub(crate) fn because(self, reason: &str) -> Self {
        let why = self.why.or_else(|| {
            let help = "compare with a value that it can have".to_owned();
            Some(Why { reason: reason.to_owned(), help, beyond: Code::NeverTrue })
        });
        Self { why, ..self }
    }

    /// The same, where to ask for more than there is is a mistake of this kind.
    pub(crate) fn beyond(self, code: Code) -> Self {
        Self { why: self.why.map(|why| Why { beyond: code, ..why }), ..self }
    }

    /// The same, or no number.
    pub(crate) fn or_nan(self, nan: bool) -> Self {
        Self { nan: self.nan || nan, ..self }
    }

    pub(crate) fn telling_presence(self) -> Self {
        Self { tells_presence: true, ..self }
    }

    /// The same between other ends.
    fn ending(self, low: f64, high: f64) -> Self {
        // Infinity less infinity, and what comes of comparing with nothing: then nothing is known.
        if low <= high { Self { low, high, ..self } } else { Self::default() }
    }

    /// Of what is made of two values, but for the ends.
    fn with(self, other: Self) -> Self {
        Self {
            nan: self.nan || other.nan,
            tells_presence: self.tells_presence || other.tells_presence,
            why: self.why.or(other.why),
            ..self
        }
    }

    /// The one number that it can be.
    pub(crate) fn number(&self) -> Option<f64> {
        (self.low == self.high && !self.nan).then_some(self.low)
    }

    /// What comes of a function that never falls as its argument grows.
    pub(crate) fn rising(self, function: impl Fn(f64) -> f64) -> Self {
        let (low, high) = (function(self.low), function(self.high));
        self.ending(low, high)
    }

    /// The same where the last digits are not certain: Go reckons logarithms and powers in other ways than Rust does.
    pub(crate) fn rounded(self) -> Self {
        const DIGITS: f64 = 1e-12;
        let (low, high) = (self.low - DIGITS * self.low.abs(), self.high + DIGITS * self.high.abs());
        self.ending(low, high)
    }

    /// Of what lies between two such values. None of infinity is no number.
    pub(crate) fn interpolated(self) -> Self {
        let is_endless = self.low == f64::NEG_INFINITY || self.high == f64::INFINITY;
        self.or_nan(is_endless)
    }

    pub(crate) fn negated(self) -> Self {
        let (low, high) = (-self.high, -self.low);
        self.ending(low, high)
    }

    pub(crate) fn magnitude(self) -> Self {
        let ends = [self.low.abs(), self.high.abs()];
        let low = if self.low <= 0.0 && self.high >= 0.0 { 0.0 } else { ends[0].min(ends[1]) };
        self.ending(low, ends[0].max(ends[1]))
    }

    /// Values that are either in this or in that.
    pub(crate) fn or(self, other: Self) -> Self {
        let (low, high) = (self.low.min(other.low), self.high.max(other.high));
        self.with(other).ending(low, high)
    }

    /// What is left of a value after a comparison with another let it pass.
    pub(crate) fn where_it_is(self, operator: BinaryOperator, other: &Self) -> Self {
        let (low, high) = match operator {
            BinaryOperator::Gtr | BinaryOperator::Gte => (self.low.max(other.low), self.high),
            BinaryOperator::Lss | BinaryOperator::Lte => (self.low, self.high.min(other.high)),
            BinaryOperator::Eql => (self.low.max(other.low), self.high.min(other.high)),
            _ => return self,
        };
        Self { nan: false, ..self }.ending(low, high)
    }

    pub(crate) fn sum(self, other: Self) -> Self {
        let (low, high) = (self.low + other.low, self.high + other.high);
        // Infinity less infinity is no number.
        let is_undone = low == f64::NEG_INFINITY && high == f64::INFINITY;
        self.with(other).or_nan(is_undone).ending(low, high)
    }

    pub(crate) fn product(self, other: Self) -> Self {
        if [&self, &other].iter().any(|factor| factor.number() == Some(0.0)) {
            // Nothing times infinity is no number.
            let is_finite = [&self, &other].iter().all(|factor| factor.low.is_finite() && factor.high.is_finite());
            return self.with(other).or_nan(!is_finite).ending(0.0, 0.0);
        }
        let ends = [self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high];
        self.spanning(other, ends)
    }

    pub(crate) fn quotient(self, other: Self) -> Self {
        let is_away_from_zero = other.low > 0.0 || other.high < 0.0;
        // What is divided by something near zero can be anything, but for its sign; nothing by nothing is no number.
        let ends = if is_away_from_zero {
            [self.low / other.low, self.low / other.high, self.high / other.low, self.high / other.high]
        } else {
            [f64::NAN; 4]
        };
        self.spanning(other, ends)
    }

    /// What a product or a quotient can be that lies between these.
    fn spanning(self, other: Self, ends: [f64; 4]) -> Self {
        if ends.iter().any(|end| end.is_nan()) {
            // What is divided by a zero with a sign has that sign.
            let at_least_zero = self.low >= 0.0 && other.low >= 0.0 && other.low.is_sign_positive();
            return if at_least_zero { Self::at_least(0.0).or_nan(true) } else { Self::default() };
        }
        let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.with(other).ending(low, high)
    }

    /// Whether a comparison with another lets no value pass. (NaN passes none but `!=`.)
    pub(crate) fn never(&self, operator: BinaryOperator, other: &Self) -> bool {
        match operator {
            BinaryOperator::Gtr => self.high <= other.low,
            BinaryOperator::Gte => self.high < other.low,
            BinaryOperator::Lss => self.low >= other.high,
            BinaryOperator::Lte => self.low > other.high,
            BinaryOperator::Eql => other.high < self.low || other.low > self.high,
            BinaryOperator::Neq => self.number().is_some() && self.number() == other.number(),
            _ => false,
        }
    }

    /// Whether a comparison with another lets every value pass, and so says nothing.
    pub(crate) fn always(&self, operator: BinaryOperator, other: &Self) -> bool {
        let is_a_number = !self.nan && !other.nan;
        match operator {
            BinaryOperator::Neq => other.high < self.low || other.low > self.high,
            BinaryOperator::Gtr => is_a_number && self.low > other.high,
            BinaryOperator::Gte => is_a_number && self.low >= other.high,
            BinaryOperator::Lss => is_a_number && self.high < other.low,
            BinaryOperator::Lte => is_a_number && self.high <= other.low,
            BinaryOperator::Eql => self.number().is_some() && self.number() == other.number(),
            _ => false,
        }
    }
}
