//! The people of the shop: they look at every door, come as customers, and make the services fail on purpose.
//!
//! It speaks HTTP only. It knows the shop's routes, messages and codes, so that a change of the API breaks it at compile time, and no
//! service.

mod arguments;
mod check;
mod compare;
mod conduct;
mod daemon;
mod demo;
mod ending;
#[expect(dead_code, reason = "what `load`, `flow`, `spike` and `daemon` are about to use")]
mod engine;
mod fault;
mod flow;
mod guard;
mod interrupts;
mod journeys;
mod kept;
mod live;
mod load;
mod merge;
mod progress;
mod prometheus;
mod report;
mod run;
mod scene;
mod slo;
mod spike;
mod stats;
mod steps;
mod table;
mod threshold;
mod underline;
mod window;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Parser as _;

use crate::{
    arguments::{Arguments, Verb},
    ending::Ending,
};

fn main() -> ExitCode {
    // Wrong use ends here, with code 2 and a sentence.
    let arguments = Arguments::parse();
    let ended = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the threads that watch what is sent")
        .and_then(|runtime| {
            runtime.block_on(async {
                match &arguments.verb {
                    Verb::Check(options) => check::check(options).await,
                    Verb::Run(options) => run::run(options).await,
                    Verb::Load(options) => load::load(options).await,
                    Verb::Stats(options) => stats::stats(options).await,
                    Verb::Compare(options) => compare::compare(options),
                    Verb::Merge(options) => merge::merge(options),
                    Verb::Flow(options) => flow::flow(options).await,
                    Verb::Spike(options) => spike::spike(options).await,
                    Verb::Daemon(verb) => daemon::run(verb).await,
                    Verb::Fault(verb) => fault::run(verb).await,
                    Verb::Demo(options) => demo::run(options).await,
                }
            })
        });
    match ended {
        Ok(ending) => ending.into(),
        Err(error) => {
            complain(&format!("{error:#}"));
            Ending::Failed.into()
        }
    }
}

/// Writes to the standard output. Who no longer reads it, as in `| head`, wants no more of it, and no panic.
fn say(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a sentence to the standard error, once the live view is out of its way.
fn complain(sentence: &str) {
    if live::hold(sentence) {
        return;
    }
    let _ = writeln!(io::stderr().lock(), "traffic: {sentence}");
}
