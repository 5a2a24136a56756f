//! The Prometheus operator's own schema of a PrometheusRule, as strict as the API server is when asked to be.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the schema comes from: a Go module whose release carries the manifests of its custom resources.
const MODULE: &str = "github.com/prometheus-operator/prometheus-operator";
const VERSION: &str = "v0.85.0";
/// The module's checksum, as go.sum writes it; it is held against what was fetched, so that no look-up elsewhere is needed.
const SUM: &str = "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=";
/// The manifest within the module.
const MANIFEST: &str = "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml";
/// The version of the resource that is rendered.
const SERVED: &str = "v1";

/// A custom resource's schema in which fields that it does not know are refused.
pub(crate) struct Schema(Validator);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded {
    #[serde(default)]
    error: String,
    #[serde(default)]
    dir: PathBuf,
    #[serde(default)]
    sum: String,
}

impl Schema {
    /// The schema of a PrometheusRule, out of Go's module cache or fetched into it.
    ///
    /// # Errors
    /// When go is missing, the module cannot be fetched or is another than was pinned.
    pub(crate) fn prometheus_rule() -> anyhow::Result<Self> {
        let path = module()?.join(MANIFEST);
        let manifest = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::of(&manifest)
    }

    fn of(manifest: &str) -> anyhow::Result<Self> {
        let manifest: Value = serde_norway::from_str(manifest).context("the custom resource's manifest is no YAML")?;
        let versions = manifest["spec"]["versions"].as_array().into_iter().flatten();
        let mut served = versions.filter(|version| version["name"] == SERVED);
        let mut schema = served.next().map_or(Value::Null, |version| version["schema"]["openAPIV3Schema"].clone());
        if !schema["properties"].is_object() {
            bail!("the custom resource's manifest has no schema for {SERVED}");
        }
        // What every object has is no part of a custom resource's schema; of it, these are rendered.
        let words = json!({ "type": "object", "additionalProperties": { "type": "string" } });
        schema["properties"]["metadata"] = json!({
            "type": "object",
            "required": ["name"],
            "properties": { "name": { "type": "string" }, "labels": words, "annotations": words },
        });
        schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
        schema["properties"]["apiVersion"] = json!({ "const": "monitoring.coreos.com/v1" });
        schema["properties"]["kind"] = json!({ "const": "PrometheusRule" });
        close(&mut schema);
        Ok(Self(jsonschema::validator_for(&schema).map_err(|error| anyhow::anyhow!("no JSON Schema: {error}"))?))
    }

    /// What is wrong with a manifest, each with its place.
    pub(crate) fn findings(&self, manifest: &str) -> anyhow::Result<Vec<String>> {
        let manifest: Value = serde_norway::from_str(manifest).context("no YAML")?;
        Ok(self.0.iter_errors(&manifest).map(|error| format!("{}: {error}", error.instance_path())).collect())
    }
}

/// Where an object says which fields it has, no others may be.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let open = fields.contains_key("additionalProperties")
                || fields.contains_key("x-kubernetes-preserve-unknown-fields");
            if fields.get("type").is_some_and(|is| is == "object") && fields.contains_key("properties") && !open {
                fields.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        _ => {}
    }
}

/// The module's folder in Go's cache.
fn module() -> anyhow::Result<PathBuf> {
    let mut command = Command::new("go");
    command.args(["mod", "download", "-json", &format!("{MODULE}@{VERSION}")]).current_dir(env::temp_dir());
    command.env("GOWORK", "off").env("GOFLAGS", "").env("GONOSUMDB", MODULE).stdin(Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let sentence = "`go`, which fetches the operator's schema, is not on PATH: install Go 1.26 or later, from https://go.dev/dl";
            anyhow::Error::from(stack::Error::MissingTool(sentence.to_owned()))
        }
        _ => anyhow::Error::from(error).context("go could not be started"),
    })?;
    let downloaded: Downloaded = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("go mod download said {}", String::from_utf8_lossy(&output.stderr)))?;
    accepted(&downloaded).map(Path::to_path_buf)
}

fn accepted(downloaded: &Downloaded) -> anyhow::Result<&Path> {
    if !downloaded.error.is_empty() {
        let sentence = format!("{MODULE} {VERSION} could not be fetched: {}", downloaded.error);
        return Err(stack::Error::MissingTool(sentence).into());
    }
    if downloaded.sum != SUM {
        bail!("{MODULE} {VERSION} has the checksum {}, but {SUM} is pinned", downloaded.sum);
    }
    Ok(&downloaded.dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: good, labels: { app.kubernetes.io/part-of: shop } }
spec:
  groups:
    - name: one
      interval: 30s
      rules:
        - alert: Broken
          expr: up == 0
          for: 1m30s
          labels: { severity: critical }
          annotations: { summary: it is broken }
        - { record: a:b, expr: sum(up) }
";

    #[track_caller]
    fn check(from: &str, to: &str, expect: &[&str]) {
        assert!(GOOD.contains(from), "{from} does not stand in it");
        let schema = Schema::prometheus_rule().expect("the operator's schema");
        let findings = schema.findings(&GOOD.replace(from, to)).expect("YAML");
        assert_eq!(findings.len(), expect.len(), "{findings:#?}");
        for (finding, expect) in findings.iter().zip(expect) {
            assert!(finding.contains(expect), "{finding} does not say {expect}");
        }
    }

    #[test]
    fn a_manifest_that_the_operator_takes_is_accepted() {
        check("good", "good", &[]);
    }

    #[test]
    fn a_misspelt_field_is_refused_wherever_it_stands() {
        check("  groups:", "  group:", &["/spec: Additional properties are not allowed ('group' was unexpected)"]);
        check("interval:", "intervall:", &["/spec/groups/0: Additional properties"]);
        check("annotations:", "anotations:", &["/spec/groups/0/rules/0: Additional properties"]);
        check("labels: { app", "label: { app", &["/metadata: Additional properties"]);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused() {
        check("1m30s", "90 seconds", &["/spec/groups/0/rules/0/for"]);
        check("severity: critical", "severity: 1", &["/spec/groups/0/rules/0/labels/severity"]);
        check("kind: PrometheusRule", "kind: PrometheusRules", &["/kind"]);
    }

    #[test]
    fn another_module_than_the_pinned_is_refused() {
        let fetched = |sum: &str| Downloaded { error: String::new(), dir: PathBuf::from("here"), sum: sum.to_owned() };
        assert!(accepted(&fetched(SUM)).is_ok());
        let refused = accepted(&fetched("h1:other")).expect_err("refused").to_string();
        assert!(refused.contains("has the checksum h1:other"), "{refused}");
    }
}
