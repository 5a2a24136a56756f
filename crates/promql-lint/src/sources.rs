//! Where the checker's knowledge of others' metrics comes from: exposition text, addresses that serve it, a running Prometheus, and the
//! tables of common exporters.
//!
//! None of them shows all that there can be; what is concluded from each is said at [`promql::Observed`]. What that means for a user:
//!
//! - With neither `--metrics` nor `--prometheus` only the tables of common exporters are known. A name that is in none of them may well
//!   be another's, and nothing is said of it ([`Unlisted::Possible`]), unless it is a slip of one that is there.
//! - With either, somebody showed what there is, and a rule that reads anything else is doubtful ([`Unlisted::Doubtful`]).
//! - An error is only what no other target could make right: a slip, a bucket or a quantile that the software does not have.

pub mod exporters;
mod exposition;
mod http;
mod prometheus;

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use promql::{Observed, Unlisted};

pub use exporters::{every_exporter, exporters};
pub use exposition::exposition;
pub use http::{Access, fetch};
pub use prometheus::{Live, RecordedRule, Scraping, prometheus};

/// So many values of a label are kept: with more it is a name of something, and no two of those are slips of one another.
const MOST_VALUES: usize = 256;

/// Why knowledge could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Text is not in the format.
    Text {
        /// The file or the address.
        source: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        reason: String,
    },
    /// A file cannot be read.
    File { path: String, reason: String, help: String },
    /// A server does not answer as it should.
    Unreachable {
        /// Without credentials.
        url: String,
        reason: String,
        help: String,
    },
}

/// What `--metrics` names: an address, a file by its path from `root`, or `-` for the standard input.
///
/// # Errors
/// When it cannot be had, or is no exposition text.
pub fn metrics(root: &Path, place: &str, access: &Access) -> Result<Vec<Observed>, Error> {
    if place.starts_with("http://") || place.starts_with("https://") {
        return fetch(place, access);
    }
    let mut text = Vec::new();
    let read = if place == "-" {
        io::stdin().lock().read_to_end(&mut text)
    } else {
        File::open(root.join(place)).and_then(|mut file| file.read_to_end(&mut text))
    };
    read.map_err(|error| {
        let help =
            if place.contains(':') { "an address begins with http:// or https://" } else { "is the path right?" };
        Error::File { path: place.to_owned(), reason: error.to_string(), help: help.to_owned() }
    })?;
    exposition(text, if place == "-" { "standard input" } else { place })
}

/// What it means that a name was not seen, when somebody gave sources of knowledge, or nobody did.
pub fn unlisted(is_given: bool) -> Unlisted {
    if is_given { Unlisted::Doubtful } else { Unlisted::Possible }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { source, line, column, reason } => write!(f, "{source}:{line}:{column}: {reason}"),
            Self::File { path: from, reason, help } | Self::Unreachable { url: from, reason, help } => {
                write!(f, "{from}: {reason}; {help}")
            }
        }
    }
}

impl std::error::Error for Error {}
