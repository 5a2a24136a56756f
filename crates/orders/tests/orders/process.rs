//! The whole process: its doors, its numbers, and kill -9 while orders are being placed.

use std::{path::Path, time::Duration};

use reqwest::{Client, Response};
use serde_json::{Value, json};
use shop::{
    messages::{Order, OrderPage, OrderStatus},
    ports::{Doors, Ports},
};
use stack::{Launch, Ready};
use telemetry::db::Engine;

use crate::{
    database::Own,
    setting::{nothing_is_lost, units_sold},
    world::{PRICE, Trouble, World},
};

/// The service as it is shipped.
struct Process {
    running: stack::Process,
    doors: Doors,
    client: Client,
}

impl Process {
    async fn start(database: &Own, world: &World, doors: Doors, folder: &Path) -> Self {
        let address = |port: u16| format!("127.0.0.1:{port}");
        let launch = Launch::new("orders", env!("CARGO_BIN_EXE_orders"), folder.join("orders.log"))
            .env("PUBLIC_ADDR", address(doors.public))
            .env("ADMIN_ADDR", address(doors.admin))
            .env("DATABASE_URL", database.url())
            .env("CATALOG_URL", &world.url)
            .env("PAYMENTS_URL", &world.url)
            .env("RECOVERY_INTERVAL", "100ms")
            .env("WORKERS", "2")
            .env("OTEL_SDK_DISABLED", "true");
        let mut running = launch.start().expect("the binary starts");
        let ready = Ready::Http(format!("http://127.0.0.1:{}/readyz", doors.admin));
        running.wait_ready(&ready, Duration::from_secs(20)).await.unwrap_or_else(|error| panic!("{error}"));
        Self { running, doors, client: client() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.doors.public)
    }

