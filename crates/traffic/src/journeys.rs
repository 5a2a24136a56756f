//! The customers' journeys, how common each is, and the seeded order in which they come.

use std::sync::Arc;

use anyhow::Context as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::{
    engine::{Ask, Mark},
    steps::{
        BAD_CURSOR, BY_BANK_TRANSFER, BY_CARD, BY_PAYPAL, BY_WALLET, CATEGORIES, CATEGORY, Customer, DECLINED,
        MALFORMED, NEXT_PAGE, ORDER_NOTHING_KNOWN, ORDERS, PAGE, PRODUCT, STOCK, Step, UNKNOWN_METHOD, UNKNOWN_ORDER,
        UNKNOWN_PATH, UNKNOWN_PRODUCT, WORDS, WRONG_METHOD,
    },
    window::Window,
};

/// What one customer does from coming to leaving, and how many such customers there are in a deck.
#[derive(Debug)]
pub(crate) struct Journey {
    weight: usize,
    steps: &'static [&'static Step],
}

const fn journey(weight: usize, steps: &'static [&'static Step]) -> Journey {
    Journey { weight, steps }
}

/// The mix. No step depends on an earlier answer, so that a slow shop cannot hold its customers back.
pub(crate) static MIX: &[Journey] = &[
    // browse
    journey(4, &[&CATEGORIES, &PAGE, &NEXT_PAGE, &PRODUCT]),
    journey(2, &[&CATEGORIES, &CATEGORY, &PRODUCT]),
    journey(4, &[&WORDS, &PRODUCT, &STOCK]),
    // buy
    journey(3, &[&WORDS, &PRODUCT, &STOCK, &BY_CARD, &ORDERS]),
    journey(2, &[&PAGE, &PRODUCT, &BY_PAYPAL, &ORDERS]),
    journey(1, &[&CATEGORY, &PRODUCT, &BY_BANK_TRANSFER, &ORDERS]),
    journey(2, &[&WORDS, &PRODUCT, &BY_WALLET, &ORDERS]),
    journey(1, &[&PRODUCT, &DECLINED, &BY_WALLET]),
    // make mistakes
    journey(1, &[&UNKNOWN_PRODUCT, &WORDS, &BAD_CURSOR]),
    journey(1, &[&MALFORMED, &UNKNOWN_METHOD, &ORDER_NOTHING_KNOWN]),
    journey(1, &[&UNKNOWN_PATH, &WRONG_METHOD, &UNKNOWN_ORDER]),
];

/// A request that is to be sent.
#[derive(Debug)]
pub(crate) struct Intention {
    pub step: &'static Step,
    pub ask: Ask,
    pub mark: Mark,
}

/// The endless row of requests: journeys are dealt from a shuffled deck in which each stands as often as it weighs, so that already
/// one deck holds the mix exactly.
#[derive(Debug)]
pub(crate) struct Crowd {
    window: Arc<Window>,
    chance: StdRng,
    /// The run's name; a journey's adds its number.
    run: String,
    deck: Vec<&'static Journey>,
    journeys: u64,
    now: Option<(&'static [&'static Step], Customer, Mark)>,
}

impl Crowd {
    pub(crate) fn new(window: Arc<Window>, seed: u64, run: &str) -> Self {
        Self {
            window,
            chance: StdRng::seed_from_u64(seed),
            run: run.to_owned(),
            deck: Vec::new(),
            journeys: 0,
            now: None,
        }
    }

    fn arrival(&mut self) -> Option<(&'static [&'static Step], Customer, Mark)> {
        if self.deck.is_empty() {
            self.deck = MIX.iter().flat_map(|journey| std::iter::repeat_n(journey, journey.weight)).collect();
            self.deck.shuffle(&mut self.chance);
        }
        let journey = self.deck.pop()?;
        self.journeys += 1;
        let name = format!("customer-{}", self.chance.random_range(1..=500)).parse().ok()?;
        let chance = StdRng::seed_from_u64(self.chance.random());
        // Never from the seed: two runs must not share their traces.
        let mark = Mark::new(format!("{}-{}", self.run, self.journeys));
        Some((journey.steps, Customer { window: Arc::clone(&self.window), name, chance }, mark))
    }
}

impl Iterator for Crowd {
    type Item = Intention;

    fn next(&mut self) -> Option<Intention> {
        if self.now.as_ref().is_none_or(|(steps, ..)| steps.is_empty()) {
            self.now = self.arrival();
        }
        let (steps, customer, mark) = self.now.as_mut()?;
        let (step, rest) = steps.split_first()?;
        *steps = rest;
        Some(Intention { step, ask: (step.ask)(customer), mark: mark.clone() })
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
        let mark = Mark::new(format!("{}-{}", self.run, self.number));
        Some(Intention { step, ask: (step.ask)(&mut self.customer), mark })
    }
}

/// Somebody who looks around without a journey.
pub(crate) fn visitor(window: Arc<Window>) -> anyhow::Result<Customer> {
    let name = "visitor".parse().context("that is no customer")?;
    Ok(Customer { window, name, chance: StdRng::seed_from_u64(0) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::steps::{End, groups};

    fn window() -> Arc<Window> {
        let products = ["p-001", "p-002", "p-003"].map(|id| id.parse().expect("an id")).to_vec();
        Arc::new(Window {
            in_stock: products.clone(),
            products,
            words: vec!["lamp".to_owned(), "novel".to_owned()],
            cursors: vec!["later".to_owned()],
            requests: 1,
        })
    }

    fn asked(seed: u64, count: usize) -> Vec<Ask> {
        Crowd::new(window(), seed, "run").take(count).map(|intention| intention.ask).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_requests_and_another_makes_others() {
        assert_eq!(asked(7, 500), asked(7, 500));
        assert_ne!(asked(7, 500), asked(8, 500));
    }

    #[test]
    fn a_hundred_requests_hold_every_step() {
        let all: BTreeSet<&str> = MIX.iter().flat_map(|journey| journey.steps).map(|step| step.name).collect();
        let seen: BTreeSet<&str> = Crowd::new(window(), 3, "run").take(100).map(|it| it.step.name).collect();
        assert_eq!(seen, all);
    }

    #[test]
    fn every_step_is_in_one_group() {
        for step in MIX.iter().flat_map(|journey| journey.steps) {
            let groups: Vec<&str> =
                groups().filter(|it| it.steps().any(|name| name == step.name)).map(|it| it.name).collect();
            assert_eq!(groups.len(), 1, "{} is in {groups:?}", step.name);
        }
    }

    #[test]
    fn a_journey_is_one_trace_and_one_session() {
        let marks: BTreeSet<(u128, String)> =
            Crowd::new(window(), 3, "run").take(100).map(|it| (it.mark.trace, it.mark.session)).collect();
        let traces: BTreeSet<u128> = marks.iter().map(|mark| mark.0).collect();
        let sessions: BTreeSet<&str> = marks.iter().map(|mark| mark.1.as_str()).collect();
        assert_eq!((traces.len(), sessions.len()), (marks.len(), marks.len()));
        assert!((20..=40).contains(&marks.len()), "{} journeys in 100 requests", marks.len());
    }

    #[test]
    fn what_is_asked_and_expected_is_what_the_door_declares() {
        for Intention { step, ask, .. } in Crowd::new(window(), 1, "run").take(100) {
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
