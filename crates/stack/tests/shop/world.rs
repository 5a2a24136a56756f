//! A running shop, and what a test may ask of it.

use std::{
    future::Future,
    path::Path,
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shop::{ports::Ports, services::ServiceName};
use stack::{Binaries, Database, Plan, Profile, Server, Stack, tools};

pub(crate) struct Shop {
    pub stack: Stack,
    pub http: reqwest::Client,
}

/// What the shop said to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub trace_id: String,
    pub body: Value,
}

impl Shop {
    /// A plan on free ports in a folder of its own.
    pub(crate) fn plan(name: &str, database: Database) -> Plan {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What an earlier run left would be bought from again.
        let _ = std::fs::remove_dir_all(&folder);
        Plan::new(folder)
            .ports(Ports::free().expect("free ports"))
            .database(database)
            .env_of_all("OTEL_METRIC_EXPORT_INTERVAL", "1000")
            .env_of_all("OTEL_BSP_SCHEDULE_DELAY", "500")
    }

    pub(crate) async fn open(plan: Plan, servers: &[Server]) -> Self {
        static BINARIES: OnceLock<Binaries> = OnceLock::new();
        let needed: Vec<_> = servers.iter().flat_map(|server| server.tools()).copied().collect();
        tools::install(&needed, &mut |_| {}).expect("the pinned servers");
        let binaries = BINARIES.get_or_init(|| Binaries::build(Profile::Dev).expect("the services build")).clone();
        let stack =
            Stack::start(plan.servers(servers.iter().copied()), binaries).await.unwrap_or_else(|why| panic!("{why}"));
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().expect("a client");
        Self { stack, http }
    }

    pub(crate) fn gateway(&self, path: &str) -> String {
        format!("{}{path}", self.stack.url(ServiceName::Gateway))
    }

    pub(crate) async fn get(&self, url: String) -> Value {
        let answer = self.http.get(&url).send().await.unwrap_or_else(|why| panic!("{url}: {why}"));
        answer.json().await.unwrap_or_else(|why| panic!("{url}: {why}"))
    }

    pub(crate) async fn buy(&self, customer: &str, product: &str, token: &str) -> Result<Answer, reqwest::Error> {
        let order = json!({
            "customer": customer,
            "lines": [{ "product": product, "quantity": 1 }],
            "payment": { "method": "card", "token": token },
        });
        let answer = self.http.post(self.gateway("/api/v1/orders")).json(&order).send().await?;
        let trace_id =
            answer.headers().get("x-trace-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Answer { status: answer.status().as_u16(), trace_id, body: answer.json().await? })
    }

    pub(crate) async fn stock(&self, product: &str) -> (i64, i64) {
        let stock = self.get(self.gateway(&format!("/api/v1/products/{product}/stock"))).await;
        (stock["available"].as_i64().expect("a number"), stock["reserved"].as_i64().expect("a number"))
    }

    /// The samples of a service's scrape whose line holds each of `parts`.
    pub(crate) async fn scrape(&self, service: ServiceName, parts: &[&str]) -> Vec<f64> {
        samples(&self.text(format!("{}/metrics", self.stack.admin_url(service))).await, parts)
    }

    pub(crate) async fn text(&self, url: String) -> String {
        let answer = self.http.get(&url).send().await.unwrap_or_else(|why| panic!("{url}: {why}"));
        answer.text().await.unwrap_or_else(|why| panic!("{url}: {why}"))
    }

    /// What Prometheus says of an instant query that gives one number; none while it gives nothing.
    pub(crate) async fn prometheus(&self, query: &str) -> Option<f64> {
        let url = format!("{}/api/v1/query", self.stack.server_url(Server::Prometheus));
        let answer = self.http.get(url).query(&[("query", query)]).send().await.expect("Prometheus answers");
        let answer: Value = answer.json().await.expect("Prometheus answers in JSON");
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        let result = answer["data"]["result"].as_array().expect("a vector");
        assert!(result.len() <= 1, "{query} gives more than one series: {answer}");
        result.first().and_then(|sample| sample["value"][1].as_str()?.parse().ok())
    }
}

pub(crate) fn samples(text: &str, parts: &[&str]) -> Vec<f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && parts.iter().all(|part| line.contains(part)));
    // An exposition may end a sample with its time; ours and the collector's do not.
    lines.map(|line| line.rsplit_once(' ').and_then(|(_, value)| value.parse().ok()).expect("a sample")).collect()
}

/// Waits until `look` gives what satisfies `is_so`; says what never came true.
pub(crate) async fn eventually<T, F, L>(what: &str, within: Duration, mut look: L, is_so: impl Fn(&T) -> bool) -> T
where
    T: std::fmt::Debug,
    F: Future<Output = T>,
    L: FnMut() -> F,
{
    let end = Instant::now() + within;
    loop {
        let seen = look().await;
        if is_so(&seen) {
            return seen;
        }
        assert!(Instant::now() < end, "within {within:?} it never came true that {what}; last seen: {seen:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
