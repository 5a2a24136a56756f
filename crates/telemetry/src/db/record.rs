//! What a statement, and the wait for a connection, leave behind: a span, measurements, and a line when it was slow.

use std::time::{Duration, Instant};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanKind, TraceContextExt as _},
};
use signals::{
    Query,
    db::{
        CONNECTION_TIMEOUTS, CONNECTION_WAIT, CONNECTIONS_PENDING, Failure, OPERATION_DURATION, Pool, SLOW,
        SLOW_QUERIES, Statement,
    },
};

use super::{Database, Error};
use crate::trace;

/// A statement under way.
pub(super) struct Recording {
    query: Query,
    started: Instant,
    /// Ends when it is dropped.
    span: Option<Context>,
    ended: bool,
}

impl Recording {
    pub(super) fn start(database: &Database, query: Query) -> Self {
        let span = span(database, query.operation.as_str(), Some(query.collection));
        Self { query, started: Instant::now(), span, ended: false }
    }

    /// The statement's span, where it is kept.
    pub(super) fn span(&self) -> Option<&Context> {
        self.span.as_ref()
    }

    pub(super) fn end(mut self, error: Option<&Error>) {
        self.ended = true;
        record(self.query, self.started.elapsed(), error.map(|error| error.failure));
        mark(self.span.as_ref(), error);
    }
}

impl Drop for Recording {
    /// Nobody waits for the statement any more. When it was slow, that is why its caller gave up, and leaving it out would hide
    /// the worst; a quick one says nothing about the database, only about a client that left.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let duration = self.started.elapsed();
        if duration > SLOW {
            record(self.query, duration, Some(Failure::Timeout));
        }
        if let Some(span) = &self.span {
            trace::fail(span, "cancelled");
        }
    }
}

fn record(query: Query, duration: Duration, failure: Option<Failure>) {
    OPERATION_DURATION.record_duration(duration, Statement { query, failure });
    if duration > SLOW {
        SLOW_QUERIES.add(1, ());
        tracing::warn!(
            db.operation.name = query.operation.as_str(),
            db.collection.name = query.collection,
            duration_seconds = duration.as_secs_f64(),
            error.type = failure.map(Failure::as_str),
            "slow statement"
        );
    }
}

/// A client's span below the current one, by <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>; none when the
/// current one is not kept, for even then building one would cost.
pub(super) fn span(database: &Database, operation: &'static str, collection: Option<&'static str>) -> Option<Context> {
    let parent =
        Context::map_current(|parent| trace::is_sampled(parent).then(|| parent.span().span_context().span_id()))?;
    let name = collection.map_or(operation.to_owned(), |collection| format!("{operation} {collection}"));
    let span = trace::child(name, SpanKind::Client, || {
        let mut attributes = database.inner.attributes.clone();
        attributes.push(KeyValue::new(signals::db::Operation::KEY, operation));
        attributes.extend(collection.map(|collection| KeyValue::new(signals::db::COLLECTION, collection)));
        attributes
    });
    // Where nothing keeps spans, the parent comes back, which is not ours to mark.
    (span.span().span_context().span_id() != parent).then_some(span)
}

/// Says on a span how it failed, if it did.
pub(super) fn mark(span: Option<&Context>, error: Option<&Error>) {
    if let (Some(span), Some(error)) = (span, error) {
        trace::fail(span, error.failure.as_str());
    }
}

/// A wait for a connection. It is always recorded, also when it is given up: the waits that fail are the ones that matter.
pub(super) struct Waiting {
    pool: Pool,
    started: Instant,
    ended: bool,
}

impl Waiting {
    pub(super) fn start(pool: &'static str) -> Self {
        let pool = Pool(pool);
        CONNECTIONS_PENDING.add(1, pool);
        Self { pool, started: Instant::now(), ended: false }
    }

    pub(super) fn end(mut self, error: Option<&Error>) {
        self.ended = true;
        if error.is_some_and(|error| error.failure == Failure::Timeout) {
            CONNECTION_TIMEOUTS.add(1, self.pool);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        CONNECTIONS_PENDING.add(-1, self.pool);
        let duration = self.started.elapsed();
        CONNECTION_WAIT.record_duration(duration, self.pool);
        if !self.ended && duration > SLOW {
            CONNECTION_TIMEOUTS.add(1, self.pool);
        }
    }
}
