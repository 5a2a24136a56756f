//! The customers' journeys, how common each is, and the seeded order in which they come.

mod mixes;

use std::{fmt, sync::Arc};

use anyhow::Context as _;
use clap::ValueEnum;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use rand_distr::Zipf;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Ask, Mark},
    steps::{Customer, Step},
    window::Window,
};

/// What one customer does from coming to leaving, and how many such visits there are in a deck.
#[derive(Debug)]
pub(crate) struct Journey {
    pub name: &'static str,
    pub steps: &'static [&'static Step],
    weight: usize,
    comes: Comes,
}

/// Whether it is somebody's first visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comes {
    First,
    Again,
}

const fn journey(weight: usize, comes: Comes, name: &'static str, steps: &'static [&'static Step]) -> Journey {
    Journey { name, steps, weight, comes }
}

/// Journeys in proportion. No step depends on an earlier answer, so that a slow shop cannot hold its customers back.
#[derive(Debug)]
struct Mix {
    journeys: &'static [Journey],
    /// By how much the best sellers sell better: the product of rank r is wanted in proportion to r to the power of minus this.
    exponent: f64,
}

/// What kind of day it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MixName {
    /// Every step that there is within a hundred requests, mistakes too.
    #[default]
    Everything,
    /// Looking around: 5 % of requests are about orders, as in TPC-W's browsing mix.
    Browsing,
    /// Looking and buying: 20 % are about orders, as in TPC-W's shopping mix.
    Shopping,
    /// Buying: 50 % are about orders, as in TPC-W's ordering mix.
    OrderHeavy,
    /// Everybody wants the same few products at once.
    SaleDay,
    /// As in a real shop: one of forty visits orders (Monetate, 2019).
    Realistic,
}

impl MixName {
    fn mix(self) -> &'static Mix {
        match self {
            MixName::Everything => &mixes::EVERYTHING,
            MixName::Browsing => &mixes::BROWSING,
            MixName::Shopping => &mixes::SHOPPING,
            MixName::OrderHeavy => &mixes::ORDER_HEAVY,
            MixName::SaleDay => &mixes::SALE_DAY,
            MixName::Realistic => &mixes::REALISTIC,
        }
    }
}

/// As the command line spells it.
impl fmt::Display for MixName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// A request that is to be sent.
#[derive(Debug)]
pub(crate) struct Intention {
    pub step: &'static Step,
    pub ask: Ask,
    pub mark: Mark,
}

/// A customer on a journey; gives its requests one after the other.
#[derive(Debug)]
pub(crate) struct Visit {
    pub journey: &'static str,
    pub mark: Mark,
    steps: &'static [&'static Step],
    customer: Customer,
}

impl Iterator for Visit {
    type Item = Intention;

    fn next(&mut self) -> Option<Intention> {
        let (step, rest) = self.steps.split_first()?;
        self.steps = rest;
        Some(Intention { step, ask: (step.ask)(&mut self.customer), mark: self.mark.clone() })
    }
}

/// The endless row of visits, and of their requests: journeys are dealt from a shuffled deck in which each stands as often as it
/// weighs, so that already one deck holds the mix exactly.
#[derive(Debug)]
pub(crate) struct Crowd {
    window: Arc<Window>,
    mix: &'static Mix,
    popularity: Zipf<f64>,
    chance: StdRng,
    /// The run's name; a journey's adds its number.
    run: String,
    deck: Vec<&'static Journey>,
    journeys: u64,
    /// How many customers have come so far.
    customers: u64,
    now: Option<Visit>,
}

impl Crowd {
    pub(crate) fn new(window: Arc<Window>, mix: MixName, seed: u64, run: &str) -> anyhow::Result<Self> {
        let mix = mix.mix();
        Ok(Self {
            popularity: popularity(&window, mix.exponent)?,
            window,
            mix,
            chance: StdRng::seed_from_u64(seed),
            run: run.to_owned(),
            deck: Vec::new(),
            journeys: 0,
            customers: 0,
            now: None,
        })
    }

    /// From the next one on they come by another mix.
    pub(crate) fn change(&mut self, mix: MixName) -> anyhow::Result<()> {
        let mix = mix.mix();
        self.popularity = popularity(&self.window, mix.exponent)?;
        self.mix = mix;
        self.deck.clear();
        Ok(())
    }

