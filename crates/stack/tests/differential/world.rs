//! A world at random: a table of what is declared, and series with samples that fit it.

mod declared;
mod values;

use std::collections::BTreeMap;

use promql::Symbols;
use rand::{
    Rng as _,
    rngs::StdRng,
    seq::{IndexedRandom as _, SliceRandom as _},
};

use crate::remote_write::Series;
use declared::Declared;
use values::Holes;
pub(crate) use values::Role;

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
                self.push(name, role, target, &[], values::of(role, rng), &Holes::default());
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
                match declared.bounds {
                    Some(bounds) => {
                        for (part, le, role, numbers) in values::histogram(bounds, rng) {
                            let le = le.map(|le| ("le".to_owned(), le));
                            let labels: Vec<_> = point.iter().cloned().chain(le).collect();
                            self.push(&format!("{}_{part}", declared.name), role, target, &labels, numbers, &holes);
                        }
                    }
                    None => {
                        let numbers = values::of(declared.role, rng);
                        self.push(&declared.name, declared.role, target, &point, numbers, &holes);
                    }
                }
            }
        }
    }

    fn push(
        &mut self,
        name: &str,
        role: Role,
        target: &Target,
        own: &[(String, String)],
        numbers: Vec<f64>,
        holes: &Holes,
    ) {
        let Target { service, instance, delay_ms } = *target;
        let labels = [("__name__", name), ("service", service), ("instance", instance), ("job", service)];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let labels: BTreeMap<_, _> = labels.into_iter().chain(own.iter().cloned()).collect();
        let times = (0..).map(|step| self.begins_ms + delay_ms + step * INTERVAL_MS);
        let samples = holes.made_in(times.zip(numbers).collect());
        self.names.push((name.to_owned(), role));
        self.series.push(Series { labels, samples });
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
