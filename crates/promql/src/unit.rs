//! What numbers are measured in: products of base units, times a scale.

use std::fmt;

/// What cannot be taken apart further. Things that are counted have no base: they add and compare freely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    Second,
    Byte,
    /// An amount of some currency.
    Money,
    Celsius,
    Volt,
    Ampere,
    Joule,
    Meter,
    Gram,
}

/// What a number is measured in, such as bytes a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unit {
    /// Each base with its exponent, in order, none of them zero.
    powers: Vec<(Base, i8)>,
    /// How much of the base units one is: of a millisecond 0.001, of a percent 0.01.
    scale: f64,
    /// Whether somebody said so; else a name's ending was read.
    is_declared: bool,
}

/// The endings by which a metric says its unit, with how much of the base one is
/// (<https://prometheus.io/docs/practices/naming/#base-units>; the scaled ones are against the advice, but met).
const ENDINGS: [(&str, Option<Base>, f64); 30] = [
    ("seconds", Some(Base::Second), 1.0),
    ("milliseconds", Some(Base::Second), 1e-3),
    ("ms", Some(Base::Second), 1e-3),
    ("microseconds", Some(Base::Second), 1e-6),
    ("us", Some(Base::Second), 1e-6),
    ("nanoseconds", Some(Base::Second), 1e-9),
    ("minutes", Some(Base::Second), 60.0),
    ("hours", Some(Base::Second), 3600.0),
    ("days", Some(Base::Second), 86_400.0),
    ("bytes", Some(Base::Byte), 1.0),
    ("kilobytes", Some(Base::Byte), 1e3),
    ("kibibytes", Some(Base::Byte), 1024.0),
    ("megabytes", Some(Base::Byte), 1e6),
    ("mebibytes", Some(Base::Byte), 1_048_576.0),
    ("gigabytes", Some(Base::Byte), 1e9),
    ("gibibytes", Some(Base::Byte), 1_073_741_824.0),
    ("bits", Some(Base::Byte), 0.125),
    ("ratio", None, 1.0),
    ("percent", None, 0.01),
    ("percentage", None, 0.01),
    ("celsius", Some(Base::Celsius), 1.0),
    ("volts", Some(Base::Volt), 1.0),
    ("millivolts", Some(Base::Volt), 1e-3),
    ("amperes", Some(Base::Ampere), 1.0),
    ("amps", Some(Base::Ampere), 1.0),
    ("joules", Some(Base::Joule), 1.0),
    ("meters", Some(Base::Meter), 1.0),
    ("grams", Some(Base::Gram), 1.0),
    ("kilograms", Some(Base::Gram), 1e3),
    ("kelvin", Some(Base::Celsius), 1.0),
];

/// The endings that say what a metric is, after its unit.
const KINDS: [&str; 5] = ["_total", "_sum", "_count", "_bucket", "_created"];

impl Unit {
    /// Things counted one by one, and shares between 0 and 1.
    pub const fn one() -> Self {
        Self { powers: Vec::new(), scale: 1.0, is_declared: true }
    }

    pub fn of(base: Base) -> Self {
        Self { powers: vec![(base, 1)], ..Self::one() }
    }

    pub fn seconds() -> Self {
        Self::of(Base::Second)
    }

    pub fn bytes() -> Self {
        Self::of(Base::Byte)
    }

    /// Shares between 0 and 100.
    pub fn percent() -> Self {
        Self::one().scaled(0.01)
    }

    /// One that is so much of this.
    #[must_use]
    pub fn scaled(self, by: f64) -> Self {
        Self { scale: self.scale * by, ..self }
    }

    /// The same, as a name's ending says it.
    #[must_use]
    pub fn guessed(self) -> Self {
        Self { is_declared: false, ..self }
    }

    /// What the ending of a metric's name says; nothing when it says nothing.
    pub fn by_name(metric: &str) -> Option<Self> {
        let bare = KINDS.iter().find_map(|kind| metric.strip_suffix(kind)).unwrap_or(metric);
        let last = bare.rsplit('_').next()?;
        let (_, base, scale) = ENDINGS.iter().find(|(ending, ..)| *ending == last)?;
        Some(base.map_or_else(Self::one, Self::of).scaled(*scale).guessed())
    }

