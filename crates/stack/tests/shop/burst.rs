//! Exactly as many requests as were sent, on the scrape, in Prometheus and on the OTLP road; and no series of a client's making.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::json;
use shop::services::ServiceName;
use stack::{Database, Server};

use crate::world::{Shop, eventually, samples};

const COUNT: &str = "http_server_request_duration_seconds_count";

#[tokio::test]
async fn a_mixed_burst_is_counted_exactly_on_every_road() {
    let plan = Shop::plan("burst", Database::Sqlite).faults("burst");
    let shop = Shop::open(plan, &[Server::Prometheus, Server::Collector, Server::Jaeger]).await;
    let on_scrape = async || shop.scrape(ServiceName::Gateway, &[COUNT]).await.iter().sum::<f64>();
    assert_eq!(on_scrape().await, 0.0, "someone asked before the test did");

    let mut sent = 0.0;
    for i in 0..40 {
        expect(&shop, "GET", &format!("/api/v1/products/p-{:03}", 1 + i % 30), None, 200).await;
        expect(&shop, "GET", "/api/v1/products/p-999", None, 404).await;
        expect(&shop, "GET", &format!("/nowhere/{i}"), None, 404).await;
        expect(&shop, "DELETE", "/api/v1/products", None, 405).await;
        expect(&shop, "POST", "/api/v1/orders", Some("{ no json"), 400).await;
        sent += 5.0;
    }
    for (token, status) in [("tok_ok", 201), ("tok_declined", 402)].repeat(5) {
        let order = json!({ "customer": "bob", "lines": [{ "product": "p-002", "quantity": 1 }], "payment": { "method": "wallet", "token": token } });
        expect(&shop, "POST", "/api/v1/orders", Some(&order.to_string()), status).await;
        sent += 1.0;
    }
    for _ in 0..5 {
        expect(&shop, "GET", "/panic", None, 500).await;
        sent += 1.0;
    }
    for _ in 0..5 {
        break_off(&shop).await;
        sent += 1.0;
    }

    let within = Duration::from_secs(20);
    eventually(&format!("the scrape counts {sent}"), within, on_scrape, |seen| *seen == sent).await;
    let cancelled = shop.scrape(ServiceName::Gateway, &[COUNT, "cancelled"]).await.iter().sum::<f64>();
    assert_eq!(cancelled, 5.0, "the requests that were broken off");
    let panicked = shop.scrape(ServiceName::Gateway, &[COUNT, r#"error_type="panic""#]).await.iter().sum::<f64>();
    assert_eq!(panicked, 5.0, "the requests that panicked");

    let made = shop.stack.server_url(Server::Collector);
    let on_otlp = async || {
        samples(&shop.text(format!("{made}/metrics")).await, &[&format!("otlp_{COUNT}"), r#""gateway""#])
            .iter()
            .sum::<f64>()
    };
    eventually(&format!("the collector counts {sent}"), within, on_otlp, |seen| *seen == sent).await;
    for query in [format!(r#"sum({COUNT}{{service="gateway"}})"#), format!(r#"sum(otlp_{COUNT}{{service="gateway"}})"#)]
    {
        eventually(
            &format!("Prometheus says {sent} to {query}"),
            within,
            async || shop.prometheus(&query).await,
            |seen| *seen == Some(sent),
        )
        .await;
    }
}

#[tokio::test]
async fn five_thousand_random_requests_make_no_series() {
    let shop = Shop::open(Shop::plan("attack", Database::Sqlite), &[]).await;
    let mut before = Vec::new();
    for row in shop::services::SERVICES {
        let series = shop.scrape(row.name, &[]).await.len();
        assert_eq!(series, signals::series_of(row.name.signals()), "{}'s scrape is not what is declared", row.name);
        before.push(series);
    }
    let stream = connect(&shop);
    let answers = tokio::task::spawn_blocking(|| attack(stream)).await.expect("attacks");
    assert_eq!(answers, ATTACKS);
    for (row, before) in shop::services::SERVICES.iter().zip(before) {
        assert_eq!(
            shop.scrape(row.name, &[]).await.len(),
            before,
            "{} has other series than before the attack",
            row.name
        );
    }
}

const ATTACKS: usize = 5_000;
/// So many requests go out before their answers are read. A server that is busy with more of them would take the rest for a slow head.
const AT_ONCE: usize = 10;

/// Sends noise over one connection and gives the number of answers.
fn attack(mut stream: TcpStream) -> usize {
    let mut answers = 0;
    for batch in 0..ATTACKS / AT_ONCE {
        for i in batch * AT_ONCE..(batch + 1) * AT_ONCE {
            let noise = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let method = ["GET", "BREW", "POST", "DELETE", "XYZZY", "PUT"][(noise % 6) as usize];
            // Some of it gets through to the services behind.
            let path = if i % 10 == 0 { format!("/api/v1/products/x{noise:x}") } else { format!("/{noise:x}/{i}") };
            write!(stream, "{method} {path} HTTP/1.1\r\nhost: h{noise:x}.example\r\nx-session: s{noise:x}\r\ncontent-length: 0\r\n\r\n").expect("sends");
        }
        let mut text = Vec::new();
        let mut piece = [0; 65_536];
        let seen = |text: &[u8]| String::from_utf8_lossy(text).matches("HTTP/1.1 ").count();
        while seen(&text) < AT_ONCE {
            match stream.read(&mut piece).expect("answers come") {
                0 => break,
                read => text.extend_from_slice(&piece[..read]),
            }
        }
        answers += seen(&text);
    }
    answers
}

async fn expect(shop: &Shop, method: &str, path: &str, body: Option<&str>, status: u16) {
    let mut request = shop.http.request(method.parse().expect("a method"), shop.gateway(path));
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    let answer = request.send().await.unwrap_or_else(|why| panic!("{method} {path}: {why}"));
    let (seen, trace) = (answer.status().as_u16(), answer.headers().contains_key("x-trace-id"));
    let text = answer.text().await.unwrap_or_default();
    assert_eq!(seen, status, "{method} {path}: {text}");
    assert!(trace, "{method} {path} names no trace");
    if status >= 400 {
        let problem: shop::messages::Problem =
            serde_json::from_str(&text).unwrap_or_else(|why| panic!("{method} {path}: {why}: {text}"));
        assert_eq!(problem.status, status);
    }
}

fn connect(shop: &Shop) -> TcpStream {
    let url = shop.stack.url(ServiceName::Gateway);
    let stream = TcpStream::connect(url.trim_start_matches("http://")).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("sets a time-out");
    stream
}

/// Sends an order that takes two seconds to pay, waits until the gateway has read it, and resets the connection.
async fn break_off(shop: &Shop) {
    let order = json!({ "customer": "eve", "lines": [{ "product": "p-003", "quantity": 1 }], "payment": { "method": "card", "token": "tok_slow" } }).to_string();
    let mut stream = connect(shop);
    let length = order.len();
    write!(stream, "POST /api/v1/orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{order}").expect("sends");
    let active = async || shop.scrape(ServiceName::Gateway, &["http_server_active_requests"]).await;
    eventually("the request is in flight", Duration::from_secs(5), active, |seen| seen == &[1.0]).await;
    socket2::Socket::from(stream).set_linger(Some(Duration::ZERO)).expect("lingers not");
    eventually("it is no longer in flight", Duration::from_secs(5), active, |seen| seen == &[0.0]).await;
}
