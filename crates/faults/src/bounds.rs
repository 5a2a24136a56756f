//! Numbers that know their bounds, so that a value out of range cannot be made or read.

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};

/// Why a value was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The field, as JSON spells it.
    pub field: &'static str,
    /// What it may be.
    pub allowed: &'static str,
}

/// Takes what somebody wrote into the source; a refusal stops the compilation, where it is a constant, or else the program.
#[track_caller]
pub(crate) const fn in_source<T: Copy>(value: Result<T, Refused>) -> T {
    match value {
        Ok(value) => value,
        Err(refused) => panic!("{}", refused.allowed),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` must be {}", self.field, self.allowed)
    }
}

impl std::error::Error for Refused {}

/// As serde words what it expected instead of what it found.
impl serde::de::Expected for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, {}", self.field, self.allowed)
    }
}

/// Whole numbers within bounds: the type, its field in JSON, its bounds and how they are told.
macro_rules! whole_numbers {
    ($($(#[$doc:meta])+ $Name:ident = $field:literal in $least:literal..=$most:literal, $allowed:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $Name(u64);

        impl $Name {
            const ALLOWED: Refused = Refused { field: $field, allowed: $allowed };

            /// Takes a number within the bounds.
            ///
            /// # Errors
            /// When it lies outside.
            pub const fn new(number: u64) -> Result<Self, Refused> {
                if matches!(number, $least..=$most) { Ok(Self(number)) } else { Err(Self::ALLOWED) }
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $Name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::read(Self::ALLOWED.field, deserializer)
            }
        }

        impl $Name {
            /// Reads the number of the field of this name.
            fn read<'de, D: Deserializer<'de>>(field: &'static str, deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_u64(Number(Refused { field, ..Self::ALLOWED }, |number| match number {
                    Written::Whole(number) => Self::new(number).ok(),
                    Written::Negative(_) | Written::Real(_) => None,
                }))
            }
        }
    )+};
}

whole_numbers! {
    /// How many requests are hit at most.
    AtMost = "at_most" in 1..=1_000_000_000, "a whole number from 1 to 1000000000";
    /// How much memory, in bytes.
    Bytes = "bytes" in 1..=68_719_476_736, "a whole number of bytes from 1 to 68719476736 (64 GiB)";
    /// How long something is held up, in milliseconds: no caller waits longer than a minute.
    Delay = "delay" in 0..=60_000, "a whole number of milliseconds from 0 to 60000 (a minute)";
    /// How long a fault lives, in milliseconds, unless whoever armed it renews the lease.
    Lease = "lease_ms" in 1..=900_000, "a whole number of milliseconds from 1 to 900000 (15 minutes)";
    /// How many threads are kept busy.
    Threads = "threads" in 1..=256, "a whole number from 1 to 256";
}

impl Lease {
    /// The lease of a fault that names none.
    pub const DEFAULT: Lease = Lease(60_000);

    /// The lease of this length, to the millisecond.
    ///
    /// # Errors
    /// When it is shorter than a millisecond or longer than 15 minutes.
    pub const fn of(duration: Duration) -> Result<Self, Refused> {
        match milliseconds(duration) {
            Some(number) => Self::new(number),
            None => Err(Self::ALLOWED),
        }
    }

    /// Its length.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl Delay {
    /// The longest.
    pub const MOST: Delay = Delay(60_000);

    /// The delay of this length, to the millisecond.
    ///
    /// # Errors
    /// When it is longer than a minute.
    pub const fn of(duration: Duration) -> Result<Self, Refused> {
        match milliseconds(duration) {
            Some(number) => Self::new(number),
            None => Err(Self::ALLOWED),
        }
    }

    /// Its length.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

/// Rounded up, so that what is just above a bound is not taken for the bound.
const fn milliseconds(duration: Duration) -> Option<u64> {
    let whole = duration.as_nanos().div_ceil(1_000_000);
    if whole > u64::MAX as u128 { None } else { Some(whole as u64) }
}

/// How fields are read whose name is not that of their type, so that a mistake is told by the field's name.
pub(crate) mod field {
    use serde::Deserializer;

    use super::{Bytes, Delay};

    macro_rules! fields {
        ($($field:ident: $Type:ident),+) => {$(
            pub(crate) fn $field<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$Type, D::Error> {
                $Type::read(stringify!($field), deserializer)
            }
        )+};
    }

    fields!(delay_ms: Delay, from_ms: Delay, to_ms: Delay, median_ms: Delay, bytes_per_second: Bytes, most_bytes: Bytes);
}

/// Which share of the requests is hit: from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Share(f64);

impl Share {
    /// Every request.
    pub const ALL: Share = Share(1.0);
    const ALLOWED: Refused = Refused { field: "share", allowed: "a number from 0 to 1" };

    /// Takes a share.
    ///
    /// # Errors
    /// When it lies outside of 0 to 1, or is no number.
    pub const fn new(share: f64) -> Result<Self, Refused> {
        // Not "share < 0 or share > 1": no comparison with a NaN holds.
        if share >= 0.0 && share <= 1.0 { Ok(Self(share)) } else { Err(Self::ALLOWED) }
    }

    /// The share, from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(Number(Self::ALLOWED, |number| Self::new(number.real()).ok()))
    }
}

/// How far the logarithm of a delay spreads: from 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub(crate) struct Sigma(f64);

impl Sigma {
    const ALLOWED: Refused = Refused { field: "sigma", allowed: "a number from 0 to 3" };

    pub(crate) const fn new(sigma: f64) -> Result<Self, Refused> {
        if sigma >= 0.0 && sigma <= 3.0 { Ok(Self(sigma)) } else { Err(Self::ALLOWED) }
    }

    pub(crate) const fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Sigma {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(Number(Self::ALLOWED, |number| Self::new(number.real()).ok()))
    }
}

/// A number as it stands in JSON.
#[derive(Clone, Copy)]
enum Written {
    Whole(u64),
    Negative(i64),
    Real(f64),
}

impl Written {
    #[expect(clippy::cast_precision_loss, reason = "what is compared with bounds below 100 may lose its last digits")]
    fn real(self) -> f64 {
        match self {
            Written::Whole(number) => number as f64,
            Written::Negative(number) => number as f64,
            Written::Real(number) => number,
        }
    }

    fn unexpected(self) -> Unexpected<'static> {
        match self {
            Written::Whole(number) => Unexpected::Unsigned(number),
            Written::Negative(number) => Unexpected::Signed(number),
            Written::Real(number) => Unexpected::Float(number),
        }
    }
}

/// Reads a number that `take` takes; all others, and what is no number, are refused by the field's name and its bounds.
struct Number<T>(Refused, fn(Written) -> Option<T>);

impl<T> Number<T> {
    fn take<E: Error>(&self, number: Written) -> Result<T, E> {
        (self.1)(number).ok_or_else(|| E::invalid_value(number.unexpected(), &self.0))
    }
}

impl<T> Visitor<'_> for Number<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        serde::de::Expected::fmt(&self.0, f)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.take(Written::Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.take(Written::Negative(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        self.take(Written::Real(number))
    }
}
