//! A world at random: a table of what is declared, and series with samples that fit it.

mod declared;
mod seen;
mod values;

use std::collections::BTreeMap;

use promql::Symbols;
use rand::{
    Rng as _,
    rngs::StdRng,
    seq::{IndexedRandom as _, SliceRandom as _},
};

use crate::{
    prometheus::Prometheus,
    remote_write::{STALE, Series},
};
use declared::{Declared, Labels};
pub(crate) use values::Role;
use values::{Holes, Numbers};

/// How often everything is measured.
pub(crate) const INTERVAL_MS: i64 = 15_000;
/// How long each world lasts: less than an hour, so that what is recorded afterwards is not too old to be written.
pub(crate) const LASTS_MS: i64 = 35 * 60 * 1000;
/// Far enough apart that nothing of one is seen from another; no whole day, so that clocks show other hours.
const APART_MS: i64 = 29 * 3600 * 1000 + 1_234_567;
/// A Wednesday in February.
const FIRST_MS: i64 = 1_708_500_000_000;
/// The labels that the scrape gives.
const TARGET_LABELS: [&str; 3] = ["service", "instance", "job"];
const SERVICES: [&str; 3] = ["shop", "store", "till"];
/// The labels of signals, with values.
const KEYS: [(&str, &[&str]); 7] = [
    ("route", &["/", "/things", "/things/{id}", "/a.b"]),
    ("method", &["GET", "POST", "PUT"]),
    ("code", &["200", "204", "404", "500", "503"]),
    ("mode", &["idle", "user", "io|wait"]),
    ("error_type", &["panic", "timeout", "sold_out"]),
    ("zone", &["a", "b"]),
    ("größe", &["klein", "groß"]),
];
const BOUNDS: [&[f64]; 5] =
    [&[0.1, 0.5, 1.0, 5.0], &[1.0, 10.0], &[0.005, 0.01, 0.25, 2.5, 10.0], &[-5.0, 0.0, 5.0], &[100.0]];

/// Something that can be scraped.
#[derive(Clone, Debug)]
struct Target {
    service: &'static str,
    instance: &'static str,
    /// By how much later than others it is scraped.
    delay_ms: i64,
}

/// What is declared, and what is there.
pub(crate) struct World {
    /// For people who look into a contradiction.
    pub name: String,
    pub symbols: Symbols,
    pub series: Vec<Series>,
    /// The names that can be read, with what their numbers do.
    pub names: Vec<(String, Role)>,
    /// When it begins, in milliseconds since 1970.
    pub begins_ms: i64,
}

impl World {
    /// The world of this number.
    pub(crate) fn random(number: usize, rng: &mut StdRng) -> Self {
        let begins_ms = FIRST_MS + APART_MS * number as i64;
        let symbols = Symbols::new(TARGET_LABELS);
        let mut world =
            Self { name: format!("world {number}"), symbols, series: Vec::new(), names: Vec::new(), begins_ms };
        let services = rng.random_range(1..=SERVICES.len());
        let targets: Vec<Target> = SERVICES[..services].iter().flat_map(|service| targets(service, rng)).collect();
        world.add_own(&targets, rng);
        for number in 0..rng.random_range(10..16) {
            let declared = Declared::random(number, &SERVICES[..services], rng);
            declared.tell(&mut world.symbols);
            world.add(&declared, &targets, rng);
        }
        let mut names: Vec<_> = world.names.clone();
        names.sort();
        names.dedup();
        world.names = names;
        world
    }

    /// Adds what a recording rule would have recorded, if its query can be asked throughout.
    pub(crate) async fn record(&mut self, prometheus: &Prometheus, query: &str) {
        let name = format!("level:things{}:made", self.names.len());
        let (from, to) = (self.begins_ms + LASTS_MS / 7, self.begins_ms + LASTS_MS);
        let Some(mut series) = prometheus.ask_throughout(query, [from, to], INTERVAL_MS).await else { return };
        if series.is_empty() {
            return;
        }
        for one in &mut series {
            one.labels.insert("__name__".to_owned(), name.clone());
        }
        prometheus.write(&series).await;
        self.symbols.record_text(&name, query, &[]);
        self.names.push((name, Role::Recorded));
        self.series.extend(series);
    }

    /// Some moment at which there are samples before and after.
    pub(crate) fn moment(&self, rng: &mut StdRng) -> i64 {
        let into = rng.random_range(LASTS_MS / 4..LASTS_MS - 60_000);
        // Now and then exactly when something is measured.
        self.begins_ms + if rng.random_bool(0.3) { into / INTERVAL_MS * INTERVAL_MS } else { into }
    }

    /// Every series of a name.
    pub(crate) fn series_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Series> {
        self.series.iter().filter(move |series| series.labels["__name__"] == name)
    }

    fn add_own(&mut self, targets: &[Target], rng: &mut StdRng) {
        for target in targets {
            for (name, role) in [("up", Role::State), ("scrape_duration_seconds", Role::Positive)] {
                let numbers = Numbers::Plain(values::of(role, rng));
                self.push(name, role, target, Vec::new(), numbers, &Holes::default());
            }
        }
    }

    fn add(&mut self, declared: &Declared, targets: &[Target], rng: &mut StdRng) {
        for target in targets {
            for point in declared.points_of(target.service) {
                // Not everything that can be is there.
                if rng.random_bool(0.08) {
                    continue;
                }
                let holes = Holes::random(rng);
                for part in declared.form.parts(rng) {
                    let name = format!("{}{}", declared.name, part.suffix);
                    let own = point.iter().cloned().chain(part.label).collect();
                    self.push(&name, part.role, target, own, part.numbers, &holes);
                }
            }
        }
    }

    fn push(&mut self, name: &str, role: Role, target: &Target, own: Labels, numbers: Numbers, holes: &Holes) {
        let Target { service, instance, delay_ms } = *target;
        let labels = [("__name__", name), ("service", service), ("instance", instance), ("job", service)];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let labels: BTreeMap<_, _> = labels.into_iter().chain(own).collect();
        let times = (0..).map(|step| self.begins_ms + delay_ms + step * INTERVAL_MS);
        let series = match numbers {
            Numbers::Plain(numbers) => {
                let samples = holes.made_in(times.zip(numbers).collect(), Some(STALE));
                Series { labels, samples, measured: Vec::new() }
            }
            Numbers::Spread(spreads) => {
                let stale: Vec<(i64, f64)> = times.clone().take(spreads.len()).map(|at| (at, 0.0)).collect();
                let samples = holes.made_in(stale, Some(STALE));
                let samples = samples.into_iter().filter(|(_, value)| value.is_nan()).collect();
                Series { labels, samples, measured: holes.made_in(times.zip(spreads).collect(), None) }
            }
        };
        self.names.push((name.to_owned(), role));
        self.series.push(series);
    }
}

fn targets(service: &'static str, rng: &mut StdRng) -> Vec<Target> {
    let mut instances = ["10.0.0.1:80", "10.0.0.2:80"];
    instances.shuffle(rng);
    let several = rng.random_range(1..=instances.len());
    let target = |instance| Target { service, instance, delay_ms: rng.random_range(0..INTERVAL_MS) };
    instances[..several].iter().copied().map(target).collect()
}

/// Some of the labels, with their values.
fn some_keys(most: usize, rng: &mut StdRng) -> Vec<(&'static str, &'static [&'static str])> {
    let several = rng.random_range(0..=most);
    KEYS.choose_multiple(rng, several).copied().collect()
}
