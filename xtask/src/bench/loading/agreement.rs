//! Whether a client measures what a server took, by the server's own clock.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use super::{Bench, Server, on_core, on_path, timed};

/// How long answers take in milliseconds, how many are asked for a second, and for how many seconds.
const TRIES: [(u32, u32, u32); 5] = [(1, 500, 5), (50, 100, 5), (700, 50, 5), (3_000, 50, 5), (12_000, 50, 5)];
/// The client's percentiles may lie so much above the server's.
const AIM: f64 = 0.05;
/// And so much below: a client waits longer than a server works, but for the moment in which the answer is written.
const BELOW: f64 = 0.005;
/// A thread that never sleeps goes on within less, unless the machine takes its core away.
const GAP: Duration = Duration::from_micros(50);
const WATCHED: Duration = Duration::from_secs(2);
/// The clocks differ by what lies between three moments: the client sends, the server reads, the client reads. Each finds its core taken away
/// for more than [`GAP`] in up to this share of cases, and 95 of 100 requests still pass without.
const BEARABLE: f64 = 0.05 / 3.0;

impl Bench {
    /// Compares both clocks from a millisecond to twelve seconds; whether they agree wherever this machine can tell.
    pub(super) fn agrees(&self, delaying: &Path) -> anyhow::Result<bool> {
        println!("  a server that answers after a while, by its own clock and by that of `traffic --busy-poll`");
        let away = taken_away();
        let mut is_good = true;
        for (delay, rate, seconds) in TRIES {
            let server = Server::start(delaying, &[&delay.to_string()])?;
            let mut command = on_core(on_path("taskset").as_deref(), &self.traffic);
            self.load(&mut command, &server.url, rate, seconds);
            // 4: it was itself too late, and nothing can be told.
            timed(command.arg("--busy-poll"), &[0, 4])?;
            let theirs = server.last_words()?;
            let report = self.report()?;
            ensure!(theirs.len() == 2, "the server does not say what it measured");
            let (mut more, mut told) = ([0.0; 2], Vec::new());
            for ((more, theirs), name) in more.iter_mut().zip(&theirs).zip(["p50", "p95"]) {
                let ours = report["latency_seconds"][name].as_f64().context("the report lacks a percentile")?;
                let theirs: f64 = theirs.parse()?;
                *more = ours / theirs - 1.0;
                told.push(format!("{name} {:.3} and {:.3} ms ({:+.2} %)", theirs * 1e3, ours * 1e3, *more * 100.0));
            }
            let is_restless = GAP.as_secs_f64() >= AIM * f64::from(delay) / 1e3 && away > BEARABLE;
            let is_lost = is_restless || report["verdict"] == "inconclusive";
            let agree = more.iter().all(|more| (-BELOW..=AIM).contains(more));
            let word = match agree {
                true => "reached",
                false if is_lost => "this machine cannot tell",
                false => "MISSED",
            };
            println!("    {:<10}{}; within {} %: {word}", format!("{delay} ms:"), told.join(", "), AIM * 100.0);
            is_good &= agree || is_lost;
        }
        println!(
            "    (this machine takes the core from a thread that never sleeps for {:.1} % of the time, in pieces of more than {} us)\n",
            away * 100.0,
            GAP.as_micros()
        );
        Ok(is_good)
    }
}

/// The share of time for which the core is taken from a thread that never sleeps while another does not either.
fn taken_away() -> f64 {
    let watch = || {
        let (start, mut last, mut away) = (Instant::now(), Instant::now(), Duration::ZERO);
        while start.elapsed() < WATCHED {
            let now = Instant::now();
            let gap = now - last;
            if gap > GAP {
                away += gap;
            }
            last = now;
        }
        away.as_secs_f64() / WATCHED.as_secs_f64()
    };
    thread::scope(|scope| {
        let other = scope.spawn(watch);
        let own = watch();
        other.join().map_or(own, |other| own.max(other))
    })
}
