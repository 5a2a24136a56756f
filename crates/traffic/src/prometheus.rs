//! What is asked of a Prometheus, by its HTTP API (<https://prometheus.io/docs/prometheus/latest/querying/api/>).

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    arguments::Target,
    engine::{Ask, Client, Failure, Mark},
};

/// A Prometheus.
#[derive(Debug)]
pub(crate) struct Prometheus {
    client: Client,
    mark: Mark,
}

/// Why it gave no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    /// It cannot be reached, does not answer in time, or is none.
    Unreachable(String),
    /// It says that the question makes no sense.
    Refused(String),
}

/// A series at one moment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Sample {
    #[serde(default)]
    pub metric: BTreeMap<String, String>,
    value: (f64, String),
}

/// A rule that records.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecordingRule {
    pub name: String,
    pub query: String,
}

/// Rules that are evaluated together.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RuleGroup {
    /// How often, in seconds.
    pub interval: f64,
    pub rules: Vec<RecordingRule>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    error: Option<String>,
}

impl Prometheus {
    pub(crate) fn new(target: Target, timeout: Duration) -> Self {
        Self { client: Client::new(target, timeout), mark: Mark::new("guard") }
    }

    pub(crate) fn target(&self) -> &Target {
        self.client.target()
    }

    /// An instant query, now or at a moment in seconds since 1970.
    pub(crate) async fn query(&self, query: &str, at: Option<f64>) -> Result<Vec<Sample>, Refusal> {
        #[derive(Deserialize)]
        #[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
        enum Data {
            Vector(Vec<Sample>),
            Scalar((f64, String)),
            // What no query of ours gives; told apart from an answer that cannot be read.
            Matrix(serde::de::IgnoredAny),
            String(serde::de::IgnoredAny),
        }
        let mut ask = Ask::to("GET", "/api/v1/query").query("query", query);
        if let Some(at) = at {
            ask = ask.query("time", at);
        }
        match self.ask(ask).await? {
            Data::Vector(samples) => Ok(samples),
            Data::Scalar(value) => Ok(vec![Sample { metric: BTreeMap::new(), value }]),
            Data::Matrix(_) | Data::String(_) => {
                Err(Refusal::Refused(format!("`{query}` gives no series of one moment")))
            }
        }
    }

    /// How often the slowest of its targets is scraped; none when it scrapes nothing.
    pub(crate) async fn scrape_interval(&self) -> Result<Option<Duration>, Refusal> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct ActiveTarget {
            scrape_interval: String,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Targets {
            active_targets: Vec<ActiveTarget>,
        }
        let targets: Targets = self.ask(Ask::to("GET", "/api/v1/targets").query("state", "active")).await?;
        Ok(targets.active_targets.iter().filter_map(|it| promql::syntax::duration(&it.scrape_interval)).max())
    }

    /// What it records, and how often.
    pub(crate) async fn recording_rules(&self) -> Result<Vec<RuleGroup>, Refusal> {
        #[derive(Deserialize)]
        struct Groups {
            groups: Vec<RuleGroup>,
        }
        let groups: Groups = self.ask(Ask::to("GET", "/api/v1/rules").query("type", "record")).await?;
        Ok(groups.groups)
    }

    async fn ask<T: DeserializeOwned>(&self, ask: Ask) -> Result<T, Refusal> {
        let target = self.target();
        let answer = self.client.send(ask, &self.mark).await.map_err(|failure| {
            Refusal::Unreachable(match failure {
                Failure::TimedOut => format!("Prometheus at {target} did not answer in time"),
                Failure::Connection(why) => format!("Prometheus at {target} cannot be reached ({why})"),
            })
        })?;
        let no_prometheus =
            |why: String| Refusal::Unreachable(format!("what answers at {target} is no Prometheus ({why})"));
        let status = answer.status;
        let envelope: Envelope<T> = serde_json::from_slice(&answer.body)
            .map_err(|error| no_prometheus(if status == 200 { error.to_string() } else { status.to_string() }))?;
        match envelope {
            Envelope { data: Some(data), .. } if envelope.status == "success" => Ok(data),
            // 503 is a query that was broken off, and 422 one that cannot be worked out (<https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview>).
            Envelope { error, .. } if status == 503 => {
                Err(Refusal::Unreachable(format!("Prometheus at {target} gave up: {}", error.unwrap_or_default())))
            }
            Envelope { error: Some(error), .. } => {
                Err(Refusal::Refused(format!("Prometheus refuses the query: {error}")))
            }
            Envelope { status, .. } => Err(no_prometheus(status)),
        }
    }
}

impl Sample {
    pub(crate) fn value(&self) -> f64 {
        // As Go writes numbers: NaN and +Inf are read, too.
        self.value.1.parse().unwrap_or(f64::NAN)
    }

    /// Its labels as PromQL writes them.
    pub(crate) fn labels(&self) -> String {
        let labels = self.metric.iter().filter(|(key, _)| *key != "__name__");
        let labels: Vec<String> = labels.map(|(key, value)| format!("{key}={value:?}")).collect();
        format!("{{{}}}", labels.join(", "))
    }
}

impl Refusal {
    pub(crate) fn sentence(&self) -> &str {
        let (Refusal::Unreachable(sentence) | Refusal::Refused(sentence)) = self;
        sentence
    }
}
