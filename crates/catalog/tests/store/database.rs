//! The database layer that all services stand on: opening, sharing, breaking off.

use std::{
    future::{Future, poll_fn},
    net::TcpListener,
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

use shop::services::ServiceName;
use signals::{
    Query,
    db::{Failure, Operation},
};
use telemetry::db::{Database, Engine, Error, Migrations, OpenError};

use crate::fixture::{self, Fresh, on_both_engines};

/// In the catalog's row, so that it can be measured; the table is our own.
const INSERT: Query = Query { operation: Operation::Insert, collection: "products" };
const SELECT: Query = Query { operation: Operation::Select, collection: "products" };

const NOTES: &str = "CREATE TABLE notes (id TEXT PRIMARY KEY);";
const MIGRATIONS: Migrations = Migrations { sqlite: &[NOTES], postgres: &[NOTES] };

struct Notes {
    database: Database,
    fresh: Fresh,
}

impl Notes {
    async fn fresh(engine: Engine) -> Self {
        fixture::record(ServiceName::Catalog);
        let fresh = Fresh::database(engine).await;
        let database = Database::open(&fresh.url, "catalog", &MIGRATIONS).await.expect("opens");
        Self { database, fresh }
    }

    async fn write(&self, id: &str) -> Result<(), Error> {
        let insert = async |connection: &mut sqlx::AnyConnection| {
            sqlx::query("INSERT INTO notes (id) VALUES ($1)").bind(id).execute(connection).await.map(drop)
        };
        self.database.write(INSERT, insert).await
    }

    /// Writes the note, then another whose failure decides nothing by itself.
    async fn write_two(&self, first: &str, second: &str) -> Result<(), Error> {
        let statement = "INSERT INTO notes (id) VALUES ($1)";
        let transaction = self.database.transaction(async |tx| {
            tx.run(INSERT, async |c| sqlx::query(statement).bind(first).execute(c).await).await?;
            // SQLite is often quicker than the next poll: here it can be broken off for certain.
            tokio::task::yield_now().await;
            let _ = tx.run(INSERT, async |c| sqlx::query(statement).bind(second).execute(c).await).await;
            tokio::task::yield_now().await;
            Ok(())
        });
        transaction.await
    }

    /// How many notes others see, on a connection that shares nothing with the pools.
    async fn seen(&self) -> i64 {
        let table = if self.database.engine() == Engine::Postgres { "catalog.notes" } else { "notes" };
        let mut connection = fixture::connect(&self.fresh.url).await;
        let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        sqlx::query_scalar(count).fetch_one(&mut connection).await.expect("counts")
    }
}

on_both_engines! {
    async fn statements_of_a_transaction_come_true_together(notes: Notes) {
        notes.write_two("a", "b").await.expect("commits");
        assert_eq!(notes.seen().await, 2);
    }

    async fn a_conflict_is_told_from_other_failures(notes: Notes) {
        notes.write("a").await.expect("writes");
        let error = notes.write("a").await.expect_err("the key is taken");
        assert_eq!(error.failure, Failure::Conflict);
        let broken = notes.database.read(SELECT, async |c| sqlx::query("SELECT nothing FROM nowhere").execute(c).await);
        assert_eq!(broken.await.expect_err("no such table").failure, Failure::Other);
    }

    async fn a_failure_that_was_overlooked_is_not_committed(notes: Notes) {
        let error = notes.write_two("a", "a").await.expect_err("the second failed");
        assert_eq!(error.failure, Failure::Conflict);
        assert_eq!(notes.seen().await, 0);
        notes.write_two("a", "b").await.expect("nothing is locked");
    }

    async fn a_transaction_may_be_broken_off_anywhere(notes: Notes) {
        // Broken off after its first step, its second, and so on, until it runs to its end. The first round also meets connections
        // that are only being made; the later ones begin their transactions at once.
        for round in 0..3 {
            for polls in 1.. {
                let before = notes.seen().await;
                let first = format!("first {round} {polls}");
                let second = format!("second {round} {polls}");
                let ended = steps(polls, pin!(notes.write_two(&first, &second))).await;
                // It waits for its turn behind what was broken off, which may be in the middle of its commit.
                notes.write(&format!("after {round} {polls}")).await.expect("nothing is locked");
                let written = notes.seen().await - before;
                let expected: &[_] = if ended.is_some() { &[3] } else { &[1, 3] };
                assert!(expected.contains(&written), "after {polls} steps of round {round} others see {written} more");
                if ended.is_some() {
                    assert!(polls > 1, "it ran to its end at once, which shows nothing");
                    break;
                }
            }
        }
    }

    async fn a_migration_that_fails_is_reported_and_blocks_nobody(notes: Notes) {
        const BROKEN: &str = "CREATE TABLE more (id TEXT PRIMARY KEY); CREATE TABEL typo (id TEXT);";
        const MENDED: &str = "CREATE TABLE more (id TEXT PRIMARY KEY);";
        let migrations = Migrations { sqlite: &[NOTES, BROKEN], postgres: &[NOTES, BROKEN] };
        let started = Instant::now();
        for _ in 0..2 {
            let error = Database::open(&notes.fresh.url, "catalog", &migrations).await.expect_err("a typo");
            let sentence = error.to_string();
            assert!(matches!(error, OpenError::Migrate { service: "catalog", .. }), "{error:?}");
            assert!(sentence.contains("step 2") && sentence.contains("TABEL"), "{sentence}");
        }
        let migrations = Migrations { sqlite: &[NOTES, MENDED], postgres: &[NOTES, MENDED] };
        let database = Database::open(&notes.fresh.url, "catalog", &migrations).await.expect("opens");
        database.ping().await.expect("answers");
        assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
    }

    async fn a_step_that_was_applied_and_then_changed_is_refused(notes: Notes) {
        let changed = Migrations { sqlite: &["CREATE TABLE notes (id INT);"], postgres: &["CREATE TABLE notes (id INT);"] };
        let error = Database::open(&notes.fresh.url, "catalog", &changed).await.expect_err("it changed");
        assert!(matches!(error, OpenError::Migrate { .. }), "{error:?}");
    }

    async fn a_database_without_its_tables_does_not_answer(notes: Notes) {
        notes.database.ping().await.expect("answers");
        let table = if notes.database.engine() == Engine::Postgres { "catalog._sqlx_migrations" } else { "_sqlx_migrations" };
        let mut connection = fixture::connect(&notes.fresh.url).await;
        let drop = sqlx::AssertSqlSafe(format!("DROP TABLE {table}"));
        sqlx::query(drop).execute(&mut connection).await.expect("drops");
        assert_eq!(notes.database.ping().await.expect_err("is broken").failure, Failure::Other);
    }
}

/// Polls a future so many times, each when it asks for it; none when it has not ended by then.
async fn steps<F: Future>(most: usize, mut future: Pin<&mut F>) -> Option<F::Output> {
    let mut done = 0;
    poll_fn(|context| {
        done += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if done == most => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A caller's deadline is often shorter than the database's: what it gave up must not vanish from the figures.
#[tokio::test]
async fn a_slow_statement_that_is_given_up_is_counted() {
    const SLEEP: Query = Query { operation: Operation::Select, collection: "reservation_lines" };
    let notes = Notes::fresh(Engine::Postgres).await;
    let series = "db_client_operation_duration_seconds_count{db_collection_name=\"reservation_lines\",\
                  db_operation_name=\"SELECT\",error_type=\"timeout\"}";
    let counted = || {
        let scrape = String::from_utf8(telemetry::exposition().expect("scrapes")).expect("text");
        let value = |series| scrape.lines().find_map(|line| line.strip_prefix(series)?.trim().parse::<f64>().ok());
        (value(series).expect("is there"), value("db_client_slow_queries_total").unwrap_or(0.0))
    };
    let (timeouts, slow) = counted();
    // Making the first connection is no part of the statement.
    notes.database.ping().await.expect("answers");
    let sleep = notes.database.read(SLEEP, async |c| sqlx::query("SELECT pg_sleep(5)").execute(c).await);
    tokio::time::timeout(Duration::from_millis(2_500), sleep).await.expect_err("it sleeps for longer");
    assert_eq!(counted().0 - timeouts, 1.0);
    assert!(counted().1 > slow);
}

#[tokio::test]
async fn services_on_one_server_do_not_meet() {
    fixture::record(ServiceName::Catalog);
    let fresh = Fresh::database(Engine::Postgres).await;
    // The same table and the same version, with another content.
    let other = Migrations { sqlite: &[], postgres: &["CREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT);"] };
    let (one, two, again) = tokio::join!(
        Database::open(&fresh.url, "catalog", &MIGRATIONS),
        Database::open(&fresh.url, "payments", &other),
        Database::open(&fresh.url, "catalog", &MIGRATIONS),
    );
    let (one, two, again) = (one.expect("opens"), two.expect("opens"), again.expect("opens beside itself"));
    let insert = "INSERT INTO notes (id) VALUES ('a')";
    one.write(INSERT, async |c| sqlx::query(insert).execute(c).await).await.expect("writes");
    two.write(INSERT, async |c| sqlx::query(insert).execute(c).await).await.expect("writes");
    let taken = again.write(INSERT, async |c| sqlx::query(insert).execute(c).await).await;
    assert_eq!(taken.expect_err("it shares the first one's table").failure, Failure::Conflict);
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "no database").expect("writes");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let server = fixture::postgres().replace("//shop@", "//nobody:hunter2@");
    let wrong = [
        ("mysql://root@localhost/shop".to_owned(), "its scheme is \"mysql\""),
        ("catalog.db".to_owned(), "it has no scheme"),
        ("postgres://[".to_owned(), "must look like"),
        ("sqlite://".to_owned(), "a file is needed"),
        ("sqlite::memory:".to_owned(), "a file is needed"),
        (format!("sqlite://{}/below.db", file.display()), "cannot open the database file"),
        (format!("sqlite://{}", file.display()), "file is not a database"),
        (format!("postgres://shop:hunter2@127.0.0.1:{port}/shop"), "Connection refused"),
        (server, "role \"nobody\" does not exist"),
    ];
    for (url, why) in wrong {
        let error = Database::open(&url, "catalog", &MIGRATIONS).await.expect_err("cannot be");
        let sentence = error.to_string();
        assert!(sentence.contains(why), "{url}: {sentence}");
        assert!(!sentence.contains("hunter2") && !sentence.contains('\n'), "{sentence}");
    }
}

/// Time is paused, and jumps when nothing else can happen: the server never says a word.
#[tokio::test(start_paused = true)]
async fn a_server_that_takes_us_and_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("postgres://shop@{}/shop", silent.local_addr().expect("an address"));
    let error = Database::open(&url, "catalog", &MIGRATIONS).await.expect_err("it never answers");
    assert!(error.to_string().contains("no answer within 10 s"), "{error}");
}
