//! What the threads of a run share, and how each request is followed to its end.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

use super::{
    Ask, Client, Failure, Mark, Model, Phase, lock,
    pacer::Command,
    tally::{Done, Ended, Tally},
};
use crate::{journeys::Intention, steps::Step};

/// What all threads of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) model: Model,
    start: Instant,
    /// The workers', and last the pacer's.
    pub(super) lanes: Vec<Arc<Lane>>,
    pub(super) phase: watch::Sender<Phase>,
    /// How many requests were due and handed on.
    pub(super) handed: AtomicU64,
    /// How many requests there will have been, when the arrivals are over.
    planned: AtomicU64,
    /// Requests a second over the whole schedule, as the bits of a number.
    average_rate: AtomicU64,
    /// Requests a second as the schedule says now, as the bits of a number.
    rate: AtomicU64,
    commands: Mutex<VecDeque<(Duration, Command)>>,
    has_commands: AtomicBool,
    told: Notify,
}

impl Shared {
    pub(super) fn new(model: Model, start: Instant, lanes: Vec<Arc<Lane>>) -> Self {
        Self {
            model,
            start,
            lanes,
            phase: watch::Sender::new(Phase::Running),
            handed: AtomicU64::new(0),
            planned: AtomicU64::new(0),
            average_rate: AtomicU64::new(0),
            rate: AtomicU64::new(0),
            commands: Mutex::default(),
            has_commands: AtomicBool::new(false),
            told: Notify::new(),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Requests that wait for their answers.
    pub(super) fn in_flight(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.pending.load(Ordering::Acquire)).sum()
    }

    /// How many requests were handed on, and how many there were to be.
    pub(super) fn intended(&self) -> (u64, u64) {
        let handed = self.handed.load(Ordering::Acquire);
        (handed, self.planned.load(Ordering::Acquire).max(handed))
    }

    /// How many requests there are to be, and over what time.
    pub(super) fn plan(&self, intended: u64, over: Duration) {
        self.planned.store(intended, Ordering::Release);
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 requests")]
        let average = if over.is_zero() { 0.0 } else { intended as f64 / over.as_secs_f64() };
        self.average_rate.store(average.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn intended_rate(&self) -> Option<f64> {
        let rate = f64::from_bits(self.average_rate.load(Ordering::Relaxed));
        (self.model == Model::Open && rate > 0.0).then_some(rate)
    }

    /// How many requests there are to be; none when there is no end, or nobody knows.
    pub(super) fn planned(&self) -> Option<u64> {
        Some(self.planned.load(Ordering::Acquire)).filter(|planned| *planned > 0)
    }

    pub(super) fn set_rate(&self, rate: f64) {
        self.rate.store(rate.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn rate(&self) -> f64 {
        f64::from_bits(self.rate.load(Ordering::Relaxed))
    }

    /// Goes on to a phase; from one that ends there is no way back.
    pub(super) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let may = match *phase {
                Phase::Running | Phase::Paused => *phase != to,
                Phase::Ending => to == Phase::Over,
                Phase::Over => false,
            };
            if may {
                *phase = to;
            }
            may
        });
    }

    /// Tells whoever paces; the command counts from now.
    pub(super) fn command(&self, command: Command) {
        // Nobody hears a closed run's, whose users look at the phase.
        if self.model == Model::Closed {
            return;
        }
        let mut commands = lock(&self.commands);
        commands.push_back((self.elapsed(), command));
        self.has_commands.store(true, Ordering::Release);
        self.told.notify_one();
    }

    /// Waits until a command was given since this was last awaited.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    /// The next command that was given.
    pub(super) fn next_command(&self) -> Option<(Duration, Command)> {
        if !self.has_commands.load(Ordering::Acquire) {
            return None;
        }
        let mut commands = lock(&self.commands);
        let next = commands.pop_front();
        self.has_commands.store(!commands.is_empty(), Ordering::Release);
        next
    }
}

/// What one thread counts.
#[derive(Debug)]
pub(super) struct Lane {
    start: Instant,
    tally: Mutex<Tally>,
    /// Requests that were handed to it and have not ended.
    pub(super) pending: AtomicU64,
    empty: Notify,
}

impl Lane {
    pub(super) fn new(start: Instant) -> Self {
        Self { start, tally: Mutex::default(), pending: AtomicU64::new(0), empty: Notify::new() }
    }

    /// Exchanges what it has counted for an empty tally.
    pub(super) fn swap(&self, tally: &mut Tally) {
        std::mem::swap(&mut *lock(&self.tally), tally);
    }

    /// Waits until nothing is pending.
    pub(super) async fn emptied(&self) {
        while self.pending.load(Ordering::Acquire) > 0 {
            self.empty.notified().await;
        }
    }

    /// Counts a request that was due and is not sent.
    pub(super) fn shed(&self, number: u64, due: Duration, intention: Intention) {
        let Intention { step, ask: _, mark } = intention;
        let ended = Ended::Shed;
        lock(&self.tally).add(Done { number, step, mark, ended, due, sent: None, over: due, unread: None });
    }
}

/// A request on its way to the thread that sends it.
#[derive(Debug)]
pub(super) struct Dispatch {
    ask: Ask,
    ticket: Ticket,
}

impl Dispatch {
    pub(super) fn new(lane: &Arc<Lane>, number: u64, due: Duration, intention: Intention) -> Self {
        let Intention { step, ask, mark } = intention;
        lane.pending.fetch_add(1, Ordering::AcqRel);
        let lane = Arc::clone(lane);
        Self { ask, ticket: Ticket { lane, number, step, mark, due, sent: None, ended: None, unread: None } }
    }

    /// Sends it, and counts how it ended.
    pub(super) async fn send(self, client: Arc<Client>) {
        let Self { ask, mut ticket } = self;
        ticket.leave();
        let answer = client.send(ask, &ticket.mark).await;
        let now = ticket.lane.start.elapsed();
        ticket.ended = Some(match answer {
            Ok(answer) => {
                // Whatever became of the clocks, nothing is answered before it was asked.
                let arrived =
                    answer.arrived.saturating_duration_since(ticket.lane.start).max(ticket.sent.unwrap_or(now));
                ticket.unread = Some(now.saturating_sub(arrived));
                match ticket.step.objection(&answer) {
                    None => (arrived, Ended::AsExpected(answer)),
                    Some(objection) => (arrived, Ended::Unexpectedly { answer, objection }),
                }
            }
            Err(Failure::TimedOut) => (now, Ended::TimedOut),
            Err(Failure::Connection(why)) => (now, Ended::ConnectionFailed(why)),
        });
    }
}

/// Follows a request. It is counted when this is dropped, wherever that happens: none can be lost.
#[derive(Debug)]
struct Ticket {
    lane: Arc<Lane>,
    number: u64,
    step: &'static Step,
    mark: Mark,
    due: Duration,
    sent: Option<Duration>,
    /// When, and how.
    ended: Option<(Duration, Ended)>,
    /// How long the answer had been there when it was read.
    unread: Option<Duration>,
}

impl Ticket {
    fn leave(&mut self) {
        let sent = self.lane.start.elapsed();
        self.sent = Some(sent);
        lock(&self.lane.tally).add_sent(self.due, sent);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (over, ended) = self.ended.take().unwrap_or_else(|| (self.lane.start.elapsed(), Ended::Unfinished));
        let mark = Mark { trace: self.mark.trace, session: std::mem::take(&mut self.mark.session) };
        let Self { number, step, due, sent, unread, .. } = *self;
        lock(&self.lane.tally).add(Done { number, step, mark, ended, due, sent, over, unread });
        if self.lane.pending.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.lane.empty.notify_one();
        }
    }
}
