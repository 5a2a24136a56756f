//! Asks a running Prometheus what it has: which metrics with which labels, what it records, how often it scrapes.
//!
//! A handful of calls, whatever its size, each with a bound (<https://prometheus.io/docs/prometheus/latest/querying/api/>). Without the
//! names of its metrics there is nothing to know; without any of the rest there is less, and a remark says so.

mod answer;
mod configuration;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use promql::{Observed, ObservedKind, Symbols};
use serde::de::DeserializeOwned;

use self::answer::{Answer, Groups, Metadata, Series};
pub use self::configuration::Scraping;
use super::{
    Access, Error,
    exposition::{Families, Sample},
    http::{Client, without_credentials},
};

/// How long all calls together may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Labels are read from the series of so long.
const LOOK_BACK: Duration = Duration::from_secs(3600);
/// So many series are read; of metrics beyond them only the names are known.
const MOST_SERIES: usize = 200_000;
/// So many names are read.
const MOST_NAMES: usize = 100_000;
/// No answer may be longer.
const MOST_BYTES: u64 = 256 << 20;
/// What Prometheus writes of targets and alerts itself, whose meaning is known without asking.
const OWN: [&str; 3] = ["up", "ALERTS", "ALERTS_FOR_STATE"];

/// What a running Prometheus has.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Sorted by name, with all their labels; those of targets are among them. What rules record is among them too.
    pub metrics: Vec<Observed>,
    /// Every label that any series has, also long ago.
    pub labels: BTreeSet<String>,
    /// What it records, in the order of its files.
    pub recorded: Vec<RecordedRule>,
    /// How often it scrapes, and what it adds.
    pub scraping: Scraping,
    /// What could not be had, each a sentence.
    pub remarks: Vec<String>,
}

/// A recording rule that a Prometheus evaluates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedRule {
    pub name: String,
    pub query: String,
    /// Those that the rule itself gives.
    pub labels: BTreeMap<String, String>,
    /// How often its group is evaluated.
    pub interval: Duration,
}

impl Live {
    /// Adds what is known to a table. What is recorded is inferred from its query, and has the labels that were seen.
    pub fn add_to(&self, symbols: &mut Symbols) {
        let is_recorded = |metric: &&Observed| self.recorded.iter().any(|rule| rule.name == metric.name);
        let (recorded, scraped): (Vec<_>, Vec<_>) = self.metrics.iter().partition(is_recorded);
        scraped.into_iter().for_each(|metric| symbols.observe(metric));
        for rule in &self.recorded {
            let labels: Vec<_> = rule.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            symbols.record_text(&rule.name, &rule.query, &labels);
        }
        recorded.into_iter().for_each(|metric| symbols.observe(metric));
    }
}

/// What the Prometheus at an address has. The address is without a path, unless Prometheus is behind one.
///
/// # Errors
/// When nobody answers within bounds, or not as Prometheus does.
pub fn prometheus(url: &str, access: &Access) -> Result<Live, Error> {
    let asked = Asked { client: Client::new(url, access, PATIENCE), base: url.trim_end_matches('/') };
    let mut live = Live::default();
    let names: Vec<String> = asked.get(&format!("label/__name__/values?limit={MOST_NAMES}"))?.data;
    let mut remark = |what: &str, error: Error| live.remarks.push(format!("{what}: {error}"));
    let metadata: Metadata = asked.get("metadata").map(|answer| answer.data).unwrap_or_else(|error| {
        remark("types of metrics are not known", error);
        Metadata::default()
    });
    let labels = asked.get("labels").map(|answer| answer.data);
    live.labels = labels.unwrap_or_else(|error| {
        remark("labels of old series are not known", error);
        BTreeSet::new()
    });
    let rules = asked.get::<Groups>("rules?type=record").map(|answer| answer.data.recorded());
    live.recorded = rules.unwrap_or_else(|error| {
        remark("what it records is not known", error);
        Vec::new()
    });
    live.scraping = asked.scraping().unwrap_or_else(|error| {
        remark("how often it scrapes is not known", error);
        Scraping::default()
    });
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(LOOK_BACK).as_secs();
    // Every series: {__name__!=""}.
    let every = format!("series?match[]=%7B__name__!%3D%22%22%7D&start={since}&limit={MOST_SERIES}");
    let body = asked.body(&every);
    let series = body.as_ref().map_err(Error::clone).and_then(|body| asked.read::<Vec<Series>>(&every, body));
    let series = series.map(|answer| answer.data).unwrap_or_else(|error| {
        remark("labels are not known", error);
        Vec::new()
    });
    if series.len() >= MOST_SERIES {
        live.remarks.push(format!("it has more than {MOST_SERIES} series; of some metrics only the names are known"));
    }
    let source = without_credentials(asked.base);
    live.metrics = observed(&names, &metadata, &series, &live.recorded, &source);
    Ok(live)
}

/// One Prometheus, being asked.
struct Asked<'u> {
    client: Client,
    base: &'u str,
}

