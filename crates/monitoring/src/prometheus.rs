//! Prometheus' own configuration: whom it scrapes, which rules it evaluates, whom it tells
//! (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/>).

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use serde::Serialize;

use crate::text;

/// The whole of `prometheus.yml`.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    global: Global,
    rule_files: Vec<String>,
    alerting: Alerting,
    scrape_configs: Vec<Job>,
}

#[derive(Clone, Debug, Serialize)]
struct Global {
    #[serde(serialize_with = "text::prometheus")]
    scrape_interval: Duration,
    #[serde(serialize_with = "text::prometheus")]
    evaluation_interval: Duration,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    external_labels: BTreeMap<&'static str, &'static str>,
}

#[derive(Clone, Debug, Serialize)]
struct Alerting {
    alertmanagers: Vec<StaticConfigs>,
}

#[derive(Clone, Debug, Serialize)]
struct StaticConfigs {
    static_configs: Vec<Targets>,
}

impl Configuration {
    /// Scrapes the jobs and evaluates the rules every `interval`; alerts go to `alertmanager`. `rules` are paths or globs, seen
    /// from the file.
    pub fn new(interval: Duration, rules: &[&str], alertmanager: SocketAddr, jobs: Vec<Job>) -> Self {
        Self {
            global: Global {
                scrape_interval: interval,
                evaluation_interval: interval,
                external_labels: BTreeMap::new(),
            },
            rule_files: rules.iter().map(|rules| (*rules).to_owned()).collect(),
            alerting: Alerting {
                alertmanagers: vec![StaticConfigs { static_configs: vec![Targets::new(alertmanager, [])] }],
            },
            scrape_configs: jobs,
        }
    }

    /// Gives this label to every alert that leaves, unless it has one of that name.
    #[must_use]
    pub fn labelling_alerts(mut self, key: &'static str, value: &'static str) -> Self {
        self.global.external_labels.insert(key, value);
        self
    }
}

/// Targets that are scraped alike.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    job_name: String,
    #[serde(skip_serializing_if = "is_false")]
    honor_labels: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_path: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<&'static str, Vec<&'static str>>,
    file_sd_configs: Vec<TargetFiles>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relabel_configs: Vec<Relabel>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metric_relabel_configs: Vec<Relabel>,
}

/// Targets that stand in a file of their own, which is read again whenever it changes.
#[derive(Clone, Debug, Serialize)]
struct TargetFiles {
    files: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Job {
    /// A job that takes its targets' metrics as they are. The targets stand in [`Job::targets_file`].
    pub fn new(name: &str) -> Self {
        Self {
            job_name: name.to_owned(),
            honor_labels: false,
            metrics_path: None,
            params: BTreeMap::new(),
            file_sd_configs: vec![TargetFiles { files: vec![format!("targets/{name}.yml")] }],
            relabel_configs: Vec::new(),
            metric_relabel_configs: Vec::new(),
        }
    }

    /// A job whose targets are addresses that the blackbox exporter at `exporter` knocks at, in the way of its module
    /// (<https://prometheus.io/docs/guides/multi-target-exporter/>).
    pub fn probing(name: &str, module: &'static str, exporter: SocketAddr) -> Self {
        Self {
            metrics_path: Some("/probe"),
            params: BTreeMap::from([("module", vec![module])]),
            relabel_configs: vec![
                Relabel::copy("__address__", "__param_target"),
                Relabel::copy("__param_target", "instance"),
                Relabel::write("__address__", &exporter.to_string()),
            ],
            ..Self::new(name)
        }
    }

    /// The file of the job's targets, seen from the configuration's folder.
    pub fn targets_file(&self) -> &str {
        &self.file_sd_configs[0].files[0]
    }

    /// Lets the labels `job` and `instance` of the metrics themselves win: for a target that hands on what others measured.
    #[must_use]
    pub fn honoring_labels(mut self) -> Self {
        self.honor_labels = true;
        self
    }

    /// Changes or drops series as they come in, in this order.
    #[must_use]
    pub fn relabelling(mut self, steps: impl IntoIterator<Item = Relabel>) -> Self {
        self.metric_relabel_configs.extend(steps);
        self
    }
}

/// An address and the labels that every series from it gets, beside `job` and `instance`.
#[derive(Clone, Debug, Serialize)]
pub struct Targets {
    targets: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
}

impl Targets {
    /// One target with its labels.
    pub fn new<const N: usize>(address: impl ToString, labels: [(&str, &str); N]) -> Self {
        let labels = labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { targets: vec![address.to_string()], labels }
    }
}

/// One step of relabelling.
#[derive(Clone, Debug, Serialize)]
pub struct Relabel {
    action: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source_labels: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    regex: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    target_label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    replacement: String,
}

impl Relabel {
    const NOTHING: Self = Self {
        action: "",
        source_labels: Vec::new(),
        regex: String::new(),
        target_label: String::new(),
        replacement: String::new(),
    };

    /// Keeps only the series with one of these names.
    pub fn keep_metrics(names: &[String]) -> Self {
        Self { action: "keep", source_labels: vec!["__name__".to_owned()], regex: names.join("|"), ..Self::NOTHING }
    }

    /// Gives a label another name, where it is there.
    pub fn copy(from: &str, to: &str) -> Self {
        Self {
            action: "replace",
            source_labels: vec![from.to_owned()],
            regex: "(.+)".to_owned(),
            target_label: to.to_owned(),
            ..Self::NOTHING
        }
    }

    /// Writes a label.
    pub fn write(label: &str, value: &str) -> Self {
        Self { action: "replace", target_label: label.to_owned(), replacement: value.to_owned(), ..Self::NOTHING }
    }

    /// Drops labels whose key matches one of these patterns.
    pub fn drop_labels(patterns: &[&str]) -> Self {
        Self { action: "labeldrop", regex: patterns.join("|"), ..Self::NOTHING }
    }
}
