//! Proofs that need no clock: of each alert's definition a test for promtool is made that shows when it fires and when it is silent.
//!
//! [`World`] says which series exist and how they behave while all is well. [`Trial::of`] reads an alert's query, finds what must be
//! turned for each of its conditions to be just met and just not met, and lays out timelines; [`run`] has promtool play them. On
//! them the alert
//! - fires just past each edge, for the right labels, when its hold time has passed and no sooner;
//! - is not even pending just below the edge, however long;
//! - is silent when any one of its conditions fails alone: too little traffic, no history, the short window over;
//! - is silent while all is well, when series first appear, when nothing counts, and when series are missing, unless that is its
//!   [`Duty`].
//!
//! The series are found with an evaluation of our own, but the verdict is Prometheus'. What cannot be found is an [`Error`] that
//! names the alert and the part of its query.

mod evaluate;
mod instead;
mod meaning;
mod parallel;
mod promtool;
mod query;
mod rules;
mod solve;
mod stage;
mod timeline;
mod trial;
mod waiting;
mod world;

use std::fmt;

pub use instead::{Instead, failing};
pub use meaning::{Known, Meaning, Seen, Verdict, ask};
pub use parallel::each;
pub use promtool::{Failure, run};
pub use rules::{AlertRule, Rules};
pub use trial::{Duty, Given, Trial};
pub use waiting::{Wait, waits};
pub use world::{Behaviour, Labels, Source, World};

/// Why there is no trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The alert; empty while it is not known.
    pub alert: String,
    /// The part of its query, or of its files, that is in the way.
    pub part: String,
    pub reason: String,
}

impl Error {
    fn new(part: &str, reason: String) -> Self {
        Self { alert: String::new(), part: part.to_owned(), reason }
    }

    fn of(mut self, alert: &str) -> Self {
        alert.clone_into(&mut self.alert);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.alert.is_empty() {
            write!(f, "{}: ", self.alert)?;
        }
        write!(f, "{}: {}", self.part, self.reason)
    }
}

impl std::error::Error for Error {}
