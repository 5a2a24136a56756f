//! Why a statement failed, in the four words of the label `error_type`.

use std::{fmt, io};

use signals::db::Failure;
use sqlx::{postgres::PgDatabaseError, sqlite::SqliteError};

/// A statement, or the wait for a connection, that failed.
#[derive(Debug)]
pub struct Error {
    /// How it failed; also the label and what to branch on.
    pub failure: Failure,
    source: sqlx::Error,
}

impl Error {
    pub(super) fn new(source: sqlx::Error) -> Self {
        Self { failure: classify(&source), source }
    }

    /// For a statement that a fault struck.
    pub(super) fn injected() -> Self {
        Self::new(sqlx::Error::Protocol("a fault was injected".to_owned()))
    }

    /// For a transaction that went on after a statement of it had failed.
    pub(super) fn undone(failure: Failure) -> Self {
        let source = sqlx::Error::Protocol("a statement of the transaction failed, so all of it was undone".to_owned());
        Self { failure, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.failure {
            Failure::Timeout => "the database did not answer in time",
            Failure::Conflict => "the database refused: a constraint, a lock or another transaction stood in the way",
            Failure::Connection => "the database could not be reached",
            Failure::Other => "the database failed",
        })
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn classify(error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::PoolTimedOut => Failure::Timeout,
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::Timeout,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Failure::Connection
        }
        sqlx::Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                sqlstate(error.code())
            } else if let Some(error) = error.try_downcast_ref::<SqliteError>() {
                sqlite(sqlx::error::DatabaseError::code(error).and_then(|code| code.parse().ok()).unwrap_or(0))
            } else {
                Failure::Other
            }
        }
        _ => Failure::Other,
    }
}

/// By <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn sqlstate(code: &str) -> Failure {
    match code {
        // statement_timeout, idle_in_transaction_session_timeout
        "57014" | "25P03" => Failure::Timeout,
        // lock_timeout; serialization failures and deadlocks are class 40, constraints class 23
        "55P03" => Failure::Conflict,
        // shutdown, crash, still starting, too many connections
        "57P01" | "57P02" | "57P03" | "53300" => Failure::Connection,
        _ if code.starts_with("23") || code.starts_with("40") => Failure::Conflict,
        _ if code.starts_with("08") => Failure::Connection,
        _ => Failure::Other,
    }
}

/// By <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn sqlite(code: u32) -> Failure {
    match code & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CONSTRAINT
        5 | 6 | 19 => Failure::Conflict,
        // SQLITE_CANTOPEN
        14 => Failure::Connection,
        _ => Failure::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_become_one_of_four_words() {
        let states = [
            ("57014", Failure::Timeout),
            ("23505", Failure::Conflict),
            ("23514", Failure::Conflict),
            ("40P01", Failure::Conflict),
            ("40001", Failure::Conflict),
            ("55P03", Failure::Conflict),
            ("57P01", Failure::Connection),
            ("08006", Failure::Connection),
            ("42601", Failure::Other),
        ];
        for (code, failure) in states {
            assert_eq!(sqlstate(code), failure, "{code}");
        }
        let codes = [
            (5, Failure::Conflict),
            (517, Failure::Conflict),
            (2067, Failure::Conflict),
            (14, Failure::Connection),
            (1, Failure::Other),
        ];
        for (code, failure) in codes {
            assert_eq!(sqlite(code), failure, "{code}");
        }
    }
}
