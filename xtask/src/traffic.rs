//! `cargo xtask traffic`, for which `cargo traffic` is short: builds it as all of the workspace is built, and becomes it.

use std::{ffi::OsString, os::unix::process::CommandExt as _, process::Command};

use anyhow::Context as _;
use clap::Args;
use stack::Binaries;

use crate::Outcome;

/// Customers, load, faults on purpose and a demonstration; also `cargo traffic`, whose `--help` tells more.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Traffic {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Traffic {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let binaries = Binaries::build_only("traffic")?;
        let program = binaries.named("traffic")?;
        Err(Command::new(program).args(self.arguments).exec()).with_context(|| program.display().to_string())
    }
}
