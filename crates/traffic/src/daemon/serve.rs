//! The daemon itself: sends customers at a rate that can be changed, and answers whoever speaks to its socket.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    net::UnixListener,
    select,
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};

use super::{
    Start,
    control::{self, Ask, Reply, State, Status},
    place::Place,
};
use crate::{
    arguments::Target,
    complain, conduct,
    ending::Ending,
    engine::{Arrivals, Handle, Run, Setup, Snapshot},
    interrupts::interrupts,
    journeys::{Crowd, Intention, MixName},
    report::{About, Report},
    run::learn,
    say,
};

/// How often the log gets a line: a day is a hundred kilobytes.
const LINE: Duration = Duration::from_secs(60);
/// How long answers are awaited at the end.
const GRACE: Duration = Duration::from_secs(3);

/// Runs until it is told to end.
pub(super) async fn serve(options: &Start) -> anyhow::Result<Ending> {
    // A session of its own: what ends the terminal does not end it.
    rustix::process::setsid().context("cannot leave the terminal")?;
    let Start { common, rate, mix, sending, files } = options;
    let place = Place::of(&common.target)?;
    let Some(_claim) = place.claim()? else {
        complain(&format!("a daemon runs for {} already", common.target));
        return Ok(Ending::Failed);
    };
    let about = About::new("daemon", common, sending.customers.seed).sending(mix).late_after(sending.late_after);
    let window = match learn(common, sending.customers.patience(), &about).await {
        Ok(window) => window,
        Err(ending) => return Ok(ending),
    };
    let setup = Setup::new(common.target.clone(), sending.customers.patience(), sending.in_flight);
    let about = about.learned(window.requests);
    let crowd = Arc::new(Mutex::new(Crowd::new(window, *mix, sending.customers.seed, &about.run)?));
    let socket = listen(&place)?;
    let run = Run::open(&setup, Arrivals::endless(*rate), Dealt(Arc::clone(&crowd)))?;
    let mut daemon = Daemon {
        target: common.target.clone(),
        about,
        handle: run.handle(),
        snapshots: run.snapshots(),
        crowd,
        rate: *rate,
        mix: *mix,
        is_ending: false,
    };
    say(&format!("{} sends {rate}/s of the mix `{mix}` to {}\n", daemon.about.run, common.target));
    let ended = daemon.live(run, &socket).await?;
    let report = Report::new(daemon.about, &ended, None);
    // What it was asked to send it sent; how the shop answered the report says.
    report.deliver(common.format, files)
}

fn listen(place: &Place) -> anyhow::Result<UnixListener> {
    let path = || format!("cannot listen at {}", place.socket.display());
    let socket = UnixListener::bind(&place.socket).with_context(path)?;
    fs::set_permissions(&place.socket, fs::Permissions::from_mode(0o600)).with_context(path)?;
    Ok(socket)
}

/// The crowd's requests, while its mix may be changed by others.
struct Dealt(Arc<Mutex<Crowd>>);

impl Iterator for Dealt {
    type Item = Intention;

    fn next(&mut self) -> Option<Intention> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

/// What it is while it lives.
struct Daemon {
    target: Target,
    about: About,
    handle: Handle,
    snapshots: watch::Receiver<Snapshot>,
    crowd: Arc<Mutex<Crowd>>,
    rate: f64,
    mix: MixName,
    is_ending: bool,
}

impl Daemon {
    async fn live(&mut self, run: Run, socket: &UnixListener) -> anyhow::Result<crate::engine::Ended> {
        let mut interrupts = interrupts()?;
        let mut lines = interval_at(Instant::now() + LINE, LINE);
        lines.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut finish = pin!(run.finish());
        let (asks, mut asked) = mpsc::channel(16);
        loop {
            select! {
                ended = &mut finish => return Ok(ended),
                Ok((stream, _)) = socket.accept() => {
                    // Aside: who asks slowly must not hold up the counting.
                    let asks = asks.clone();
                    tokio::spawn(async move {
                        if let Err(error) = control::answer(stream, asks).await {
                            complain(&format!("somebody who asked was not answered: {error:#}"));
                        }
                    });
                }
                Some((ask, reply)) = asked.recv() => {
                    // Who has gone wants no answer.
                    let _ = reply.send(self.respond(ask));
                }
                Some(()) = interrupts.recv() => self.end("it was told to end by a signal"),
                _ = lines.tick() => say(&format!("{}\n", conduct::line(&self.snapshots.borrow()))),
            }
        }
    }

    fn respond(&mut self, ask: Ask) -> Reply {
        match ask {
            Ask::Status => {}
            Ask::Set { rate, mix } => {
                if let Some(rate) = rate {
                    if !(rate > 0.0 && rate <= super::MOST) {
                        return Reply::Refused(format!("a rate must be above 0 and at most {}/s", super::MOST));
                    }
                    self.handle.set_rate(rate);
                    self.rate = rate;
                }
                if let Some(mix) = mix {
                    let mut crowd = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Err(error) = crowd.change(mix) {
                        return Reply::Refused(format!("{error:#}"));
                    }
                    self.mix = mix;
                    self.about.also_sends(mix.to_string());
                }
                say(&format!("it sends {}/s of the mix `{}` from now on\n", self.rate, self.mix));
            }
            Ask::Pause => {
                self.handle.pause();
                say("it is paused\n");
            }
            Ask::Resume => {
                self.handle.resume();
                say("it goes on\n");
            }
            Ask::Stop => self.end("it was told to end"),
        }
        Reply::Status(self.status(ask))
    }

    fn end(&mut self, why: &str) {
        if self.is_ending {
            return;
        }
        self.is_ending = true;
        say(&format!("{why}\n"));
        self.handle.end();
        let handle = self.handle.clone();
        tokio::spawn(async move {
            sleep(GRACE).await;
            handle.give_up();
        });
    }

    fn status(&self, ask: Ask) -> Status {
        let snapshot = self.snapshots.borrow();
        // The snapshot is a second old at most; what was just asked is newer.
        let is_paused = match ask {
            Ask::Pause => true,
            Ask::Resume => false,
            Ask::Status | Ask::Set { .. } | Ask::Stop => snapshot.is_paused,
        };
        let state = match (self.is_ending, is_paused) {
            (true, _) => State::Ending,
            (false, true) => State::Paused,
            (false, false) => State::Running,
        };
        Status {
            pid: std::process::id(),
            target: self.target.to_string(),
            run: self.about.run.clone(),
            state,
            rate: self.rate,
            mix: self.mix,
            seconds: snapshot.at.as_secs_f64(),
            sent: snapshot.sent,
            ended: snapshot.buckets,
            answered_per_second: snapshot.second.rate(snapshot.second.buckets.finished()),
        }
    }
}
