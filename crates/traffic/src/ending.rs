//! How a verb ends, as its exit code tells.

use std::{fmt, process::ExitCode};

use serde::{Deserialize, Serialize};

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    Passed = 0,
    /// A threshold did not hold, or something answered otherwise than it should.
    Failed = 1,
    /// What was asked for makes no sense.
    Misused = 2,
    Unreachable = 3,
    /// This side was the limit, so that nothing can be said of the other.
    Inconclusive = 4,
    /// A guard stopped it.
    Stopped = 5,
    Interrupted = 130,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ending::Passed => "passed",
            Ending::Failed => "failed",
            Ending::Misused => "misused",
            Ending::Unreachable => "unreachable",
            Ending::Inconclusive => "inconclusive",
            Ending::Stopped => "stopped by a guard",
            Ending::Interrupted => "interrupted",
        })
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        ExitCode::from(ending as u8)
    }
}
