//! What statements and waits leave behind. A pipeline is one for the process, so each test has a process of its own.

use std::{
    future::{Future, poll_fn},
    path::PathBuf,
    pin::pin,
    process::Command,
    sync::{Mutex, OnceLock, PoisonError},
    task::Poll,
    time::Duration,
};

use opentelemetry::{
    Context, KeyValue,
    metrics::MeterProvider as _,
    trace::{SpanKind, Status, TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::SdkMeterProvider,
    trace::{SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use signals::{Query, Service, db::Operation};

use super::{Database, Engine, Error, Migrations};
use crate::{Sampler, trace};

const SELECT: Query = Query { operation: Operation::Select, collection: "notes" };
const INSERT: Query = Query { operation: Operation::Insert, collection: "notes" };
const NOTES: &str = "CREATE TABLE notes (id TEXT PRIMARY KEY);";

static ENDED: Mutex<Vec<SpanData>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Collect;

impl SpanProcessor for Collect {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        ENDED.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Runs `test` in a process of its own, where it may set up what can be set up only once. `name` is the test's.
fn alone(name: &str, test: impl Future<Output = ()>) {
    const ALONE: &str = "TEST_IS_ALONE";
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(test);
    }
    let this = std::env::current_exe().expect("this program");
    let name = format!("db::tests::{name}");
    let ended = Command::new(this).args([&name, "--exact", "--nocapture"]).env(ALONE, "yes").output().expect("starts");
    let said = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

struct Notes {
    database: Database,
    folder: PathBuf,
}

impl Notes {
    async fn open() -> Self {
        registry();
        let folder = std::env::temp_dir().join(format!("telemetry-db-{}", std::process::id()));
        let migrations = Migrations { sqlite: &[NOTES], postgres: &[] };
        let url = format!("sqlite://{}/notes.db", folder.display());
        let database = Database::open(&url, "notes", &migrations).await.expect("opens");
        assert_eq!(database.engine(), Engine::Sqlite);
        Self { database, folder }
    }

    async fn insert(&self, id: &str) -> Result<(), Error> {
        let insert = "INSERT INTO notes (id) VALUES ($1)";
        self.database.write(INSERT, async |c| sqlx::query(insert).bind(id).execute(c).await.map(drop)).await
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn registry() -> &'static prometheus::Registry {
    static REGISTRY: OnceLock<(prometheus::Registry, SdkMeterProvider, SdkTracerProvider)> = OnceLock::new();
    let (registry, ..) = REGISTRY.get_or_init(|| {
        let registry = prometheus::Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .without_target_info()
            .scope_info_enabled(false)
            .build();
        let meters = SdkMeterProvider::builder().with_reader(exporter.expect("builds")).build();
        let service = Service::new("notes", "1", 1_000).with_database([SELECT, INSERT], &["write", "read"]);
        let service: &'static Service = Box::leak(Box::new(service));
        signals::bind(&meters.meter("test"), service);
        let tracers = SdkTracerProvider::builder().with_span_processor(Collect).build();
        trace::install(tracers.tracer("test"), Sampler::AlwaysOff);
        (registry, meters, tracers)
    });
    registry
}

fn series(wanted: &str) -> f64 {
    let scrape = prometheus::TextEncoder::new().encode_to_string(&registry().gather()).expect("encodes");
    let value = scrape.lines().find_map(|line| line.strip_prefix(wanted)?.strip_prefix(' ')?.parse().ok());
    value.unwrap_or_else(|| panic!("no {wanted} in:\n{scrape}"))
}

fn durations(operation: &str, failure: &str) -> f64 {
    series(&format!(
        "db_client_operation_duration_seconds_count{{db_collection_name=\"notes\",db_operation_name=\"{operation}\"{failure}}}"
    ))
}

#[test]
fn a_statement_leaves_a_span_and_a_measurement() {
    alone("a_statement_leaves_a_span_and_a_measurement", async {
        let notes = Notes::open().await;
        let root = trace::root("test", SpanKind::Server, &Context::new(), true);
        {
            let _current = root.clone().attach();
            notes.insert("a").await.expect("writes");
        }
        assert_eq!(durations("INSERT", ""), 1.0);
        let spans = ENDED.lock().expect("whole").clone();
        let [span] = &spans[..] else { panic!("one span: {spans:?}") };
        assert_eq!((span.name.as_ref(), &span.span_kind), ("INSERT notes", &SpanKind::Client));
        assert_eq!(span.parent_span_id, root.span().span_context().span_id());
        let attributes = [
            KeyValue::new("db.system.name", "sqlite"),
            KeyValue::new("db.operation.name", "INSERT"),
            KeyValue::new("db.collection.name", "notes"),
        ];
        assert_eq!(span.attributes, attributes);
        assert_eq!(span.status, Status::Unset);
    });
}

#[test]
fn a_statement_that_fails_says_how() {
    alone("a_statement_that_fails_says_how", async {
        let notes = Notes::open().await;
        let conflict = ",error_type=\"conflict\"";
        notes.insert("a").await.expect("writes");
        {
            let _current = trace::root("test", SpanKind::Server, &Context::new(), true).attach();
            notes.insert("a").await.expect_err("the key is taken");
        }
        assert_eq!(durations("INSERT", conflict), 1.0);
        let spans = ENDED.lock().expect("whole").clone();
        assert!(spans[0].attributes.contains(&KeyValue::new("error.type", "conflict")), "{spans:?}");
        assert!(matches!(spans[0].status, Status::Error { .. }), "{spans:?}");
    });
}

#[test]
fn an_unsampled_request_leaves_measurements_alone() {
    alone("an_unsampled_request_leaves_measurements_alone", async {
        let notes = Notes::open().await;
        {
            let _current = trace::root("test", SpanKind::Server, &Context::new(), false).attach();
            notes.insert("a").await.expect("writes");
        }
        assert_eq!(durations("INSERT", ""), 1.0);
        assert!(ENDED.lock().expect("whole").is_empty());
    });
}

#[test]
fn a_wait_that_is_given_up_is_pending_no_more() {
    alone("a_wait_that_is_given_up_is_pending_no_more", async {
        let notes = Notes::open().await;
        let pending = "db_client_connection_pending_requests{db_client_connection_pool_name=\"write\"}";
        let waits = "db_client_connection_wait_time_seconds_count{db_client_connection_pool_name=\"write\"}";
        let holding = notes.database.transaction(async |tx| {
            tx.run(INSERT, async |c| sqlx::query("INSERT INTO notes (id) VALUES ('a')").execute(c).await).await?;
            {
                let mut second = pin!(notes.insert("b"));
                let waiting = poll_fn(|context| Poll::Ready(second.as_mut().poll(context).is_pending())).await;
                assert!(waiting, "the one connection that writes is taken");
                assert_eq!(series(pending), 1.0);
            }
            assert_eq!(series(pending), 0.0);
            Ok::<_, Error>(())
        });
        holding.await.expect("commits");
        assert_eq!(series(waits), 2.0);
        notes.insert("b").await.expect("nothing is locked");
    });
}
