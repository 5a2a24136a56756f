//! Databases, by OpenTelemetry's semantic conventions (<https://opentelemetry.io/docs/specs/semconv/db/database-metrics/>).

use std::time::Duration;

use crate::{Label, LabelSet, Point, Query, Service, carries, label_keys, labels, services_with_a_database, signals};

labels! {
    /// What a statement does.
    pub enum Operation = "db.operation.name" { Select = "SELECT", Insert = "INSERT", Update = "UPDATE", Delete = "DELETE" }

    /// How a statement that failed did so.
    pub enum Failure = "error.type" {
        /// The statement, or the wait for a connection, took too long.
        Timeout = "timeout",
        /// A constraint, a lock or another transaction stood in the way.
        Conflict = "conflict",
        /// The connection could not be made, or broke.
        Connection = "connection_error",
        /// Anything else.
        Other = "database_error",
    }

    /// What a pooled connection is doing.
    pub enum ConnectionState = "db.client.connection.state" { Used = "used", Idle = "idle" }
}

pub const COLLECTION: &str = "db.collection.name";
pub const POOL: &str = "db.client.connection.pool.name";

label_keys! {
    /// The table of a statement.
    pub Collection = COLLECTION;
}

carries!(Statement: Operation, Collection, Failure);
carries!(Pool: Pool = POOL);

/// Statements slower than this are counted and logged. The figure is the shop's promise that a page answers within 2 s.
pub const SLOW: Duration = Duration::from_secs(2);

/// Bounds for durations of statements, in seconds.
pub const DURATION_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0];

/// A statement and how it ended.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    pub query: Query,
    pub failure: Option<Failure>,
}

impl LabelSet for Statement {
    fn keys() -> Vec<&'static str> {
        vec![Operation::KEY, COLLECTION, Failure::KEY]
    }

    fn points(service: &Service) -> Vec<Point> {
        let of_query = |query: &Query| {
            let labels =
                [Label::new(Operation::KEY, query.operation.as_str()), Label::new(COLLECTION, query.collection)];
            let failed = Failure::ALL.iter().map(|failure| Some(Label::new(Failure::KEY, failure.as_str())));
            let ended = [None].into_iter().chain(failed);
            ended.map(move |failure| labels.iter().cloned().chain(failure).collect()).collect::<Vec<_>>()
        };
        service.queries.iter().flat_map(of_query).collect()
    }

    fn index(self, service: &Service) -> usize {
        let slot = self.failure.map_or(0, |failure| 1 + failure as usize);
        let query = service.queries.iter().position(|query| *query == self.query);
        query.map_or(usize::MAX, |query| query * (1 + Failure::ALL.len()) + slot)
    }
}

/// One of the pools in the service's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool(pub &'static str);

impl LabelSet for Pool {
    fn keys() -> Vec<&'static str> {
        vec![POOL]
    }

    fn points(service: &Service) -> Vec<Point> {
        service.pools.iter().map(|pool| vec![Label::new(POOL, *pool)]).collect()
    }

    fn index(self, service: &Service) -> usize {
        service.pools.iter().position(|pool| *pool == self.0).unwrap_or(usize::MAX)
    }
}

signals! {
    recorded by services_with_a_database;

    /// Time a statement took, without the wait for a connection.
    pub OPERATION_DURATION: Histogram<Statement> = "db.client.operation.duration" in Seconds, buckets DURATION_BUCKETS;

    /// Statements that took longer than two seconds.
    pub SLOW_QUERIES: Counter<()> = "db.client.slow_queries" in "{query}";

    /// Connections that a pool holds, by what they are doing.
    pub CONNECTIONS: ObservedGauge<(Pool, ConnectionState)> = "db.client.connection.count" in "{connection}";

    /// The most connections that a pool may hold.
    pub CONNECTIONS_MAX: ObservedGauge<Pool> = "db.client.connection.max" in "{connection}";

    /// Requests that wait for a connection.
    pub CONNECTIONS_PENDING: UpDownCounter<Pool> = "db.client.connection.pending_requests" in "{request}";

    /// Time spent waiting for a connection.
    pub CONNECTION_WAIT: Histogram<Pool> = "db.client.connection.wait_time" in Seconds, buckets DURATION_BUCKETS;

    /// Waits for a connection that were given up.
    pub CONNECTION_TIMEOUTS: Counter<Pool> = "db.client.connection.timeouts" in "{timeout}";
}