    async fn place(&self, order: &Value) -> Response {
        self.client.post(self.url("/orders")).json(order).send().await.expect("an answer")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.client.get(self.url(path)).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn all_orders(&self) -> Vec<Order> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) = self.get(&format!("/orders?customer=ada&limit=100{cursor}")).await;
            assert_eq!(status, 200, "{page}");
            let page: OrderPage = serde_json::from_value(page).expect("a page");
            all.extend(page.items);
            match page.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    async fn all_ended(&self) -> Vec<Order> {
        for _ in 0..600 {
            let all = self.all_orders().await;
            if all.iter().all(|order| order.status != OrderStatus::Created) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("an order never ended: {:#?}", self.running.last_lines(20));
    }

    /// A series of the scrape, by its name and its labels as they stand there.
    async fn series(&self, series: &str) -> f64 {
        let url = format!("http://127.0.0.1:{}/metrics", self.doors.admin);
        let text = self.client.get(url).send().await.expect("the scrape").text().await.expect("text");
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no series {series} in {text}")).parse().expect("a number")
    }
}

fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

fn order(method: &str, token: &str) -> Value {
    json!({
        "customer": "ada",
        "lines": [{ "product": "p-001", "quantity": 2 }],
        "payment": { "method": method, "token": token },
    })
}

fn doors() -> Doors {
    Ports::free().expect("free ports").orders
}

async fn problem(answer: Response) -> (u16, String, String) {
    let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
    assert_eq!(kind, "application/problem+json");
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("JSON");
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    (status, text("code"), text("detail"))
}

#[tokio::test]
async fn its_doors_answer_as_agreed_and_each_end_is_counted_once() {
    let (database, world, folder) = (Own::new(Engine::Sqlite), World::new(), tempfile::tempdir().expect("a folder"));
    let process = Process::start(&database, &world, doors(), folder.path()).await;

    let answer = process.place(&order("card", "tok_ok")).await;
    assert_eq!(answer.status(), 201);
    let confirmed: Order = answer.json().await.expect("an order");
    let (status, read) = process.get(&format!("/orders/{}", confirmed.id)).await;
    assert_eq!((status, serde_json::from_value::<Order>(read).expect("an order")), (200, confirmed.clone()));

    let (status, code, detail) = problem(process.place(&order("paypal", "tok_declined")).await).await;
    assert_eq!((status, code.as_str()), (402, "payment_declined"));
    assert!(detail.contains("nothing is charged"), "{detail}");
    let (status, code, _) = problem(process.place(&order("cowries", "tok_ok")).await).await;
    assert_eq!((status, code.as_str()), (400, "unknown_payment_method"));
    let mut empty = order("card", "tok_ok");
    empty["lines"] = json!([]);
    let (status, code, detail) = problem(process.place(&empty).await).await;
    assert_eq!((status, code.as_str(), detail.as_str()), (400, "validation_error", "lines: at least one"));
    let keyed = process.client.post(process.url("/orders")).header("idempotency-key", "a b").json(&empty);
    assert_eq!(problem(keyed.send().await.expect("an answer")).await.0, 400);

    world.plan("commit", Trouble::FailedAfter(500), 3);
    let (status, code, detail) = problem(process.place(&order("wallet", "tok_ok")).await).await;
    assert_eq!((status, code.as_str()), (502, "upstream_error"));
    assert!(detail.contains("will be"), "{detail}");
    let all = process.all_ended().await;
    assert_eq!(all.len(), 3, "nothing is stored of what is no order");
    nothing_is_lost(&all, &world, "through the doors");

    for (path, status, code) in [
        ("/orders/o-1", 404, "order_not_found"),
        ("/orders/A", 400, "validation_error"),
        ("/orders?customer=ada&cursor=p-001", 400, "invalid_cursor"),
        ("/orders?customer=ada&limit=0", 400, "validation_error"),
        ("/orders?customer=ada&limit=101", 400, "validation_error"),
        ("/orders", 400, "validation_error"),
    ] {
        let (seen, body) = process.get(path).await;
        assert_eq!((seen, body["code"].as_str()), (status, Some(code)), "{path}");
    }

    for (series, expect) in [
        (r#"orders_total{payment_method="card",status="created"}"#, 1.0),
        (r#"orders_total{payment_method="card",status="confirmed"}"#, 1.0),
        (r#"orders_total{payment_method="paypal",status="created"}"#, 1.0),
        (r#"orders_total{payment_method="paypal",status="failed"}"#, 1.0),
        (r#"orders_total{payment_method="wallet",status="confirmed"}"#, 1.0),
        (r#"orders_total{payment_method="unknown",status="failed"}"#, 1.0),
        (r#"orders_total{payment_method="unknown",status="created"}"#, 0.0),
        (r#"revenue_total{currency="EUR"}"#, 50.0),
        (r#"order_value_count{currency="EUR"}"#, 2.0),
        (r#"order_basket_size_sum{payment_method="card"}"#, 2.0),
        (r#"order_basket_size_count{payment_method="wallet"}"#, 1.0),
        (r#"shop_checkout_duration_seconds_count{outcome="confirmed"}"#, 2.0),
        (r#"shop_checkout_duration_seconds_count{outcome="refused"}"#, 1.0),
        (r#"errors_total{error_type="payment_declined"}"#, 0.0),
        (r#"errors_total{error_type="upstream_error"}"#, 1.0),
        ("telemetry_unbound_recordings_total", 0.0),
    ] {
        assert_eq!(process.series(series).await, expect, "{series}");
    }
}

#[tokio::test]
async fn an_order_that_has_not_ended_shows_with_its_age() {
    let (database, world, folder) = (Own::new(Engine::Sqlite), World::new(), tempfile::tempdir().expect("a folder"));
    let process = Process::start(&database, &world, doors(), folder.path()).await;
    world.plan("authorise", Trouble::Gate, 1);
    let placing = async {
        let answer = process.place(&order("card", "tok_ok")).await;
        assert_eq!(answer.status(), 201);
    };
    let watching = async {
        until("an unfinished order shows", async || process.series("order_unfinished").await == 1.0).await;
        until("it grows old", async || process.series("order_unfinished_age_seconds").await > 0.3).await;
        world.open_gate();
    };
    tokio::join!(placing, watching);
    until("none is left", async || process.series("order_unfinished").await == 0.0).await;
    assert_eq!(process.series("order_unfinished_age_seconds").await, 0.0);
}

async fn until(what: &str, come_true: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if come_true().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never came true: {what}");
}

/// Customers buy all the time; the process is killed again and again and started anew.
async fn survives_kills(engine: Engine) {
    let (database, world, folder) = (Own::new(engine), World::new(), tempfile::tempdir().expect("a folder"));
    let doors = doors();
    world.slow_down(Duration::from_millis(15));
    let mut heard = Vec::new();
    for round in 0..4 {
        let mut process = Process::start(&database, &world, doors, folder.path()).await;
        let url = process.url("/orders");
        let customers: Vec<_> = (0..16)
            .map(|_| {
                let (client, url) = (client(), url.clone());
                tokio::spawn(async move {
                    let mut heard = Vec::new();
                    // Until the process is gone.
                    while let Ok(answer) = client.post(&url).json(&order("card", "tok_ok")).send().await {
                        assert_eq!(answer.status(), 201);
                        match answer.json::<Order>().await {
                            Ok(order) => heard.push(order),
                            Err(_) => break,
                        }
                    }
                    heard
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(700 + 130 * round)).await;
        process.running.kill();
        for customer in customers {
            heard.extend(customer.await.expect("a customer goes on buying"));
        }
    }
    let process = Process::start(&database, &world, doors, folder.path()).await;
    let all = process.all_ended().await;
    nothing_is_lost(&all, &world, "after four kills");
    assert_eq!(world.gone(), units_sold(&all));
    assert!(!heard.is_empty(), "the customers bought nothing");
    for order in &heard {
        assert!(all.contains(order), "confirmed to a customer, and now another: {order:?}");
    }
    let interrupted = all.iter().filter(|order| order.status == OrderStatus::Cancelled).count();
    let confirmed = all.iter().filter(|order| order.status == OrderStatus::Confirmed).count();
    assert!(interrupted > 0, "no kill hit an order");
    assert_eq!(interrupted + confirmed, all.len());
    assert!(all.iter().all(|order| order.total.is_none_or(|total| total.amount == 2 * PRICE)));
    eprintln!("{engine:?}: {confirmed} confirmed, {} of them heard of, {interrupted} cancelled", heard.len());
}

#[tokio::test]
async fn no_kill_loses_money_or_stock_on_sqlite() {
    survives_kills(Engine::Sqlite).await;
}

#[tokio::test]
async fn no_kill_loses_money_or_stock_on_postgres() {
    survives_kills(Engine::Postgres).await;
}
