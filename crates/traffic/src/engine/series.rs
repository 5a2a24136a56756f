//! What came over time, in a bounded number of points: when there are too many, each two neighbours become one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    snapshot::Second,
    tally::Buckets,
    times::{Quantile, Thousandths, Times, samples_for},
};

/// So many points at most: a plot shows no more.
const POINTS: usize = 300;
/// What is shorter is no second: a rate taken over it would be luck.
const SHORTEST: Duration = Duration::from_millis(500);

/// What came in each interval since the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// How much time lies between a point and the next.
    pub interval_seconds: f64,
    pub points: Vec<Point>,
}

/// What came in an interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// How much of the interval was watched; nothing where a frozen process counted later.
    pub lasted_seconds: f64,
    pub intended: u64,
    pub sent: u64,
    pub ended: Buckets,
    /// From when each was due; told apart to a hundredth.
    pub latency: Times,
}

/// Neighbouring points taken together.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// In seconds after the start.
    pub begins: f64,
    pub ends: f64,
    pub point: Point,
}

impl Series {
    /// Adds what came until `at` since the time before.
    pub(super) fn add(&mut self, at: Duration, second: &Second) {
        let middle = at.saturating_sub(second.lasted / 2).as_secs_f64();
        let last = self.points.len().checked_sub(1);
        let point = match last {
            Some(last) if second.lasted < SHORTEST => &mut self.points[last],
            _ => self.at(middle),
        };
        point.lasted_seconds += second.lasted.as_secs_f64();
        point.intended += second.intended;
        point.sent += second.sent;
        point.ended.add(second.buckets);
        point.latency.merge(&second.latency);
    }

    /// Adds the series of another run, which began so many seconds later.
    pub(crate) fn merge(&mut self, later_seconds: f64, other: &Self) {
        while self.interval_seconds < other.interval_seconds {
            self.halve();
        }
        for (number, point) in other.points.iter().enumerate().filter(|(_, point)| point.lasted_seconds > 0.0) {
            let middle = later_seconds + middle(number) * other.interval_seconds;
            let ours = self.at(middle);
            let before = ours.lasted_seconds;
            ours.add(point);
            let lasted = ours.lasted_seconds;
            // Two runs that were watched in the same interval did not make it longer.
            let interval = self.interval_seconds;
            self.at(middle).lasted_seconds = lasted.min(interval).max(before).max(point.lasted_seconds);
        }
    }

    /// The point in which a moment lies.
    fn at(&mut self, seconds: f64) -> &mut Point {
        while seconds >= self.interval_seconds * whole(POINTS) {
            self.halve();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and less than there may be points"
        )]
        let number = (seconds / self.interval_seconds).max(0.0) as usize;
        if self.points.len() <= number {
            self.points.resize_with(number + 1, Point::default);
        }
        &mut self.points[number]
    }

    fn halve(&mut self) {
        self.interval_seconds *= 2.0;
        let mut points = std::mem::take(&mut self.points).into_iter();
        while let Some(mut point) = points.next() {
            if let Some(next) = points.next() {
                point.add(&next);
            }
            self.points.push(point);
        }
    }

    /// Neighbours taken together until they are enough; what is left at the end joins the last.
    pub(crate) fn groups(&self, is_enough: impl Fn(&Point) -> bool) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut open: Option<Group> = None;
        for (number, point) in self.points.iter().enumerate().filter(|(_, point)| point.lasted_seconds > 0.0) {
            let (begins, ends) = (whole(number), whole(number + 1));
            let (begins, ends) = (begins * self.interval_seconds, ends * self.interval_seconds);
            let group = match open.take() {
                Some(group) => group.and(ends, point),
                None => Group { begins, ends, point: point.clone() },
            };
            if is_enough(&group.point) { groups.push(group) } else { open = Some(group) }
        }
        match (groups.pop(), open) {
            (Some(last), Some(rest)) => groups.push(last.and(rest.ends, &rest.point)),
            (last, rest) => groups.extend(last.or(rest)),
        }
        groups
    }

    /// Groups that hold enough for a percentile to be told.
    pub(crate) fn groups_for(&self, thousandths: Thousandths) -> Vec<Group> {
        self.groups(|point| point.latency.len() + point.ended.without_answer() >= samples_for(thousandths))
    }
}

