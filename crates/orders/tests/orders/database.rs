//! A database of its own for each test: a file, or a schema on one PostgreSQL server that the tests share.

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use shop::{ports::Ports, services::ServiceName};
use stack::{Binaries, Plan, Server, Stack};
use telemetry::db::{Database, Engine};

use crate::setting;

/// A database that goes with the test.
pub(crate) struct Own {
    url: String,
    schema: &'static str,
    _file: Option<tempfile::TempDir>,
    _server: Option<Arc<Postgres>>,
}

impl Own {
    pub(crate) fn new(engine: Engine) -> Self {
        setting::measure();
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}/orders.db", folder.path().display());
                Self { url, schema: "orders", _file: Some(folder), _server: None }
            }
            Engine::Postgres => {
                static NUMBER: AtomicUsize = AtomicUsize::new(0);
                let server = Postgres::shared();
                let schema = format!("orders_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
                Self { url: server.url.clone(), schema: schema.leak(), _file: None, _server: Some(server) }
            }
        }
    }

    /// Opens it; it may be open more than once.
    pub(crate) async fn open(&self) -> Database {
        Database::open(&self.url, self.schema, &orders::store::MIGRATIONS).await.expect("the database opens")
    }

    /// Its address, for a process: the schema there is always the service's.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// A real PostgreSQL server.
pub(crate) struct Postgres {
    url: String,
    _stack: Stack,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// The server of all tests that run now; it ends with the last of them.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().expect("a test that could not start the server has said why");
        shared.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *shared = Arc::downgrade(&started);
            started
        })
    }

    pub(crate) fn start() -> Self {
        let starting = thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let folder = tempfile::tempdir().expect("a temporary folder");
            let plan = Plan::new(folder.path())
                .ports(Ports::free().expect("free ports"))
                .services(Vec::<ServiceName>::new())
                .servers([Server::Postgres]);
            let stack = runtime.block_on(Stack::start(plan, Binaries::default())).expect("PostgreSQL starts");
            Self { url: stack.server_url(Server::Postgres), _stack: stack, _folder: folder }
        });
        starting.join().expect("PostgreSQL starts")
    }
}
