//! The real servers as tools: where each is found, and how one that is missing comes to be.

mod build;
mod cache;
pub mod grafana;
mod postgres;
mod version;

use std::{env, fmt, path::PathBuf};

pub use build::{Event, install};
pub use cache::{hash, key, user_folder};
pub use grafana::Grafana;

use crate::error::Error;

/// A program that the project runs but does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// The metrics server.
    Prometheus,
    /// Checks and tests Prometheus' rules and configuration.
    Promtool,
    /// The OpenTelemetry collector.
    Collector,
    /// The trace store, version 2.
    Jaeger,
    /// Sends alerts on.
    Alertmanager,
    /// Checks Alertmanager's configuration.
    Amtool,
    /// Measures the host.
    NodeExporter,
    /// Knocks at doors from outside.
    BlackboxExporter,
    /// Measures a PostgreSQL server.
    PostgresExporter,
    /// The database server.
    Postgres,
    /// Makes a database cluster.
    Initdb,
}

/// A tool that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which one it is.
    pub tool: Tool,
    /// Its program.
    pub path: PathBuf,
    /// Where it came from.
    pub source: Source,
}

/// Where a tool was found, in the order of looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An environment variable names it.
    Variable,
    /// The user's cache folder, built from the pins.
    Cache,
    /// PATH (or Debian's folder of PostgreSQL), and its version will do.
    Path,
}

impl Tool {
    /// Every tool, the first needed first: this is also the order of building.
    pub const ALL: [Tool; 11] = [
        Self::Prometheus,
        Self::Promtool,
        Self::Collector,
        Self::Jaeger,
        Self::Alertmanager,
        Self::Amtool,
        Self::NodeExporter,
        Self::BlackboxExporter,
        Self::PostgresExporter,
        Self::Postgres,
        Self::Initdb,
    ];

    /// The name for people, and for `cargo xtask tools path NAME`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Promtool => "promtool",
            Self::Collector => "collector",
            Self::Jaeger => "jaeger",
            Self::Alertmanager => "alertmanager",
            Self::Amtool => "amtool",
            Self::NodeExporter => "node_exporter",
            Self::BlackboxExporter => "blackbox_exporter",
            Self::PostgresExporter => "postgres_exporter",
            Self::Postgres => "postgres",
            Self::Initdb => "initdb",
        }
    }

    /// The name of its program file.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Collector => "otelcol",
            tool => tool.as_str(),
        }
    }

    /// The environment variable that names another program to use, such as `VITRINE_PROMETHEUS`.
    pub fn variable(self) -> String {
        format!("VITRINE_{}", self.as_str().to_uppercase())
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name || tool.program() == name)
    }
}

/// Finds a tool: by its environment variable, in the user's cache folder, on PATH if its version will do.
///
/// # Errors
/// When the environment variable names something that is not there.
pub fn find(tool: Tool) -> Result<Option<Found>, Error> {
    let found = |path, source| Some(Found { tool, path, source });
    if let Some(path) = env::var_os(tool.variable()).map(PathBuf::from) {
        if !path.is_file() {
            let sentence = format!("{} names {}, which is not there", tool.variable(), path.display());
            return Err(Error::MissingTool(sentence));
        }
        return Ok(found(path, Source::Variable));
    }
    let cached = cache::programs(tool)?.join(tool.program());
    if cached.is_file() {
        return Ok(found(cached, Source::Cache));
    }
    Ok(version::on_path(tool).and_then(|path| found(path, Source::Path)))
}

/// Every tool, found or not.
///
/// # Errors
/// As [`find`].
pub fn list() -> Result<Vec<(Tool, Option<Found>)>, Error> {
    Tool::ALL.into_iter().map(|tool| Ok((tool, find(tool)?))).collect()
}

/// The program of a tool that must be there.
///
/// # Errors
/// When it is not; the sentence says how to get it.
pub fn need(tool: Tool) -> Result<PathBuf, Error> {
    let found = find(tool)?.map(|found| found.path);
    found.ok_or_else(|| {
        Error::MissingTool(format!(
            "{tool} is not there; build the pinned version by `cargo xtask tools install {tool}`, or name one in {}",
            tool.variable()
        ))
    })
}

impl Source {
    /// The word for people and machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "environment",
            Self::Cache => "cache",
            Self::Path => "path",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