impl Asked<'_> {
    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Error> {
        let body = self.body(path)?;
        serde_json::from_slice(&body).map_err(|error| self.not_understood(path, &error))
    }

    fn body(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.client.get(&format!("{}/api/v1/{path}", self.base), "application/json", MOST_BYTES)
    }

    fn read<'b, T: serde::Deserialize<'b>>(&self, path: &str, body: &'b [u8]) -> Result<Answer<T>, Error> {
        serde_json::from_slice(body).map_err(|error| self.not_understood(path, &error))
    }

    fn not_understood(&self, path: &str, error: &serde_json::Error) -> Error {
        let path = path.split('?').next().unwrap_or(path);
        Error::Unreachable {
            url: without_credentials(&format!("{}/api/v1/{path}", self.base)),
            reason: format!("this is no answer of Prometheus ({error})"),
            help: "give the address of a Prometheus, such as http://localhost:9090".to_owned(),
        }
    }

    fn scraping(&self) -> Result<Scraping, Error> {
        let answer: Answer<answer::Configuration> = self.get("status/config")?;
        Scraping::read(&answer.data.yaml).map_err(|error| Error::Unreachable {
            url: without_credentials(self.base),
            reason: format!("its configuration cannot be read: {error}"),
            help: "say how often it scrapes by --scrape-interval".to_owned(),
        })
    }
}

/// Puts together what is said of each metric and the series that there are.
fn observed(
    names: &[String],
    metadata: &Metadata,
    series: &[Series<'_>],
    recorded: &[RecordedRule],
    source: &str,
) -> Vec<Observed> {
    let mut families = Families::as_stored();
    for (name, said) in metadata {
        let kind = said
            .iter()
            .map(answer::Said::kind)
            .reduce(|one, other| if one == other { one } else { ObservedKind::Unknown });
        // Two targets may say different things of one name; then neither is known.
        families.say(name, kind.unwrap_or_default(), said.first().map_or("", |said| &said.help), answer::unit(said));
    }
    for Series(labels) in series {
        let Some(name) = labels.iter().find(|(key, _)| key == "__name__").map(|(_, name)| name) else { continue };
        let labels = labels.iter().filter(|(key, value)| key != "__name__" && !value.is_empty()).cloned().collect();
        families.add_series(Sample { name: name.clone(), labels, value: f64::NAN });
    }
    let rules = recorded.iter().map(|rule| rule.name.as_str());
    for name in names.iter().map(String::as_str).chain(rules) {
        families.name(name);
    }
    let mut all = families.observed(source);
    all.retain(|metric| !OWN.contains(&metric.name.as_str()) || metric.has_series);
    for metric in &mut all {
        metric.is_scraped = true;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"http_requests":[{"type":"counter","help":"Requests.","unit":""}],
        "latency_seconds":[{"type":"histogram","help":"","unit":"seconds"}],
        "native":[{"type":"histogram","help":"","unit":""}],
        "both":[{"type":"histogram","help":"","unit":""}],
        "odd":[{"type":"gauge","help":"One.","unit":""},{"type":"counter","help":"Two.","unit":""}],
        "never_seen":[{"type":"gauge","help":"","unit":""}]}"#;
    const SERIES: &str = r#"[
        {"__name__":"http_requests_total","code":"200","job":"a"}, {"__name__":"http_requests_total","job":"b"},
        {"__name__":"latency_seconds_bucket","le":"1","job":"a"}, {"__name__":"latency_seconds_bucket","le":"+Inf","job":"a"},
        {"__name__":"latency_seconds_count","job":"a"}, {"__name__":"latency_seconds_sum","job":"a"},
        {"__name__":"native","job":"\u00e4\"b"}, {"__name__":"both","job":"a"}, {"__name__":"both_bucket","job":"a","le":"0.5"},
        {"__name__":"odd","job":"a"}, {"__name__":"up","job":"a","env":"b"}]"#;

    #[test]
    fn types_and_series_are_put_together() {
        let metadata: Metadata = serde_json::from_str(METADATA).expect("metadata");
        let series: Vec<Series<'_>> = serde_json::from_str(SERIES).expect("series");
        let names = ["gone_total", "latency_seconds_bucket", "up"].map(str::to_owned);
        let recorded = [RecordedRule { name: "job:requests:rate5m".to_owned(), ..RecordedRule::default() }];
        let all = observed(&names, &metadata, &series, &recorded, "here");
        let described: Vec<String> = all
            .iter()
            .map(|metric| {
                let labels =
                    metric.labels.iter().map(|(key, label)| if label.always { key.clone() } else { format!("{key}?") });
                let labels = if metric.has_series { labels.collect::<Vec<_>>().join(" ") } else { "-".to_owned() };
                format!("{} {} [{labels}] {}", metric.name, metric.kind.as_str(), metric.bounds.join(" "))
            })
            .collect();
        assert_eq!(
            described,
            [
                "both histogram [job] 0.5",
                "both nativehistogram [job] ",
                "gone_total unknown [-] ",
                "http_requests_total counter [code? job] ",
                "job:requests:rate5m unknown [-] ",
                "latency_seconds histogram [job] 1 +Inf",
                "native nativehistogram [job] ",
                "never_seen gauge [-] ",
                "odd unknown [job] ",
                "up unknown [env job] ",
            ]
        );
        assert!(all.iter().all(|metric| metric.is_scraped && metric.source == "here"));
        assert!(all[6].labels["job"].values.contains("ä\"b"));
    }
}
