//! One order, followed to the end of both roads.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use stack::{Database, Server};

use crate::world::{Shop, eventually};

#[tokio::test]
async fn an_order_is_one_trace_in_jaeger_and_a_number_in_prometheus() {
    let shop = Shop::open(Shop::plan("order", Database::Sqlite), &Server::WATCHING).await;
    let answer = shop.buy("ada", "p-001", "tok_ok").await.expect("the gateway answers");
    assert_eq!((answer.status, &answer.body["status"]), (201, &Value::from("confirmed")), "{answer:?}");
    let paid = answer.body["total"]["amount"].as_f64().expect("a total") / 100.0;

    let within = Duration::from_secs(15);
    let url = format!("{}/api/v3/traces/{}", shop.stack.server_url(Server::Jaeger), answer.trace_id);
    let look = async || spans(&shop.http, &url).await;
    let expected = ["gateway", "orders", "catalog", "payments"];
    let complete = |spans: &BTreeSet<(String, String)>| {
        expected.iter().all(|service| spans.iter().any(|(name, _)| name == service))
    };
    let spans = eventually("the trace has spans of every service", within, look, complete).await;
    for (service, span) in [
        ("gateway", "POST /api/v1/orders"),
        ("orders", "POST /orders"),
        ("orders", "INSERT orders"),
        ("catalog", "PUT /reservations/{order}"),
        ("catalog", "UPDATE products"),
        ("payments", "PUT /payments/{key}"),
        ("payments", "INSERT payments"),
    ] {
        assert!(spans.contains(&(service.to_owned(), span.to_owned())), "{service} left no span `{span}`: {spans:#?}");
    }

    for (query, expected) in [
        (r#"orders_total{service="orders",status="confirmed",payment_method="card"}"#.to_owned(), 1.0),
        (r#"revenue_total{service="orders",currency="EUR"}"#.to_owned(), paid),
        (
            r#"http_server_request_duration_seconds_count{service="gateway",http_request_method="POST",http_route="/api/v1/orders",http_response_status_code="201"}"#.to_owned(),
            1.0,
        ),
    ] {
        eventually(&format!("{query} is {expected}"), within, async || shop.prometheus(&query).await, |seen| *seen == Some(expected)).await;
    }
}

#[tokio::test]
async fn jaegers_page_is_told_of_the_dashboards() {
    let shop = Shop::open(Shop::plan("page", Database::Sqlite), &[Server::Jaeger]).await;
    let page = shop.http.get(shop.stack.server_url(Server::Jaeger)).send().await.expect("an answer");
    let page = page.text().await.expect("a page");
    for address in ["/d/overview?from=#{startTime", "/d/performance?var-http_route=#{http.route}"] {
        assert!(page.contains(address), "no link to {address} in\n{page}");
    }
}

/// The trace's spans as Jaeger tells them: each service's name with the span's.
async fn spans(http: &reqwest::Client, url: &str) -> BTreeSet<(String, String)> {
    let trace: Value = match http.get(url).send().await {
        Ok(answer) => answer.json().await.unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let mut spans = BTreeSet::new();
    for resource in trace["result"]["resourceSpans"].as_array().into_iter().flatten() {
        let attributes = resource["resource"]["attributes"].as_array().into_iter().flatten();
        let service = attributes
            .filter(|attribute| attribute["key"] == "service.name")
            .find_map(|a| a["value"]["stringValue"].as_str());
        for scope in resource["scopeSpans"].as_array().into_iter().flatten() {
            for span in scope["spans"].as_array().into_iter().flatten() {
                spans.insert((
                    service.unwrap_or_default().to_owned(),
                    span["name"].as_str().unwrap_or_default().to_owned(),
                ));
            }
        }
    }
    spans
}
