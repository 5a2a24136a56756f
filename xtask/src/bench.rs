//! `cargo xtask bench`: what the middleware costs a request, and what the whole stack uses of the machine.

mod linting;
mod loading;
mod promises;
mod rendering;
mod spread;

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use shop::{ports::Ports, services::ServiceName};
use stack::{
    Binaries, Plan, Profile, Server, Stack,
    tools::{self, Tool},
};

use self::promises::Promises;
use crate::{Outcome, cargo::cargo, tools::Progress};

/// What the services and the servers that watch them may take together.
const AIM_BYTES: u64 = 600_000_000;

/// Measures what the middleware costs a request beside named peers in the same run, or what the whole local stack uses.
///
/// Exit codes: 0 measured, 1 a process died, requests failed, a promise was broken or the aim was missed, 3 a needed tool is missing.
#[derive(Args)]
pub(crate) struct Bench {
    /// Runs the whole local stack under traffic instead, and shows memory and processor time of each process, and whether Prometheus says
    /// that every promise was kept.
    #[arg(long, group = "whole")]
    stack: bool,
    /// Measures how long it takes to render everything.
    #[arg(long, conflicts_with = "whole")]
    render: bool,
    /// Measures how long the checker takes for a thousand rules, beside promtool.
    #[arg(long, conflicts_with = "whole")]
    lint: bool,
    /// Measures what a request costs `traffic`, and how exactly it keeps a rate, beside oha and wrk, and holds its clock against a server's.
    #[arg(long, conflicts_with = "whole")]
    load: bool,
    /// Does all of these.
    #[arg(long, group = "whole")]
    all: bool,
    /// How long the traffic lasts.
    #[arg(long, requires = "whole", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// How many requests the traffic sends in a second.
    #[arg(long, requires = "whole", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Compiles the services with optimisations; the middleware's bench always does.
    #[arg(long, requires = "whole")]
    release: bool,
}

impl Bench {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        if self.render {
            return rendering::run();
        }
        if self.lint {
            return linting::run();
        }
        if self.load {
            return loading::run();
        }
        if !self.stack {
            let outcome = cargo(&["bench", "--package", "telemetry", "--bench", "middleware"])?;
            if !self.all {
                println!(
                    "\nthe whole stack under ten minutes of traffic: cargo xtask bench --stack; rendering: --render; the checker: --lint; traffic: --load (all: --all)"
                );
            }
            if !self.all || outcome != Outcome::Done {
                return Ok(outcome);
            }
            for part in [rendering::run, linting::run, loading::run] {
                let outcome = part()?;
                if outcome != Outcome::Done {
                    return Ok(outcome);
                }
            }
        }
        tokio::runtime::Runtime::new().context("no runtime")?.block_on(self.measure_stack())
    }

    async fn measure_stack(&self) -> anyhow::Result<Outcome> {
        let needed: Vec<Tool> = Server::WATCHING.iter().flat_map(|server| server.tools()).copied().collect();
        let mut progress = Progress::new();
        tools::install(&needed, &mut |event| progress.show(event))?;
        let profile = if self.release { Profile::Release } else { Profile::Dev };
        let binaries = Binaries::build(profile)?;

        let folder = stack::target_folder()?.join("bench");
        // What an earlier run left in Prometheus and the databases would be measured too.
        let _ = fs::remove_dir_all(&folder);
        let plan = Plan::new(folder).ports(Ports::free()?).servers(Server::WATCHING);
        let mut stack = Stack::start(plan, binaries.clone()).await?;
        println!("the stack runs; {} requests a second for {} min", self.rate, self.minutes);

        let seconds = self.minutes * 60;
        let mut traffic = Command::new(binaries.named("traffic")?);
        traffic.args(["run", "--target", &stack.url(ServiceName::Gateway)]);
        traffic.args(["-n", &(self.rate * seconds).to_string(), "-t", &seconds.to_string()]);
        let went_well = traffic.status().context("traffic could not be started")?.success();

        let deaths = stack.deaths();
        let lasted = Duration::from_secs(seconds.into());
        let table = Table::of(&mut stack, lasted)?;
        let promises = Promises::ask(&stack.server_url(Server::Prometheus), lasted).await?;
        stack.stop().await;
        for (_, death) in &deaths {
            eprintln!("error: {death}");
        }
        println!("\n{}\n\n{}", table.shown(self.minutes, profile), promises.shown(lasted));
        let is_good = went_well && promises.are_kept() && deaths.is_empty() && table.memory_bytes() <= AIM_BYTES;
        Ok(if is_good { Outcome::Done } else { Outcome::Findings })
    }
}

