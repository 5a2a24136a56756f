//! What is wished for on the command line, and the fault that it makes; mistakes name what was probably meant.

use std::{fmt, time::Duration};

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use faults::{AtMost, Bytes, Fault, Kind, Latency, Lease, Place, Refused, Route, Share, Threads};
use promql::nearest;
use shop::services::{SERVICES, ServiceName};

use crate::arguments::time;

/// What fails, as the command line spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum KindName {
    /// /readyz says that the service is not ready.
    #[value(alias = "health-check-failing")]
    HealthCheckFailing,
    /// Statements fail.
    #[value(alias = "database-error")]
    DatabaseError,
    /// Statements take longer: --delay, --uniform or --log-normal.
    #[value(alias = "slow-query")]
    SlowQuery,
    /// No database connection is free.
    #[value(alias = "pool-exhausted")]
    PoolExhausted,
    /// Requests are not answered before their deadline.
    Timeout,
    /// Requests are refused as invalid.
    #[value(alias = "validation-error")]
    ValidationError,
    /// Requests are refused as forbidden.
    #[value(alias = "permission-error")]
    PermissionError,
    /// Calls to other services are answered with a failure.
    #[value(alias = "upstream-error")]
    UpstreamError,
    /// Calls to other services are not answered in time.
    #[value(alias = "upstream-timeout")]
    UpstreamTimeout,
    /// Requests, or with --peer calls, take longer: --delay, --uniform or --log-normal.
    Latency,
    /// Connections are closed before the answer.
    #[value(alias = "connection-drop")]
    ConnectionDrop,
    /// --threads compute without a pause.
    #[value(alias = "cpu-burn")]
    CpuBurn,
    /// Memory is taken: --growth a second, up to --most.
    #[value(alias = "memory-growth")]
    MemoryGrowth,
    /// Not from here: kill -STOP the process.
    #[value(alias = "process-stop")]
    ProcessStop,
    /// Not from here: kill -KILL the process.
    #[value(alias = "process-kill")]
    ProcessKill,
}

/// A fault as it is wished for.
#[derive(Args, Clone, Debug)]
pub(crate) struct Wish {
    /// What fails.
    #[arg(value_enum)]
    pub kind: KindName,

    /// In which service.
    #[arg(long, value_name = "SERVICE", value_parser = service_parser())]
    pub on: ServiceName,

    /// What it is called, to be found and ended by; the same name again replaces it.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,

    /// Only requests to this route of the service, such as "POST /api/v1/orders".
    #[arg(long, value_name = "METHOD PATH")]
    pub route: Option<String>,

    /// Only calls to this other service.
    #[arg(long, value_name = "SERVICE")]
    pub peer: Option<String>,

    /// Only statements on this table.
    #[arg(long, value_name = "TABLE")]
    pub collection: Option<String>,

    /// Only requests whose header x-session says this.
    #[arg(long, value_name = "SESSION")]
    pub session: Option<String>,

    /// Which share of them, such as 0.2 or 20%.
    #[arg(long, value_parser = share, default_value = "1")]
    pub share: Share,

    /// How many of them at most.
    #[arg(long, value_name = "N")]
    pub at_most: Option<u64>,

    /// For how long, such as 30s or 5m.
    #[arg(long = "for", value_name = "TIME", default_value = "5m", value_parser = time)]
    pub lasts: Duration,

    /// Another seed hits other requests.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,

    #[command(flatten)]
    pub numbers: Numbers,
}

/// The numbers of some kinds.
#[derive(Args, Clone, Debug)]
pub(crate) struct Numbers {
    /// Always this much longer, such as 2s.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = ["uniform", "log_normal"])]
    delay: Option<Duration>,

    /// Longer by something between two times, such as 100ms..900ms.
    #[arg(long, value_name = "TIME..TIME", value_parser = between, conflicts_with = "log_normal")]
    uniform: Option<(Duration, Duration)>,

    /// Longer by a median and a spread with a long tail, such as 200ms,0.5.
    #[arg(long, value_name = "TIME,SIGMA", value_parser = median_and_spread)]
    log_normal: Option<(Duration, f64)>,

    /// How many threads compute; 1 unless told.
    #[arg(long, value_name = "N")]
    threads: Option<u64>,

    /// How much memory is taken a second, such as 1MiB/s; that unless told.
    #[arg(long, value_name = "SIZE/s", value_parser = growth)]
    growth: Option<u64>,

    /// How much memory is taken at most, such as 256MiB; that unless told.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    most: Option<u64>,
}

