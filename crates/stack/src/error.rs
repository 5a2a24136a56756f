//! What can go wrong with the stack, in plain sentences that say what to do.

use std::fmt;

use crate::{port::Taken, process::Death};

/// Why the stack, or a part of it, could not be had.
#[derive(Debug)]
pub enum Error {
    /// A tool is neither there nor can it be built here; `xtask` answers this with exit code 3.
    MissingTool(String),
    /// Somebody else listens where we should.
    PortsTaken(Vec<Taken>),
    /// A process ended while it was being started.
    Died(Death),
    /// Anything else, as a sentence.
    Failed(String),
}

impl Error {
    pub(crate) fn failed(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTool(sentence) | Self::Failed(sentence) => f.write_str(sentence),
            Self::PortsTaken(taken) => {
                for port in taken {
                    writeln!(f, "{port}")?;
                }
                f.write_str("stop who listens there, or move the whole stack by another `--port-offset`")
            }
            Self::Died(death) => death.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
