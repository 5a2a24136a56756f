//! How far two measurements may lie apart by chance.
//!
//! Requests of one moment fare alike, so a run of a thousand holds less than a thousand independent requests would. How much less is
//! told by how unlike its moments are: the design effect (Kish, "Survey Sampling", 1965, section 8.2), by which the sample is made smaller
//! before any interval is taken from it (Korn and Graubard, "Confidence intervals for proportions with small expected number of positive
//! counts estimated from survey data", Survey Methodology 24, 1998).

use crate::engine::{Point, Times};

/// With fewer moments nothing can be said of how unlike they are.
pub(super) const MOMENTS: usize = 10;

/// A value and the bounds within which it lies, at some confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// How many standard deviations off the middle enclose this share of a normal distribution: Abramowitz and Stegun, "Handbook of
/// Mathematical Functions", 1964, 26.2.23, off by less than 4.5e-4.
pub(super) fn deviations(confidence: f64) -> f64 {
    let tail = ((1.0 - confidence) / 2.0).clamp(1e-15, 0.5);
    let t = (-2.0 * tail.ln()).sqrt();
    t - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)))
}

/// The share of `part` in `whole`, with Wilson's score interval ("Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22, 1927), of a sample that is worth fewer by the design effect.
pub(super) fn share(part: u64, whole: u64, effect: f64, z: f64) -> Estimate {
    let value = real(part) / real(whole).max(1.0);
    let n = real(whole) / effect.max(1.0);
    if n <= 0.0 {
        return Estimate { value, low: 0.0, high: 1.0 };
    }
    let (middle, scale) = (value + z * z / (2.0 * n), 1.0 + z * z / n);
    let half = z * (value * (1.0 - value) / n + z * z / (4.0 * n * n)).sqrt();
    Estimate {
        value,
        low: ((middle - half) / scale).clamp(0.0, value),
        high: ((middle + half) / scale).clamp(value, 1.0),
    }
}

/// The time that a share of requests does not exceed, of which `without_answer` lie above all; infinite where it is among those. Its
/// bounds are order statistics, which presuppose no distribution (Conover, "Practical Nonparametric Statistics", 3rd edition, 1999,
/// section 3.2), their ranks widened by the design effect (Woodruff, "Confidence intervals for medians and other position measures", Journal
/// of the American Statistical Association 47, 1952). None when so few lie on one side that there is no such bound.
pub(super) fn percentile(times: &Times, without_answer: u64, share: f64, effect: f64, z: f64) -> Option<Estimate> {
    let all = real(times.len() + without_answer);
    let half = z * (all * share * (1.0 - share) * effect.max(1.0)).sqrt();
    let (low, high) = ((all * share - half).floor(), (all * share + half).ceil() + 1.0);
    if low < 1.0 || high > all {
        return None;
    }
    let at = |rank: f64| times.at_rank(place(rank)).unwrap_or(f64::INFINITY);
    Some(Estimate { value: at((all * share).ceil()), low: at(low), high: at(high) })
}

/// How far `b` lies above `a`, its bounds from theirs: the square-and-add of Newcombe ("Interval estimation for the difference between
/// independent proportions", Statistics in Medicine 17, 1998, method 10), which holds for any two estimates (Zou and Donner,
/// "Construction of confidence limits about effect measures", Statistics in Medicine 27, 2008).
pub(super) fn difference(a: Estimate, b: Estimate) -> Estimate {
    let (down, up) = (b.value - b.low, b.high - b.value);
    let (a_down, a_up) = (a.value - a.low, a.high - a.value);
    if [a.value, b.value].iter().any(|value| value.is_infinite()) {
        // Nothing can be subtracted; but bounds that do not touch are apart.
        let value = if a.value < b.value {
            f64::INFINITY
        } else if a.value > b.value {
            f64::NEG_INFINITY
        } else {
            0.0
        };
        let low = if b.low > a.high { b.low - a.high } else { f64::NEG_INFINITY };
        let high = if a.low > b.high { b.high - a.low } else { f64::INFINITY };
        return Estimate { value, low, high };
    }
    let value = b.value - a.value;
    Estimate { value, low: value - down.hypot(a_up), high: value + up.hypot(a_down) }
}

