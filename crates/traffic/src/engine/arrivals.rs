//! When each request is due: in closed form from the start, so that nothing that happens can move it.
//!
//! The rate is a row of straight pieces. How many requests are due by a time is the integral of the rate, and when the nth is due is
//! the inverse of that integral: a root of a quadratic, never a sum over the requests before it.

use std::{collections::VecDeque, time::Duration};

/// A count that misses the next whole number by no more than this is that number: 0.1 s at 30/s are 3 requests.
const ROUNDING: f64 = 1e-6;

/// A part of a schedule: in this time the rate goes straight to this many requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stage {
    pub time: Duration,
    pub rate: f64,
}

/// A time over which the rate goes straight from one value to another.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// In seconds after the start.
    begins: f64,
    /// In seconds; infinite for one without an end.
    lasts: f64,
    /// Requests a second.
    from: f64,
    to: f64,
    /// How many requests were due before it; a part of one counts as such.
    before: f64,
}

impl Piece {
    fn slope(self) -> f64 {
        if self.lasts.is_finite() && self.lasts > 0.0 { (self.to - self.from) / self.lasts } else { 0.0 }
    }

    fn ends(self) -> f64 {
        self.begins + self.lasts
    }

    fn rate_after(self, seconds: f64) -> f64 {
        if seconds >= self.lasts { self.to } else { self.from + self.slope() * seconds }
    }

    /// The integral of the rate over the piece's first seconds.
    fn area(self, seconds: f64) -> f64 {
        let seconds = seconds.clamp(0.0, self.lasts);
        if self.from <= 0.0 && self.to <= 0.0 { 0.0 } else { (self.from + self.slope() * seconds / 2.0) * seconds }
    }

    /// How many are due by its end, counted from the start.
    fn after(self) -> f64 {
        if self.lasts.is_finite() {
            self.before + self.area(self.lasts)
        } else if self.from > 0.0 {
            f64::INFINITY
        } else {
            self.before
        }
    }

    /// After how many of its seconds the integral comes to `area`: the smaller root of `from·t + slope·t²/2 = area`, written so that
    /// nothing cancels when the slope is small.
    fn seconds_until(self, area: f64) -> f64 {
        if area <= 0.0 {
            return 0.0;
        }
        let discriminant = (self.from * self.from + 2.0 * self.slope() * area).max(0.0);
        (2.0 * area / (self.from + discriminant.sqrt())).min(self.lasts)
    }
}

/// A schedule of requests, numbered from 0, which can be changed from a moment on.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    pieces: VecDeque<Piece>,
    /// What was to come when it was paused.
    paused: Option<Vec<Piece>>,
}

impl Arrivals {
    /// Each stage goes straight from the rate of the one before to its own; the first has its own rate from the start, so that a
    /// constant rate is one stage. A stage without time is a jump.
    pub(crate) fn stages(stages: &[Stage]) -> Self {
        let mut arrivals = Self { pieces: VecDeque::new(), paused: None };
        let mut rate = stages.first().map_or(0.0, |stage| stage.rate);
        for stage in stages {
            if !stage.time.is_zero() {
                arrivals.append(stage.time.as_secs_f64(), rate, stage.rate);
            }
            rate = stage.rate;
        }
        arrivals
    }

    /// So many requests, evenly over a time; the first at its start.
    pub(crate) fn evenly(requests: u32, over: Duration) -> Self {
        Self::stages(&[Stage { time: over, rate: f64::from(requests) / over.as_secs_f64() }])
    }

    /// So many requests a second, without end.
    pub(crate) fn endless(rate: f64) -> Self {
        let mut arrivals = Self { pieces: VecDeque::new(), paused: None };
        arrivals.append(f64::INFINITY, rate, rate);
        arrivals
    }

    fn append(&mut self, lasts: f64, from: f64, to: f64) {
        let (begins, before) = self.pieces.back().map_or((0.0, 0.0), |last| (last.ends(), last.after()));
        self.pieces.push_back(Piece { begins, lasts, from, to, before });
    }

    /// How many there are in all; none when it has no end.
    pub(crate) fn total(&self) -> Option<u64> {
        if self.ends().is_none() || self.paused.is_some() {
            return None;
        }
        Some(self.pieces.back().map_or(0, |last| whole(last.after())))
    }

    /// When the last could be due; none when it has no end.
    pub(crate) fn ends(&self) -> Option<Duration> {
        let ends = self.pieces.back().map_or(0.0, |last| last.ends());
        Duration::try_from_secs_f64(ends).ok()
    }

