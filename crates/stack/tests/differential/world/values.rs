//! Numbers at random that fit what is declared: counters that restart, states, measurements in buckets, and holes.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{INTERVAL_MS, LASTS_MS};
use crate::remote_write::STALE;

/// What the numbers of a name do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Counter,
    Gauge,
    Positive,
    State,
    Buckets,
    Sum,
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

    /// The samples but for those that are missing.
    pub(crate) fn made_in(&self, samples: Vec<(i64, f64)>) -> Vec<(i64, f64)> {
        let left = samples.into_iter().enumerate().filter_map(|(step, (at, value))| {
            let hole = self.missing.iter().find(|(from, to, _)| (*from..*to).contains(&step));
            match hole {
                None => Some((at, value)),
                Some((from, _, true)) if *from == step && step > 0 => Some((at, STALE)),
                Some(_) => None,
            }
        });
        left.collect()
    }
}

/// The numbers of a series, a step each.
pub(crate) fn of(role: Role, rng: &mut StdRng) -> Vec<f64> {
    match role {
        Role::Counter | Role::Buckets | Role::Sum => counter(rng),
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

/// A histogram's parts: what each is called, its bound, what it does and its numbers.
pub(crate) fn histogram(bounds: &[f64], rng: &mut StdRng) -> Vec<(&'static str, Option<String>, Role, Vec<f64>)> {
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
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<_>>();
    let spelled = bounds.iter().map(|bound| format!("{bound:?}")).chain(["+Inf".to_owned()]);
    let parts = spelled.enumerate().map(|(at, le)| ("bucket", Some(le), Role::Buckets, column(at)));
    let count = ("count", None, Role::Counter, column(bounds.len()));
    parts.chain([count, ("sum", None, Role::Sum, column(bounds.len() + 1))]).collect()
}
