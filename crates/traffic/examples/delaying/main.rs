//! A server that answers after a while and measures for itself how long that was, for `cargo xtask bench --load`: what a client says of it
//! can be held against that.
//!
//! Its argument is the time in milliseconds. When its input ends, it writes the median and the 95th percentile in seconds.

mod server;

use std::{io, time::Duration};

use anyhow::Context as _;
use server::{Server, percentile};

fn main() -> anyhow::Result<()> {
    let milliseconds = std::env::args().nth(1).context("say how many milliseconds an answer takes")?.parse()?;
    let server = Server::start(Duration::from_millis(milliseconds))?;
    say(&server.url());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    let times = server.end();
    for percent in [50, 95] {
        say(&percentile(&times, percent).context("nothing was asked")?.as_secs_f64().to_string());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it reads what it says")]
fn say(line: &str) {
    println!("{line}");
}