impl Group {
    fn and(mut self, ends: f64, point: &Point) -> Self {
        self.ends = ends;
        self.point.add(point);
        self
    }
}

impl Point {
    fn add(&mut self, other: &Self) {
        self.lasted_seconds += other.lasted_seconds;
        self.intended += other.intended;
        self.sent += other.sent;
        self.ended.add(other.ended);
        self.latency.merge(&other.latency);
    }

    pub(crate) fn quantile(&self, thousandths: Thousandths) -> Quantile {
        self.latency.quantile(thousandths, self.ended.without_answer())
    }

    /// So many a second.
    pub(crate) fn rate(&self, count: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
        let count = count as f64;
        if self.lasted_seconds > 0.0 { count / self.lasted_seconds } else { 0.0 }
    }
}

impl Default for Series {
    fn default() -> Self {
        Self { interval_seconds: super::SECOND.as_secs_f64(), points: Vec::new() }
    }
}

impl Default for Point {
    fn default() -> Self {
        let ended = Buckets::default();
        Self { lasted_seconds: 0.0, intended: 0, sent: 0, ended, latency: Times::coarse() }
    }
}

fn whole(number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are few points")]
    let number = number as f64;
    number
}

fn middle(number: usize) -> f64 {
    whole(number) + 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(lasted_ms: u64, requests: u64) -> Second {
        let mut second = Second { lasted: Duration::from_millis(lasted_ms), intended: requests, ..Second::default() };
        second.sent = requests;
        second.buckets.ok = requests;
        (1..=requests).for_each(|i| second.latency.record(Duration::from_millis(i)));
        second
    }

    fn series(seconds: u64, requests: u64) -> Series {
        let mut series = Series::default();
        (1..=seconds).for_each(|at| series.add(Duration::from_secs(at), &second(1000, requests)));
        series
    }

    #[test]
    fn three_hours_fit_into_a_bounded_number_of_points_and_nothing_is_lost() {
        let series = series(3 * 60 * 60, 3);
        assert!((POINTS / 2..=POINTS).contains(&series.points.len()), "{}", series.points.len());
        assert_eq!(series.points.iter().map(|point| point.ended.ok).sum::<u64>(), 3 * 3 * 60 * 60);
        assert_eq!(series.points.iter().map(|point| point.latency.len()).sum::<u64>(), 3 * 3 * 60 * 60);
        for point in &series.points {
            assert!((point.rate(point.sent) - 3.0).abs() < 1e-9, "{point:?}");
        }
        let size = serde_json::to_string(&series).expect("it can be written").len();
        assert!(size < 150_000, "{size} bytes");
    }

    #[test]
    fn the_last_moment_makes_no_peak() {
        let mut series = series(10, 5);
        series.add(Duration::from_millis(10_010), &second(10, 1));
        assert_eq!(series.points.len(), 10);
        let last = &series.points[9];
        assert!((last.rate(last.sent) - 6.0 / 1.01).abs() < 1e-9, "{last:?}");
    }

    #[test]
    fn a_percentile_is_told_of_as_many_points_as_it_takes() {
        let series = series(60, 30);
        let groups = series.groups_for(950);
        // A hundred samples take four seconds of thirty.
        assert_eq!(groups.len(), 15);
        assert!(groups.iter().all(|group| matches!(group.point.quantile(950), Quantile::Seconds(_))));
        assert_eq!((groups[1].begins, groups[1].ends), (4.0, 8.0));
        assert_eq!(series.groups_for(999).len(), 1, "too few are one group, which tells nothing");
    }

    #[test]
    fn runs_at_the_same_time_add_their_rates_and_runs_in_turn_do_not() {
        let mut both = series(60, 10);
        both.merge(0.0, &series(60, 20));
        assert!(both.points.iter().all(|point| (point.rate(point.sent) - 30.0).abs() < 1e-9));
        let mut in_turn = series(60, 10);
        in_turn.merge(60.0, &series(1000, 10));
        assert_eq!(in_turn.points.iter().map(|point| point.sent).sum::<u64>(), 10_600);
        assert!(in_turn.points.len() <= POINTS);
        assert!(in_turn.points.iter().all(|point| (9.9..=10.1).contains(&point.rate(point.sent))));
    }
}