/// By how much the variance of a share is larger than that of independent requests, as the moments of a run tell: the variance of a
/// ratio of two sums over clusters (Cochran, "Sampling Techniques", 3rd edition, 1977, section 6.3 and 9A.1). At least 1, which is also what
/// is said where there are too few moments.
pub(super) fn design_effect(points: &[Point], whole: impl Fn(&Point) -> u64, part: impl Fn(&Point) -> u64) -> f64 {
    let moments: Vec<(f64, f64)> =
        points.iter().map(|point| (real(whole(point)), real(part(point)))).filter(|moment| moment.0 > 0.0).collect();
    let (all, hit) = moments.iter().fold((0.0, 0.0), |sum, moment| (sum.0 + moment.0, sum.1 + moment.1));
    if moments.len() < MOMENTS || hit <= 0.0 || hit >= all {
        return 1.0;
    }
    let share = hit / all;
    let count = real(moments.len() as u64);
    let residuals: f64 = moments.iter().map(|(whole, part)| (part - share * whole).powi(2)).sum();
    let clustered = count / (count - 1.0) * residuals / (all * all);
    let independent = share * (1.0 - share) / all;
    (clustered / independent).max(1.0)
}

pub(super) fn real(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
    let count = count as f64;
    count
}

fn place(rank: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is a whole number from 1")]
    let rank = rank.max(1.0) as u64;
    rank
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn near(told: f64, expect: f64, within: f64) {
        assert!((told - expect).abs() <= within, "{told} is not {expect}");
    }

    #[test]
    fn deviations_are_those_of_the_tables() {
        near(deviations(0.95), 1.959_964, 1e-3);
        near(deviations(0.99), 2.575_829, 1e-3);
        near(deviations(0.999), 3.290_527, 1e-3);
        near(deviations(0.0), 0.0, 1e-3);
    }

    #[test]
    fn wilsons_interval_is_that_of_newcombes_paper() {
        // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table I.
        for (part, whole, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            let told = share(part, whole, 1.0, 1.959_964);
            near(told.low, low, 1e-4);
            near(told.high, high, 1e-4);
        }
    }

    #[test]
    fn a_difference_of_shares_is_that_of_newcombes_paper() {
        // The same author, "Interval estimation for the difference", table II, method 10: 56/70 - 48/80, 9/10 - 3/10 and 10/10 - 0/20.
        for (one, other, low, high) in
            [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)]
        {
            let [one, other] = [one, other].map(|(part, whole)| share(part, whole, 1.0, 1.959_964));
            let told = difference(other, one);
            near(told.low, low, 1e-4);
            near(told.high, high, 1e-4);
        }
    }

    fn times(milliseconds: impl Iterator<Item = u64>) -> Times {
        let mut times = Times::default();
        milliseconds.for_each(|time| times.record(Duration::from_millis(time)));
        times
    }

    #[test]
    fn a_percentile_lies_between_order_statistics() {
        // 100 ± 1.96·√(200·½·½) = 86.14 … 113.86: the 86th and the 115th.
        let told = percentile(&times(1..=200), 0, 0.5, 1.0, 1.959_964).expect("enough");
        near(told.value, 0.100, 1e-4);
        near(told.low, 0.086, 1e-4);
        near(told.high, 0.115, 1e-4);
        let clustered = percentile(&times(1..=200), 0, 0.5, 4.0, 1.959_964).expect("enough");
        near(clustered.high - clustered.low, 2.0 * 0.0286, 2e-3);
        assert_eq!(percentile(&times(1..=200), 0, 0.99, 1.0, 1.959_964), None, "nobody knows what lies above");
        let unanswered = percentile(&times(1..=150), 50, 0.9, 1.0, 1.959_964).expect("enough");
        assert!(unanswered.value.is_infinite(), "{unanswered:?}");
    }

    #[test]
    fn moments_that_fare_alike_are_worth_fewer_requests() {
        let moment = |failed: u64| {
            let mut point = Point { sent: 100, ..Point::default() };
            (point.ended.ok, point.ended.http_error) = (100 - failed, failed);
            point
        };
        let effect =
            |points: &[Point]| design_effect(points, |point| point.ended.finished(), |point| point.ended.errors());
        // As spread as chance would have it, or less.
        near(effect(&[9, 10, 11, 10, 9, 11, 10, 10, 12, 8].map(moment)), 1.0, 1e-9);
        // All in one moment: 10/9 · (90² + 9·10²) / 1000² over 0.1·0.9/1000.
        near(effect(&[100, 0, 0, 0, 0, 0, 0, 0, 0, 0].map(moment)), 10.0 / 9.0 * 9_000.0 / 1e6 / (0.09 / 1e3), 1e-6);
        near(effect(&[100, 0].map(moment)), 1.0, 1e-9);
    }
}
