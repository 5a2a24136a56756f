//! Numbers at random that fit what is declared: counters that restart, states, measurements in buckets, and holes.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{INTERVAL_MS, LASTS_MS};
use crate::remote_write::Spread;

/// What the numbers of a name do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Counter,
    Gauge,
    Positive,
    State,
    Buckets,
    Sum,
    Quantile,
    Info,
    Native,
    Recorded,
}

/// How a metric's series are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// One series a point.
    Plain(Role),
    /// Buckets with these finite bounds, a sum and a count.
    Histogram(&'static [f64]),
    /// Two quantiles, a sum and a count.
    Summary,
    /// Buckets within one series.
    Native,
}

/// A series of a metric's point.
pub(crate) struct Part {
    /// What its name has behind the metric's.
    pub suffix: &'static str,
    pub label: Option<(String, String)>,
    pub role: Role,
    pub numbers: Numbers,
}

/// What a series has at each step.
pub(crate) enum Numbers {
    Plain(Vec<f64>),
    Spread(Vec<Spread>),
}

/// How many samples a series has.
const STEPS: usize = (LASTS_MS / INTERVAL_MS) as usize;

/// Where a series has no samples.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holes {
    /// The steps that are missing, and whether somebody said that the series is gone.
    missing: Vec<(usize, usize, bool)>,
}

impl Holes {
    pub(crate) fn random(rng: &mut StdRng) -> Self {
        let hole = |from, to, rng: &mut StdRng| (from, to, rng.random_bool(0.6));
        let missing = match rng.random_range(0..12) {
            0 => vec![hole(0, rng.random_range(1..STEPS), rng)],
            1 => vec![hole(rng.random_range(1..STEPS), STEPS, rng)],
            2 => {
                let from = rng.random_range(1..STEPS - 1);
                vec![hole(from, rng.random_range(from..STEPS), rng)]
            }
            3 => (1..STEPS).filter(|_| rng.random_bool(0.1)).map(|step| (step, step + 1, false)).collect(),
            _ => Vec::new(),
        };
        Self { missing }
    }

    /// The samples but for those that are missing, where a mark may say so.
    pub(crate) fn made_in<T: Clone>(&self, samples: Vec<(i64, T)>, mark: Option<T>) -> Vec<(i64, T)> {
        let left = samples.into_iter().enumerate().filter_map(|(step, (at, value))| {
            let hole = self.missing.iter().find(|(from, to, _)| (*from..*to).contains(&step));
            match hole {
                None => Some((at, value)),
                Some((from, _, true)) if *from == step && step > 0 => mark.clone().map(|mark| (at, mark)),
                Some(_) => None,
            }
        });
        left.collect()
    }
}

/// The numbers of a series, a step each.
pub(crate) fn of(role: Role, rng: &mut StdRng) -> Vec<f64> {
    match role {
        Role::Counter | Role::Buckets | Role::Sum | Role::Native | Role::Recorded => counter(rng),
        Role::Info => vec![1.0; STEPS],
        Role::Quantile => {
            (0..STEPS).map(|_| if rng.random_bool(0.1) { f64::NAN } else { rng.random_range(0.0..3.0) }).collect()
        }
        Role::State => {
            let share = *[0.0, 0.1, 0.5, 0.9, 1.0].choose(rng).expect("some");
            (0..STEPS).map(|_| f64::from(u8::from(rng.random_bool(share)))).collect()
        }
        Role::Positive => (0..STEPS).map(|_| rng.random_range(0.0..2.0)).collect(),
        Role::Gauge => gauge(rng),
    }
}

fn counter(rng: &mut StdRng) -> Vec<f64> {
    let mut now = *[0.0, 0.0, 7.0, 1e6].choose(rng).expect("some");
    let (pace, restarts) = (rng.random_range(0..6), if rng.random_bool(0.3) { 0.02 } else { 0.0 });
    (0..STEPS)
        .map(|_| {
            if rng.random_bool(restarts) {
                now = 0.0;
            }
            now += match pace {
                0 => 0.0,
                1 => f64::from(u8::from(rng.random_bool(0.05))),
                2 | 3 => f64::from(rng.random_range(0..5)),
                4 => rng.random_range(0.0..20.0),
                _ => rng.random_range(0.0..1e12),
            };
            now
        })
        .collect()
}

