//! The database of a service: pools over SQLite or PostgreSQL whose every statement leaves a span and a measurement.

mod error;
mod exhaust;
mod open;
mod record;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use faults::Kind;
use opentelemetry::KeyValue;
use signals::{
    Query,
    db::{CONNECTIONS, CONNECTIONS_MAX, ConnectionState, Failure},
};
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, pool::PoolConnection};

use self::record::{Recording, Waiting};
pub use self::{error::Error, exhaust::exhaust, open::OpenError};
use crate::injection;

/// The pools' names in the labels. SQLite has one connection that writes and several that read; on PostgreSQL there is one pool,
/// which bears the first name, and the series of the second stay at zero: a connection must not be counted twice.
pub const WRITE_POOL: &str = "write";
/// See [`WRITE_POOL`].
pub const READ_POOL: &str = "read";

/// How long [`Database::ping`] waits, so that a health check answers within its own time limit.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The databases that a service can keep its state in. Where their SQL differs, the statements stand side by side in one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file, for one process on one machine.
    Sqlite,
    /// A server, for production.
    Postgres,
}

impl Engine {
    /// The name by the semantic conventions (`db.system.name`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgresql",
        }
    }
}

/// The steps that make a service's tables, in the order of their versions: the first is version 1. They are only ever added to: a
/// step that was applied somewhere and is changed afterwards is refused there.
///
/// ```
/// const MIGRATIONS: telemetry::db::Migrations = telemetry::db::Migrations {
///     sqlite: &["CREATE TABLE notes (id TEXT PRIMARY KEY);"], // include_str!("../migrations/sqlite/0001_notes.sql")
///     postgres: &["CREATE TABLE notes (id TEXT PRIMARY KEY);"],
/// };
/// ```
///
/// `sqlx::migrate!` would read the folder by itself, but its crate compiles both drivers a second time.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    pub sqlite: &'static [&'static str],
    pub postgres: &'static [&'static str],
}

/// A service's database. Clones share the pools.
///
/// A statement whose future is dropped leaves nothing locked: an open transaction is rolled back before its connection is lent
/// again, and a connection in doubt is closed. PostgreSQL goes on with the statement itself until its `statement_timeout`.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    write: AnyPool,
    /// Absent where one pool serves both.
    read: Option<AnyPool>,
    /// What every span of a statement says.
    attributes: Vec<KeyValue>,
}

impl Database {
    fn new(engine: Engine, write: AnyPool, read: Option<AnyPool>, attributes: Vec<KeyValue>) -> Self {
        let inner = Arc::new(Inner { engine, write, read, attributes });
        observe(&inner);
        exhaust::remember(&inner);
        Self { inner }
    }

    /// The engine behind it.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// Whether the database answers and has its tables, within two seconds.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        let (pool, _) = self.inner.reading();
        let answer = async {
            #[expect(clippy::disallowed_methods, reason = "a probe is no statement of the service")]
            let mut connection = pool.acquire().await?;
            sqlx::query("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut *connection).await
        };
        match tokio::time::timeout(PING_TIMEOUT, answer).await {
            Ok(answer) => answer.map(drop).map_err(Error::new),
            Err(_) => Err(Error::new(sqlx::Error::PoolTimedOut)),
        }
    }

    /// Runs one statement that only reads.
    ///
    /// # Errors
    /// When no connection could be had, or the statement failed.
    pub async fn read<T>(
        &self,
        query: Query,
        statement: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let (pool, name) = self.inner.reading();
        let mut connection = acquire(pool, name).await?;
        self.measured(query, statement(&mut connection)).await
    }

    /// Runs one statement that may write; it is a transaction of its own.
    ///
    /// # Errors
    /// When no connection could be had, or the statement failed.
    pub async fn write<T>(
        &self,
        query: Query,
        statement: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let mut connection = acquire(&self.inner.write, WRITE_POOL).await?;
        self.measured(query, statement(&mut connection)).await
    }