    /// The next one who comes.
    pub(crate) fn arrival(&mut self) -> Option<Visit> {
        if self.deck.is_empty() {
            let journeys = self.mix.journeys.iter();
            self.deck = journeys.flat_map(|journey| std::iter::repeat_n(journey, journey.weight)).collect();
            self.deck.shuffle(&mut self.chance);
        }
        let journey = self.deck.pop()?;
        self.journeys += 1;
        let known = if journey.comes == Comes::Again { self.customers } else { 0 };
        let number = if known > 0 {
            self.chance.random_range(1..=known)
        } else {
            self.customers += 1;
            self.customers
        };
        let name = format!("customer-{number}").parse().ok()?;
        let chance = StdRng::seed_from_u64(self.chance.random());
        // Never from the seed: two runs must not share their traces.
        let mark = Mark::new(format!("{}-{}", self.run, self.journeys));
        let customer =
            Customer { window: Arc::clone(&self.window), name, popularity: self.popularity, chance, wanted: None };
        Some(Visit { journey: journey.name, mark, steps: journey.steps, customer })
    }
}

impl Iterator for Crowd {
    type Item = Intention;

    fn next(&mut self) -> Option<Intention> {
        loop {
            if let Some(intention) = self.now.as_mut().and_then(Visit::next) {
                return Some(intention);
            }
            self.now = Some(self.arrival()?);
        }
    }
}

/// The endless row of the same steps in turn, each a journey of its own.
#[derive(Debug)]
pub(crate) struct Single {
    customer: Customer,
    steps: Vec<&'static Step>,
    run: String,
    number: usize,
}

impl Single {
    pub(crate) fn new(window: Arc<Window>, steps: Vec<&'static Step>, run: &str) -> anyhow::Result<Self> {
        Ok(Self { customer: visitor(window)?, steps, run: run.to_owned(), number: 0 })
    }
}

impl Iterator for Single {
    type Item = Intention;

    fn next(&mut self) -> Option<Intention> {
        let step = *self.steps.get(self.number % self.steps.len())?;
        self.number += 1;
        self.customer.wanted = None;
        let mark = Mark::new(format!("{}-{}", self.run, self.number));
        Some(Intention { step, ask: (step.ask)(&mut self.customer), mark })
    }
}

/// Which rank the next customer wants, by Zipf's law.
fn popularity(window: &Window, exponent: f64) -> anyhow::Result<Zipf<f64>> {
    #[expect(clippy::cast_precision_loss, reason = "a window shows a thousand products at most")]
    let products = window.products.len() as f64;
    Zipf::new(products, exponent).context("no product can be more popular than another")
}

