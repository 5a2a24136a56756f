//! What can be asked for on the command line; `--help` is the manual.

use std::{fmt, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use http::{Uri, uri::Authority};
use shop::{ports::Ports, services::ServiceName};

use crate::{
    compare::Compare,
    daemon,
    demo::Demo,
    fault,
    flow::Flow,
    journeys::MixName,
    load::Load,
    merge::Merge,
    report::{Report, ReportFile},
    spike::Spike,
    stats::Stats,
};

/// More than a day of the highest rate that one machine is likely to reach.
const MAX_REQUESTS: u32 = 4_000_000_000;
/// Nobody waits longer for a run.
const MAX_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Customers for the shop: looks at every door, or sends requests through them, and tells exactly what became of each.
///
/// Exit codes: 0 passed, 1 something unexpected or a threshold that failed, 2 wrong use, 3 could not reach, 4 inconclusive, since more
/// than 1 % of the requests left over 100 ms late or were shed, 5 stopped by a guard, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "traffic", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Says whether every door can be reached, how fast, and which version answers.
    Check(Check),
    /// Sends a number of requests evenly over a time, each a step of a customer's journey, and counts how each ended.
    Run(Run),
    /// Sends load by arrival rate, judges promises at its end, and stops when a guard says so.
    Load(Box<Load>),
    /// Shows the last report again, and beside it what the server itself counted.
    Stats(Stats),
    /// Holds two reports side by side, and says which of their differences are more than chance.
    ///
    /// Exit codes: 0 B is not worse, 1 it is significantly worse, 2 they cannot be read or compared.
    Compare(Compare),
    /// Makes one report of the reports of several runs, at the same time or in turn.
    Merge(Merge),
    /// Lets customers come who pause between their requests, until Ctrl-C.
    Flow(Flow),
    /// Makes a stress peak, and says how the shop recovered.
    Spike(Spike),
    /// Sends customers in the background, at a rate that can be changed.
    #[command(subcommand, arg_required_else_help = true)]
    Daemon(daemon::Verb),
    /// Makes the services fail on purpose: each fault has an end, and can be found in metric, trace and log.
    #[command(subcommand, arg_required_else_help = true)]
    Fault(fault::Verb),
    /// Shows a menu of things to see, and prints each command that it runs.
    Demo(Demo),
}

/// What every verb takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// Where the gateway is.
    #[arg(long, env, value_name = "URL", default_value_t = Target::default())]
    pub target: Target,

    /// How the result is written; notes and progress go to the standard error.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub common: Common,

    /// Where the gateway's admin port is, for its health and its version; not asked unless given.
    #[arg(long, env, value_name = "URL")]
    pub admin: Option<Target>,

    /// How often each door is tried; the median is shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub samples: u16,

    /// How long to wait for each answer, such as 5, 500ms or 2m.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub timeout: Duration,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub common: Common,

    /// How many requests.
    #[arg(short = 'n', long, value_name = "COUNT", default_value = "100", value_parser = requests)]
    pub requests: u32,

    /// Over how long they are spread, such as 60, 500ms or 10m.
    #[arg(short = 't', long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub time: Duration,

    /// What kind of day it is: which journeys there are, and how often.
    #[arg(long, value_enum, default_value_t)]
    pub mix: MixName,

    #[command(flatten)]
    pub sending: Sending,

    #[command(flatten)]
    pub showing: Showing,
}

/// How a verb that sends customers shows what becomes of them.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Showing {
    /// Shows it on the full screen, where there is a terminal: rates, latencies, errors by kind, and the server's numbers beside ours.
    #[arg(long)]
    pub live: bool,

    /// Writes plain lines now and then, as where there is no terminal.
    #[arg(long)]
    pub plain: bool,

    /// A Prometheus: the live view shows its numbers beside ours, and the guards of a load ask it.
    #[arg(long, env, value_name = "URL")]
    pub prometheus: Option<Target>,

    #[command(flatten)]
    pub files: Files,
}

/// Where a report is written beside the standard output.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Files {
    /// Writes the report to a file, too: a page with plots (.html) or JSON (.json). May be repeated.
    #[arg(long = "report", value_name = "FILE")]
    pub files: Vec<ReportFile>,
}

impl Files {
    /// # Errors
    /// When one cannot be written.
    pub(crate) fn write(&self, report: &Report) -> anyhow::Result<()> {
        self.files.iter().try_for_each(|file| file.write(report))
    }
}

/// What every verb takes that sends customers when they are due.
#[derive(Args, Debug)]
pub(crate) struct Sending {
    #[command(flatten)]
    pub customers: Customers,

    /// The most requests that may wait for their answers; beyond it one that is due is not sent, and counted as shed.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub in_flight: u32,

