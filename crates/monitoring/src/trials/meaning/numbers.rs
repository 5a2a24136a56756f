//! The numbers of a series: its own, so that no two are alike at any time.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    reading::Reading,
    series::{EPISODES, Kind, Scene},
};

/// Of how many series one is missing, and as many come late or go, in a world where some are.
const EACH: f64 = 0.2;
/// How much of all lies below a histogram's last bound.
const BELOW_LAST: f64 = 0.998;

/// From which a series' numbers are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn of(of: &impl Hash, scene: Scene) -> Self {
        // The standard hasher is the same at every run as long as it is made new.
        let mut hasher = DefaultHasher::new();
        of.hash(&mut hasher);
        (scene.kind as u8, scene.number).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// A number from 0 to 1, another for each `which`.
    pub(super) fn draw(self, which: u64) -> f64 {
        let mut mixed = self.0 ^ which.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A series' numbers in a world.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) seed: Seed,
    /// The same for all series of a metric that are in one group.
    pub(super) group: Seed,
    /// In which part of the time it is there, where that is its own.
    pub(super) episode: Option<usize>,
    pub(super) reading: &'a Reading,
    pub(super) scene: Scene,
}

/// One sample at each step; none where there is none.
pub(super) type Samples = Vec<Option<f64>>;

impl Numbers<'_> {
    fn draw(&self, which: u64) -> f64 {
        self.seed.draw(which)
    }

    /// A positive number of any size.
    fn size(&self, which: u64) -> f64 {
        10f64.powf(6.0 * self.draw(which) - 4.0)
    }

    /// What grows, now faster and now slower, and sometimes starts anew.
    pub(super) fn counter(&self, share: f64) -> Samples {
        // A sum is nothing only if all of its parts are.
        let stands = if self.scene.number == 1 { self.draw(1) < 0.4 } else { self.group.draw(1) < 0.5 };
        let stands = stands && self.scene.kind == Kind::Switched;
        let rate = if stands { 0.0 } else { self.size(2) * share * self.reading.interval.as_secs_f64() };
        let steps = self.reading.steps;
        let (phase, speed) = (self.draw(3) * 6.0, 0.2 + self.draw(4));
        let mut value = if self.draw(5) < 0.5 { 0.0 } else { 1e3 * self.draw(6) * share };
        let starts_anew = self.draw(7) < 0.3;
        let anew = steps - 2 - ((self.draw(8) * 6.0) as usize).min(steps - 3);
        let at = |step: usize| {
            let growing = 1.0 + 2.0 * step as f64 / steps as f64;
            let each = rate * growing * (1.0 + 0.8 * (phase + speed * step as f64).sin());
            value = if starts_anew && step == anew { each } else { value + each };
            Some(value)
        };
        let samples = (0..steps).map(at).collect();
        self.patched(samples)
    }

    /// What rises and falls.
    pub(super) fn gauge(&self) -> Samples {
        if self.scene.kind == Kind::Switched && !self.reading.picks {
            return self.switch();
        }
        self.level(if self.scene.number > 1 && self.draw(9) < 0.3 { -1.0 } else { 1.0 })
    }

    /// What rises and falls around so many times its own size.
    pub(super) fn level(&self, times: f64) -> Samples {
        let (size, phase, speed) = (self.size(2) * times, self.draw(3) * 6.0, 0.2 + self.draw(4));
        let steps = self.reading.steps;
        let at = |step: usize| {
            let growing = 1.0 + (self.draw(5) - 0.3) * step as f64 / steps as f64;
            Some(size * (growing + 0.5 * (phase + speed * step as f64).sin()))
        };
        let samples = (0..steps).map(at).collect();
        self.patched(samples)
    }

    /// What is 0 or 1, and seldom the other.
    fn switch(&self) -> Samples {
        let usual = f64::from(u8::from(self.draw(2) < 0.5));
        let apart = 3 + (self.draw(3) * 5.0) as usize;
        let at = |step: usize| Some(if step % apart == 1 { 1.0 - usual } else { usual });
        self.patched((0..self.reading.steps).map(at).collect())
    }

    /// The share of a histogram's observations that are not above the bound at this place.
    pub(super) fn share_below(&self, place: usize, last: usize) -> f64 {
        BELOW_LAST * ((place + 1) as f64 / last.max(1) as f64).powf(0.3 + 2.0 * self.draw(10))
    }

    /// Whether a histogram has no bucket at this place.
    pub(super) fn lacks(&self, place: usize) -> bool {
        self.draw(100 + place as u64) < EACH
    }

    fn patched(&self, samples: Samples) -> Samples {
        let mut samples: Samples = samples.into_iter().map(|value| value.map(short)).collect();
        if self.scene.kind == Kind::Fresh && self.draw(14) < 0.5 {
            let before = samples.len() - 1 - usize::from(self.draw(15) < 0.5);
            samples[..before].fill(None);
        }
        if self.scene.kind == Kind::Episodic {
            let last = samples.len() - 1;
            // As likely within the last minutes as within the last days.
            let ago = |share: f64| (last as f64 + 1.0).powf(share) as usize;
            let (one, other) = (ago(self.draw(16)), ago(self.draw(17)));
            let part = |number: usize| (last + 1) * number / EPISODES;
            let (from, to) = match self.episode {
                Some(number) => (part(number), part(number + 1)),
                None => (last + 1 - one.max(other), last + 1 - one.min(other)),
            };
            samples[..from].fill(None);
            samples[to.max(from + 1)..].fill(None);
        }
        if !matches!(self.scene.kind, Kind::Patchy | Kind::Bereft) {
            return samples;
        }
        // What comes or goes does so just now as often as at any time.
        let within = if self.draw(13) < 0.5 { 5 } else { samples.len() - 2 };
        let (which, when) = (self.draw(11), samples.len() - 1 - (self.draw(12) * within as f64) as usize);
        let gone = match which {
            which if which < EACH => 0..samples.len(),
            which if which < 2.0 * EACH => 0..when,
            which if which < 3.0 * EACH => when..samples.len(),
            _ => 0..0,
        };
        samples[gone].fill(None);
        samples
    }
}

/// The nearest number of few digits: promtool reads what is written.
fn short(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}
