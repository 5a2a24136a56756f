//! From a URL to a database that can be used: its file or schema made, its tables brought up to date, its pools set up.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use opentelemetry::KeyValue;
use sqlx::{
    AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, SqlSafeStr as _,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator},
};

use super::{Database, Engine, Migrations};

/// How long a request waits for a connection. Shorter than any request may take, so that the wait ends in an answer.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);
/// Connections of a process to PostgreSQL, whose own default allows 100 in all.
const POSTGRES_CONNECTIONS: u32 = 16;
/// SQLite reads beside its one writer.
const SQLITE_READERS: u32 = 4;
/// A connection that was idle for longer is tried before it is lent.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// How long opening waits for a server to take a connection and answer on it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long migrations may take in all.
const MIGRATE_TIMEOUT: Duration = Duration::from_secs(300);

/// Why a database could not be opened. Each is one sentence for whoever starts the service.
#[derive(Debug)]
pub enum OpenError {
    /// The URL is of no engine that we know, or cannot be read.
    Url { reason: String },
    /// The file, or its folder, cannot be made or opened.
    File { path: PathBuf, reason: String },
    /// The server does not take us.
    Connect { address: String, reason: String },
    /// The tables could not be brought up to date.
    Migrate { service: &'static str, reason: String },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Url { reason } => write!(
                f,
                "the database URL must look like sqlite:///folder/file.db or postgres://user@host:5432/database, but {reason}"
            ),
            OpenError::File { path, reason } => write!(f, "cannot open the database file {}: {reason}", path.display()),
            OpenError::Connect { address, reason } => write!(f, "cannot connect to PostgreSQL at {address}: {reason}"),
            OpenError::Migrate { service, reason } => write!(f, "cannot migrate the database of {service}: {reason}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl Database {
    /// Opens a service's database and brings its tables up to date.
    ///
    /// On SQLite (`sqlite://` and a path, relative or absolute) the file and its folder are made; on PostgreSQL (`postgres://`) the
    /// service gets a schema of its own, so that services can share a database.
    ///
    /// # Errors
    /// When the URL is wrong, the file or the server cannot be had, or a migration fails; always within bounded time.
    pub async fn open(url: &str, service: &'static str, migrations: &Migrations) -> Result<Database, OpenError> {
        sqlx::any::install_default_drivers();
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open_sqlite(&file(url), service, migrations).await,
            Some("postgres" | "postgresql") => open_postgres(url, service, migrations).await,
            Some(scheme) => Err(OpenError::Url { reason: format!("its scheme is {scheme:?}") }),
            None => Err(OpenError::Url { reason: "it has no scheme".to_owned() }),
        }
    }
}

/// The path in an SQLite URL, taken as it stands. sqlx takes the first folder of a relative one for a host, and drops it.
fn file(url: &str) -> PathBuf {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
    PathBuf::from(path.split_once('?').map_or(path, |(path, _)| path))
}

async fn open_sqlite(path: &Path, service: &'static str, migrations: &Migrations) -> Result<Database, OpenError> {
    let cannot = |reason: &dyn fmt::Display| OpenError::File { path: path.to_path_buf(), reason: reason.to_string() };
    let (absolute, options) = sqlite_options(path).map_err(|error| cannot(&error))?;
    if let Some(folder) = absolute.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
    }

    let mut connection = options.connect().await.map_err(|error| cannot(&innermost(&error)))?;
    connection.execute(SQLITE_SETTINGS).await.map_err(|error| cannot(&innermost(&error)))?;
    let migrated = migrator(migrations.sqlite).run(&mut connection).await;
    let _ = connection.close().await;
    migrated.map_err(|error| OpenError::Migrate { service, reason: migration(&error) })?;

    let pool = |settings: &'static str| {
        pool().after_connect(move |connection, _| Box::pin(async move { connection.execute(settings).await.map(drop) }))
    };
    let write = pool(SQLITE_SETTINGS).max_connections(1).connect_lazy_with(options.clone());
    let read = pool(SQLITE_READER_SETTINGS).max_connections(SQLITE_READERS).connect_lazy_with(options);
    let attributes = vec![KeyValue::new("db.system.name", Engine::Sqlite.as_str())];
    Ok(Database::new(Engine::Sqlite, write, Some(read), attributes))
}

/// The writer waits for the disk at each commit (`synchronous = FULL`): an order whose payment was captured may not be forgotten when the
/// machine loses its power.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON;";
const SQLITE_READER_SETTINGS: &str = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA query_only = ON;";

