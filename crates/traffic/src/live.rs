//! The full-screen live view: how it goes, and the server's own numbers beside ours.

mod screen;
mod seen;
mod server;
mod view;

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use crate::{complain, engine::Snapshot, scene::Scene};
use screen::Screen;
pub(crate) use screen::hold;
use seen::Seen;
use server::Server;

/// How often it is drawn: what is counted changes each second, but the time goes on between.
const FRAME: Duration = Duration::from_millis(250);

/// The view while it is open. Dropping it leaves the terminal as it was.
#[derive(Debug)]
pub(crate) struct Live {
    screen: Screen,
    scene: Scene,
    seen: Seen,
    server: Option<watch::Receiver<Server>>,
    begun: Instant,
    note: Option<String>,
    frames: Interval,
    resized: Signal,
}

impl Live {
    /// Takes over the terminal; none where there is no terminal that could be taken over.
    pub(crate) fn open(scene: &Scene) -> Option<Self> {
        let resized = signal(SignalKind::window_change()).ok()?;
        let screen = Screen::open()?;
        let mut frames = interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let server = scene.showing.prometheus.clone().map(server::follow);
        let (scene, seen, begun) = (scene.clone(), Seen::default(), Instant::now());
        Some(Self { screen, scene, seen, server, begun, note: None, frames, resized })
    }

    /// Waits until it is to be drawn: now and then, and at once when the terminal has another size.
    pub(crate) async fn due(&mut self) {
        let mut frame = pin!(self.frames.tick());
        select! {
            _ = &mut frame => {}
            _ = self.resized.recv() => {}
        }
    }

    /// Takes in what came in a second.
    pub(crate) fn add(&mut self, snapshot: &Snapshot) {
        self.seen.add(snapshot);
    }

    pub(crate) fn draw(&mut self) {
        let server = self.server.as_ref().map(|server| server.borrow().clone());
        let state = view::State {
            title: &self.scene.title,
            elapsed: self.begun.elapsed(),
            lasts: self.scene.lasts,
            seen: &self.seen,
            server: server.as_ref(),
            note: self.note.as_deref(),
            is_coloured: self.screen.is_coloured,
        };
        self.screen.draw(|frame| view::draw(frame, &state));
    }

    /// Shows a sentence, and says it again when the view is closed.
    pub(crate) fn note(&mut self, sentence: &str) {
        self.note = Some(sentence.to_owned());
        complain(sentence);
    }
}
