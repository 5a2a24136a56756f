//! `traffic flow`: simulated customers who wait for their answers and think in between (a closed model), until Ctrl-C.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clap::{Args, ValueEnum};

use crate::{
    arguments::{Common, Customers, Showing, time},
    conduct::{Cut, conduct},
    ending::Ending,
    engine::{Mark, Run, Setup, Think},
    journeys::{Crowd, Intention, MixName, Visit},
    report::{About, Followed, Report},
    run::learn,
    scene::Scene,
};

/// How many customers, how busy, and what they do.
#[derive(Args, Debug)]
pub(crate) struct Flow {
    #[command(flatten)]
    pub common: Common,

    /// How long customers pause between an answer and their next request.
    #[arg(long, value_enum, default_value_t)]
    pub level: Level,

    /// How many customers are there at a time; when one leaves, another comes.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub users: u16,

    /// Ends by itself after this time.
    #[arg(short = 't', long, value_name = "TIME", value_parser = time)]
    pub time: Option<Duration>,

    /// What kind of day it is: which journeys there are, and how often.
    #[arg(long, value_enum, default_value_t = MixName::Realistic)]
    pub mix: MixName,

    #[command(flatten)]
    pub customers: Customers,

    #[command(flatten)]
    pub showing: Showing,
}

/// How busy customers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Pauses of 2 to 5 s.
    Low,
    /// Pauses of 0.5 to 2 s.
    #[default]
    Normal,
    /// Pauses of 0.1 to 0.5 s.
    High,
}

impl Level {
    pub(crate) fn think(self) -> Think {
        let (shortest, longest) = match self {
            Level::Low => (2_000, 5_000),
            Level::Normal => (500, 2_000),
            Level::High => (100, 500),
        };
        Think { shortest: Duration::from_millis(shortest), longest: Duration::from_millis(longest) }
    }
}

/// Lets customers come until somebody ends it.
pub(crate) async fn flow(options: &Flow) -> anyhow::Result<Ending> {
    let Flow { common, level, users, time, mix, customers, showing } = options;
    let about = About::new("flow", common, customers.seed).sending(mix);
    let window = match learn(common, customers.patience(), &about).await {
        Ok(window) => window,
        Err(ending) => return Ok(ending),
    };
    let setup = Setup::new(common.target.clone(), customers.patience(), u32::from(*users));
    let about = about.learned(window.requests);
    let street = Street::new(Crowd::new(window, *mix, customers.seed, &about.run)?);
    let run = Run::closed(&setup, usize::from(*users), level.think(), |_| street.customer())?;
    let (ended, cut) = conduct(run, *time, Scene::new(&about, *time, showing)).await?;
    // Without a time of its own, being told to end is how it ends.
    let cut = cut.filter(|cut| time.is_some() || *cut != Cut::Interrupted);
    Report::new(about, &ended, cut).followed(street.journeys()).deliver(common.format, &showing.files)
}

/// Where customers come from, one after the other, whoever's place they take.
#[derive(Clone, Debug)]
pub(crate) struct Street(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    crowd: Crowd,
    /// Of each journey, how many were begun, and by what the last one can be looked up.
    journeys: BTreeMap<&'static str, (u64, Mark)>,
}

impl Street {
    pub(crate) fn new(crowd: Crowd) -> Self {
        Self(Arc::new(Mutex::new(State { crowd, journeys: BTreeMap::new() })))
    }

    /// One customer's place: when one has gone, the next comes.
    pub(crate) fn customer(&self) -> Customer {
        Customer { street: self.clone(), visit: None }
    }

    fn arrival(&self) -> Option<Visit> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = state.crowd.arrival()?;
        let journey = state.journeys.entry(visit.journey).or_insert_with(|| (0, visit.mark.clone()));
        journey.0 += 1;
        journey.1 = visit.mark.clone();
        Some(visit)
    }

    /// Who went on which journey, with a trace of each to look at.
    pub(crate) fn journeys(&self) -> BTreeMap<String, Followed> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let followed =
            |(customers, mark): &(u64, Mark)| Followed { customers: *customers, last_trace_id: mark.trace_id() };
        state.journeys.iter().map(|(journey, seen)| ((*journey).to_owned(), followed(seen))).collect()
    }
}

/// A place in the shop that one customer after the other takes.
#[derive(Debug)]
pub(crate) struct Customer {
    street: Street,
    visit: Option<Visit>,
}

impl Iterator for Customer {
    type Item = Intention;

    fn next(&mut self) -> Option<Intention> {
        loop {
            if let Some(intention) = self.visit.as_mut().and_then(Visit::next) {
                return Some(intention);
            }
            self.visit = Some(self.street.arrival()?);
        }
    }
}