fn sqlite_options(path: &Path) -> Result<(PathBuf, AnyConnectOptions), io::Error> {
    let not_text = || io::Error::new(io::ErrorKind::InvalidInput, "the path is not valid UTF-8");
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        let reason = "a file is needed, since several connections share it";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let absolute = std::path::absolute(path)?;
    let text = absolute.to_str().ok_or_else(not_text)?.replace('%', "%25");
    let mut options: AnyConnectOptions = "sqlite:///".parse().map_err(io::Error::other)?;
    options.database_url.set_path(&text);
    options.database_url.set_query(Some("mode=rwc"));
    Ok((absolute, options.disable_statement_logging()))
}

async fn open_postgres(url: &str, service: &'static str, migrations: &Migrations) -> Result<Database, OpenError> {
    let options: AnyConnectOptions =
        url.parse().map_err(|error| OpenError::Url { reason: innermost(&error).to_string() })?;
    let options = options.disable_statement_logging();
    let (host, port) = (
        options.database_url.host_str().unwrap_or("localhost").to_owned(),
        options.database_url.port().unwrap_or(5432),
    );
    let cannot = |reason: String| OpenError::Connect { address: format!("{host}:{port}"), reason };

    // Who waits for the lock waits for another process that migrates; the statements themselves may take long.
    let alone = postgres_options(&options, service, "30s", "300s");
    let mut connection = match tokio::time::timeout(CONNECT_TIMEOUT, connect(&alone)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return Err(cannot(innermost(&error).to_string())),
        Err(_) => return Err(cannot(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))),
    };
    let migrated = tokio::time::timeout(MIGRATE_TIMEOUT, migrate_postgres(&mut connection, service, migrations)).await;
    // A failed migration holds its lock until its connection closes. Closing politely could wait for a server that hangs.
    let _ = tokio::time::timeout(Duration::from_secs(1), connection.close()).await;
    match migrated {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(OpenError::Migrate { service, reason: migration(&error) }),
        Err(_) => {
            let reason = format!("it did not end within {} s", MIGRATE_TIMEOUT.as_secs());
            return Err(OpenError::Migrate { service, reason });
        }
    }

    let options = postgres_options(&options, service, "3s", "10s");
    let write = pool().max_connections(POSTGRES_CONNECTIONS).connect_lazy_with(options);
    let attributes = vec![
        KeyValue::new("db.system.name", Engine::Postgres.as_str()),
        KeyValue::new("server.address", host),
        KeyValue::new("server.port", i64::from(port)),
    ];
    Ok(Database::new(Engine::Postgres, write, None, attributes))
}

async fn connect(options: &AnyConnectOptions) -> Result<AnyConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    connection.ping().await?;
    Ok(connection)
}

async fn migrate_postgres(
    connection: &mut AnyConnection,
    service: &'static str,
    migrations: &Migrations,
) -> Result<(), MigrateError> {
    // Two processes that make the same schema at the same time would collide even with IF NOT EXISTS.
    connection.lock().await?;
    connection.execute(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS \"{service}\""))).await?;
    migrator(migrations.postgres).run(connection).await
}

fn migrator(steps: &[&'static str]) -> Migrator {
    let step = |(version, sql): (i64, &&'static str)| {
        Migration::new(version, "".into(), MigrationType::Simple, (*sql).into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(steps).map(step).collect())
}

fn postgres_options(
    options: &AnyConnectOptions,
    service: &'static str,
    lock_timeout: &str,
    statement_timeout: &str,
) -> AnyConnectOptions {
    let mut options = options.clone();
    options
        .database_url
        .query_pairs_mut()
        .append_pair("application_name", service)
        .append_pair("options[search_path]", service)
        .append_pair("options[lock_timeout]", lock_timeout)
        .append_pair("options[statement_timeout]", statement_timeout)
        .append_pair("options[idle_in_transaction_session_timeout]", "30s");
    options
}

#[expect(clippy::disallowed_methods, reason = "the pool of a Database")]
fn pool() -> AnyPoolOptions {
    AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).test_before_acquire(false).before_acquire(
        |connection, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        },
    )
}

/// The cause that says most to people: sqlx wraps it in words about itself.
fn innermost(error: &sqlx::Error) -> &dyn fmt::Display {
    match error {
        sqlx::Error::Io(error) => error,
        sqlx::Error::Database(error) => error,
        sqlx::Error::Configuration(error) => error,
        other => other,
    }
}

fn migration(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(error) => innermost(error).to_string(),
        MigrateError::ExecuteMigration(error, version) => format!("step {version} failed: {}", innermost(error)),
        other => other.to_string(),
    }
}
