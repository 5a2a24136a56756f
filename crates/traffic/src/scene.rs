//! How a run is shown while it lasts: by a line that changes, by plain lines now and then, or by the full-screen view.

use std::time::Duration;

use crate::{arguments::Showing, engine::Snapshot, live::Live, progress::Progress, report::About};

/// What is to be shown, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    pub title: String,
    /// How long the run is to last; none when nobody knows.
    pub lasts: Option<Duration>,
    pub showing: Showing,
}

impl Scene {
    pub(crate) fn new(about: &About, lasts: Option<Duration>, showing: &Showing) -> Self {
        let About { run, target, .. } = about;
        Self { title: format!("{run} against {target}"), lasts, showing: showing.clone() }
    }
}

/// What shows a run. A line is the default: it leaves the terminal's history alone, and reads the same in a log.
#[derive(Debug)]
pub(crate) enum Shown {
    Line(Progress),
    Full(Box<Live>),
}

impl Shown {
    /// The full-screen view where it is wanted and the terminal can show it, else a line.
    pub(crate) fn begin(scene: &Scene) -> Self {
        let Showing { live, plain, .. } = scene.showing;
        // It is not even tried unless it is wanted: opening it takes the terminal over.
        let live = if live && !plain { Live::open(scene) } else { None };
        match live {
            Some(live) => Self::Full(Box::new(live)),
            None if plain => Self::Line(Progress::plain()),
            None => Self::Line(Progress::new()),
        }
    }

    /// Waits until something is to be shown.
    pub(crate) async fn due(&mut self) {
        match self {
            Shown::Line(progress) => progress.due().await,
            Shown::Full(live) => live.due().await,
        }
    }

    pub(crate) fn show(&mut self, line: impl FnOnce() -> String) {
        match self {
            Shown::Line(progress) => progress.show(&line()),
            Shown::Full(live) => live.draw(),
        }
    }

    /// Takes in what came in a second.
    pub(crate) fn add(&mut self, snapshot: &Snapshot) {
        if let Shown::Full(live) = self {
            live.add(snapshot);
        }
    }

    /// Tells a sentence that stays.
    pub(crate) fn note(&mut self, sentence: &str) {
        match self {
            Shown::Line(progress) => progress.note(sentence),
            Shown::Full(live) => live.note(sentence),
        }
    }

    /// Ends it, so that what follows stands alone.
    pub(crate) fn end(self) {
        if let Shown::Line(progress) = self {
            progress.clear();
        }
    }
}
