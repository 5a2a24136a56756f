//! What a request costs whoever sends it, how exactly a rate is kept, beside oha and wrk in one run, and whether times are told as they were.

mod agreement;
mod server;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use serde_json::Value;
use stack::tools;

use self::server::Server;
use crate::{Outcome, cargo::cargo};

/// The peer, which is built once into the tools' folder (<https://crates.io/crates/oha>).
const OHA: &str = "1.16.0";
const SECONDS: u32 = 10;
/// At which all are compared.
const RATES: [u32; 2] = [200, 2_000];
/// In which steps the highest rate is looked for, and how long each lasts.
const LADDER: [u32; 12] = [1_000, 2_500, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000];
const LADDER_SECONDS: u32 = 4;
const CONNECTIONS: &str = "64";
/// At which rate, and how many seconds, a server is asked that freezes two seconds before the end.
const FROZEN_RATE: u32 = 100;
const FROZEN_OF: u32 = 6;
/// The achieved rate may miss the intended by so much of it.
const RATE_AIM: f64 = 0.001;
/// A rate is kept when 99 of 100 requests leave no later than this after they were due: beyond it, `traffic` itself says that nothing can
/// be told.
const LAG_AIM_SECONDS: f64 = 0.100;

/// What a run came to.
struct Ran {
    requests: f64,
    /// User and system time of the client.
    cpu_seconds: f64,
    /// Requests a second.
    rate: f64,
    /// From when each was due until it left.
    lag_p99: Option<f64>,
    /// What it says that 99 of 100 requests took at most, in seconds.
    p99: Option<f64>,
    /// Whether nearly all were answered, and the client was not the limit: what fails at once is cheap.
    has_passed: bool,
}

impl Ran {
    fn cost(&self) -> f64 {
        self.cpu_seconds / self.requests * 1e6
    }
}

/// Compares at the same rates, and looks for the highest rate on one core.
pub(super) fn run() -> anyhow::Result<Outcome> {
    let built = cargo(&[
        "build",
        "--release",
        "--package",
        "traffic",
        "--bin",
        "traffic",
        "--example",
        "answering",
        "--example",
        "delaying",
    ])?;
    if built != Outcome::Done {
        return Ok(built);
    }
    let release = stack::target_folder()?.join("release");
    let (traffic, oha, wrk) = (release.join("traffic"), oha()?, on_path("wrk"));
    let server = Server::start(&release.join("examples/answering"), &[])?;
    let folder = stack::target_folder()?.join("bench-load");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let bench = Bench { traffic, oha, wrk, url: server.url.clone(), report: folder.join("report.json"), state: folder };

    println!("a server that answers at once, {SECONDS} s each, release profile\n");
    let mut is_good = true;
    for rate in RATES {
        is_good &= bench.compare(rate)?;
    }
    is_good &= bench.frozen(&server)?;
    is_good &= bench.agrees(&release.join("examples/delaying"))?;
    is_good &= bench.highest()?;
    Ok(if is_good { Outcome::Done } else { Outcome::Findings })
}

struct Bench {
    traffic: PathBuf,
    oha: PathBuf,
    wrk: Option<PathBuf>,
    url: String,
    report: PathBuf,
    state: PathBuf,
}

impl Bench {
    fn compare(&self, rate: u32) -> anyhow::Result<bool> {
        let ours = self.traffic(rate, SECONDS)?;
        let theirs = self.oha(Some(rate), SECONDS, None)?;
        let missed = (ours.rate / f64::from(rate) - 1.0).abs();
        println!("  {rate} requests a second");
        for (name, ran) in [("traffic", &ours), ("oha", &theirs)] {
            let missed = (ran.rate / f64::from(rate) - 1.0) * 100.0;
            let lag = ran.lag_p99.map_or(String::new(), |lag| format!(", 99 % left within {:.2} ms", lag * 1e3));
            println!(
                "    {name:<8} {:>10.2}/s ({missed:+.3} %), {:>6.1} us of processor time a request{lag}",
                ran.rate,
                ran.cost()
            );
        }
        let ratio = ours.cost() / theirs.cost();
        let (keeps_rate, is_cheap) = (ours.has_passed && missed <= RATE_AIM, ours.has_passed && ratio <= 1.0);
        let word = |is_reached| if is_reached { "reached" } else { "MISSED" };
        println!(
            "    the aims: within {} % of the rate: {}; no more than oha's cost: {} ({ratio:.2} of it)\n",
            RATE_AIM * 100.0,
            word(keeps_rate),
            word(is_cheap)
        );
        Ok(keeps_rate && is_cheap)
    }

