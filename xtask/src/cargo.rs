//! Runs cargo on the workspace, in sight of whoever called.

use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::Outcome;

/// Runs `cargo` with these arguments; what it writes goes where ours goes.
pub(crate) fn cargo(arguments: &[&str]) -> anyhow::Result<Outcome> {
    let status = command(arguments).status().context("cargo could not be started")?;
    Ok(if status.success() { Outcome::Done } else { Outcome::Findings })
}

/// Fails when a part of the toolchain, such as `fmt`, is not installed.
pub(crate) fn need(part: &str, component: &str) -> anyhow::Result<()> {
    let asked = command(&[part, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if asked.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let sentence = format!("`cargo {part}` is not there; install it by `rustup component add {component}`");
    Err(stack::Error::MissingTool(sentence).into())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = stack::cargo();
    command.args(arguments).stdin(Stdio::null());
    command
}