/// Why there is no such fault, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Refused> for Mistake {
    fn from(refused: Refused) -> Self {
        let Refused { field, allowed } = refused;
        Self(format!("--{} must be {allowed}", field.replace('_', "-")))
    }
}

impl Wish {
    /// The fault, for this lease.
    pub(crate) fn fault(&self, lease: Lease) -> Result<Fault, Mistake> {
        let place = Place {
            service: self.on.to_string(),
            route: self.route.as_deref().map(|route| route_of(self.on, route)).transpose()?,
            peer: self.peer.as_deref().map(|peer| peer_of(self.on, peer)).transpose()?,
            collection: self.collection.as_deref().map(|table| table_of(self.on, table)).transpose()?,
            session: self.session.clone(),
        };
        let mut fault = self.kind()?.on(self.on.as_str()).seed(self.seed);
        fault.place = place;
        fault.share = self.share;
        fault.at_most = self.at_most.map(AtMost::new).transpose()?;
        fault.lease = lease;
        fault.check()?;
        Ok(fault)
    }

    fn kind(&self) -> Result<Kind, Mistake> {
        let Numbers { delay, uniform, log_normal, threads, growth, most } = &self.numbers;
        let is_slow = matches!(self.kind, KindName::Latency | KindName::SlowQuery);
        let grows = self.kind == KindName::MemoryGrowth;
        for (is_given, belongs, option) in [
            (delay.is_some(), is_slow, "--delay"),
            (uniform.is_some(), is_slow, "--uniform"),
            (log_normal.is_some(), is_slow, "--log-normal"),
            (threads.is_some(), self.kind == KindName::CpuBurn, "--threads"),
            (growth.is_some(), grows, "--growth"),
            (most.is_some(), grows, "--most"),
        ] {
            if is_given && !belongs {
                return Err(Mistake(format!("{} takes no {option}", spelled(self.kind))));
            }
        }
        Ok(match self.kind {
            KindName::HealthCheckFailing => Kind::HealthCheckFailing,
            KindName::DatabaseError => Kind::DatabaseError,
            KindName::SlowQuery => Kind::SlowQuery(self.latency()?),
            KindName::PoolExhausted => Kind::PoolExhausted,
            KindName::Timeout => Kind::Timeout,
            KindName::ValidationError => Kind::ValidationError,
            KindName::PermissionError => Kind::PermissionError,
            KindName::UpstreamError => Kind::UpstreamError,
            KindName::UpstreamTimeout => Kind::UpstreamTimeout,
            KindName::Latency => Kind::Latency(self.latency()?),
            KindName::ConnectionDrop => Kind::ConnectionDrop,
            KindName::CpuBurn => Kind::CpuBurn { threads: Threads::new(threads.unwrap_or(1))? },
            KindName::MemoryGrowth => Kind::MemoryGrowth {
                bytes_per_second: Bytes::new(growth.unwrap_or(1 << 20))?,
                most_bytes: Bytes::new(most.unwrap_or(256 << 20))?,
            },
            KindName::ProcessStop => return Err(from_outside(self.on, "STOP", "kill -CONT wakes it again")),
            KindName::ProcessKill => {
                return Err(from_outside(self.on, "KILL", "nothing starts it again but `cargo xtask up` as a whole"));
            }
        })
    }

    fn latency(&self) -> Result<Latency, Mistake> {
        // Through JSON, where the bounds are told by the field that passes them.
        let milliseconds = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let Numbers { delay, uniform, log_normal, .. } = &self.numbers;
        let written = match (delay, uniform, log_normal) {
            (Some(delay), ..) => serde_json::json!({ "fixed": { "delay_ms": milliseconds(delay) } }),
            (_, Some((from, to)), _) => {
                serde_json::json!({ "uniform": { "from_ms": milliseconds(from), "to_ms": milliseconds(to) } })
            }
            (.., Some((median, sigma))) => {
                serde_json::json!({ "log_normal": { "median_ms": milliseconds(median), "sigma": sigma } })
            }
            (None, None, None) => {
                return Err(Mistake(format!(
                    "how much longer? Give {} a --delay 2s, a --uniform 100ms..900ms or a --log-normal 200ms,0.5",
                    spelled(self.kind)
                )));
            }
        };
        serde_json::from_value(written).map_err(|error| Mistake(error.to_string()))
    }
}

fn spelled(kind: KindName) -> String {
    kind.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spelled(*self))
    }
}

