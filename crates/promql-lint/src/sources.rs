//! Where the checker's knowledge of others' metrics comes from: exposition text, addresses that serve it, a running Prometheus, and the
//! tables of common exporters.
//!
//! None of them shows all that there can be; what is concluded from each is said at [`promql::Observed`]. What that means for a user:
//!
//! - With neither `--metrics` nor `--prometheus` only the tables of common exporters are known. A name that is in none of them may well
//!   be another's, and nothing is said of it ([`Unlisted::Possible`]), unless it is a slip of one that is there.
//! - With either, somebody showed what there is, and a rule that reads anything else is doubtful ([`Unlisted::Doubtful`]).
//! - An error is only what no other target could make right: a slip, a bucket or a quantile that the software does not have.

mod exposition;

use std::fmt;

use promql::Unlisted;

pub use exposition::exposition;

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
}

/// What it means that a name was not seen, when somebody gave sources of knowledge, or nobody did.
pub fn unlisted(is_given: bool) -> Unlisted {
    if is_given { Unlisted::Doubtful } else { Unlisted::Possible }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { source, line, column, reason } => write!(f, "{source}:{line}:{column}: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
