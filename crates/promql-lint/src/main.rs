//! `promql-lint`: the checker on anyone's files.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser;
use promql_lint::{command::Lint, lint};

#[derive(Parser)]
#[command(name = "promql-lint", version)]
struct Arguments {
    #[command(flatten)]
    lint: Lint,
}

fn main() -> ExitCode {
    match Arguments::parse().lint.run("promql-lint", |settings, inputs| lint(settings, None, inputs)) {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(error) => {
            // Nobody is left to tell when it fails.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}
