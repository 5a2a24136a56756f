//! A user of a closed run: asks, waits for the answer, thinks, and asks again.

use std::{
    ops::RangeInclusive,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{select, sync::watch, time::sleep};

use super::{
    Client, Phase,
    lane::{Dispatch, Lane, Shared},
};
use crate::journeys::Intention;

/// How long users think between an answer and the next request: anything within, all equally likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Think {
    pub shortest: Duration,
    pub longest: Duration,
}

impl Think {
    fn some(self) -> Duration {
        within(self.shortest..=self.longest.max(self.shortest))
    }

    /// Users do not all come at once.
    fn before_the_first(self) -> Duration {
        within(Duration::ZERO..=self.longest)
    }
}

fn within(range: RangeInclusive<Duration>) -> Duration {
    rand::random_range(range)
}

#[derive(Debug)]
pub(super) struct User {
    shared: Arc<Shared>,
    lane: Arc<Lane>,
    client: Arc<Client>,
    think: Think,
    phase: watch::Receiver<Phase>,
}

impl User {
    pub(super) fn new(shared: Arc<Shared>, lane: Arc<Lane>, client: Arc<Client>, think: Think) -> Self {
        let phase = shared.phase.subscribe();
        Self { shared, lane, client, think, phase }
    }

    /// Asks until the run ends.
    pub(super) async fn run(mut self, mut intentions: impl Iterator<Item = Intention>) {
        self.thinks(self.think.before_the_first()).await;
        // Who may not ask any more has no intention either: it would count as a journey.
        while self.may_ask().await
            && let Some(intention) = intentions.next()
        {
            let number = self.shared.handed.fetch_add(1, Ordering::AcqRel) + 1;
            let dispatch = Dispatch::new(&self.lane, number, self.shared.elapsed(), intention);
            dispatch.send(Arc::clone(&self.client)).await;
            self.thinks(self.think.some()).await;
        }
    }

    /// Waits while the run is paused, and gives whether it goes on.
    async fn may_ask(&mut self) -> bool {
        let phase = self.phase.wait_for(|phase| *phase != Phase::Paused).await;
        phase.is_ok_and(|phase| *phase == Phase::Running)
    }

    /// Thinks for that long, or until the run ends.
    async fn thinks(&mut self, time: Duration) {
        select! {
            () = sleep(time) => {}
            _ = self.phase.wait_for(|phase| matches!(phase, Phase::Ending | Phase::Over)) => {}
        }
    }
}
