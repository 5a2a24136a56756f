//! What fails, and what is seen of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use signals::{errors, faults::FaultKind, http};

use crate::{
    bounds::{Bytes, Threads, field, in_source},
    fault::Fault,
    latency::Latency,
};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// The service says that it is not ready.
    HealthCheckFailing,
    /// A statement fails.
    DatabaseError,
    /// A statement takes longer.
    SlowQuery(Latency),
    /// Every connection of the pool is taken, and requests wait for one in vain.
    PoolExhausted,
    /// A request is not answered before its deadline passes.
    Timeout,
    /// A request is refused as one that cannot be understood.
    ValidationError,
    /// A request is refused as one that its caller may not make.
    PermissionError,
    /// A service that was called answers with a failure of its own.
    UpstreamError,
    /// A service that was called does not answer in time.
    UpstreamTimeout,
    /// A request, or the call to a peer, takes longer.
    Latency(Latency),
    /// The connection is closed before the answer.
    ConnectionDrop,
    /// So many threads compute without a pause.
    CpuBurn { threads: Threads },
    /// Memory is taken at this rate up to this much, and kept until the fault ends.
    MemoryGrowth {
        #[serde(deserialize_with = "field::bytes_per_second")]
        bytes_per_second: Bytes,
        #[serde(deserialize_with = "field::most_bytes")]
        most_bytes: Bytes,
    },
    /// The process is frozen: it holds its connections and answers nobody. Only somebody outside can end that.
    ProcessStop,
    /// The process is killed, and the whole service is down until somebody starts it again.
    ProcessKill,
}

/// What a kind takes hold of, and so which parts of a place it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Single requests: a route, a session, a share of them.
    Request,
    /// The calls that requests make: also a peer.
    Call,
    /// The statements that requests make: also a collection.
    Statement,
    /// The process as a whole: nothing smaller than the service.
    Process,
}

impl Kind {
    /// So many threads compute without a pause.
    ///
    /// # Panics
    /// When there are none of them, or more than 256; in a constant, that is an error of the compiler's.
    #[track_caller]
    pub const fn cpu_burn(threads: u64) -> Self {
        Kind::CpuBurn { threads: in_source(Threads::new(threads)) }
    }

    /// Memory is taken at this rate up to this much, in bytes.
    ///
    /// # Panics
    /// When one of them is 0 or more than 64 GiB; in a constant, that is an error of the compiler's.
    #[track_caller]
    pub const fn memory_growth(bytes_per_second: u64, most_bytes: u64) -> Self {
        Kind::MemoryGrowth {
            bytes_per_second: in_source(Bytes::new(bytes_per_second)),
            most_bytes: in_source(Bytes::new(most_bytes)),
        }
    }

    /// The fault of this kind at a service: all that it reaches there, for the default lease.
    pub fn on(self, service: impl Into<String>) -> Fault {
        Fault::new(self, service.into())
    }

    /// How JSON spells it, and the label too.
    pub const fn as_str(self) -> &'static str {
        match (self.label(), self) {
            (Some(label), _) => label.as_str(),
            (None, Kind::ProcessStop) => "process_stop",
            (None, _) => "process_kill",
        }
    }

    /// The label under which it is counted; none where only somebody outside of the process can do it.
    pub const fn label(self) -> Option<FaultKind> {
        Some(match self {
            Kind::HealthCheckFailing => FaultKind::HealthCheckFailing,
            Kind::DatabaseError => FaultKind::DatabaseError,
            Kind::SlowQuery(_) => FaultKind::SlowQuery,
            Kind::PoolExhausted => FaultKind::PoolExhausted,
            Kind::Timeout => FaultKind::Timeout,
            Kind::ValidationError => FaultKind::ValidationError,
            Kind::PermissionError => FaultKind::PermissionError,
            Kind::UpstreamError => FaultKind::UpstreamError,
            Kind::UpstreamTimeout => FaultKind::UpstreamTimeout,
            Kind::Latency(_) => FaultKind::Latency,
            Kind::ConnectionDrop => FaultKind::ConnectionDrop,
            Kind::CpuBurn { .. } => FaultKind::CpuBurn,
            Kind::MemoryGrowth { .. } => FaultKind::MemoryGrowth,
            Kind::ProcessStop | Kind::ProcessKill => return None,
        })
    }

    /// The `error_type` under which the service of the place counts it in `errors_total`. None where nothing fails there: what is
    /// merely slower becomes an error only when a deadline passes, and a process that is gone counts nothing.
    pub const fn error_type(self) -> Option<&'static str> {
        match self {
            Kind::HealthCheckFailing => Some(errors::HEALTH_CHECK_FAILED),
            // No connection in time is a database that refuses.
            Kind::DatabaseError | Kind::PoolExhausted => Some(errors::DATABASE_ERROR),
            Kind::Timeout => http::TIMED_OUT.error_type,
            Kind::ValidationError => http::INVALID.error_type,
            Kind::PermissionError => http::FORBIDDEN.error_type,
            Kind::UpstreamError => Some(errors::UPSTREAM_ERROR),
            Kind::UpstreamTimeout => Some(errors::TIMEOUT_ERROR),
            Kind::ConnectionDrop => http::CANCELLED.error_type,
            Kind::SlowQuery(_)
            | Kind::Latency(_)
            | Kind::CpuBurn { .. }
            | Kind::MemoryGrowth { .. }
            | Kind::ProcessStop
            | Kind::ProcessKill => None,
        }
    }

    /// What it takes hold of.
    pub const fn reach(self) -> Reach {
        match self {
            Kind::Timeout | Kind::ValidationError | Kind::PermissionError | Kind::ConnectionDrop => Reach::Request,
            Kind::UpstreamError | Kind::UpstreamTimeout | Kind::Latency(_) => Reach::Call,
            Kind::DatabaseError | Kind::SlowQuery(_) => Reach::Statement,
            Kind::HealthCheckFailing
            | Kind::PoolExhausted
            | Kind::CpuBurn { .. }
            | Kind::MemoryGrowth { .. }
            | Kind::ProcessStop
            | Kind::ProcessKill => Reach::Process,
        }
    }

    /// How long it holds things up, if that is what it does.
    pub(crate) const fn latency(self) -> Option<Latency> {
        match self {
            Kind::Latency(latency) | Kind::SlowQuery(latency) => Some(latency),
            _ => None,
        }
    }
}

/// As a sentence tells it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::HealthCheckFailing => f.write_str("a failing health check"),
            Kind::DatabaseError => f.write_str("failing statements"),
            Kind::SlowQuery(latency) => write!(f, "statements that take {latency} longer"),
            Kind::PoolExhausted => f.write_str("no free database connection"),
            Kind::Timeout => f.write_str("answers that do not come before the deadline"),
            Kind::ValidationError => f.write_str("refusals as invalid"),
            Kind::PermissionError => f.write_str("refusals as forbidden"),
            Kind::UpstreamError => f.write_str("failing calls to other services"),
            Kind::UpstreamTimeout => f.write_str("calls to other services that are not answered in time"),
            Kind::Latency(latency) => write!(f, "{latency} of added latency"),
            Kind::ConnectionDrop => f.write_str("dropped connections"),
            Kind::CpuBurn { threads } => write!(f, "{} threads that burn CPU", threads.get()),
            Kind::MemoryGrowth { bytes_per_second, most_bytes } => {
                write!(f, "memory that grows by {} bytes a second up to {}", bytes_per_second.get(), most_bytes.get())
            }
            Kind::ProcessStop => f.write_str("a frozen process"),
            Kind::ProcessKill => f.write_str("a killed process"),
        }
    }
}
