//! A collector that is dead, frozen or was never there costs no request anything, and is seen in the metrics.

use std::time::{Duration, Instant};

use shop::services::ServiceName;
use stack::{Database, Member, Plan, Server, Signal};

use crate::world::{Shop, eventually};

const REQUESTS: usize = 400;

fn plan(name: &str) -> Plan {
    Shop::plan(name, Database::Sqlite)
        .env_of_all("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")
        .env_of_all("FLUSH_TIMEOUT", "2s")
}

/// Asks for products, one after the other; gives the median and the longest time. Each must succeed.
async fn browse(shop: &Shop) -> (Duration, Duration) {
    let mut times = Vec::new();
    for i in 0..REQUESTS {
        let began = Instant::now();
        let answer = shop
            .http
            .get(shop.gateway(&format!("/api/v1/products/p-{:03}", 1 + i % 200)))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a body");
        times.push(began.elapsed());
    }
    times.sort_unstable();
    (times[REQUESTS / 2], times[REQUESTS - 1])
}

async fn lost(shop: &Shop) -> f64 {
    let of = async |result: &str| {
        shop.scrape(ServiceName::Gateway, &["telemetry_items_total", "traces", result]).await.iter().sum::<f64>()
    };
    of("failed").await + of("dropped").await
}

/// A collector's absence must not be waited for by any request: the exporter's time-out is a second, so none may take one.
#[track_caller]
fn check_unhindered(what: &str, healthy: (Duration, Duration), (median, longest): (Duration, Duration)) {
    eprintln!("{what}: median {median:?}, longest {longest:?}; with a healthy collector {healthy:?}");
    assert!(
        longest < Duration::from_secs(1),
        "{what}: a request took {longest:?}, with a healthy collector {healthy:?}"
    );
}

/// Ends the gateway and says how long that took.
async fn end_gateway(shop: &mut Shop) -> Duration {
    let began = Instant::now();
    let gateway = shop.stack.service_process(ServiceName::Gateway).expect("was started");
    gateway.signal(Signal::TERM).expect("it runs");
    gateway.wait_ended(Duration::from_secs(20)).await.expect("it ends");
    began.elapsed()
}

#[tokio::test]
async fn a_collector_that_freezes_and_then_dies_hinders_nobody() {
    let mut shop = Shop::open(plan("frozen"), &[Server::Collector, Server::Jaeger]).await;
    let healthy = browse(&shop).await;
    let again = browse(&shop).await;
    check_unhindered("healthy again (control)", healthy, again);
    assert_eq!(lost(&shop).await, 0.0, "nothing is lost while the collector is well");

    let collector = |shop: &mut Shop, signal| {
        shop.stack.server_process(Server::Collector).expect("was started").signal(signal).expect("it runs")
    };
    collector(&mut shop, Signal::STOP);
    let memory =
        shop.stack.service_process(ServiceName::Gateway).expect("runs").usage().expect("readable").memory_bytes;
    for round in 1..=4 {
        check_unhindered(&format!("frozen, round {round}"), healthy, browse(&shop).await);
    }
    eventually("lost spans are counted", Duration::from_secs(15), async || lost(&shop).await, |seen| *seen > 0.0).await;
    let failed = async || {
        shop.scrape(ServiceName::Gateway, &["telemetry_items_total", "metrics", "otlp", "failed"])
            .await
            .iter()
            .sum::<f64>()
    };
    eventually("failed pushes of metrics are counted", Duration::from_secs(15), failed, |seen| *seen > 0.0).await;
    let grown = shop
        .stack
        .service_process(ServiceName::Gateway)
        .expect("runs")
        .usage()
        .expect("readable")
        .memory_bytes
        .saturating_sub(memory);
    assert!(grown < 32 << 20, "the gateway grew by {grown} bytes behind a frozen collector");
    let took = end_gateway(&mut shop).await;
    assert!(took < Duration::from_secs(5), "the gateway took {took:?} to end; it may flush for 2 s");

    shop.stack.launch(Member::Service(ServiceName::Gateway)).expect("starts again");
    shop.stack.wait_ready(Member::Service(ServiceName::Gateway)).await.unwrap_or_else(|why| panic!("{why}"));
    collector(&mut shop, Signal::KILL);
    check_unhindered("dead", healthy, browse(&shop).await);
    eventually("lost spans are counted", Duration::from_secs(15), async || lost(&shop).await, |seen| *seen > 0.0).await;
}

#[tokio::test]
async fn a_collector_that_was_never_there_hinders_nobody() {
    let mut shop = Shop::open(plan("absent"), &[]).await;
    let first = browse(&shop).await;
    check_unhindered("never there", first, browse(&shop).await);
    eventually("lost spans are counted", Duration::from_secs(15), async || lost(&shop).await, |seen| *seen > 0.0).await;
    let took = end_gateway(&mut shop).await;
    assert!(took < Duration::from_secs(5), "the gateway took {took:?} to end; it may flush for 2 s");
}
