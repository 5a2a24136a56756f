//! Configuration: one `clap` struct a service, from arguments and environment, with all mistakes reported at once.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroUsize, time::Duration};

use clap::{
    ArgMatches, Args, Command,
    builder::StringValueParser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::faults::Token;

/// Who a service is, and what holds for it unless it is told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Its row: name, version, routes and all other label values.
    pub signals: &'static signals::Service,
    /// Its public and its admin port.
    pub doors: (u16, u16),
    /// How long a request may take.
    pub deadline: Duration,
    /// Whether a caller may leave it less time than that. The world may not: its impatience would count as our failure.
    pub trusts_callers: bool,
}

/// What can be set on any service. Flatten it into the service's own configuration.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Where requests come in.
    #[arg(long, env)]
    pub public_addr: SocketAddr,

    /// Where /metrics and the health checks are. Keep it from the public.
    #[arg(long, env)]
    pub admin_addr: SocketAddr,

    /// Threads that answer requests; one a core unless told.
    #[arg(long, env)]
    pub workers: Option<NonZeroUsize>,

    /// How long to go on serving, with readiness off, once told to end: give load balancers time to notice.
    #[arg(long, env, default_value = "0s", value_parser = duration)]
    pub drain_delay: Duration,

    /// How long requests in flight may take to finish once no new ones are taken.
    #[arg(long, env, default_value = "30s", value_parser = duration)]
    pub drain_timeout: Duration,

    /// How long the last telemetry may take to leave, whatever the collector does.
    #[arg(long, env, default_value = "5s", value_parser = duration)]
    pub flush_timeout: Duration,

    /// Largest request body that is read, in bytes.
    #[arg(long, env, default_value_t = 65_536)]
    pub body_limit: usize,

    /// How long a request's body may take to arrive; never more than half of the service's deadline.
    #[arg(long, env, default_value = "10s", value_parser = duration)]
    pub body_timeout: Duration,

    /// Whether faults may be injected, and routes made for trying them exist.
    #[arg(long, env, default_value_t = false, action = clap::ArgAction::Set)]
    pub faults_enabled: bool,

    /// The word that opens /faults on the admin port; needed where faults are enabled, and better left to the environment.
    #[arg(long, env, hide_env_values = true, value_name = "WORD")]
    faults_token: Option<Token>,
}

impl Settings {
    /// The token with which faults are armed; none where they are not enabled.
    pub(crate) fn faults_token(&self) -> Option<Token> {
        self.faults_token.clone().filter(|_| self.faults_enabled)
    }

    /// What no setting shows by itself.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.faults_enabled && self.faults_token.is_none() {
            return Err("FAULTS_ENABLED is true, but there is no FAULTS_TOKEN: set it to a word that nobody guesses, which opens /faults".to_owned());
        }
        Ok(())
    }
}

/// Reads a duration such as `500ms`, `5s` or `2m`.
///
/// # Errors
/// When it is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err("write a whole number and a unit, such as 500ms, 5s or 2m".to_owned()),
    };
    let number = number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds));
    number
        .map(Duration::from_millis)
        .ok_or_else(|| "write a whole number and a unit, such as 500ms, 5s or 2m".to_owned())
}

/// Reads arguments and environment, going on after each mistake until all are known.
pub(crate) fn parse(mut command: Command, arguments: &[OsString]) -> Result<ArgMatches, Vec<String>> {
    let mut mistakes = Vec::new();
    loop {
        let error = match command.clone().try_get_matches_from(arguments) {
            Ok(matches) if mistakes.is_empty() => return Ok(matches),
            Ok(_) => return Err(mistakes),
            Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => error.exit(),
            Err(error) => error,
        };
        let text = error.to_string();
        let first_line = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let named = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(named))
                if error.kind() == ErrorKind::ValueValidation || error.kind() == ErrorKind::InvalidValue =>
            {
                // It is named as in the usage, such as `--drain-delay <DRAIN_DELAY>`.
                let long = named.split_whitespace().next().and_then(|flag| flag.strip_prefix("--"));
                command.get_arguments().find(|argument| argument.get_long() == long).cloned()
            }
            _ => None,
        };
        let Some(argument) = named else {
            // Nothing more can be read after a mistake of this kind.
            mistakes.push(
                text.lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ")
                    .trim_start_matches("error: ")
                    .to_owned(),
            );
            return Err(mistakes);
        };
        let variable = argument.get_env().map(|name| format!(" (environment variable {})", name.to_string_lossy()));
        mistakes.push(format!("{first_line}{}", variable.unwrap_or_default()));
        command =
            command.mut_arg(argument.get_id().clone(), |argument| argument.value_parser(StringValueParser::new()));
    }
}

/// The command of a service, with its own ports as defaults.
pub(crate) fn command(identity: &Identity, command: Command) -> Command {
    let address = |port: u16| format!("127.0.0.1:{port}");
    let (public, admin) = identity.doors;
    command
        .name(identity.signals.name)
        .version(identity.signals.version)
        .mut_arg("public_addr", |argument| argument.required(false).default_value(address(public)))
        .mut_arg("admin_addr", |argument| argument.required(false).default_value(address(admin)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(clap::Parser)]
    struct Config {
        #[command(flatten)]
        _chassis: Settings,
        #[arg(long, env = "CHASSIS_TEST_COUNT", default_value_t = 1)]
        _count: u8,
    }

    fn read(arguments: &[&str]) -> Result<ArgMatches, Vec<String>> {
        let arguments: Vec<OsString> = ["service"].iter().chain(arguments).map(Into::into).collect();
        let signals = Box::leak(Box::new(signals::Service::new("chassis-test", "1", 0)));
        let identity = Identity { signals, doors: (1, 2), deadline: Duration::from_secs(1), trusts_callers: true };
        let command = super::command(&identity, Config::command());
        parse(command, &arguments)
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let mistakes =
            read(&["--public-addr", "here", "--drain-timeout", "soon", "--count", "300"]).expect_err("three mistakes");
        assert_eq!(mistakes.len(), 3, "{mistakes:#?}");
        assert!(mistakes[0].contains("'here'") && mistakes[0].contains("PUBLIC_ADDR"), "{}", mistakes[0]);
        assert!(mistakes[1].contains("500ms"), "{}", mistakes[1]);
    }

    #[test]
    fn an_unknown_argument_is_named() {
        let mistakes = read(&["--colour", "red"]).expect_err("unknown");
        assert!(mistakes[0].contains("--colour"), "{mistakes:?}");
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "5", "s", "5h", "-1s", "1.5s", "99999999999999999999s", "999999999999999999m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
