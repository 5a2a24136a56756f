//! Hands on each intention when it is due, in the runtime of the first worker: who sends it need not be woken for it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{select, sync::mpsc::UnboundedSender, task::yield_now};

use super::{
    Arrivals,
    alarm::Alarm,
    lane::{Dispatch, Shared},
};
use crate::journeys::Intention;

/// It sleeps no shorter than this: at a rate beyond 20,000 a second those due within it leave together, rather than that a core waits
/// for each. As any lateness, it is in the lag.
const SHORTEST_REST: Duration = Duration::from_micros(50);

/// Below this rate one worker sends all, and each further one joins at a multiple: to wake a thread costs more than to send, and a thread
/// that is awake takes several at once.
const A_WORKERS_RATE: f64 = 5_000.0;

/// What a run is told while it lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Command {
    SetRate(f64),
    Pause,
    Resume,
    End,
}

/// What is done while no request is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Sleeps,
    /// Its thread never sleeps, so that nobody has to be woken, for an answer neither.
    BusyPolls,
}

/// What there was to do.
enum Paced {
    HandedOn,
    /// The next is due so much later.
    Early(Duration),
    /// None is due, until it is told otherwise.
    Idle,
    Over,
}

pub(super) struct Pacer {
    shared: Arc<Shared>,
    arrivals: Arrivals,
    in_flight: u64,
    workers: Vec<UnboundedSender<Dispatch>>,
    number: u64,
}

impl Pacer {
    /// `workers` belong to the first lanes.
    pub(super) fn new(
        shared: Arc<Shared>,
        arrivals: Arrivals,
        in_flight: u64,
        workers: Vec<UnboundedSender<Dispatch>>,
    ) -> Self {
        Self { shared, arrivals, in_flight, workers, number: 0 }
    }

    /// Paces until the schedule is over, or it is told to end.
    pub(super) async fn run(mut self, mut intentions: impl Iterator<Item = Intention>, rest: Rest) {
        let alarm = Alarm::new();
        self.plan();
        // Each is made before it is due, so that making it delays nothing.
        let mut next = intentions.next();
        loop {
            match self.step(&mut next) {
                Paced::HandedOn => {
                    // It is sent, and the sockets are looked at.
                    yield_now().await;
                    next = intentions.next();
                }
                Paced::Early(by) if rest == Rest::Sleeps => select! {
                    () = self.shared.told() => {}
                    () = alarm.after(by.max(SHORTEST_REST)) => {}
                },
                Paced::Idle if rest == Rest::Sleeps => self.shared.told().await,
                Paced::Early(_) | Paced::Idle => yield_now().await,
                Paced::Over => break,
            }
        }
        if rest == Rest::BusyPolls {
            // From now on nothing comes: who waits for that can end, and the last answers find somebody awake.
            let shared = Arc::clone(&self.shared);
            drop(self);
            while shared.in_flight() > 0 {
                yield_now().await;
            }
        }
    }

    /// Does what is to be done now.
    fn step(&mut self, next: &mut Option<Intention>) -> Paced {
        if !self.obeys() {
            return Paced::Over;
        }
        let Some(due) = self.arrivals.due(self.number) else {
            return if self.arrivals.ends().is_some() { Paced::Over } else { Paced::Idle };
        };
        let early = due.saturating_sub(self.shared.elapsed());
        if !early.is_zero() {
            return Paced::Early(early);
        }
        let Some(intention) = next.take() else { return Paced::Over };
        self.hand_on(due, intention);
        Paced::HandedOn
    }

    /// Says how many there will be; without an end, how many there were.
    fn plan(&self) {
        let (total, ends) = (self.arrivals.total(), self.arrivals.ends());
        self.shared.plan(total.unwrap_or(0).max(self.number), ends.unwrap_or_else(|| self.shared.elapsed()));
    }

    /// Does as it was told since it last looked, and gives whether to go on.
    fn obeys(&mut self) -> bool {
        while let Some((at, command)) = self.shared.next_command() {
            match command {
                Command::SetRate(rate) => self.arrivals.set_rate(at, rate),
                Command::Pause => self.arrivals.pause(at),
                Command::Resume => self.arrivals.resume(at),
                Command::End => return false,
            }
            self.shared.set_rate(self.arrivals.rate_at(at));
            self.plan();
        }
        true
    }

    fn hand_on(&mut self, due: Duration, intention: Intention) {
        let rate = self.arrivals.rate_at(due);
        self.shared.set_rate(rate);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate is not negative, and workers are few"
        )]
        let busy = (rate / A_WORKERS_RATE) as usize + 1;
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is smaller than the number of workers")]
        let nth = (self.number % busy.min(self.workers.len()) as u64) as usize;
        self.number += 1;
        self.shared.handed.store(self.number, Ordering::Release);
        if self.shared.in_flight() >= self.in_flight {
            if let Some(own) = self.shared.lanes.last() {
                own.shed(self.number, due, intention);
            }
            return;
        }
        // A worker that is gone drops it, and so it counts as unfinished.
        let _ = self.workers[nth].send(Dispatch::new(&self.shared.lanes[nth], self.number, due, intention));
    }
}

impl Drop for Pacer {
    /// What is put off was intended nevertheless, however it ends.
    fn drop(&mut self) {
        self.arrivals.resume(self.shared.elapsed());
        self.plan();
    }
}