fn from_outside(service: ServiceName, signal: &str, then: &str) -> Mistake {
    Mistake(format!(
        "no process does that to itself and lives to undo it: send {service} a signal, such as `kill -{signal} PID` with the PID that \
         `pgrep -x {service}` finds; {then}"
    ))
}

/// Reads the name of a service.
pub(super) fn service(name: &str) -> Result<ServiceName, String> {
    let names = || SERVICES.iter().map(|row| row.name.as_str());
    let found = SERVICES.iter().map(|row| row.name).find(|service| service.as_str() == name);
    found.ok_or_else(|| unknown("there is no service", name, names()))
}

/// Offers the services to clap, which knows how to suggest one.
pub(super) fn service_parser() -> impl TypedValueParser<Value = ServiceName> {
    PossibleValuesParser::new(SERVICES.iter().map(|row| row.name.as_str())).try_map(|name| service(&name))
}

/// Says that a name is none of those that there are, and which was probably meant.
fn unknown<'a>(sentence: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let meant = nearest(name, known.iter().copied());
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    format!("{sentence} `{name}`{meant} ({})", known.join(", "))
}

/// A route of the service; the public name of one that is behind the gateway will do.
fn route_of(service: ServiceName, text: &str) -> Result<Route, Mistake> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let spelled = |route: &shop::routes::Route| format!("{} {}", route.method.as_str(), route.path);
    let own = service.routes().iter().find(|route| spelled(route) == text).copied();
    let public = ServiceName::Gateway.routes().iter().find(|route| spelled(route) == text);
    let behind = public.and_then(|route| route.forwards_to).filter(|(to, _)| *to == service).map(|(_, inner)| inner);
    if let Some(route) = own.or(behind) {
        return Ok(Route { method: route.method.as_str().to_owned(), path: route.path.to_owned() });
    }
    let known: Vec<String> = service.routes().iter().map(|route| spelled(route)).collect();
    Err(Mistake(unknown(&format!("{service} has no route"), &text, known.iter().map(String::as_str))))
}

fn peer_of(service: ServiceName, name: &str) -> Result<String, Mistake> {
    let calls = service.row().calls;
    if calls.is_empty() {
        return Err(Mistake(format!("{service} calls nobody, so it has no --peer")));
    }
    let found = calls.iter().find(|peer| peer.as_str() == name).map(|peer| peer.as_str().to_owned());
    let known = calls.iter().map(|peer| peer.as_str());
    found.ok_or_else(|| Mistake(unknown(&format!("{service} does not call"), name, known)))
}

fn table_of(service: ServiceName, name: &str) -> Result<String, Mistake> {
    let mut tables: Vec<&str> = service.signals().queries.iter().map(|query| query.collection).collect();
    tables.retain(|table| *table != signals::http::OTHER);
    tables.sort_unstable();
    tables.dedup();
    if tables.is_empty() {
        return Err(Mistake(format!("{service} has no database, so it has no --collection")));
    }
    let found = tables.iter().find(|table| **table == name).map(|table| (*table).to_owned());
    found.ok_or_else(|| Mistake(unknown(&format!("{service} has no table"), name, tables.into_iter())))
}

pub(super) fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=64).contains(&text.len()) && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("a name has 1 to 64 letters, digits, `-`, `_` or `.`".to_owned())
    }
}

fn share(text: &str) -> Result<Share, String> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim_end(), 100.0));
    let share = number.parse::<f64>().ok().and_then(|number| Share::new(number / whole).ok());
    share.ok_or_else(|| "write it as 0.2 or 20%, from 0 to 1".to_owned())
}

fn between(text: &str) -> Result<(Duration, Duration), String> {
    let (from, to) = text.split_once("..").ok_or("write it as 100ms..900ms")?;
    Ok((time(from)?, time(to)?))
}

fn median_and_spread(text: &str) -> Result<(Duration, f64), String> {
    let example = "write it as 200ms,0.5";
    let (median, sigma) = text.split_once(',').ok_or(example)?;
    Ok((time(median)?, sigma.trim().parse().map_err(|_| example)?))
}

fn growth(text: &str) -> Result<u64, String> {
    size(text.strip_suffix("/s").ok_or("write it as 1MiB/s")?)
}

/// Reads a size such as `512`, `64KiB`, `1MiB` or `2GiB`, in bytes.
fn size(text: &str) -> Result<u64, String> {
    let example = "write it as 512, 64KiB, 1MiB or 2GiB";
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(example.to_owned()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(|| example.to_owned())
}

#[cfg(test)]
mod tests;
