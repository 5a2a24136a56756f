//! Sends requests and records what became of each: by arrivals that wait for nobody (open model), or as users who wait (closed model).
//!
//! The workers are a thread for each core with a runtime and connections of its own. In the first of them a task paces the arrivals and
//! hands each intention, when it is due, to one of the workers: below some thousands a second its own, since to wake another thread costs
//! more than to send.
//!
//! Whatever happens is counted in each worker's tally; once a second all tallies are taken over, so that memory is bounded at any length.

mod alarm;
mod arrivals;
mod client;
mod lane;
mod pacer;
mod series;
mod snapshot;
mod stamped;
mod tally;
#[cfg(test)]
mod tests;
mod times;
mod user;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::{
    runtime::{self, Runtime},
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval_at, sleep},
};

pub(crate) use arrivals::{Arrivals, Stage};
pub(crate) use client::{Answer, Ask, Client, Failure, Mark};
pub(crate) use series::{Group, Point, Series};
pub(crate) use snapshot::{Second, Snapshot};
pub(crate) use tally::{Buckets, End, StepTally, Tally, Unexpected};
pub(crate) use times::{Quantile, Thousandths, Times, samples_for};
pub(crate) use user::Think;

use crate::{arguments::Target, journeys::Intention};
use lane::{Lane, Shared};
use pacer::{Command, Rest};

/// How often the tallies are taken over.
const SECOND: Duration = Duration::from_secs(1);

/// Where requests go, and with what means.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub target: Target,
    /// How long each answer is awaited.
    pub timeout: Duration,
    /// The most requests that may wait for their answers; beyond it one that is due is shed.
    pub in_flight: u64,
    pub threads: Threads,
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    /// So many, which sleep while there is nothing to do.
    Workers(NonZeroUsize),
    /// One that in an open run never sleeps: it takes a core, and nobody waits for one to wake.
    BusyPoll,
}

impl Setup {
    /// A worker for each core.
    pub(crate) fn new(target: Target, timeout: Duration, in_flight: u32) -> Self {
        let threads = Threads::Workers(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
        Self { target, timeout, in_flight: in_flight.into(), threads }
    }
}

/// What decides when a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Model {
    /// A schedule, whatever became of the requests before: latency counts from when each was due.
    Open,
    /// Users who wait for their answers, so that a slow shop is asked less: latency counts from when each was sent.
    Closed,
}

/// How far a run is, for those who take part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Paused,
    /// No new requests; those under way are awaited.
    Ending,
    /// Nothing is awaited any more.
    Over,
}

/// A run while it lasts.
#[derive(Debug)]
pub(crate) struct Run {
    handle: Handle,
    snapshots: watch::Sender<Snapshot>,
    began: SystemTime,
    /// Ends when all threads have.
    alive: mpsc::Receiver<()>,
}

/// Changes a run while it lasts; it can be cloned and outlive the run, and then changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Handle(Arc<Shared>);

/// What a run came to.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub model: Model,
    pub began: SystemTime,
    pub lasted: Duration,
    /// How many requests there were to be.
    pub intended: u64,
    /// Requests a second, over the whole schedule as it was lived; nothing in a closed run.
    pub intended_rate: Option<f64>,
    pub tally: Tally,
    /// The same over time.
    pub series: Series,
}

impl Run {
    /// Begins to send when the schedule says so, taking what is sent from `intentions` in their order.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn open(
        setup: &Setup,
        arrivals: Arrivals,
        intentions: impl Iterator<Item = Intention> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (alive, ended) = mpsc::channel(1);
        let (shared, workers) = start(setup, Model::Open, &alive)?;
        let senders = workers.iter().map(|worker| worker.dispatches.clone()).collect();
        let pacer = pacer::Pacer::new(Arc::clone(&shared), arrivals, setup.in_flight, senders);
        let rest = match setup.threads {
            Threads::Workers(_) => Rest::Sleeps,
            Threads::BusyPoll => Rest::BusyPolls,
        };
        let first = workers.first().context("there is no thread that sends")?;
        first.runtime.spawn(pacer.run(intentions, rest));
        Ok(Self::new(shared, ended))
    }

    /// Begins with so many users, each of whom sends what `intentions` gives for their number, and thinks between requests.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn closed<I: Iterator<Item = Intention> + Send + 'static>(
        setup: &Setup,
        users: usize,
        think: Think,
        mut intentions: impl FnMut(usize) -> I,
    ) -> anyhow::Result<Self> {
        let (alive, ended) = mpsc::channel(1);
        let (shared, workers) = start(setup, Model::Closed, &alive)?;
        for number in 0..users {
            let worker = &workers[number % workers.len()];
            let user =
                user::User::new(Arc::clone(&shared), Arc::clone(&worker.lane), Arc::clone(&worker.client), think);
            let intentions = intentions(number);
            // The worker lives as long as somebody could hand it something.
            let stay = worker.dispatches.clone();
            worker.runtime.spawn(async move {
                user.run(intentions).await;
                drop(stay);
            });
        }
        Ok(Self::new(shared, ended))
    }

    fn new(shared: Arc<Shared>, alive: mpsc::Receiver<()>) -> Self {
        let first = Snapshot::first(shared.model);
        Self { handle: Handle(shared), snapshots: watch::Sender::new(first), began: SystemTime::now(), alive }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// How it goes, anew each second.
    pub(crate) fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshots.subscribe()
    }

    /// Waits until every request has ended, and gives the whole count. It must be awaited from the start: it is what takes the counts
    /// over each second.
    pub(crate) async fn finish(mut self) -> Ended {
        let shared = Arc::clone(&self.handle.0);
        let mut ticks = interval_at(tokio::time::Instant::now() + SECOND, SECOND);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut recorder = snapshot::Recorder::new(Arc::clone(&shared));
        loop {
            let is_over = tokio::select! {
                biased;
                _ = self.alive.recv() => true,
                _ = ticks.tick() => false,
            };
            self.snapshots.send_replace(recorder.take_over());
            if is_over {
                break;
            }
        }
        let snapshot::Recorder { total: mut tally, series, .. } = recorder;
        let (handed, intended) = shared.intended();
        tally.never_due(intended - handed);
        let intended_rate = shared.intended_rate();
        let (model, lasted) = (shared.model, shared.elapsed());
        Ended { model, began: self.began, lasted, intended, intended_rate, tally, series }
    }
}

