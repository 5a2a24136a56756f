//! Whether a client measures what a server took, by the server's own clock.

use std::path::Path;

use anyhow::{Context as _, ensure};

use super::{Bench, Server, on_core, on_path, timed};

/// How long answers take in milliseconds, how many are asked for a second, and for how many seconds.
const DELAYS: [(u32, u32, u32); 5] = [(1, 500, 5), (50, 100, 5), (700, 50, 5), (3_000, 50, 5), (12_000, 50, 5)];
/// The client's percentiles may lie so far from the server's.
const AIM: f64 = 0.05;
/// A machine that does something else meanwhile is asked again.
const TRIES: u32 = 3;

impl Bench {
    /// Compares both clocks from a millisecond to twelve seconds; whether they agree everywhere.
    pub(super) fn agrees(&self, delaying: &Path) -> anyhow::Result<bool> {
        println!("  a server that answers after a while, by its own clock and by that of `traffic --busy-poll`");
        let mut is_good = true;
        for (delay, rate, seconds) in DELAYS {
            let name = format!("{delay} ms:");
            for attempt in 1..=TRIES {
                let Compared { agree, said } = self.both_clocks(delaying, delay, rate, seconds)?;
                let word = match agree {
                    true => "reached",
                    false if attempt < TRIES => "not reached, so once more",
                    false => "MISSED",
                };
                println!("    {name:<10}{said}; within {} %: {word}", AIM * 100.0);
                if agree {
                    break;
                }
                is_good &= attempt < TRIES;
            }
        }
        println!();
        Ok(is_good)
    }

    fn both_clocks(&self, delaying: &Path, delay: u32, rate: u32, seconds: u32) -> anyhow::Result<Compared> {
        let server = Server::start(delaying, &[&delay.to_string()])?;
        let mut command = on_core(on_path("taskset").as_deref(), &self.traffic);
        self.load(&mut command, &server.url, rate, seconds);
        // 4: it was itself too late.
        timed(command.arg("--busy-poll"), &[0, 4])?;
        let theirs = server.last_words()?;
        let report = self.report()?;
        ensure!(theirs.len() == 2, "the server does not say what it measured");
        let (mut agree, mut said) = (true, Vec::new());
        for (theirs, name) in theirs.iter().zip(["p50", "p95"]) {
            let ours = report["latency_seconds"][name].as_f64().context("the report lacks a percentile")?;
            let theirs: f64 = theirs.parse()?;
            let apart = ours / theirs - 1.0;
            agree &= apart.abs() <= AIM;
            said.push(format!("{name} {:.3} and {:.3} ms ({:+.2} %)", theirs * 1e3, ours * 1e3, apart * 100.0));
        }
        Ok(Compared { agree, said: said.join(", ") })
    }
}

struct Compared {
    agree: bool,
    said: String,
}
