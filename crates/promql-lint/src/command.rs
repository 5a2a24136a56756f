//! The command line: which files, what is known of their metrics, and how it is told.

mod files;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use anstream::AutoStream;
use anyhow::{Context as _, bail};
use clap::{Args, ColorChoice, ValueEnum};
use promql::syntax;

use crate::{
    explain::{self, Page},
    report::{Report, Severity, Speaker, json, sarif},
};

pub use files::Input;

/// Finds what cannot be true in Prometheus rules, Grafana dashboards and Alertmanager configuration.
///
/// Every query is read with its types: which labels, units, ranges and buckets its series can have. What is certainly wrong is an
/// error, what is doubtful a warning; where too little is known it is silent. Files given together know each other: a rule that one of
/// them records is known in the others.
///
/// Exit codes: 0 nothing is wrong (warnings may be told), 1 errors (or warnings, with --deny warnings), 2 wrong use, or a file that
/// cannot be read; its line and column are told.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub struct Lint {
    /// Rule files, PrometheusRule manifests, dashboards, Alertmanager configuration. A folder stands for every .yml, .yaml and .json
    /// file in it, - for the standard input.
    #[arg(value_name = "FILE|DIR")]
    pub files: Vec<String>,
    /// Metrics that are there, in the text format: a file, or the address of a target's /metrics. May be repeated.
    #[arg(long, value_name = "FILE|URL")]
    pub metrics: Vec<String>,
    /// A Prometheus that is asked for its metrics, labels and values.
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
    /// A header for requests to them, such as 'Authorization: Bearer TOKEN'. May be repeated.
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// Exporters whose metrics are known from bundled tables; all that are bundled, unless told.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', conflicts_with = "no_exporters")]
    pub exporters: Option<Vec<String>>,
    /// Knows no exporter's metrics.
    #[arg(long)]
    pub no_exporters: bool,
    /// How often targets are scraped; unless told, what the Prometheus says, or 15s.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub scrape_interval: Option<Duration>,
    /// How long Prometheus keeps samples; nothing is said of queries that look back further, unless told.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub retention: Option<Duration>,
    /// Also holds the files to our own rules: names of recording rules, owners, runbooks.
    #[arg(long)]
    pub house: bool,
    /// Fails also when there are warnings.
    #[arg(long, value_enum, value_name = "warnings")]
    pub deny: Option<Denied>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// When to write colours; auto does on a terminal, and heeds NO_COLOR and CLICOLOR_FORCE.
    #[arg(long, value_enum, default_value_t)]
    pub color: ColorChoice,
    /// Explains a code with a wrong and a right example; without CODE, lists all codes.
    #[arg(long, value_name = "CODE", num_args = 0..=1, exclusive = true)]
    pub explain: Option<Option<String>>,
    /// The folder from which the files are named; where the command runs, if it is empty.
    #[arg(skip)]
    pub root: PathBuf,
}

/// Reads a duration that is some time.
fn duration(text: &str) -> Result<Duration, String> {
    let read = syntax::duration(text).filter(|duration| !duration.is_zero());
    read.ok_or_else(|| "a duration is written like 15s or 1m30s".to_owned())
}

/// What fails a run besides errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Denied {
    /// Warnings, and house rules with --house.
    Warnings,
}

/// For whom the report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// An object with a list of findings.
    Json,
    /// SARIF 2.1.0, which code hosts show beside the lines.
    Sarif,
}

/// How a run ended; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is wrong.
    Clean = 0,
    /// Something is.
    Findings = 1,
    /// The command was used wrongly, or a file cannot be read.
    Unreadable = 2,
}

impl Lint {
    /// Explains, or reads the files, has them checked by `lint`, and tells what was found. `command` is what people call this
    /// command.
    ///
    /// # Errors
    /// When a file cannot be had, when there is none, or when the answer cannot be written.
    pub fn run(
        &self,
        command: &str,
        lint: impl FnOnce(&Self, Vec<Input>) -> anyhow::Result<Report>,
    ) -> anyhow::Result<Outcome> {
        if let Some(code) = &self.explain {
            return self.explain(command, code.as_deref());
        }
        if self.files.is_empty() {
            bail!("no file is given; {command} --help says what can be");
        }
        let report = self.report(lint)?;
        self.tell(command, &report)?;
        Ok(self.outcome(&report))
    }

    /// Reads the files and has them checked by `lint`.
    ///
    /// # Errors
    /// When a file cannot be had, and those of `lint`.
    pub fn report(&self, lint: impl FnOnce(&Self, Vec<Input>) -> anyhow::Result<Report>) -> anyhow::Result<Report> {
        lint(self, files::read(&self.root, &self.files)?)
    }

    fn explain(&self, command: &str, code: Option<&str>) -> anyhow::Result<Outcome> {
        match code {
            None => self.write(&explain::list(command))?,
            Some(code) => match Page::of(code) {
                Some(page) => self.write(&page.plain())?,
                None => bail!("there is no code {code}; {command} --explain lists them"),
            },
        }
        Ok(Outcome::Clean)
    }

    fn tell(&self, command: &str, report: &Report) -> anyhow::Result<()> {
        match self.format {
            Format::Human => self.write(&Speaker { command, styled: true }.tell(report)),
            Format::Json => self.write(&json(report)?),
            Format::Sarif => self.write(&sarif(report)?),
        }
    }

    fn outcome(&self, report: &Report) -> Outcome {
        let has = |severity| report.count(severity) > 0;
        let is_denied = self.deny == Some(Denied::Warnings) && (has(Severity::Warning) || has(Severity::House));
        if report.is_unreadable() {
            Outcome::Unreadable
        } else if has(Severity::Error) || is_denied {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }

    /// Writes to the standard output. Whoever closed it has read enough.
    fn write(&self, text: &str) -> anyhow::Result<()> {
        let choice = match self.color {
            ColorChoice::Auto => AutoStream::choice(&io::stdout()),
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        let mut stdout = AutoStream::new(io::stdout().lock(), choice);
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).context("the answer cannot be written")
            }
            _ => Ok(()),
        }
    }
}
