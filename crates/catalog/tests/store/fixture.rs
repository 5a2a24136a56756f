//! A fresh database for each test, on either engine; PostgreSQL is one server for all tests of this process.

use std::{
    fs::{self, File},
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use shop::{ports::Ports, services::ServiceName};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, Row as _};
use stack::{Binaries, Database as Where, Plan, Server, Stack};
use telemetry::db::Engine;

/// Makes of one function a test for each engine.
macro_rules! on_both_engines {
    ($(async fn $name:ident($arg:ident: $Arg:ty) $body:block)+) => { $(
        mod $name {
            use super::*;

            async fn test($arg: $Arg) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let given = <$Arg>::fresh(telemetry::db::Engine::Sqlite).await;
                test(given).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let given = <$Arg>::fresh(telemetry::db::Engine::Postgres).await;
                test(given).await;
            }
        }
    )+ };
}
pub(crate) use on_both_engines;

/// A database that nobody else uses.
pub(crate) struct Fresh {
    pub(crate) url: String,
    /// Removed with its file at the end.
    _folder: Option<tempfile::TempDir>,
}

impl Fresh {
    pub(crate) async fn database(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("deep/down/test.db").display());
                Self { url, _folder: Some(folder) }
            }
            Engine::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(0);
                let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
                let server = postgres();
                let mut connection = connect(server).await;
                connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new database");
                connection.close().await.expect("closes");
                Self {
                    url: format!("{}/{name}", &server[..server.rfind('/').expect("a database's URL")]),
                    _folder: None,
                }
            }
        }
    }
}

/// Binds the signals of the service whose crate is tested, as its process would.
pub(crate) fn record(service: ServiceName) {
    static RECORDED: OnceLock<telemetry::Guard> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let settings = telemetry::Settings {
            push_traces: false,
            push_metrics: false,
            push_interval: Duration::from_secs(60),
            traces_timeout: Duration::from_secs(10),
            metrics_timeout: Duration::from_secs(10),
            sampler: telemetry::Sampler::AlwaysOff,
            span_queue: 1,
        };
        telemetry::init(service.signals(), &settings).expect("telemetry starts")
    });
}

/// A connection beside the one under test, without any of its settings.
pub(crate) async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("connects")
}

/// The URL of a PostgreSQL server that ends with this process.
pub(crate) fn postgres() -> &'static str {
    static SERVER: OnceLock<(String, Stack, File)> = OnceLock::new();
    let start = || {
        // A thread of its own, since the test that comes first has a runtime already.
        let started = thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(start_postgres())
        });
        started.join().expect("PostgreSQL starts")
    };
    &SERVER.get_or_init(start).0
}

/// Clusters stay under target/ and are used again: making one takes longer than most tests. Each is locked while it is used.
async fn start_postgres() -> (String, Stack, File) {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
    fs::create_dir_all(&root).expect("a folder");
    let free = |slot: u32| {
        let lock = File::create(root.join(format!("{slot}.lock"))).expect("a lock file");
        lock.try_lock().is_ok().then_some((root.join(slot.to_string()), lock))
    };
    let (folder, lock) = (0..).find_map(free).expect("there is always another");
    let deadline = Instant::now() + Duration::from_secs(60);
    let stack = loop {
        let ports = Ports::free().expect("free ports");
        let plan = Plan::new(&folder).services([]).database(Where::Postgres).ports(ports);
        match Stack::start(plan, Binaries::default()).await {
            Ok(stack) => break stack,
            // The server of the last run may still be shutting down.
            Err(error) if Instant::now() > deadline => panic!("PostgreSQL does not start: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let url = stack.server_url(Server::Postgres);
    remove_old(&url).await;
    (url, stack, lock)
}

async fn remove_old(url: &str) {
    let mut connection = connect(url).await;
    let statement = "SELECT CAST(datname AS TEXT) AS name FROM pg_database WHERE datname LIKE 'test%'";
    for row in sqlx::query(statement).fetch_all(&mut connection).await.expect("lists") {
        let name: String = row.get("name");
        connection.execute(AssertSqlSafe(format!("DROP DATABASE \"{name}\" WITH (FORCE)"))).await.expect("drops");
    }
    connection.close().await.expect("closes");
}