    /// Runs statements that come true together: committed when `statements` gives `Ok`, undone when it gives `Err` or is dropped.
    ///
    /// Once a statement in it failed, it can no longer be committed, on either engine: `Ok` then becomes the statement's error.
    ///
    /// # Errors
    /// What `statements` gives, or when the transaction could not be begun or committed.
    pub async fn transaction<T, E: From<Error>>(
        &self,
        statements: impl AsyncFnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = acquire(&self.inner.write, WRITE_POOL).await?;
        let mut lease = Lease { connection: Some(connection), in_doubt: true };
        let Some(connection) = &mut lease.connection else { return Err(Error::new(sqlx::Error::PoolClosed).into()) };
        let inner = connection.begin_with(self.inner.begin()).await.map_err(Error::new)?;
        lease.in_doubt = false;

        let mut transaction = Transaction { database: self, inner, failed: None };
        let result = statements(&mut transaction).await;
        let Transaction { inner, failed, .. } = transaction;
        match (result, failed) {
            (Ok(value), None) => {
                let span = record::span(self, "COMMIT", None);
                let committed = inner.commit().await.map_err(Error::new);
                record::mark(span.as_ref(), committed.as_ref().err());
                committed?;
                Ok(value)
            }
            (result, failed) => {
                // What cannot be rolled back is broken, and the pool closes it; the caller learns the first cause.
                let _ = inner.rollback().await;
                result?;
                Err(Error::undone(failed.unwrap_or(Failure::Other)).into())
            }
        }
    }

    async fn measured<T>(
        &self,
        query: Query,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Error> {
        let recording = Recording::start(self, query);
        let result = match injection::statement(query.collection, recording.span()) {
            Some(hit) if hit.kind() == Kind::DatabaseError => Err(Error::injected()),
            hit => {
                if let Some(delay) = hit.and_then(|hit| hit.delay) {
                    tokio::time::sleep(delay).await;
                }
                statement.await.map_err(Error::new)
            }
        };
        recording.end(result.as_ref().err());
        result
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("engine", &self.inner.engine).finish_non_exhaustive()
    }
}

impl Inner {
    fn reading(&self) -> (&AnyPool, &'static str) {
        self.read.as_ref().map_or((&self.write, WRITE_POOL), |read| (read, READ_POOL))
    }

    fn begin(&self) -> &'static str {
        match self.engine {
            // A deferred transaction that reads first cannot wait for the lock when it comes to write: it fails at once.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        }
    }
}

/// Statements that come true together; see [`Database::transaction`].
pub struct Transaction<'c> {
    database: &'c Database,
    inner: sqlx::Transaction<'c, Any>,
    failed: Option<Failure>,
}

impl Transaction<'_> {
    /// Runs one statement of the transaction.
    ///
    /// # Errors
    /// When the statement failed; then the transaction will be rolled back, whatever else is done in it.
    pub async fn run<T>(
        &mut self,
        query: Query,
        statement: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let result = self.database.measured(query, statement(&mut self.inner)).await;
        if let Err(error) = &result {
            self.failed = self.failed.or(Some(error.failure));
        }
        result
    }
}

async fn acquire(pool: &AnyPool, name: &'static str) -> Result<PoolConnection<Any>, Error> {
    let waiting = Waiting::start(name);
    #[expect(clippy::disallowed_methods, reason = "here it is measured")]
    let connection = pool.acquire().await.map_err(Error::new);
    waiting.end(connection.as_ref().err());
    connection
}

/// A connection that is closed instead of lent again when it is dropped while in doubt. It is needed for `BEGIN` alone: when that
/// is dropped half-way, sqlx does not know of a transaction on PostgreSQL, and whoever got the connection next would write into it
/// and lose what was written.
struct Lease {
    connection: Option<PoolConnection<Any>>,
    in_doubt: bool,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.in_doubt
            && let Some(connection) = self.connection.take()
        {
            drop(connection.detach());
        }
    }
}

/// Lets the pools be read at each collection, as long as they live.
fn observe(inner: &Arc<Inner>) {
    let pools = |inner: &Inner| [(WRITE_POOL, Some(inner.write.clone())), (READ_POOL, inner.read.clone())];
    let (held, most) = (Arc::downgrade(inner), Arc::downgrade(inner));
    CONNECTIONS.observe(move |now| {
        for (name, pool) in held.upgrade().iter().flat_map(|inner| pools(inner)) {
            let (size, idle) = pool.map_or((0, 0), |pool| (pool.size() as usize, pool.num_idle()));
            let name = signals::db::Pool(name);
            now.set(idle as f64, (name, ConnectionState::Idle));
            now.set(size.saturating_sub(idle) as f64, (name, ConnectionState::Used));
        }
    });
    CONNECTIONS_MAX.observe(move |now| {
        for (name, pool) in most.upgrade().iter().flat_map(|inner| pools(inner)) {
            let most = pool.map_or(0, |pool| pool.options().get_max_connections());
            now.set(f64::from(most), signals::db::Pool(name));
        }
    });
}
