//! Why nothing was rendered.

use std::fmt;

use promql::Finding;

/// Why nothing was rendered.
#[derive(Debug)]
pub enum Refused {
    /// The checker found certain mistakes in the definitions.
    Wrong(Vec<Finding>),
    /// A value has no form in its file's format.
    Unwritable(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Wrong(findings) => {
                write!(f, "nothing is rendered while the definitions have mistakes ({} found)", findings.len())?;
                findings.iter().try_for_each(|finding| write!(f, "\n\n{finding}"))
            }
            Refused::Unwritable(reason) => write!(f, "cannot be written: {reason}"),
        }
    }
}

impl std::error::Error for Refused {}
