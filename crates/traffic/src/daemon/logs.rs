//! `traffic daemon logs`: the last lines that the daemon wrote, and those to come.

use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use tokio::{select, time::interval};

use super::place::Place;
use crate::{arguments::Common, complain, ending::Ending, interrupts::interrupts, say};

const POLL: Duration = Duration::from_millis(200);

/// What is shown.
#[derive(Args, Debug)]
pub(crate) struct Logs {
    #[command(flatten)]
    pub common: Common,

    /// How many of the last lines.
    #[arg(short = 'n', long, default_value_t = 20)]
    pub lines: usize,

    /// Goes on with what is written from now on, until Ctrl-C.
    #[arg(short, long)]
    pub follow: bool,
}

/// Shows the log.
pub(super) async fn show(options: &Logs) -> anyhow::Result<Ending> {
    let place = Place::of(&options.common.target)?;
    let path = &place.log;
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let target = &options.common.target;
            complain(&format!("no daemon has run for {target} yet; `traffic daemon start` starts one"));
            return Ok(Ending::Failed);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut more = || {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = more()?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    say(&lines[lines.len().saturating_sub(options.lines)..].concat());
    if options.follow {
        let mut interrupts = interrupts()?;
        let mut ticks = interval(POLL);
        loop {
            select! {
                Some(()) = interrupts.recv() => break,
                _ = ticks.tick() => say(&more()?),
            }
        }
    }
    Ok(Ending::Passed)
}
