//! What the PostgreSQL exporter says of the server. Where the shop keeps its state in SQLite there is no such series.

use promql::{Exporter, Key, Up, foreign, label_keys};
use signals::units::{Bytes, Each, Seconds};

label_keys! {
    /// A database of the server.
    pub DatabaseName = "datname";
    /// What a connection does.
    pub BackendState = "state";
    /// How strong a lock is.
    pub LockMode = "mode";
    /// A database, by its number.
    pub DatabaseId = "datid";
    /// A server, by host and port.
    pub Postgres = "server";
    /// For what a server process is there.
    pub BackendType = "backend_type";
    /// Who is connected.
    pub UserName = "usename";
    /// For what a connection waits, in general.
    pub WaitEventType = "wait_event_type";
    /// For what it waits.
    pub WaitEvent = "wait_event";
}

pub const DATABASE_NAME: Key<DatabaseName> = Key::new();
pub const BACKEND_STATE: Key<BackendState> = Key::new();
pub const LOCK_MODE: Key<LockMode> = Key::new();

const POSTGRES: Exporter = Exporter {
    service: Some("postgres"),
    also_of: &[],
    page: "https://github.com/prometheus-community/postgres_exporter/blob/v0.19.1/README.md",
};

foreign! {
    of POSTGRES;

    /// Whether the server let the exporter in.
    pub POSTGRES_UP: Gauge<Up> = "pg_up" {}, healthy 1.0;

    /// Connections that the server has, by what they do.
    pub BACKENDS: Gauge<Each> = "pg_stat_activity_count" {
        DatabaseName: ["shop"], BackendState: ["active", "idle", "idle in transaction"], Postgres: ["localhost:5432"],
        BackendType: ["client backend", ""], UserName: ["shop", ""], WaitEventType: ["Client", ""], WaitEvent: ["ClientRead", ""]
    }, healthy 5.0;

    /// The most connections that the server takes.
    pub BACKENDS_MAX: Gauge<Each> = "pg_settings_max_connections" { Postgres: ["localhost:5432"] }, healthy 100.0;

    /// The age of the oldest transaction.
    pub OLDEST_TRANSACTION: Gauge<Seconds> = "pg_stat_activity_max_tx_duration" {
        DatabaseName: ["shop"], BackendState: ["active", "idle", "idle in transaction"], Postgres: ["localhost:5432"],
        BackendType: ["client backend", ""], UserName: ["shop", ""], WaitEventType: ["Client", ""], WaitEvent: ["ClientRead", ""]
    }, healthy 0.01;

    /// Locks that are held or waited for.
    pub LOCKS: Gauge<Each> = "pg_locks_count" {
        DatabaseName: ["shop"], LockMode: ["accesssharelock", "rowexclusivelock"]
    }, healthy 1.0;

    /// Transactions that did not end since each waited for the other; the server broke one off.
    pub DEADLOCKS: Counter<Each> = "pg_stat_database_deadlocks" { DatabaseName: ["shop"], DatabaseId: ["16384"] }, healthy 0.0;

    /// Transactions that were committed.
    pub COMMITS: Counter<Each> = "pg_stat_database_xact_commit" { DatabaseName: ["shop"], DatabaseId: ["16384"] }, healthy 20.0;

    /// Transactions that were undone.
    pub ROLLBACKS: Counter<Each> = "pg_stat_database_xact_rollback" { DatabaseName: ["shop"], DatabaseId: ["16384"] }, healthy 0.1;

    /// Blocks that were read from the server's memory.
    pub BLOCKS_CACHED: Counter<Each> = "pg_stat_database_blks_hit" { DatabaseName: ["shop"], DatabaseId: ["16384"] }, healthy 1000.0;

    /// Blocks that were not in the server's memory.
    pub BLOCKS_READ: Counter<Each> = "pg_stat_database_blks_read" { DatabaseName: ["shop"], DatabaseId: ["16384"] }, healthy 1.0;

    /// The size of a database.
    pub DATABASE_SIZE: Gauge<Bytes> = "pg_database_size_bytes" { DatabaseName: ["shop"] }, healthy 1e7;

    /// Whether the server repeats what another does.
    pub IS_REPLICA: Gauge<Up> = "pg_replication_is_replica" {}, healthy 0.0;

    /// How far a replica is behind; 0 at a primary.
    pub REPLICATION_LAG: Gauge<Seconds> = "pg_replication_lag_seconds" {}, healthy 0.0;
}