fn gauge(rng: &mut StdRng) -> Vec<f64> {
    let mut now: f64 = rng.random_range(-10.0..10.0);
    let flavour = rng.random_range(0..9);
    (0..STEPS)
        .map(|_| {
            now += rng.random_range(-1.0..1.0);
            match flavour {
                0 => 3.0,
                1 => now,
                2 => now.abs(),
                3 => now.round(),
                4 => f64::from(rng.random_range(0..3)),
                5 if rng.random_bool(0.2) => f64::NAN,
                6 if rng.random_bool(0.1) => *[f64::INFINITY, f64::NEG_INFINITY].choose(rng).expect("some"),
                7 => 1.7e9 + now,
                8 => now * 1e300,
                _ => now,
            }
        })
        .collect()
}

impl Form {
    /// The series of a point.
    pub(crate) fn parts(self, rng: &mut StdRng) -> Vec<Part> {
        let plain = |suffix, role, numbers| Part { suffix, label: None, role, numbers: Numbers::Plain(numbers) };
        match self {
            Form::Plain(role) => vec![plain("", role, of(role, rng))],
            Form::Histogram(bounds) => histogram(bounds, rng),
            Form::Summary => {
                let quantile = |phi: &str, rng: &mut StdRng| Part {
                    label: Some(("quantile".to_owned(), phi.to_owned())),
                    ..plain("", Role::Quantile, of(Role::Quantile, rng))
                };
                let quantiles = ["0.5", "0.9"].map(|phi| quantile(phi, rng));
                let sums = [plain("_count", Role::Counter, counter(rng)), plain("_sum", Role::Sum, counter(rng))];
                quantiles.into_iter().chain(sums).collect()
            }
            Form::Native => {
                let numbers = Numbers::Spread(native(rng));
                vec![Part { suffix: "", label: None, role: Role::Native, numbers }]
            }
        }
    }
}

/// A native histogram's measurements, which restarts lose.
fn native(rng: &mut StdRng) -> Vec<Spread> {
    let most = *[0, 1, 5].choose(rng).expect("some");
    let mut now = Spread { sum: 0.0, buckets: vec![0; 5] };
    (0..STEPS)
        .map(|_| {
            if rng.random_bool(0.01) {
                now = Spread { sum: 0.0, buckets: vec![0; 5] };
            }
            for _ in 0..rng.random_range(0..=most) {
                let bucket = rng.random_range(0..now.buckets.len());
                now.buckets[bucket] += 1;
                now.sum += 0.75 * f64::from(1 << bucket);
            }
            now.clone()
        })
        .collect()
}

/// A histogram's buckets, count and sum.
fn histogram(bounds: &[f64], rng: &mut StdRng) -> Vec<Part> {
    let (most, restarts) = (*[0, 1, 3, 10].choose(rng).expect("some"), if rng.random_bool(0.3) { 0.02 } else { 0.0 });
    let highest = *bounds.last().expect("a bound") * 1.2;
    let lowest = if bounds[0] < 0.0 { bounds[0] * 1.2 } else { 0.0 };
    let highest = if bounds[0] < 0.0 || rng.random_bool(0.7) { highest } else { bounds[0] };
    let mut buckets = vec![0.0; bounds.len() + 1];
    let mut sum = 0.0;
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for _ in 0..STEPS {
        if rng.random_bool(restarts) {
            buckets.fill(0.0);
            sum = 0.0;
        }
        for _ in 0..rng.random_range(0..=most) {
            let measured = rng.random_range(lowest..highest);
            sum += measured;
            let all = bounds.iter().copied().chain([f64::INFINITY]);
            for (bucket, _) in buckets.iter_mut().zip(all).filter(|(_, bound)| measured <= *bound) {
                *bucket += 1.0;
            }
        }
        rows.push(buckets.iter().copied().chain([sum]).collect());
    }
    let column = |at: usize| Numbers::Plain(rows.iter().map(|row| row[at]).collect());
    let spelled = bounds.iter().map(|bound| format!("{bound:?}")).chain(["+Inf".to_owned()]);
    let bucket = |(at, le)| {
        let label = Some(("le".to_owned(), le));
        Part { suffix: "_bucket", label, role: Role::Buckets, numbers: column(at) }
    };
    let count = Part { suffix: "_count", label: None, role: Role::Counter, numbers: column(bounds.len()) };
    let sum = Part { suffix: "_sum", label: None, role: Role::Sum, numbers: column(bounds.len() + 1) };
    spelled.enumerate().map(bucket).chain([count, sum]).collect()
}
