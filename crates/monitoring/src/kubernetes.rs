//! Manifests for the Prometheus operator: a PrometheusRule holds what a rule file holds
//! (<https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule>).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{File, rules::RuleFile, yaml};

/// How the operator's custom resources are named and found.
#[derive(Clone, Copy, Debug)]
pub struct Kubernetes {
    /// The folder of the manifests, from the repository's root.
    pub folder: &'static str,
    /// What stands before the name of each.
    pub prefix: &'static str,
    /// The labels by which a Prometheus' `ruleSelector` finds them.
    pub labels: &'static [(&'static str, &'static str)],
    /// The labels of targets that the rules presuppose.
    pub target_labels: &'static [&'static str],
}

#[derive(Serialize)]
struct PrometheusRule {
    #[serde(rename = "apiVersion")]
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: RuleFile,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
    labels: BTreeMap<&'static str, &'static str>,
}

impl Kubernetes {
    /// A rule file as a manifest. It has no namespace: whoever applies it says where.
    pub(crate) fn rule(&self, name: &str, source: &str, rules: RuleFile) -> Result<File, String> {
        let metadata =
            Metadata { name: format!("{}-{name}", self.prefix), labels: self.labels.iter().copied().collect() };
        let manifest =
            PrometheusRule { api_version: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata, spec: rules };
        let mut file = yaml(&format!("{}/{name}.yaml", self.folder), source, &manifest)?;
        let (note, body) = file.contents.split_once('\n').unwrap_or_default();
        file.contents = format!("{note}\n{}{body}", self.selected_by());
        Ok(file)
    }

    /// What a reader must know lest the manifest be applied and never read.
    fn selected_by(&self) -> String {
        let labels: Vec<_> = self.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        format!(
            "# A Prometheus reads it whose spec says `ruleSelector: {{matchLabels: {{{}}}}}`; one without a ruleSelector reads no rules.\n\
            # Outside that Prometheus' own namespace its ruleNamespaceSelector must let it in, too.\n\
            # Its rules ask for targets by the labels {}: let the ServiceMonitors or the scrape configuration set them.\n",
            labels.join(", "),
            self.target_labels.join(", ")
        )
    }
}
