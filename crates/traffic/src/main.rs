//! The people of the shop: `traffic check` looks at every door, `traffic run` sends customers through them.
//!
//! It speaks HTTP only. It knows the shop's routes, messages and codes, so that a change of the API breaks it at compile time, and no
//! service.

mod arguments;
mod check;
mod client;
mod journeys;
mod progress;
mod run;
mod schedule;
mod steps;
mod summary;
mod table;
mod tally;
mod window;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Parser as _;

use crate::arguments::{Arguments, Verb};

/// How a verb ended, as its exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Passed = 0,
    Unexpected = 1,
    Unreachable = 3,
    Interrupted = 130,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        ExitCode::from(ending as u8)
    }
}

fn main() -> ExitCode {
    // Wrong use ends here, with code 2 and a sentence.
    let arguments = Arguments::parse();
    let ended =
        tokio::runtime::Runtime::new().context("cannot start the threads that send requests").and_then(|runtime| {
            runtime.block_on(async {
                match &arguments.verb {
                    Verb::Check(options) => check::check(options).await,
                    Verb::Run(options) => run::run(options).await,
                }
            })
        });
    match ended {
        Ok(ending) => ending.into(),
        Err(error) => {
            complain(&format!("{error:#}"));
            Ending::Unexpected.into()
        }
    }
}

/// Writes to the standard output. Who no longer reads it, as in `| head`, wants no more of it, and no panic.
fn say(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a sentence to the standard error.
fn complain(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "traffic: {sentence}");
}