    /// Ours by a schedule that it must keep; the others, which know no schedule at that rate, as fast as they go.
    fn highest(&self) -> anyhow::Result<bool> {
        let Some(taskset) = on_path("taskset") else {
            println!("  the highest rate on one core is not looked for: there is no taskset");
            return Ok(true);
        };
        println!("  the highest rate of a client on one core, {LADDER_SECONDS} s each");
        let mut is_good = true;
        for (name, mode) in [("traffic", &["--workers", "1"][..]), ("traffic --busy-poll", &["--busy-poll"])] {
            match self.highest_by_schedule(&taskset, mode)? {
                Some(ran) => println!(
                    "    {name:<20}{:>10.0}/s by a schedule, {:.1} us of processor time a request, 99 % left within {:.2} ms",
                    ran.rate,
                    ran.cost(),
                    ran.lag_p99.unwrap_or_default() * 1e3
                ),
                None => {
                    println!("    {name:<20}keeps not even {}/s", LADDER[0]);
                    is_good = false;
                }
            }
        }
        let ran = self.oha(None, LADDER_SECONDS, Some(&taskset))?;
        println!("    {:<20}{:>10.0}/s without one, {:.1} us", "oha", ran.rate, ran.cost());
        match &self.wrk {
            Some(wrk) => {
                let ran = self.wrk(wrk, &taskset)?;
                println!("    {:<20}{:>10.0}/s without one, {:.1} us", "wrk", ran.rate, ran.cost());
            }
            None => println!("    {:<20}is not installed", "wrk"),
        }
        Ok(is_good)
    }

    /// The last of the rates that is kept on one core.
    fn highest_by_schedule(&self, taskset: &Path, mode: &[&str]) -> anyhow::Result<Option<Ran>> {
        let mut kept = None;
        for rate in LADDER {
            let mut command = on_core(Some(taskset), &self.traffic);
            self.load(&mut command, &self.url, rate, LADDER_SECONDS);
            let ran = self.ran(command.args(mode))?;
            let is_kept = ran.has_passed
                && (ran.rate / f64::from(rate) - 1.0).abs() <= RATE_AIM
                && ran.lag_p99.is_some_and(|lag| lag <= LAG_AIM_SECONDS);
            if !is_kept {
                return Ok(kept);
            }
            kept = Some(ran);
        }
        println!("    (nobody looked for more than {}/s)", LADDER[LADDER.len() - 1]);
        Ok(kept)
    }

    fn traffic(&self, rate: u32, seconds: u32) -> anyhow::Result<Ran> {
        let mut command = Command::new(&self.traffic);
        self.load(&mut command, &self.url, rate, seconds);
        self.ran(&mut command)
    }

    fn ran(&self, command: &mut Command) -> anyhow::Result<Ran> {
        let (_, cpu_seconds) = timed(command, &[0, 1, 4])?;
        let report = self.report()?;
        let number = |value: &Value| value.as_f64().context("the report lacks a number");
        Ok(Ran {
            requests: number(&report["done"])?,
            cpu_seconds,
            rate: number(&report["achieved_per_second"])?,
            lag_p99: report["lag_seconds"]["p99"].as_f64(),
            p99: report["latency_seconds"]["p99"].as_f64(),
            has_passed: report["verdict"] == "passed",
        })
    }

    fn load(&self, command: &mut Command, url: &str, rate: u32, seconds: u32) {
        command.args(["load", "--target", url, "--only", "browse categories", "--in-flight", "4096"]);
        command.args(["--stages", &format!("{seconds}s:{rate}"), "--slo", "errors<1%"]);
        command.arg("--report").arg(&self.report).env("XDG_STATE_HOME", &self.state);
    }

    /// What the last load wrote.
    fn report(&self) -> anyhow::Result<Value> {
        let text = std::fs::read_to_string(&self.report).with_context(|| self.report.display().to_string())?;
        Ok(serde_json::from_str(&text)?)
    }

    fn oha(&self, rate: Option<u32>, seconds: u32, core: Option<&Path>) -> anyhow::Result<Ran> {
        match rate {
            Some(rate) => self.oha_with(&["-q", &rate.to_string(), "-n", &(rate * seconds).to_string()], core),
            None => self.oha_with(&["-z", &format!("{seconds}s")], core),
        }
    }