    /// Requests a second at a moment.
    pub(crate) fn rate_at(&self, at: Duration) -> f64 {
        let at = at.as_secs_f64();
        // The pieces before the first are forgotten while it has not begun.
        let piece = self.pieces.iter().rev().find(|piece| piece.begins <= at).or(self.pieces.front());
        piece.filter(|piece| at <= piece.ends()).map_or(0.0, |piece| piece.rate_after((at - piece.begins).max(0.0)))
    }

    /// When the request of that number is due after the start; none when it never is. Forgets the pieces before: numbers only grow.
    pub(crate) fn due(&mut self, number: u64) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
        let count = number as f64;
        while self.pieces.len() > 1 && self.pieces.front().is_some_and(|piece| piece.after() <= count + ROUNDING) {
            self.pieces.pop_front();
        }
        let piece = *self.pieces.front()?;
        if count + ROUNDING >= piece.after() {
            return None;
        }
        Duration::try_from_secs_f64(piece.begins + piece.seconds_until(count - piece.before)).ok()
    }

    /// Has this rate from a moment on, until the schedule's end; while it is paused, from when it is resumed.
    pub(crate) fn set_rate(&mut self, at: Duration, rate: f64) {
        if let Some(rest) = &mut self.paused {
            let lasts = rest.iter().map(|piece| piece.lasts).sum();
            *rest = vec![Piece { begins: 0.0, lasts, from: rate, to: rate, before: 0.0 }];
            return;
        }
        let lasts = self.cut(at).iter().map(|piece| piece.lasts).sum();
        self.append(lasts, rate, rate);
    }

    /// Nothing more is due from a moment on, until it is resumed.
    pub(crate) fn pause(&mut self, at: Duration) {
        if self.paused.is_none() {
            let rest = self.cut(at);
            self.append(f64::INFINITY, 0.0, 0.0);
            self.paused = Some(rest);
        }
    }

    /// Goes on where it was paused, as if no time had passed.
    pub(crate) fn resume(&mut self, at: Duration) {
        if let Some(rest) = self.paused.take() {
            self.cut(at);
            for piece in rest {
                self.append(piece.lasts, piece.from, piece.to);
            }
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Ends the schedule at a moment and gives what would have come after it.
    fn cut(&mut self, at: Duration) -> Vec<Piece> {
        let at = at.as_secs_f64();
        let mut rest = Vec::new();
        let pieces = std::mem::take(&mut self.pieces);
        for piece in pieces {
            let passed = at - piece.begins;
            if passed >= piece.lasts {
                self.pieces.push_back(piece);
            } else if passed <= 0.0 {
                rest.push(piece);
            } else {
                let rate = piece.rate_after(passed);
                self.pieces.push_back(Piece { lasts: passed, to: rate, ..piece });
                rest.push(Piece { begins: at, lasts: piece.lasts - passed, from: rate, ..piece });
            }
        }
        if self.pieces.is_empty() {
            // What begins at the start needs something to stand on.
            self.pieces.push_back(Piece { begins: at, lasts: 0.0, from: 0.0, to: 0.0, before: 0.0 });
        }
        rest
    }
}

/// How many whole numbers from 0 lie below a count.
fn whole(count: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; beyond 2^64 it saturates"
    )]
    let whole = (count - ROUNDING).ceil().max(0.0) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

    use super::*;

    fn stage(seconds: f64, rate: f64) -> Stage {
        Stage { time: Duration::from_secs_f64(seconds), rate }
    }

    fn all(arrivals: &mut Arrivals) -> Vec<f64> {
        (0..).map_while(|number| arrivals.due(number)).map(|due| due.as_secs_f64()).collect()
    }

    #[track_caller]
    fn check_near(one: f64, other: f64, within: f64) {
        assert!((one - other).abs() <= within, "{one} is not {other}");
    }

    #[test]
    fn arrivals_are_even_from_the_first_to_the_last() {
        let mut schedule = Arrivals::evenly(3, Duration::from_secs(1));
        assert_eq!(all(&mut schedule), [0.0, 0.333_333_333, 0.666_666_667]);
        let mut long = Arrivals::evenly(10_000_000, Duration::from_secs(86_400));
        assert_eq!(long.total(), Some(10_000_000));
        assert_eq!(long.due(5_000_000), Some(Duration::from_secs(43_200)));
        assert_eq!(long.due(10_000_000), None);
        for requests in 1..2_000 {
            let schedule = Arrivals::evenly(requests, Duration::from_millis(u64::from(requests) * 7 % 911 + 1));
            assert_eq!(schedule.total(), Some(requests.into()));
        }
    }

    #[test]
    fn a_ramp_from_nothing_holds_half_of_what_its_end_would() {
        let mut schedule = Arrivals::stages(&[stage(0.0, 0.0), stage(10.0, 100.0)]);
        assert_eq!(schedule.total(), Some(500));
        check_near(schedule.due(125).expect("it is due").as_secs_f64(), 5.0, 1e-9);
        check_near(schedule.rate_at(Duration::from_secs(5)), 50.0, 1e-9);
    }

    #[test]
    fn a_constant_rate_is_one_stage_and_a_stage_without_time_a_jump() {
        let mut schedule =
            Arrivals::stages(&[stage(2.0, 10.0), stage(0.0, 0.0), stage(1.0, 0.0), stage(0.0, 5.0), stage(1.0, 5.0)]);
        let due = all(&mut schedule);
        assert_eq!(due.len(), 25);
        check_near(due[19], 1.9, 1e-9);
        check_near(due[20], 3.0, 1e-9);
        check_near(due[24], 3.8, 1e-9);
    }

    /// The inverse of the integral is held against the integral itself, added up in small steps.
    #[test]
    fn whatever_the_stages_the_nth_is_due_when_the_rates_add_up_to_n() {
        let mut chance = StdRng::seed_from_u64(11);
        for _ in 0..200 {
            let stages: Vec<Stage> = (0..chance.random_range(1..5))
                .map(|_| {
                    let seconds = if chance.random_bool(0.2) { 0.0 } else { chance.random_range(0.1..3.0) };
                    stage(seconds, if chance.random_bool(0.2) { 0.0 } else { chance.random_range(0.0..400.0) })
                })
                .collect();
            let mut schedule = Arrivals::stages(&stages);
            let asked = schedule.clone();
            let due = all(&mut schedule);
            assert_eq!(asked.total(), Some(due.len() as u64), "{stages:?}");
            assert!(due.is_sorted(), "{stages:?}");

            let ends = asked.ends().expect("it has an end").as_secs_f64();
            let step = ends / 100_000.0;
            let (mut sum, mut next) = (0.0, 0);
            for i in 0..100_000 {
                let middle = (f64::from(i) + 0.5) * step;
                sum += asked.rate_at(Duration::from_secs_f64(middle)) * step;
                while next < due.len() && due[next] <= f64::from(i + 1) * step {
                    check_near(sum, next as f64, 0.05 + 500.0 * step);
                    next += 1;
                }
            }
            check_near(sum, due.len() as f64, 1.05);
        }
    }

    #[test]
    fn a_pause_moves_what_comes_after_it_and_loses_nothing() {
        let mut chance = StdRng::seed_from_u64(12);
        for _ in 0..500 {
            let stages = [stage(0.0, chance.random_range(0.0..50.0)), stage(4.0, chance.random_range(1.0..50.0))];
            let at = chance.random_range(0.0..4.0);
            let mut paused = Arrivals::stages(&stages);
            let undisturbed = all(&mut paused.clone());
            paused.pause(Duration::from_secs_f64(at));
            assert_eq!(paused.total(), None);
            let before = all(&mut paused.clone());
            assert!(before.iter().all(|due| *due <= at));
            paused.resume(Duration::from_secs_f64(at + 7.0));
            let moved = all(&mut paused);
            assert_eq!(moved.len(), undisturbed.len(), "{stages:?} at {at}");
            for (moved, was) in moved.iter().zip(&undisturbed) {
                check_near(*moved, if *was < at { *was } else { was + 7.0 }, 1e-5);
            }
        }
    }

    #[test]
    fn a_rate_that_is_set_holds_from_then_on() {
        let mut schedule = Arrivals::endless(10.0);
        assert_eq!((schedule.total(), schedule.ends()), (None, None));
        assert_eq!(schedule.due(5), Some(Duration::from_millis(500)));
        schedule.set_rate(Duration::from_secs(1), 100.0);
        assert_eq!(schedule.due(10), Some(Duration::from_secs(1)));
        assert_eq!(schedule.due(20), Some(Duration::from_millis(1_100)));
        schedule.pause(Duration::from_secs(2));
        schedule.set_rate(Duration::from_secs(3), 1.0);
        assert_eq!(schedule.due(110), None);
        schedule.resume(Duration::from_secs(4));
        assert_eq!(schedule.due(111), Some(Duration::from_secs(5)));

        let mut bounded = Arrivals::evenly(100, Duration::from_secs(10));
        bounded.set_rate(Duration::from_secs(5), 2.0);
        assert_eq!(bounded.total(), Some(60));
    }
}
