//! `traffic run`: requests leave when they are due, whatever became of those before them (an open model).

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use reqwest::Client;
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    Ending,
    arguments::{Format, Run, Target},
    client::{self, Failure, Mark},
    complain,
    journeys::{Crowd, Intention},
    progress::Progress,
    say,
    schedule::Evenly,
    summary::Summary,
    tally::{Done, Ended, Tally},
    window::{Unlearned, Window},
};

/// How long the shop may take to say what it sells.
const LEARNING: Duration = Duration::from_secs(10);
/// How long answers are still awaited after Ctrl-C.
const GRACE: Duration = Duration::from_secs(3);

/// Sends the requests and says what became of each.
pub(crate) async fn run(options: &Run) -> anyhow::Result<Ending> {
    let target = &options.common.target;
    let name = format!("run-{:08x}", rand::random::<u32>());
    let mark = Mark { trace: rand::random_range(1..=u128::MAX), session: format!("{name}-0") };
    let learning = client::client(options.patience().min(LEARNING))?;
    let window = match Window::learn(&learning, target, &mark).await {
        Ok(window) => window,
        Err(Unlearned::Unreachable(why)) => {
            complain(&why);
            return Ok(Ending::Unreachable);
        }
        Err(Unlearned::Unexpected(why)) => {
            complain(&format!("{why}; `traffic check` looks at every door (trace {})", mark.trace_id()));
            return Ok(Ending::Unexpected);
        }
    };
    let schedule = Evenly { requests: options.requests, over: options.time };
    let mut progress = Progress::new();
    let mut sending = Sending::new(client::client(options.patience())?, target.clone(), schedule, options.in_flight);
    let interrupted = sending.send_all(Crowd::new(&window, options.seed, &name), &mut progress).await?;
    progress.clear();

    let summary = Summary::new(options, &name, &window, schedule, &mut sending.tally, interrupted);
    match options.common.format {
        Format::Text => say(&summary.to_string()),
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&summary)?)),
    }
    Ok(summary.ending())
}

/// A run while it lasts.
struct Sending {
    client: Client,
    target: Target,
    schedule: Evenly,
    places: Arc<Semaphore>,
    running: JoinSet<Done>,
    start: Instant,
    /// Turns true when answers are no longer awaited.
    over: watch::Sender<bool>,
    tally: Tally,
}

impl Sending {
    fn new(client: Client, target: Target, schedule: Evenly, in_flight: u32) -> Self {
        Self {
            client,
            target,
            schedule,
            places: Arc::new(Semaphore::new(in_flight as usize)),
            running: JoinSet::new(),
            start: Instant::now(),
            over: watch::Sender::new(false),
            tally: Tally::default(),
        }
    }

    /// Gives whether it was told to end before its time.
    async fn send_all(&mut self, mut crowd: Crowd<'_>, progress: &mut Progress) -> anyhow::Result<bool> {
        let mut interrupts = interrupts()?;
        let mut grace_ends = None;
        let mut begun = 0;
        self.start = Instant::now();
        while begun < self.schedule.requests || !self.running.is_empty() {
            select! {
                () = sleep_until(self.start + self.schedule.due(begun)), if begun < self.schedule.requests => {
                    let intention = crowd.next().context("the customers have run out")?;
                    self.begin(begun, intention);
                    begun += 1;
                }
                Some(done) = self.running.join_next() => match done {
                    Ok(done) => self.tally.add(done),
                    // Counted nowhere, so that the sum shows it.
                    Err(error) => complain(&format!("a request was lost: {error}")),
                },
                () = progress.due() => progress.show(&self.line(begun)),
                Some(()) = interrupts.recv() => {
                    if grace_ends.is_some() {
                        self.over.send_replace(true);
                    } else {
                        self.tally.never_due(self.schedule.requests - begun);
                        begun = self.schedule.requests;
                        grace_ends = Some(Instant::now() + GRACE);
                    }
                }
                () = sleep_until(grace_ends.unwrap_or(self.start)), if grace_ends.is_some() && !*self.over.borrow() => {
                    self.over.send_replace(true);
                }
            }
        }
        Ok(grace_ends.is_some())
    }

    /// Sends a request that is due, without waiting for anything.
    fn begin(&mut self, number: u32, intention: Intention) {
        let due = self.schedule.due(number);
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => {
                let (client, url) = (self.client.clone(), self.target.at(&intention.ask.path));
                let over = self.over.subscribe();
                self.running.spawn(request(client, url, number, intention, self.start, due, over, place));
            }
            Err(_) => {
                let Intention { step, mark, .. } = intention;
                let number = number + 1;
                self.tally.add(Done { number, step, mark, ended: Ended::NotSent, due, sent: None, over: due });
            }
        }
    }

    fn line(&self, begun: u32) -> String {
        let buckets = self.tally.buckets;
        format!(
            "{:>4} s  {begun}/{} due, {} as expected, {} not, {} waiting",
            self.start.elapsed().as_secs(),
            self.schedule.requests,
            buckets.as_expected,
            buckets.unexpected(),
            self.running.len(),
        )
    }
}

#[expect(clippy::too_many_arguments, reason = "all that a task takes with it; it is called in one place")]
async fn request(
    client: Client,
    url: String,
    number: u32,
    intention: Intention,
    start: Instant,
    due: Duration,
    mut over: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) -> Done {
    let Intention { step, ask, mark } = intention;
    let sent = Some(start.elapsed());
    let ended = select! {
        answer = client::send(&client, &url, ask, &mark) => match answer {
            Ok(answer) => match step.objection(&answer) {
                None => Ended::AsExpected { label: answer.label() },
                Some(objection) => Ended::Unexpectedly { label: answer.label(), objection },
            },
            Err(Failure::TimedOut) => Ended::TimedOut,
            Err(Failure::Connection(why)) => Ended::ConnectionFailed(why),
        },
        _ = over.wait_for(|over| *over) => Ended::Unfinished,
    };
    Done { number: number + 1, step, mark, ended, due, sent, over: start.elapsed() }
}

/// Each Ctrl-C, and each SIGTERM.
fn interrupts() -> anyhow::Result<mpsc::Receiver<()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
