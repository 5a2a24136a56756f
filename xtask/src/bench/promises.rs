//! Whether every promise was kept under the traffic, as Prometheus itself tells it.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, bail};
use shop_monitoring::promises::PROMISES;

/// The throughput that is promised while all else is kept, in requests a minute.
const THROUGHPUT: f64 = 1_000.0;
/// What fires while all is well, so that its absence tells of a broken road.
const WATCHDOG: &str = "Watchdog";

/// What became of each promise.
pub(super) struct Promises {
    rows: Vec<Row>,
    /// Requests a minute at the gateway.
    throughput: f64,
    firing: Vec<String>,
}

struct Row {
    promise: &'static str,
    /// The share of events that may be bad.
    allowed: f64,
    /// Bad events and all events, a second.
    bad: f64,
    all: f64,
}

impl Row {
    fn is_kept(&self) -> bool {
        self.all > 0.0 && self.bad <= self.allowed * self.all
    }
}

impl Promises {
    /// Asks the Prometheus at `url` for the last `window`.
    pub(super) async fn ask(url: &str, window: Duration) -> anyhow::Result<Self> {
        let prometheus = Prometheus { http: reqwest::Client::builder().no_proxy().build()?, url };
        let mut rows = Vec::new();
        for promise in PROMISES {
            let (bad, all) = ((promise.bad)(window).to_string(), (promise.all)(window).to_string());
            let allowed = promise.target.allowed();
            let (bad, all) = (prometheus.sum(&bad).await?, prometheus.sum(&all).await?);
            rows.push(Row { promise: promise.promise, allowed, bad, all });
        }
        let seconds = window.as_secs();
        let requests = format!(r#"rate(http_server_request_duration_seconds_count{{service="gateway"}}[{seconds}s])"#);
        let firing = prometheus.ask(&format!(r#"ALERTS{{alertstate="firing",alertname!="{WATCHDOG}"}}"#)).await?;
        let name = |series: &serde_json::Value| series["metric"]["alertname"].as_str().unwrap_or("?").to_owned();
        Ok(Self {
            rows,
            throughput: prometheus.sum(&requests).await? * 60.0,
            firing: firing.iter().map(name).collect(),
        })
    }

    /// Whether all were, at the throughput that is promised, and no alert says otherwise.
    pub(super) fn are_kept(&self) -> bool {
        self.throughput > THROUGHPUT && self.firing.is_empty() && self.rows.iter().all(Row::is_kept)
    }

    pub(super) fn shown(&self, window: Duration) -> String {
        let events = |rate: f64| rate * window.as_secs_f64();
        let mut text = "what Prometheus says of the promises\n\n".to_owned();
        for row in &self.rows {
            let verdict = if row.is_kept() { "kept" } else { "BROKEN" };
            // A rate that is corrected can be a hair below zero.
            let (bad, all) = (events(row.bad).max(0.0), events(row.all));
            let _ = writeln!(text, "  {verdict:<7}{}: {bad:.0} bad of {all:.0}", row.promise);
        }
        let verdict = if self.throughput > THROUGHPUT { "kept" } else { "BROKEN" };
        let _ = writeln!(text, "  {verdict:<7}over {THROUGHPUT} requests a minute: {:.0}", self.throughput);
        let alerts = if self.firing.is_empty() { "none".to_owned() } else { self.firing.join(", ") };
        let _ = writeln!(text, "  alerts that fire: {alerts}");
        text
    }
}

struct Prometheus<'a> {
    http: reqwest::Client,
    url: &'a str,
}

impl Prometheus<'_> {
    async fn ask(&self, query: &str) -> anyhow::Result<Vec<serde_json::Value>> {
        let url = format!("{}/api/v1/query", self.url);
        let answer =
            self.http.get(url).query(&[("query", query)]).send().await.context("Prometheus does not answer")?;
        let mut answer: serde_json::Value = answer.json().await.context("Prometheus answers with no JSON")?;
        match answer["data"]["result"].take() {
            serde_json::Value::Array(series) => Ok(series),
            _ => bail!("Prometheus refuses {query}: {}", answer["error"]),
        }
    }

    /// The sum of the series that a query gives; nothing comes to 0.
    async fn sum(&self, query: &str) -> anyhow::Result<f64> {
        let series = self.ask(query).await?;
        Ok(series.iter().filter_map(|series| series["value"][1].as_str()?.parse::<f64>().ok()).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promises(bad: f64, all: f64, throughput: f64, firing: &[&str]) -> Promises {
        let rows = vec![Row { promise: "99 % are good", allowed: 0.01, bad, all }];
        Promises { rows, throughput, firing: firing.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_promise_is_kept_by_events_and_broken_by_too_many_bad_ones_or_by_none_at_all() {
        assert!(promises(0.2, 20.0, 1_200.0, &[]).are_kept());
        assert!(!promises(0.21, 20.0, 1_200.0, &[]).are_kept());
        assert!(!promises(0.0, 0.0, 1_200.0, &[]).are_kept(), "nothing happened, so nothing was kept");
        assert!(!promises(0.0, 20.0, 1_000.0, &[]).are_kept(), "over, not at");
        assert!(!promises(0.0, 20.0, 1_200.0, &["ApiDown"]).are_kept());
    }

    #[test]
    fn what_is_shown_counts_events_over_the_window() {
        let shown = promises(0.5, 20.0, 1_200.0, &["ApiDown"]).shown(Duration::from_secs(600));
        assert!(shown.contains("BROKEN 99 % are good: 300 bad of 12000"), "{shown}");
        assert!(shown.contains("kept   over 1000 requests a minute: 1200"), "{shown}");
        assert!(shown.contains("alerts that fire: ApiDown"), "{shown}");
    }
}