    fn oha_with(&self, arguments: &[&str], core: Option<&Path>) -> anyhow::Result<Ran> {
        let mut command = on_core(core, &self.oha);
        command.args(["--no-tui", "--output-format", "json", "-c", CONNECTIONS]).args(arguments);
        let (stdout, cpu_seconds) = timed(command.arg(self.page()), &[0])?;
        let told: Value = serde_json::from_str(&stdout).context("oha did not write JSON")?;
        let codes = told["statusCodeDistribution"].as_object().context("oha counted nothing")?;
        let requests = codes.values().filter_map(Value::as_f64).sum::<f64>();
        let total = told["summary"]["total"].as_f64().context("oha tells no time")?;
        let p99 = told["latencyPercentiles"]["p99"].as_f64();
        Ok(Ran { requests, cpu_seconds, rate: requests / total, lag_p99: None, p99, has_passed: true })
    }

    /// What each says of a server that was frozen for the last two of six seconds; whether ours tells the wait.
    fn frozen(&self, server: &Server) -> anyhow::Result<bool> {
        let intended = FROZEN_RATE * FROZEN_OF;
        println!(
            "  a server that is frozen for the last 2 s of {FROZEN_OF} and 2 s beyond, at {FROZEN_RATE} requests a second ({intended})"
        );
        let ours = server.frozen(FROZEN_OF - 2, || self.traffic(FROZEN_RATE, FROZEN_OF))?;
        let theirs = server.frozen(FROZEN_OF - 2, || {
            let (rate, lasts) = (FROZEN_RATE.to_string(), format!("{FROZEN_OF}s"));
            self.oha_with(&["--latency-correction", "-q", &rate, "-z", &lasts], None)
        })?;
        for (name, Ran { requests, p99, .. }) in [("traffic", &ours), ("oha", &theirs)] {
            let p99 = p99.map_or("is not told".to_owned(), |p99| format!("{:.1} ms", p99 * 1e3));
            println!("    {name:<8} counts {requests} requests, p99 {p99}");
        }
        let is_told = ours.p99.is_some_and(|p99| p99 > 1.0);
        println!("    the aim: the wait is told: {}\n", if is_told { "reached" } else { "MISSED" });
        Ok(is_told)
    }

    fn wrk(&self, wrk: &Path, taskset: &Path) -> anyhow::Result<Ran> {
        let mut command = on_core(Some(taskset), wrk);
        command.args(["-t", "1", "-c", CONNECTIONS, "-d", &format!("{LADDER_SECONDS}s")]);
        let (stdout, cpu_seconds) = timed(command.arg(self.page()), &[0])?;
        let number = |after: &str| {
            let rest = stdout.lines().find_map(|line| line.trim().strip_prefix(after));
            rest.and_then(|rest| rest.trim().parse::<f64>().ok())
        };
        let rate = number("Requests/sec:").context("wrk tells no rate")?;
        let line = stdout.lines().find(|line| line.contains(" requests in ")).context("wrk counted nothing")?;
        let requests =
            line.split_whitespace().next().and_then(|count| count.parse().ok()).context("wrk counted nothing")?;
        Ok(Ran { requests, cpu_seconds, rate, lag_p99: None, p99: None, has_passed: true })
    }

    fn page(&self) -> String {
        format!("{}/api/v1/categories", self.url)
    }
}

fn on_core(taskset: Option<&Path>, program: &Path) -> Command {
    match taskset {
        Some(taskset) => {
            let mut command = Command::new(taskset);
            command.args(["-c", "0"]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Runs it to its end, and gives what it wrote and the processor time that it took, as bash counts it.
fn timed(command: &mut Command, passes: &[i32]) -> anyhow::Result<(String, f64)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut bash = Command::new("bash");
    bash.args(["-c", "TIMEFORMAT='%U %S'; time \"$@\"", "bash"]).arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        bash.env(key, value.unwrap_or_default());
    }
    let output = bash.output().with_context(|| format!("{name} could not be started with bash"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.code().is_some_and(|code| passes.contains(&code)) {
        bail!("{name} failed ({}): {stderr}", output.status);
    }
    let times = stderr.lines().last().context("bash counts no time")?;
    let seconds: f64 = times.split_whitespace().filter_map(|time| time.parse::<f64>().ok()).sum();
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), seconds))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The peer, built on the first run.
fn oha() -> anyhow::Result<PathBuf> {
    let root = tools::user_folder()?.join("tools").join(format!("oha-{OHA}"));
    let program = root.join("bin/oha");
    if !program.is_file() {
        eprintln!("building oha {OHA} into {} (some minutes, once)", root.display());
        let root = root.to_string_lossy().into_owned();
        let outcome = cargo(&["install", "oha", "--version", OHA, "--locked", "--root", &root])?;
        if outcome != Outcome::Done {
            bail!("oha could not be built");
        }
    }
    Ok(program)
}
