//! Faults that are made on purpose, so that an injected error can be told from a real one.

use crate::{every_service, labels, signals};

labels! {
    /// What a service can be made to do from inside.
    pub enum FaultKind = "fault.kind" {
        HealthCheckFailing = "health_check_failing",
        DatabaseError = "database_error",
        SlowQuery = "slow_query",
        PoolExhausted = "pool_exhausted",
        Timeout = "timeout",
        ValidationError = "validation_error",
        PermissionError = "permission_error",
        UpstreamError = "upstream_error",
        UpstreamTimeout = "upstream_timeout",
        Latency = "latency",
        ConnectionDrop = "connection_drop",
        CpuBurn = "cpu_burn",
        MemoryGrowth = "memory_growth",
    }
}

signals! {
    recorded by every_service;

    /// Faults that are armed: what they reach is made to fail until they end.
    pub ARMED: ObservedGauge<FaultKind> = "faults.armed" in "{fault}";

    /// Times that an armed fault struck, each in one request, call or statement; a fault of the whole process strikes once.
    pub INJECTED: Counter<FaultKind> = "faults.injected" in "{fault}";
}