/// Somebody who looks around without a journey.
pub(crate) fn visitor(window: Arc<Window>) -> anyhow::Result<Customer> {
    let name = "visitor".parse().context("that is no customer")?;
    let popularity = popularity(&window, MixName::default().mix().exponent)?;
    Ok(Customer { window, name, popularity, chance: StdRng::seed_from_u64(0), wanted: None })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::steps::{End, STOCK, groups};

    fn window() -> Arc<Window> {
        let products: Vec<_> = (1..=100).map(|n| format!("p-{n:03}").parse().expect("an id")).collect();
        Arc::new(Window {
            in_stock: products.clone(),
            products,
            words: vec!["lamp".to_owned(), "novel".to_owned()],
            cursors: vec!["later".to_owned()],
            requests: 1,
        })
    }

    fn crowd(mix: MixName, seed: u64) -> Crowd {
        Crowd::new(window(), mix, seed, "run").expect("a window with products")
    }

    fn asked(seed: u64, count: usize) -> Vec<Ask> {
        crowd(MixName::Shopping, seed).take(count).map(|intention| intention.ask).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_requests_and_another_makes_others() {
        assert_eq!(asked(7, 500), asked(7, 500));
        assert_ne!(asked(7, 500), asked(8, 500));
    }

    #[test]
    fn a_hundred_requests_of_everything_hold_every_step() {
        let all: BTreeSet<&str> = MixName::value_variants()
            .iter()
            .flat_map(|mix| mix.mix().journeys)
            .flat_map(|journey| journey.steps)
            .map(|step| step.name)
            .collect();
        let seen: BTreeSet<&str> =
            crowd(MixName::Everything, 3).take(100).map(|intention| intention.step.name).collect();
        assert_eq!(seen, all);
    }

    #[test]
    fn every_step_is_in_one_group() {
        let mixes = MixName::value_variants().iter().flat_map(|mix| mix.mix().journeys);
        for step in mixes.flat_map(|journey| journey.steps) {
            let groups: Vec<&str> =
                groups().filter(|it| it.steps().any(|name| name == step.name)).map(|it| it.name).collect();
            assert_eq!(groups.len(), 1, "{} is in {groups:?}", step.name);
        }
    }

    #[test]
    fn a_journey_is_one_trace_and_one_session() {
        let marks: BTreeSet<(u128, String)> = crowd(MixName::Everything, 3)
            .take(100)
            .map(|intention| (intention.mark.trace, intention.mark.session))
            .collect();
        let traces: BTreeSet<u128> = marks.iter().map(|mark| mark.0).collect();
        let sessions: BTreeSet<&str> = marks.iter().map(|mark| mark.1.as_str()).collect();
        assert_eq!((traces.len(), sessions.len()), (marks.len(), marks.len()));
        assert!((20..=40).contains(&marks.len()), "{} journeys in 100 requests", marks.len());
    }

    #[test]
    fn products_are_wanted_by_zipfs_law() {
        let mut looks: BTreeMap<String, u32> = BTreeMap::new();
        let mut customer = visitor(window()).expect("a window with products");
        for _ in 0..20_000 {
            *looks.entry(customer.look().to_string()).or_default() += 1;
        }
        let share = |id: &str| f64::from(looks[id]) / 20_000.0;
        let weights = |rank: f64| rank.powf(-0.87) / (1..=100).map(|rank| f64::from(rank).powf(-0.87)).sum::<f64>();
        for (id, rank) in [("p-001", 1.0), ("p-002", 2.0), ("p-010", 10.0), ("p-100", 100.0)] {
            assert!((share(id) - weights(rank)).abs() < 0.01, "{id}: {} and not {}", share(id), weights(rank));
        }
    }

    #[test]
    fn a_customer_orders_what_they_looked_at() {
        let mut crowd = crowd(MixName::OrderHeavy, 1);
        let visit = std::iter::from_fn(|| crowd.arrival())
            .find(|visit| visit.steps.len() == 4 && std::ptr::eq(visit.steps[1], &raw const STOCK));
        let asks: Vec<Ask> = visit.expect("it is in the mix").map(|intention| intention.ask).collect();
        let id = asks[0].path.rsplit('/').next().expect("a product").to_owned();
        assert!(asks[1].path.contains(&id), "its stock: {}", asks[1].path);
        assert!(asks[2].body.as_ref().is_some_and(|body| body.contains(&id)), "{:?}", asks[2].body);
    }

    #[test]
    fn some_customers_come_again() {
        let mut crowd = crowd(MixName::Realistic, 1);
        let visits: Vec<String> =
            std::iter::from_fn(|| crowd.arrival()).take(320).map(|it| it.customer.name.to_string()).collect();
        let names: BTreeSet<&String> = visits.iter().collect();
        // Who would come again before anybody came is new.
        assert!((224..=226).contains(&names.len()), "{} customers made {} visits", names.len(), visits.len());
    }

    #[test]
    fn what_is_asked_and_expected_is_what_the_door_declares() {
        for Intention { step, ask, .. } in crowd(MixName::Everything, 1).take(100) {
            assert!(!ask.path.contains('{'), "{} leaves {} open", step.name, ask.path);
            let Some(route) = step.route else { continue };
            for (name, _) in &ask.query {
                let declared = route.parameters.iter().any(|parameter| parameter.name == *name);
                assert!(declared, "{} asks {} for {name}", step.name, route.path);
            }
            for parameter in route.parameters.iter().filter(|parameter| parameter.required) {
                assert!(ask.query.iter().any(|(name, _)| *name == parameter.name), "{}", step.name);
            }
            assert_eq!(ask.body.is_some(), route.request.is_some(), "{}", step.name);
            for end in step.ends {
                if let End::Refused(outcome) = end {
                    let declared = route.refusals().iter().any(|code| code.outcome() == *outcome);
                    assert!(declared, "{} cannot end in {outcome:?}", route.path);
                }
            }
        }
    }
}