impl Handle {
    /// Sends at this rate from now on, in an open run.
    pub(crate) fn set_rate(&self, rate: f64) {
        self.0.command(Command::SetRate(rate));
    }

    /// Sends nothing until it is resumed; what was to come is put off.
    pub(crate) fn pause(&self) {
        self.0.advance(Phase::Paused);
        self.0.command(Command::Pause);
    }

    pub(crate) fn resume(&self) {
        self.0.advance(Phase::Running);
        self.0.command(Command::Resume);
    }

    /// Ends all arrivals at once; what is under way is awaited.
    pub(crate) fn end(&self) {
        self.0.advance(Phase::Ending);
        self.0.command(Command::End);
    }

    /// Ends everything at once; what is under way counts as unfinished.
    pub(crate) fn give_up(&self) {
        self.end();
        self.0.advance(Phase::Over);
    }
}

/// A worker as the others see it.
struct Worker {
    lane: Arc<Lane>,
    client: Arc<Client>,
    dispatches: mpsc::UnboundedSender<lane::Dispatch>,
    runtime: runtime::Handle,
}

fn start(setup: &Setup, model: Model, alive: &mpsc::Sender<()>) -> anyhow::Result<(Arc<Shared>, Vec<Worker>)> {
    let start = Instant::now();
    let workers = match setup.threads {
        Threads::Workers(count) => count.get(),
        Threads::BusyPoll => 1,
    };
    let lanes: Vec<Arc<Lane>> = (0..=workers).map(|_| Arc::new(Lane::new(start))).collect();
    let shared = Arc::new(Shared::new(model, start, lanes));
    // The last lane is the pacer's own.
    let lanes = shared.lanes.iter().take(workers);
    let workers = lanes.map(|lane| worker(setup, &shared, lane, alive.clone()));
    let workers = workers.collect::<anyhow::Result<Vec<Worker>>>()?;
    Ok((shared, workers))
}

fn worker(setup: &Setup, shared: &Shared, lane: &Arc<Lane>, alive: mpsc::Sender<()>) -> anyhow::Result<Worker> {
    let no_thread = "cannot start a thread that sends requests";
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context(no_thread)?;
    let client = Arc::new(Client::new(setup.target.clone(), setup.timeout));
    let (dispatches, received) = mpsc::unbounded_channel();
    let worker =
        Worker { lane: Arc::clone(lane), client: Arc::clone(&client), dispatches, runtime: runtime.handle().clone() };
    let (lane, phase) = (Arc::clone(lane), shared.phase.subscribe());
    let thread = thread::Builder::new().name("worker".to_owned());
    thread.spawn(move || work(runtime, &client, &lane, phase, received, alive)).context(no_thread)?;
    Ok(worker)
}

/// What a worker's thread does: sends what it is handed, until nothing comes any more and all is answered, or nothing is awaited.
fn work(
    runtime: Runtime,
    client: &Arc<Client>,
    lane: &Lane,
    mut phase: watch::Receiver<Phase>,
    mut received: mpsc::UnboundedReceiver<lane::Dispatch>,
    alive: mpsc::Sender<()>,
) {
    // Every request sets a timer, and to set one that is due before all others wakes the runtime, which is a tenth of what it costs to
    // send. This one is always due before.
    runtime.spawn(async {
        loop {
            sleep(SECOND).await;
        }
    });
    runtime.block_on(async {
        let all_is_sent_and_answered = async {
            while let Some(dispatch) = received.recv().await {
                tokio::spawn(dispatch.send(Arc::clone(client)));
            }
            lane.emptied().await;
        };
        tokio::select! {
            () = all_is_sent_and_answered => {}
            _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
        }
    });
    // Whatever is still under way ends with the runtime, and each counts itself as unfinished.
    drop(runtime);
    drop(received);
    drop(alive);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
