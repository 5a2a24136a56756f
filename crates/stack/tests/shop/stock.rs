//! No stock is lost or sold twice, and nobody pays without an order: under a rush, and under kill -9.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use rustix::process::{Pid, kill_process};
use serde_json::Value;
use shop::services::ServiceName;
use stack::{Database, Member, Signal};

use crate::world::{Answer, Shop, eventually};

const WITHIN: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_rush_sells_exactly_what_there_is_on_sqlite() {
    a_rush_sells_exactly_what_there_is("rush-sqlite", Database::Sqlite).await;
}

#[tokio::test]
async fn a_rush_sells_exactly_what_there_is_on_postgresql() {
    a_rush_sells_exactly_what_there_is("rush-postgresql", Database::Postgres).await;
}

/// Buys, and comes again when the shop says that it is too busy: a machine that is so must not change what is sold. Also how often.
async fn rush(shop: &Shop, customer: &str) -> (Answer, usize) {
    let mut sent_away = 0;
    loop {
        let answer = shop.buy(customer, "p-050", "tok_ok").await.expect("the gateway answers");
        if ![503, 504].contains(&answer.status) || sent_away == 20 {
            return (answer, sent_away);
        }
        sent_away += 1;
    }
}

async fn a_rush_sells_exactly_what_there_is(name: &str, database: Database) {
    let shop = Shop::open(Shop::plan(name, database), &[]).await;
    assert_eq!(shop.stock("p-050").await, (50, 0));
    let orders = stream::iter(0..200).map(|i| {
        let shop = &shop;
        async move { rush(shop, &format!("customer-{i}")).await }
    });
    let answers: Vec<_> = orders.buffer_unordered(200).collect().await;
    let with = |status| answers.iter().filter(|(answer, _)| answer.status == status).count();
    let others: Vec<_> = answers.iter().filter(|(answer, _)| ![201, 409].contains(&answer.status)).take(3).collect();
    assert_eq!(with(201) + with(409), 200, "besides: {others:?}");
    let is_refused = |(answer, _): &&(Answer, usize)| answer.status == 409;
    assert!(answers.iter().filter(is_refused).all(|(answer, _)| answer.body["code"] == "out_of_stock"));
    // Whoever was sent away held something for a while, so that others were told that there was none.
    let sent_away: usize = answers.iter().map(|(_, sent_away)| sent_away).sum();
    if sent_away == 0 {
        assert_eq!((with(201), shop.stock("p-050").await), (50, (0, 0)));
    }
    let sold_and_left = async || {
        let confirmed = shop.scrape(ServiceName::Orders, &["orders_total{", r#"status="confirmed""#]).await;
        (confirmed.iter().sum::<f64>() as i64, shop.stock("p-050").await)
    };
    let is_exact = |(sold, (left, held)): &(i64, (i64, i64))| sold + left == 50 && *held == 0;
    let (sold, _) =
        eventually("what is sold and what is left are all there was", WITHIN, sold_and_left, is_exact).await;
    assert!(sold >= with(201) as i64, "{} were told that they bought, and {sold} did", with(201));
}

#[tokio::test]
async fn kill_nine_loses_nothing_on_sqlite() {
    kill_nine_loses_nothing("kill-sqlite", Database::Sqlite).await;
}

#[tokio::test]
async fn kill_nine_loses_nothing_on_postgresql() {
    kill_nine_loses_nothing("kill-postgresql", Database::Postgres).await;
}

async fn kill_nine_loses_nothing(name: &str, database: Database) {
    let mut shop = Shop::open(Shop::plan(name, database), &[]).await;
    let (before, _) = shop.stock("p-004").await;
    let mut sold = 0;
    for round in 0..3 {
        let customer = format!("customer-{round}");
        let pid = shop.stack.service_process(ServiceName::Orders).expect("was started").pid();
        let pid = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("not zero");
        {
            let buying = stream::iter(0..60).map(|i| {
                let (shop, customer) = (&shop, &customer);
                // Some are in the middle of their payment when the end comes.
                let token = if i % 6 == 0 { "tok_slow" } else { "tok_ok" };
                async move { shop.buy(customer, "p-004", token).await.is_ok_and(|answer| answer.status == 201) }
            });
            let killing = async {
                tokio::time::sleep(Duration::from_millis(300 + 200 * round)).await;
                kill_process(pid, Signal::KILL).expect("it runs");
            };
            let _ = tokio::join!(buying.buffer_unordered(12).collect::<Vec<_>>(), killing);
        }
        let orders = shop.stack.service_process(ServiceName::Orders).expect("was started");
        orders.wait_ended(Duration::from_secs(10)).await.expect("it was killed");
        shop.stack.launch(Member::Service(ServiceName::Orders)).expect("starts again");
        shop.stack.wait_ready(Member::Service(ServiceName::Orders)).await.unwrap_or_else(|why| panic!("{why}"));

        let settled =
            |orders: &Vec<Value>| !orders.is_empty() && orders.iter().all(|order| order["status"] != "created");
        let orders = eventually(
            "every order is finished or undone",
            Duration::from_secs(60),
            async || orders_of(&shop, &customer).await,
            settled,
        )
        .await;
        for order in &orders {
            let confirmed = order["status"] == "confirmed";
            sold += i64::from(confirmed);
            let id = order["id"].as_str().expect("an id");
            let payment = shop.get(format!("{}/payments/{id}", shop.stack.url(ServiceName::Payments))).await;
            assert_eq!(payment["state"] == "captured", confirmed, "{order}: {payment}");
        }
        let stock = async || shop.stock("p-004").await;
        eventually(&format!("{sold} are sold and none held"), Duration::from_secs(20), stock, |seen| {
            *seen == (before - sold, 0)
        })
        .await;
    }
    assert!(sold > 0, "the test never let an order through");
}

async fn orders_of(shop: &Shop, customer: &str) -> Vec<Value> {
    let mut orders = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = shop.get(shop.gateway(&format!("/api/v1/orders?customer={customer}&limit=100{cursor}"))).await;
        orders.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return orders,
        }
    }
}
