//! A real Prometheus on a free port, empty at first, and what it answers.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use shop::ports::Ports;
use stack::{
    Launch, Process, Ready,
    tools::{self, Tool},
};

use crate::remote_write::{self, Series};

/// How long anything may take; on an idle machine it takes a part of a second.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is to be tried that Prometheus does not do by default.
const FEATURES: &str =
    "promql-experimental-functions,promql-duration-expr,promql-extended-range-selectors,native-histograms";
/// So many series go into one request.
const BATCH: usize = 200;

/// A running Prometheus, which ends with the value.
pub(crate) struct Prometheus {
    url: String,
    http: reqwest::Client,
    _process: Process,
    _folder: tempfile::TempDir,
}

/// What it says of a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The series of the result, a plain number being one without labels.
    Values(Vec<Element>),
    /// It is no query.
    Unreadable(String),
    /// It is a query that cannot be evaluated on these samples.
    Failed(String),
}

/// One series of a result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    /// Its labels, the name among them.
    pub labels: BTreeMap<String, String>,
    /// Its value; none when that is a histogram.
    pub value: Option<f64>,
}

#[derive(Deserialize)]
struct Envelope {
    data: Option<Value>,
    #[serde(rename = "errorType", default)]
    error_type: String,
    #[serde(default)]
    error: String,
}

impl Prometheus {
    /// Starts it with nothing to scrape.
    pub(crate) async fn start() -> Self {
        tools::install(&[Tool::Prometheus], &mut |_| {}).expect("the pinned Prometheus");
        let program = tools::need(Tool::Prometheus).expect("was installed");
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("prometheus.yml"), "global: {}\n").expect("written");
        let address = format!("127.0.0.1:{}", Ports::free().expect("free ports").prometheus);
        let url = format!("http://{address}");
        let mut process = launch(&program, folder.path(), &address).start().unwrap_or_else(|why| panic!("{why}"));
        let ready = process.wait_ready(&Ready::Http(format!("{url}/-/ready")), PATIENCE).await;
        ready.unwrap_or_else(|why| panic!("{why}"));
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { url, http, _process: process, _folder: folder }
    }

    /// Stores series. None of their samples may be an hour older than the newest that it has.
    pub(crate) async fn write(&self, series: &[Series]) {
        for batch in series.chunks(BATCH) {
            let request = self.http.post(format!("{}/api/v1/write", self.url)).body(remote_write::request(batch));
            let request = request.header("content-type", "application/x-protobuf").header("content-encoding", "snappy");
            let answer = request.send().await.expect("an answer");
            let (status, body) = (answer.status(), answer.text().await.expect("a body"));
            assert!(status.is_success(), "{status}: {body}");
        }
    }

    /// What a query comes to at a moment, in milliseconds since 1970.
    pub(crate) async fn ask(&self, query: &str, at_ms: i64) -> Answer {
        let time = format!("{:.3}", at_ms as f64 / 1000.0);
        let Envelope { data, error_type, error } = self.get("query", &[("query", query), ("time", &time)]).await;
        match (data, error_type.as_str()) {
            (Some(data), _) => Answer::Values(elements(&data)),
            (None, "bad_data") => Answer::Unreadable(error),
            (None, _) => Answer::Failed(format!("{error_type}: {error}")),
        }
    }

    /// What a query comes to from one moment to another, as series; nothing when it fails or comes to histograms.
    pub(crate) async fn ask_throughout(&self, query: &str, [from, to]: [i64; 2], step_ms: i64) -> Option<Vec<Series>> {
        let [start, end, step] = [from, to, step_ms].map(|ms| format!("{:.3}", ms as f64 / 1000.0));
        let parameters = [("query", query), ("start", &start), ("end", &end), ("step", &step)];
        let data = self.get("query_range", &parameters).await.data?;
        let series = |one: &Value| {
            let labels = serde_json::from_value(one["metric"].clone()).ok()?;
            let sample = |pair: &Value| Some(((pair[0].as_f64()? * 1000.0).round() as i64, number(pair)?));
            let samples = one["values"].as_array()?.iter().map(sample).collect::<Option<_>>()?;
            Some(Series { labels, samples, measured: Vec::new() })
        };
        data["result"].as_array()?.iter().map(series).collect()
    }

    /// The tree of a query, or why the text is none.
    pub(crate) async fn read(&self, text: &str) -> Result<Value, String> {
        let Envelope { data, error, .. } = self.get("parse_query", &[("query", text)]).await;
        data.ok_or(error)
    }

    async fn get(&self, endpoint: &str, parameters: &[(&str, &str)]) -> Envelope {
        let request = self.http.get(format!("{}/api/v1/{endpoint}", self.url)).query(parameters);
        request.send().await.expect("an answer").json().await.expect("an answer of Prometheus")
    }
}

fn launch(program: &Path, folder: &Path, address: &str) -> Launch {
    Launch::new("prometheus", program, folder.join("prometheus.log"))
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg("--storage.tsdb.retention.time=100y")
        .arg(format!("--web.listen-address={address}"))
        .arg("--web.enable-remote-write-receiver")
        .arg(format!("--enable-feature={FEATURES}"))
}

fn elements(data: &Value) -> Vec<Element> {
    match (data["resultType"].as_str(), &data["result"]) {
        (Some("scalar"), pair) => vec![Element { labels: BTreeMap::new(), value: number(pair) }],
        (Some("string"), _) => vec![Element { labels: BTreeMap::new(), value: None }],
        (_, Value::Array(all)) => all.iter().flat_map(of_series).collect(),
        _ => Vec::new(),
    }
}

/// The value of a series, or those in a window.
fn of_series(one: &Value) -> Vec<Element> {
    let labels: BTreeMap<String, String> = serde_json::from_value(one["metric"].clone()).expect("labels");
    match &one["values"] {
        Value::Array(pairs) => {
            pairs.iter().map(|pair| Element { labels: labels.clone(), value: number(pair) }).collect()
        }
        _ => vec![Element { labels, value: number(&one["value"]) }],
    }
}

/// The value of a pair of a time and a value, which Prometheus writes as Go does.
fn number(pair: &Value) -> Option<f64> {
    pair[1].as_str()?.parse().ok()
}
