//! Times in a histogram of bounded size, and percentiles that are told only from enough of them.

use std::{fmt, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer as _, V2Serializer},
};
use serde::{Deserialize, Serialize, Serializer, de};

/// A thousandth of any time is told apart.
const DIGITS: u8 = 3;
/// Where many are kept side by side, a hundredth.
const COARSE_DIGITS: u8 = 2;
/// A percentile is told only when this many samples lie above it; with fewer it is one request's luck.
const SAMPLES_ABOVE: u64 = 5;
/// Longer than any run may last, in microseconds: no time is cut off.
const LONGEST: u64 = 400 * 24 * 60 * 60 * 1_000_000;

/// How long things took, to the microsecond; it grows with the longest, not with how many there are.
#[derive(Clone)]
pub(crate) struct Times {
    microseconds: Histogram<u64>,
    /// Exact, where the histogram is so to a thousandth.
    shortest: u64,
    longest: u64,
    /// Exact, too: in microseconds.
    sum: u128,
}

/// A percentile, in thousandths.
pub(crate) type Thousandths = u64;

/// A percentile of requests, of which some got no answer at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quantile {
    Seconds(f64),
    /// So many got no answer that this one is among them: it is longer than any time that was measured.
    Never,
    /// So few samples lie above it that it would be luck.
    TooFew,
}

impl Times {
    /// Takes a tenth of the memory, and tells a hundredth apart.
    pub(crate) fn coarse() -> Self {
        Self::with_digits(COARSE_DIGITS)
    }

    fn with_digits(digits: u8) -> Self {
        #[expect(clippy::expect_used, reason = "the digits are constants that it takes; a test makes each")]
        let mut microseconds = Histogram::new(digits).expect("two and three digits are allowed");
        microseconds.auto(true);
        Self { microseconds, shortest: u64::MAX, longest: 0, sum: 0 }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        // Rounded to the nearest: cut off, a mean would be half a microsecond short.
        let microseconds = u64::try_from((time.as_nanos() + 500) / 1_000).unwrap_or(u64::MAX).min(LONGEST);
        // It resizes itself, and LONGEST fits.
        let _ = self.microseconds.record(microseconds);
        self.shortest = self.shortest.min(microseconds);
        self.longest = self.longest.max(microseconds);
        self.sum += u128::from(microseconds);
    }

    /// Takes over the times of another, which begins anew.
    pub(crate) fn absorb(&mut self, other: &mut Self) {
        if other.is_empty() {
            return;
        }
        self.merge(other);
        other.microseconds.reset();
        (other.shortest, other.longest, other.sum) = (u64::MAX, 0, 0);
    }

    /// Adds the times of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        // Both resize themselves, so whatever one holds fits into the other.
        let _ = self.microseconds.add(&other.microseconds);
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
        self.sum += other.sum;
    }

    pub(crate) fn len(&self) -> u64 {
        self.microseconds.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.microseconds.is_empty()
    }

    pub(crate) fn shortest(&self) -> Option<f64> {
        (!self.is_empty()).then(|| seconds(self.shortest))
    }

    pub(crate) fn longest(&self) -> Option<f64> {
        (!self.is_empty()).then(|| seconds(self.longest))
    }

    pub(crate) fn mean(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a mean to fifteen digits is enough")]
        (!self.is_empty()).then(|| self.sum as f64 / self.len() as f64 / 1e6)
    }

    /// The nearest-rank percentile: the smallest time that so many thousandths do not exceed, where `without_answer` more than those
    /// that were measured never ended, and so lie above all of them.
    pub(crate) fn quantile(&self, thousandths: Thousandths, without_answer: u64) -> Quantile {
        let all = self.len() + without_answer;
        if all < samples_for(thousandths) {
            return Quantile::TooFew;
        }
        let rank = (u128::from(all) * u128::from(thousandths)).div_ceil(1000);
        let rank = u64::try_from(rank).unwrap_or(u64::MAX).max(1);
        self.at_rank(rank).map_or(Quantile::Never, Quantile::Seconds)
    }

    /// How many took longer than this.
    pub(crate) fn above(&self, time: Duration) -> u64 {
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(LONGEST);
        if self.longest <= microseconds { 0 } else { self.microseconds.count_between(microseconds + 1, self.longest) }
    }

    /// The time at a place, counted from 1, when all are in order; none beyond the last.
    pub(crate) fn at_rank(&self, rank: u64) -> Option<f64> {
        self.ranks().find(|(last, _)| *last >= rank).map(|(_, seconds)| seconds)
    }

    /// How many took no longer than so many seconds, as far as times are told apart.
    pub(crate) fn up_to(&self, seconds: f64) -> u64 {
        let time = Duration::try_from_secs_f64(seconds).map_or(u128::MAX, |time| time.as_micros());
        let longest = self.microseconds.highest_equivalent(u64::try_from(time).unwrap_or(LONGEST));
        let steps = self.microseconds.iter_recorded().take_while(|step| step.value_iterated_to() <= longest);
        steps.map(|step| step.count_since_last_iteration()).sum()
    }

    /// Each time that is told apart, in seconds and in order, with the place of the last that took so long.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = (u64, f64)> {
        let mut counted = 0;
        self.microseconds.iter_recorded().map(move |step| {
            counted += step.count_since_last_iteration();
            // The middle of what the histogram does not tell apart, but nothing beyond what was seen.
            let middle = self.microseconds.median_equivalent(step.value_iterated_to());
            (counted, seconds(middle.clamp(self.shortest, self.longest)))
        })
    }
}

