//! What statements and waits leave behind. The series are one for the process, so the tests take turns.

use std::{
    future::{Future, poll_fn},
    path::PathBuf,
    pin::pin,
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

/// A database of its own, while no other test has one.
struct Turn {
    database: Database,
    folder: PathBuf,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Turn {
    async fn take(name: &str) -> Self {
        static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let turn = TURN.lock().await;
        registry();
        let folder = std::env::temp_dir().join(format!("telemetry-db-{}-{name}", std::process::id()));
        let migrations = Migrations { sqlite: &[NOTES], postgres: &[] };
        let url = format!("sqlite://{}/notes.db", folder.display());
        let database = Database::open(&url, "notes", &migrations).await.expect("opens");
        assert_eq!(database.engine(), Engine::Sqlite);
        ENDED.lock().expect("whole").clear();
        Self { database, folder, _turn: turn }
    }

    async fn insert(&self, id: &str) -> Result<(), Error> {
        let insert = "INSERT INTO notes (id) VALUES ($1)";
        self.database.write(INSERT, async |c| sqlx::query(insert).bind(id).execute(c).await.map(drop)).await
    }
}

impl Drop for Turn {
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
        // The database's alone: other tests of this process may bind the rest.
        for signal in signals::of_service(service) {
            if signal.declaration().name.starts_with("db.") {
                signal.bind(&meters.meter("test"), service);
            }
        }
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

#[tokio::test]
async fn a_statement_leaves_a_span_and_a_measurement() {
    let turn = Turn::take("span").await;
    let before = durations("INSERT", "");
    let root = trace::root("test", SpanKind::Server, &Context::new(), true);
    {
        let _current = root.clone().attach();
        turn.insert("a").await.expect("writes");
    }
    assert_eq!(durations("INSERT", "") - before, 1.0);
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
}

#[tokio::test]
async fn a_statement_that_fails_says_how() {
    let turn = Turn::take("failure").await;
    let conflict = ",error_type=\"conflict\"";
    let before = durations("INSERT", conflict);
    turn.insert("a").await.expect("writes");
    {
        let _current = trace::root("test", SpanKind::Server, &Context::new(), true).attach();
        turn.insert("a").await.expect_err("the key is taken");
    }
    assert_eq!(durations("INSERT", conflict) - before, 1.0);
    let spans = ENDED.lock().expect("whole").clone();
    assert!(spans[0].attributes.contains(&KeyValue::new("error.type", "conflict")), "{spans:?}");
    assert!(matches!(spans[0].status, Status::Error { .. }), "{spans:?}");
}

#[tokio::test]
async fn an_unsampled_request_leaves_measurements_alone() {
    let turn = Turn::take("unsampled").await;
    let before = durations("INSERT", "");
    {
        let _current = trace::root("test", SpanKind::Server, &Context::new(), false).attach();
        turn.insert("a").await.expect("writes");
    }
    assert_eq!(durations("INSERT", "") - before, 1.0);
    assert!(ENDED.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn a_wait_that_is_given_up_is_pending_no_more() {
    let turn = Turn::take("pending").await;
    let pending = "db_client_connection_pending_requests{db_client_connection_pool_name=\"write\"}";
    let waits = "db_client_connection_wait_time_seconds_count{db_client_connection_pool_name=\"write\"}";
    let before = series(waits);
    let holding = turn.database.transaction(async |tx| {
        tx.run(INSERT, async |c| sqlx::query("INSERT INTO notes (id) VALUES ('a')").execute(c).await).await?;
        {
            let mut second = pin!(turn.insert("b"));
            let waiting = poll_fn(|context| Poll::Ready(second.as_mut().poll(context).is_pending())).await;
            assert!(waiting, "the one connection that writes is taken");
            assert_eq!(series(pending), 1.0);
        }
        assert_eq!(series(pending), 0.0);
        Ok::<_, Error>(())
    });
    holding.await.expect("commits");
    assert_eq!(series(waits) - before, 2.0);
    turn.insert("b").await.expect("nothing is locked");
}
