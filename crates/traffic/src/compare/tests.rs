//! Runs that are alike are rarely told apart, and runs that differ are.

use std::time::{Duration, SystemTime};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::*;
use crate::{
    engine::{Ended, Series, Tally},
    report::About,
};

/// So many seconds of so many requests, lognormal about a median in milliseconds. A second as a whole may be slower or faster: `unrest`
/// is the spread of its own factor.
fn report(chance: &mut StdRng, median_ms: f64, failed: f64, unrest: f64) -> Report {
    const SECONDS: usize = 60;
    const A_SECOND: usize = 30;
    let mut tally = Tally::default();
    let mut series = Series { points: vec![Point::default(); SECONDS], ..Series::default() };
    for point in &mut series.points {
        let of_second = (unrest * normal(chance)).exp();
        for _ in 0..A_SECOND {
            let time = Duration::from_secs_f64(median_ms / 1000.0 * of_second * (0.5 * normal(chance)).exp());
            let has_failed = chance.random_bool(failed);
            point.latency.record(time);
            tally.latency.record(time);
            let bucket = |ended: &mut Buckets| if has_failed { ended.http_error += 1 } else { ended.ok += 1 };
            bucket(&mut point.ended);
            bucket(&mut tally.buckets);
        }
        point.lasted_seconds = 1.0;
    }
    let (model, began, lasted) = (Model::Open, SystemTime::UNIX_EPOCH, Duration::from_secs(SECONDS as u64));
    let intended = tally.buckets.sum();
    let ended = Ended { model, began, lasted, intended, intended_rate: None, tally, series };
    Report::new(About::default(), &ended, None)
}

/// By Box and Muller.
fn normal(chance: &mut StdRng) -> f64 {
    let (one, other): (f64, f64) = (1.0 - chance.random::<f64>(), chance.random());
    (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
}

/// In how many of so many comparisons something is found, and in how many something worse.
fn found(comparisons: u64, median_ms: f64, failed: f64, unrest: f64) -> (usize, usize) {
    let verdicts = (0..comparisons).map(|seed| {
        let mut chance = StdRng::seed_from_u64(seed);
        let (a, b) = (report(&mut chance, 20.0, 0.02, unrest), report(&mut chance, median_ms, failed, unrest));
        Comparison::of(&a, &b).verdict
    });
    let verdicts: Vec<Finding> = verdicts.collect();
    let count = |is: fn(&Finding) -> bool| verdicts.iter().filter(|finding| is(finding)).count();
    (count(|finding| *finding != Finding::NoDifference), count(|finding| *finding == Finding::Worse))
}

#[test]
fn runs_that_are_alike_are_rarely_told_apart() {
    let (found, _) = found(60, 20.0, 0.02, 0.0);
    // Three of sixty may be; more than eight would be so by a chance of one in three hundred.
    assert!(found <= 8, "{found} of 60");
}

#[test]
fn a_shop_that_has_its_good_and_bad_moments_is_no_difference_either() {
    let (found, _) = found(60, 20.0, 0.02, 0.5);
    assert!(found <= 8, "{found} of 60");
}

#[test]
fn a_shop_that_is_slower_or_fails_more_is_found() {
    let (_, slower) = found(15, 24.0, 0.02, 0.0);
    assert!(slower >= 14, "{slower} of 15");
    let (_, failing) = found(15, 20.0, 0.06, 0.0);
    assert!(failing >= 14, "{failing} of 15");
    let (better, worse) = found(15, 16.0, 0.02, 0.0);
    assert!(better >= 14 && worse <= 2, "{better} and {worse} of 15");
}
