//! The series of a world: every metric with every value of every label, one change at a time.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    numbers::{Numbers, Seed},
    reading::{BOUND, COPY, Metric, Reading, bound},
};
use crate::trials::{timeline::Track, world::Labels};

/// How many series there are of which each is there in its own part of the time.
pub(super) const EPISODES: usize = 16;
/// How these are called.
const EPISODE: &str = "episode-";

/// What a world is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Everything is there and in motion.
    Lively,
    /// Gauges are 0 or 1, and some of what counts stands still.
    Switched,
    /// Some series are missing, some come late, some go.
    Patchy,
    /// What the query asks for first is missing, and all that is like it is there.
    Bereft,
    /// Half of all series came just now.
    Fresh,
    /// Every series is there for some time only.
    Episodic,
}

/// A world of a kind; the same number makes the same one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) kind: Kind,
    pub(super) number: u64,
}

impl Scene {
    pub(super) const ALL: &'static [Self] = &[
        Self::of(Kind::Lively, 1),
        Self::of(Kind::Switched, 1),
        Self::of(Kind::Patchy, 1),
        Self::of(Kind::Bereft, 1),
        Self::of(Kind::Fresh, 1),
        Self::of(Kind::Episodic, 1),
        Self::of(Kind::Switched, 2),
        Self::of(Kind::Patchy, 2),
        Self::of(Kind::Bereft, 2),
        Self::of(Kind::Fresh, 2),
        Self::of(Kind::Episodic, 2),
        Self::of(Kind::Lively, 2),
    ];

    const fn of(kind: Kind, number: u64) -> Self {
        Self { kind, number }
    }
}

/// Every series of a world.
pub(super) fn made(reading: &Reading, scene: Scene) -> Vec<Rc<Track>> {
    let mut tracks = Vec::new();
    for (name, metric) in &reading.metrics {
        let mut seen = BTreeSet::new();
        for matchers in &metric.selectors {
            let base = metric.base(matchers, &reading.values);
            let mut all = variations(metric, &base, reading);
            if scene.kind == Kind::Episodic {
                all.extend((0..EPISODES).map(|number| with(&base, COPY, &format!("{EPISODE}{number}"))));
            }
            for labels in all {
                // In the first such world always, in the others for half of what is asked.
                let is_missing = || scene.number == 1 || Seed::of(&(name, &base), scene).draw(1) < 0.5;
                if scene.kind == Kind::Bereft && labels == base && is_missing() {
                    continue;
                }
                if seen.insert(labels.clone()) {
                    tracks.extend(series(name, metric, &labels, reading, scene).into_iter().map(Rc::new));
                }
            }
        }
    }
    tracks
}

fn with(labels: &Labels, key: &str, value: &str) -> Labels {
    let mut labels = labels.clone();
    labels.insert(key.to_owned(), value.to_owned());
    labels
}

/// The base, and what differs from it in one label; beside each of these, in a group of its own, what does not.
fn variations(metric: &Metric, base: &Labels, reading: &Reading) -> Vec<Labels> {
    let mut all = vec![base.clone()];
    for label in &metric.labels {
        for value in reading.values.get(label).into_iter().flatten() {
            let mut labels = base.clone();
            if value.is_empty() {
                labels.remove(label);
            } else {
                labels.insert(label.clone(), value.clone());
            }
            if let Some(group) =
                reading.group.as_ref().filter(|group| *group != label && metric.labels.contains(*group))
            {
                let own = format!("{label}-{value}");
                labels.insert(group.clone(), own.clone());
                let mut beside = base.clone();
                beside.insert(group.clone(), own);
                all.push(beside);
            }
            all.push(labels);
        }
    }
    all
}

fn series(name: &str, metric: &Metric, labels: &Labels, reading: &Reading, scene: Scene) -> Vec<Track> {
    let stem = ["_bucket", "_count", "_sum"].into_iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
    let is_key = |(key, _): &(&String, &String)| reading.keys.contains(*key);
    let group: Vec<_> = labels.iter().filter(is_key).collect();
    let group = Seed::of(&(stem, group), scene);
    let episode = labels.get(COPY).and_then(|copy| copy.strip_prefix(EPISODE)?.parse().ok());
    let numbers = Numbers { seed: Seed::of(&(stem, labels), scene), group, episode, reading, scene };
    let track = |labels: Labels, values| Track::listed(name, labels, values);
    if metric.bounds.is_empty() {
        // Of a histogram the sum is another number than the count.
        let own = Numbers { seed: Seed::of(&(name, labels), scene), ..numbers };
        let values = if metric.is_counter { own.counter(1.0) } else { own.gauge() };
        return vec![track(labels.clone(), values)];
    }
    let last = metric.bounds.len() - 1;
    let of = |(place, spelled): (usize, &String)| {
        let mut labels = labels.clone();
        labels.insert(BOUND.to_owned(), spelled.clone());
        let share = if bound(spelled).is_infinite() { 1.0 } else { numbers.share_below(place, last) };
        track(labels, if metric.is_counter { numbers.counter(share) } else { numbers.level(share) })
    };
    // Some services know a bound that others do not.
    let lacks = |(place, _): &(usize, &String)| {
        (scene.kind == Kind::Patchy || scene.number > 1) && *place != last && numbers.lacks(*place)
    };
    metric.bounds.iter().enumerate().filter(|bound| !lacks(bound)).map(of).collect()
}
