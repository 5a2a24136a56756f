//! What Prometheus' API answers, as far as it is read (<https://prometheus.io/docs/prometheus/latest/querying/api/>).

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

use promql::ObservedKind;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use super::RecordedRule;

#[derive(Deserialize)]
pub(super) struct Answer<T> {
    pub(super) data: T,
}

/// What targets say of each metric.
pub(super) type Metadata = HashMap<String, Vec<Said>>;

#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(rename = "type")]
    kind: String,
    pub(super) help: String,
    #[serde(default)]
    unit: String,
}

#[derive(Deserialize)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    /// In seconds.
    interval: f64,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    name: String,
    query: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) yaml: String,
}

/// The labels of one series, as they lie in the answer: there may be hundreds of thousands.
pub(super) struct Series<'a>(pub(super) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Said {
    pub(super) fn kind(&self) -> ObservedKind {
        ObservedKind::named(&self.kind).unwrap_or_default()
    }
}

/// The unit, if all say the same.
pub(super) fn unit(said: &[Said]) -> &str {
    let first = said.first().map_or("", |said| &said.unit);
    if said.iter().all(|said| said.unit == first) { first } else { "" }
}

impl Groups {
    pub(super) fn recorded(self) -> Vec<RecordedRule> {
        let rules = self.groups.into_iter().flat_map(|group| {
            let interval = Duration::try_from_secs_f64(group.interval).unwrap_or_default();
            let recording = group.rules.into_iter().filter(|rule| rule.kind == "recording");
            recording.map(move |rule| RecordedRule {
                name: rule.name,
                query: rule.query,
                labels: rule.labels,
                interval,
            })
        });
        rules.collect()
    }
}

/// A text that is borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Series<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Labels;
        impl<'de> Visitor<'de> for Labels {
            type Value = Series<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the labels of a series")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut labels = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some((Text(key), Text(value))) = map.next_entry()? {
                    labels.push((key, value));
                }
                Ok(Series(labels))
            }
        }
        deserializer.deserialize_map(Labels)
    }
}
