//! `cargo xtask tools`: the pinned real servers, listed, found and built.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde_json::json;
use stack::tools::{self, Event, Tool};

use crate::{Format, Outcome};

/// Finds or builds the pinned real servers.
///
/// Looked for in this order: the environment variable VITRINE_NAME (such as VITRINE_PROMETHEUS), the user's cache folder
/// ($XDG_CACHE_HOME/vitrine/tools, shared by clones and keyed by the pins), PATH if the version will do; then it is built
/// from the Go modules pinned under deploy/tools (PostgreSQL comes from npm).
#[derive(Args)]
pub(crate) struct Tools {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Builds what is missing: these tools, or all of them.
    Install {
        /// Such as prometheus or amtool.
        #[arg(value_parser = parse)]
        names: Vec<Tool>,
    },
    /// Says where each tool is (the default).
    List {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prints the path of one tool, for scripts.
    Path {
        /// Such as promtool.
        #[arg(value_parser = parse)]
        name: Tool,
    },
}

impl Tools {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.verb.unwrap_or(Verb::List { format: Format::Text }) {
            Verb::Install { names } => {
                let names = if names.is_empty() { Tool::ALL.to_vec() } else { names };
                let mut progress = Progress::new();
                for found in tools::install(&names, &mut |event| progress.show(event))? {
                    println!("{:<17} {}", found.tool, found.describe());
                }
                Ok(Outcome::Done)
            }
            Verb::List { format } => list(format),
            Verb::Path { name } => {
                println!("{}", tools::need(name)?.display());
                Ok(Outcome::Done)
            }
        }
    }
}

fn list(format: Format) -> anyhow::Result<Outcome> {
    let tools = tools::list()?;
    if format == Format::Json {
        let rows = tools.into_iter().map(|(tool, found)| {
            json!({
                "name": tool.as_str(),
                "path": found.as_ref().map(|found| &found.path),
                "source": found.as_ref().map(|found| found.source.as_str()),
                "variable": tool.variable(),
            })
        });
        println!("{}", serde_json::to_string_pretty(&rows.collect::<Vec<_>>())?);
        return Ok(Outcome::Done);
    }
    for (tool, found) in tools {
        let place =
            found.map_or_else(|| "missing: `cargo xtask tools install` gets it".to_owned(), |found| found.describe());
        println!("{tool:<17} {place}");
    }
    Ok(Outcome::Done)
}

fn parse(name: &str) -> anyhow::Result<Tool> {
    let names = || Tool::ALL.map(Tool::as_str).join(", ");
    Tool::named(name).ok_or_else(|| anyhow!("there is no tool of this name; there are {}", names()))
}

/// Shows how far a build is: one living line on a terminal, now and then a plain line elsewhere.
pub(crate) struct Progress {
    live: bool,
    told: Duration,
}

impl Progress {
    const LIVE_EVERY: Duration = Duration::from_millis(500);
    const PLAIN_EVERY: Duration = Duration::from_secs(30);

    pub(crate) fn new() -> Self {
        Self { live: io::stderr().is_terminal(), told: Duration::ZERO }
    }

    pub(crate) fn show(&mut self, event: Event) {
        match event {
            Event::Waits => self.line("another process builds the tools; waiting for it"),
            Event::Begins { name, log } => {
                self.told = Duration::ZERO;
                self.line(&format!("building {name} (some minutes when cold); log: {}", log.display()));
            }
            Event::GoesOn { name, elapsed, packages, last } => {
                let every = if self.live { Self::LIVE_EVERY } else { Self::PLAIN_EVERY };
                if elapsed.saturating_sub(self.told) < every {
                    return;
                }
                self.told = elapsed;
                let so_far = if packages > 0 { format!("{packages} packages, {last}") } else { "begins".to_owned() };
                let text = format!("building {name}: {} s, {so_far}", elapsed.as_secs());
                if self.live {
                    let text: String = text.chars().take(100).collect();
                    eprint!("\r\x1b[K{text}");
                    // A line that could not be shown is not worth failing a build.
                    let _ = io::stderr().flush();
                } else {
                    eprintln!("{text}");
                }
            }
            Event::Done { name, elapsed } => self.line(&format!("{name} is built ({} s)", elapsed.as_secs())),
        }
    }

    fn line(&self, text: &str) {
        let clear = if self.live { "\r\x1b[K" } else { "" };
        eprintln!("{clear}{text}");
    }
}
