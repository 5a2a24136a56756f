//! `cargo xtask`: everything a developer does with the workspace. One thin file a verb.
#![expect(clippy::print_stdout, reason = "xtask speaks to people")]

mod bench;
mod cargo;
mod crd;
mod exporters;
mod foundation;
mod kept;
mod lint;
mod mutate;
mod preview;
mod render;
mod room;
mod soundness;
mod test;
mod tools;
mod traffic;
mod up;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Runs, watches and checks the shop.
///
/// Exit codes: 0 done, 1 findings, 2 wrong use or unreadable input, 3 a needed tool is missing.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Up(up::Up),
    Traffic(traffic::Traffic),
    Render(render::Render),
    Lint(lint::Lint),
    Preview(preview::Preview),
    Tools(tools::Tools),
    Test(test::Test),
    Mutate(mutate::Mutate),
    Bench(bench::Bench),
    Exporters(exporters::Exporters),
    Soundness(soundness::Soundness),
}

/// For whom the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// How a verb ended; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done = 0,
    Findings = 1,
    WrongUse = 2,
    ToolMissing = 3,
}

fn main() -> ExitCode {
    let outcome = Arguments::parse().verb.run().unwrap_or_else(|error| tell(&error));
    ExitCode::from(outcome as u8)
}

impl Verb {
    fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Verb::Up(up) => up.run(),
            Verb::Traffic(traffic) => traffic.run(),
            Verb::Render(render) => render.run(),
            Verb::Lint(lint) => lint.run(),
            Verb::Preview(preview) => preview.run(),
            Verb::Tools(tools) => tools.run(),
            Verb::Test(test) => test.run(),
            Verb::Mutate(mutate) => mutate.run(),
            Verb::Bench(bench) => bench.run(),
            Verb::Exporters(exporters) => exporters.run(),
            Verb::Soundness(soundness) => soundness.run(),
        }
    }
}

/// Says what went wrong, and how that ends.
fn tell(error: &anyhow::Error) -> Outcome {
    eprintln!("error: {error:#}");
    match error.downcast_ref() {
        Some(stack::Error::MissingTool(_)) => Outcome::ToolMissing,
        Some(stack::Error::Died(_)) => Outcome::Findings,
        _ => Outcome::WrongUse,
    }
}