/// What each process of the stack uses.
struct Table {
    rows: Vec<Row>,
    lasted: Duration,
}

struct Row {
    name: &'static str,
    memory_bytes: u64,
    /// The most it ever held; none where /proc does not tell.
    peak_bytes: Option<u64>,
    cpu: Duration,
}

impl Table {
    fn of(stack: &mut Stack, lasted: Duration) -> anyhow::Result<Self> {
        let mut rows = Vec::new();
        for (member, process) in stack.processes() {
            // One that died was told of, and uses nothing.
            let Some(usage) = process.usage() else { continue };
            let peak_bytes = peak_bytes(process.pid());
            rows.push(Row { name: member.as_str(), memory_bytes: usage.memory_bytes, peak_bytes, cpu: usage.cpu });
        }
        if rows.is_empty() {
            bail!("/proc tells nothing of the processes; the stack can be measured on Linux only");
        }
        Ok(Self { rows, lasted })
    }

    fn memory_bytes(&self) -> u64 {
        self.rows.iter().map(|row| row.memory_bytes).sum()
    }

    fn shown(&self, minutes: u32, profile: Profile) -> String {
        let profile = match profile {
            Profile::Dev => "dev profile (--release for the other)",
            Profile::Release => "release profile",
        };
        let mut text = format!("the whole stack after {minutes} min of traffic, services in the {profile}\n\n");
        text += "  process         memory MB    peak MB    CPU s    of one core\n";
        let total = Row {
            name: "together",
            memory_bytes: self.memory_bytes(),
            peak_bytes: self.rows.iter().map(|row| row.peak_bytes).sum(),
            cpu: self.rows.iter().map(|row| row.cpu).sum(),
        };
        for row in self.rows.iter().chain([&total]) {
            let peak = row.peak_bytes.map_or_else(|| "?".to_owned(), megabytes);
            let (seconds, share) = (row.cpu.as_secs_f64(), row.cpu.as_secs_f64() / self.lasted.as_secs_f64() * 100.0);
            text += &format!(
                "  {:<14}{:>11}{peak:>11}{seconds:>9.1}{share:>13.1} %\n",
                row.name,
                megabytes(row.memory_bytes)
            );
        }
        let verdict = if total.memory_bytes <= AIM_BYTES { "met" } else { "missed" };
        text + &format!(
            "  {:<14}{:>11}  {verdict}\n\nMemory is resident; pages that processes share are counted in each.",
            "aim",
            megabytes(AIM_BYTES)
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// The high-water mark of the resident memory, from proc(5)'s status.
fn peak_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_sums_and_shows_the_aim_beside_it() {
        let row = |name, memory_bytes, peak_bytes| Row { name, memory_bytes, peak_bytes, cpu: Duration::from_secs(6) };
        let rows = vec![row("gateway", 20_000_000, Some(30_000_000)), row("jaeger", 590_000_000, None)];
        let table = Table { rows, lasted: Duration::from_secs(60) };
        let lines = [
            "  gateway              20.0       30.0      6.0         10.0 %",
            "  jaeger              590.0          ?      6.0         10.0 %",
            "  together            610.0          ?     12.0         20.0 %",
            "  aim                 600.0  missed",
        ];
        let shown = table.shown(1, Profile::Dev);
        for line in lines {
            assert!(shown.lines().any(|shown| shown == line), "{line:?} is not in\n{shown}");
        }
    }

    #[test]
    fn our_own_peak_can_be_read() {
        assert!(peak_bytes(std::process::id()) > Some(100_000));
    }
}