    /// The unit of a word such as `seconds`, where somebody says it; nothing when the word is not known.
    pub fn said(word: &str) -> Option<Self> {
        Self::by_name(word).map(|unit| Self { is_declared: true, ..unit })
    }

    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        self.joined(other, 1)
    }

    #[must_use]
    pub fn per(&self, other: &Self) -> Self {
        self.joined(other, -1)
    }

    fn joined(&self, other: &Self, sign: i8) -> Self {
        let mut powers = self.powers.clone();
        for (base, power) in &other.powers {
            match powers.iter_mut().find(|(ours, _)| ours == base) {
                Some((_, ours)) => *ours = ours.saturating_add(sign.saturating_mul(*power)),
                None => powers.push((*base, sign.saturating_mul(*power))),
            }
        }
        powers.retain(|(_, power)| *power != 0);
        powers.sort_unstable();
        let scale = if sign > 0 { self.scale * other.scale } else { self.scale / other.scale };
        Self { powers, scale, is_declared: self.is_declared && other.is_declared }
    }

    /// Of a square root, if there is one.
    pub fn root(&self) -> Option<Self> {
        let is_square = self.powers.iter().all(|(_, power)| power % 2 == 0);
        let powers = self.powers.iter().map(|(base, power)| (*base, power / 2)).collect();
        is_square.then(|| Self { powers, scale: self.scale.sqrt(), is_declared: self.is_declared })
    }

    /// Whether it is a share or a number of things.
    pub fn is_plain(&self) -> bool {
        self.powers.is_empty()
    }

    /// Whether it is more than a number.
    pub(crate) fn names_base(&self) -> bool {
        !self.is_plain()
    }

    /// Whether it is made of seconds alone.
    pub(crate) fn is_of_time(&self) -> bool {
        self.powers.iter().all(|(base, _)| *base == Base::Second)
    }

    /// How much of the base units one is.
    pub const fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether both are made of the same base units, whatever their scale.
    pub fn measures_same(&self, other: &Self) -> bool {
        self.powers == other.powers
    }

    /// Whether it is certain that what is measured in one is not measured in the other: both were declared, or both name base units.
    pub(crate) fn certainly_differs(&self, other: &Self) -> bool {
        (self.is_declared && other.is_declared) || (!self.is_plain() && !other.is_plain())
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Base::Second => "seconds",
            Base::Byte => "bytes",
            Base::Money => "money",
            Base::Celsius => "degrees",
            Base::Volt => "volts",
            Base::Ampere => "amperes",
            Base::Joule => "joules",
            Base::Meter => "meters",
            Base::Gram => "grams",
        })
    }
}

/// For a sentence: `seconds`, `bytes a second`, `0.001 seconds`.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |sign: i8| self.powers.iter().filter(move |(_, power)| power.signum() == sign);
        if self.powers.is_empty() {
            return f.write_str(if self.scale == 0.01 { "percent" } else { "a plain number (a share or a count)" });
        }
        let written = |(base, power): &(Base, i8)| match power.unsigned_abs() {
            1 => base.to_string(),
            power => format!("{base}^{power}"),
        };
        let scale = if self.scale == 1.0 { String::new() } else { format!("{} ", self.scale) };
        let above: Vec<String> = of(1).map(written).collect();
        let above = if above.is_empty() { "times".to_owned() } else { above.join(" × ") };
        let below: Vec<String> = of(-1).map(written).collect();
        write!(f, "{scale}{above}")?;
        if below.is_empty() { Ok(()) } else { write!(f, " per {}", below.join(" and ").replace("seconds", "second")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(metric: &str, expect: Option<&str>) {
        assert_eq!(Unit::by_name(metric).map(|unit| unit.to_string()).as_deref(), expect, "{metric}");
    }

    #[test]
    fn a_metrics_ending_says_its_unit() {
        check("http_request_duration_seconds_bucket", Some("seconds"));
        check("node_network_receive_bytes_total", Some("bytes"));
        check("latency_ms", Some("0.001 seconds"));
        check("cpu_percent", Some("percent"));
        check("hit_ratio", Some("a plain number (a share or a count)"));
        check("errors_total", None);
        check("up", None);
    }

    #[test]
    fn units_are_reckoned_with() {
        let pace = Unit::bytes().per(&Unit::seconds());
        assert_eq!(pace.to_string(), "bytes per second");
        assert!(pace.times(&Unit::seconds()).measures_same(&Unit::bytes()));
        assert!(Unit::seconds().per(&Unit::seconds()).is_plain());
        assert!(pace.times(&pace).root().is_some_and(|root| root.measures_same(&pace)));
        assert_eq!(pace.root(), None);
        assert_eq!(Unit::one().per(&Unit::seconds()).to_string(), "times per second");
    }
}