/// How many samples a percentile takes, in thousandths, before it is told.
pub(crate) fn samples_for(thousandths: Thousandths) -> u64 {
    (SAMPLES_ABOVE * 1000).div_ceil(1000 - thousandths.min(999))
}

fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

impl Default for Times {
    fn default() -> Self {
        Self::with_digits(DIGITS)
    }
}

impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} times from {:?} to {:?} s", self.len(), self.shortest(), self.longest())
    }
}

impl PartialEq for Times {
    fn eq(&self, other: &Self) -> bool {
        self.microseconds == other.microseconds && self.sum == other.sum
    }
}

/// As it stands in a report: HdrHistogram's own format V2, which its other implementations read, too.
#[derive(Serialize, Deserialize)]
struct Written {
    /// In microseconds.
    hdrhistogram_v2: String,
    shortest_us: Option<u64>,
    longest_us: Option<u64>,
    sum_us: u128,
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&self.microseconds, &mut bytes).map_err(serde::ser::Error::custom)?;
        let has_any = !self.is_empty();
        let written = Written {
            hdrhistogram_v2: BASE64_STANDARD.encode(bytes),
            shortest_us: has_any.then_some(self.shortest),
            longest_us: has_any.then_some(self.longest),
            sum_us: self.sum,
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { hdrhistogram_v2, shortest_us, longest_us, sum_us } = Written::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(hdrhistogram_v2).map_err(de::Error::custom)?;
        let mut microseconds: Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(de::Error::custom)?;
        microseconds.auto(true);
        let (shortest, longest) = (shortest_us.unwrap_or(u64::MAX), longest_us.unwrap_or(0));
        Ok(Self { microseconds, shortest, longest, sum: sum_us })
    }
}

impl Serialize for Quantile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Quantile::Seconds(seconds) => serializer.serialize_f64(*seconds),
            Quantile::Never => serializer.serialize_str(NEVER),
            Quantile::TooFew => serializer.serialize_none(),
        }
    }
}

const NEVER: &str = "never answered";

impl<'de> Deserialize<'de> for Quantile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Seconds(f64),
            Word(String),
        }
        match Option::<Written>::deserialize(deserializer)? {
            Some(Written::Seconds(seconds)) => Ok(Self::Seconds(seconds)),
            Some(Written::Word(word)) if word == NEVER => Ok(Self::Never),
            Some(Written::Word(word)) => Err(de::Error::custom(format!("{word:?} is no percentile"))),
            None => Ok(Self::TooFew),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(milliseconds: impl Iterator<Item = u64>) -> Times {
        let mut times = Times::default();
        milliseconds.for_each(|time| times.record(Duration::from_millis(time)));
        times
    }

    #[track_caller]
    fn check(samples: u64, without_answer: u64, thousandths: Thousandths, expect: Quantile) {
        let told = times(1..=samples).quantile(thousandths, without_answer);
        match (told, expect) {
            (Quantile::Seconds(told), Quantile::Seconds(expect)) => {
                assert!((told / expect - 1.0).abs() < 0.001, "{told} is not {expect}");
            }
            _ => assert_eq!(told, expect),
        }
    }

    #[test]
    fn a_percentile_is_a_sample_and_is_told_only_from_enough() {
        check(100, 0, 500, Quantile::Seconds(0.05));
        check(100, 0, 950, Quantile::Seconds(0.095));
        check(99, 0, 950, Quantile::TooFew);
        check(500, 0, 990, Quantile::Seconds(0.495));
        check(499, 0, 990, Quantile::TooFew);
        check(9, 0, 500, Quantile::TooFew);
        check(0, 0, 500, Quantile::TooFew);
    }

    #[test]
    fn what_got_no_answer_lies_above_every_time() {
        check(900, 100, 500, Quantile::Seconds(0.5));
        check(900, 100, 900, Quantile::Seconds(0.9));
        check(900, 100, 950, Quantile::Never);
        check(0, 100, 500, Quantile::Never);
    }

    #[test]
    fn what_is_written_is_read_again_and_adds_up() {
        let one = times((1..500).map(|i| i * 7));
        let other = times((1..300).map(|i| i * i));
        let text = serde_json::to_string(&one).expect("it can be written");
        let mut both: Times = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(both, one);
        both.merge(&other);
        let mut expect = times((1..500).map(|i| i * 7).chain((1..300).map(|i| i * i)));
        assert_eq!(both, expect);
        assert_eq!(both.mean(), expect.mean());
        let mut none = Times::default();
        none.absorb(&mut expect);
        assert_eq!(none, both);
        assert!(expect.is_empty());
    }

    #[test]
    fn every_percentile_is_within_a_thousandth_of_the_sorted_samples() {
        use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
        let mut chance = StdRng::seed_from_u64(5);
        let mut samples: Vec<u64> = (0..20_000).map(|_| 10_f64.powf(chance.random_range(2.0..8.0)) as u64).collect();
        let mut times = Times::default();
        samples.iter().for_each(|sample| times.record(Duration::from_micros(*sample)));
        samples.sort_unstable();
        for thousandths in [1, 500, 900, 950, 990, 999] {
            let rank = (samples.len() * thousandths as usize).div_ceil(1000);
            let expect = samples[rank - 1] as f64 / 1e6;
            let Quantile::Seconds(told) = times.quantile(thousandths, 0) else { panic!("there are enough") };
            assert!((told / expect - 1.0).abs() < 0.001, "p{thousandths}: {told} is not {expect}");
        }
        let size = serde_json::to_string(&times).expect("it can be written").len();
        assert!(size < 200_000, "{size} bytes");
    }
}