    /// A request that leaves later than this after it was due left late; with more than 1 % of those, this machine was the limit, and the
    /// run is inconclusive.
    #[arg(long, env = "TRAFFIC_LATE_AFTER", value_name = "TIME", default_value = "100ms", value_parser = time)]
    pub late_after: Duration,
}

/// What every verb takes that sends customers.
#[derive(Args, Debug)]
pub(crate) struct Customers {
    /// How long to wait for each answer; unless told, 5 s longer than the gateway itself waits.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,

    /// The same seed, on the same products, makes the same requests in the same order.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Customers {
    /// How long to wait for each answer: long enough to see the gateway give up first.
    pub(crate) fn patience(&self) -> Duration {
        self.timeout.unwrap_or(ServiceName::Gateway.deadline() + Duration::from_secs(5))
    }
}

/// The address of a door: `http`, a host, a port, and at most a path that stands before every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    host: String,
    port: u16,
    /// Without a slash at its end.
    path: String,
}

impl Target {
    /// A path behind this address.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// What stands before every path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// As the header `host` has it.
    pub(crate) fn authority(&self) -> String {
        match self.port {
            HTTP => self.host.clone(),
            port => format!("{}:{port}", self.host),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Another port of the same host.
    pub(crate) fn with_port(&self, port: u16) -> Self {
        Self { host: self.host.clone(), port, path: String::new() }
    }

    /// By how much the ports of its stack are moved, and where everything of it listens, when its gateway listens here.
    pub(crate) fn stack(&self) -> (u16, Ports) {
        let offset = self.port.checked_sub(Ports::FIXED.gateway.public);
        let moved = offset.and_then(|offset| Some((offset, Ports::moved_by(offset).ok()?)));
        moved.unwrap_or((0, Ports::FIXED))
    }

    /// Where to connect to.
    pub(crate) fn address(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }
}

const HTTP: u16 = 80;

impl Default for Target {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: ServiceName::Gateway.doors().public, path: String::new() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority(), self.path)
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = Self::default();
        if text.contains(['?', '#']) {
            return Err(format!("it must end before any `?` or `#`; write it as {example}"));
        }
        let uri: Uri = text.parse().map_err(|error| format!("{error}; write it as {example}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(format!("this speaks no TLS; name the door behind it, such as {example}")),
            _ => return Err(format!("it must begin with http://; write it as {example}")),
        }
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("it names no host; write it as {example}"))?;
        let has_user = uri.authority().map(Authority::as_str).is_some_and(|authority| authority.contains('@'));
        if has_user {
            return Err(format!("a user cannot be named; write it as {example}"));
        }
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { host: host.to_owned(), port: uri.port_u16().unwrap_or(HTTP), path })
    }
}

fn requests(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(count @ 1..=MAX_REQUESTS) => Ok(count),
        Ok(0) => Err("a run has at least 1 request".to_owned()),
        _ => Err(format!("write a whole number from 1 to {MAX_REQUESTS}")),
    }
}

/// Reads a time such as `60`, `1.5s`, `500ms` or `10m`; a bare number is in seconds.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    const EXAMPLES: &str = "write it as 60, 1.5s, 500ms or 10m";
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(EXAMPLES.to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| EXAMPLES.to_owned())?;
    let time = Duration::try_from_secs_f64(number * seconds).map_err(|_| EXAMPLES.to_owned())?;
    if time < Duration::from_millis(1) {
        return Err(format!("it must be at least a millisecond; {EXAMPLES}"));
    }
    if time > MAX_TIME {
        return Err("a day is the longest".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_or_without_its_unit() {
        let read = |text| time(text).map(|time| time.as_millis());
        assert_eq!(read("60"), Ok(60_000));
        assert_eq!(read("1.5s"), Ok(1_500));
        assert_eq!(read("500ms"), Ok(500));
        assert_eq!(read("10m"), Ok(600_000));
        for text in ["", "0", "0ms", "-1", "1.5.1", "s", "5 s", "5d", "25h", "1e9", "NaN", "99999999999999999999999h"] {
            assert!(time(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_target_is_an_http_address_without_an_end() {
        let read = |text: &str| text.parse::<Target>().map(|target| target.at("/x"));
        assert_eq!(read("http://127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080/x"));
        assert_eq!(read("http://shop/inner/").as_deref(), Ok("http://shop/inner/x"));
        for text in ["", "shop", "127.0.0.1:8080", "https://shop", "ftp://shop", "http://", "http://shop/?a=b"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_customer_outlives_the_gateway() {
        let Verb::Run(run) = Arguments::parse_from(["traffic", "run"]).verb else { panic!("that was a run") };
        assert!(run.sending.customers.patience() > ServiceName::Gateway.deadline());
    }
}
