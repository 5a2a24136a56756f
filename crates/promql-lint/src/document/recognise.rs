//! Tells by what is in a file which kind it is.

use std::time::Duration;

use super::Content;
use super::dashboard;
use super::defect::{DefectCode, Defects};
use super::fields;
use super::node::{Node, Value};
use super::routing;
use super::rules::{self, Group};
use promql::nearest;

/// What is read, for whoever gave something else.
const READ: &str = "what is read: rule files of Prometheus (`groups:`), PrometheusRule manifests, dashboards of Grafana in the classic \
                    JSON model (`panels`), configurations of Alertmanager (`route:` and `receivers:`)";

/// Where it was seen that a file is of no kind that is read, why, and what to do.
pub(super) type Unknown = (usize, String, String);

/// Reads the documents of a file.
pub(super) fn read(documents: &[Node], scrape_interval: Duration, defects: &mut Defects) -> Result<Content, Unknown> {
    let said: Vec<&Node> = documents.iter().filter(|document| !document.is_null()).collect();
    let Some(first) = said.first() else { return Ok(Content::Rules(Vec::new())) };
    if let Some(dashboard) = dashboard::find(first) {
        return Ok(Content::Dashboard(Box::new(dashboard::read(dashboard, scrape_interval, defects))));
    }
    if said.iter().any(|document| is_manifest(document)) {
        return manifests(&said, defects);
    }
    let content = single(first, defects)?;
    for document in &said[1..] {
        let reason =
            "a second YAML document begins here: only the first of a file is read, so this one is never in force";
        let help = "move it to a file of its own, or delete the `---`";
        defects.place.clear();
        let start = document.range.start;
        let at = document.entries().first().map_or(start..start, |(key, _)| key.range.clone());
        defects.add(DefectCode::UnreadDocument, at, reason, help);
    }
    Ok(content)
}

fn single(node: &Node, defects: &mut Defects) -> Result<Content, Unknown> {
    let has = |key: &str| node.entries().iter().any(|(name, _)| name.text().is_some_and(|name| name.text == key));
    if has("groups") {
        fields::check_names(node, "a rule file", &["groups"], defects);
        return Ok(Content::Rules(rules::read(node, defects)));
    }
    if has("route") || has("receivers") {
        return Ok(Content::Routing(Box::new(routing::read(node, defects))));
    }
    Err(unknown(node))
}

fn is_manifest(node: &Node) -> bool {
    node.word("kind").is_some() && node.get("apiVersion").is_some()
}

fn manifests(documents: &[&Node], defects: &mut Defects) -> Result<Content, Unknown> {
    let mut kinds = Vec::new();
    let mut found = false;
    let mut groups = Vec::new();
    for document in documents {
        let kind = document.word("kind").unwrap_or("nothing");
        let items = match kind {
            "List" | "PrometheusRuleList" => document.get("items").map_or(&[][..], Node::items),
            _ => std::slice::from_ref(*document),
        };
        for item in items {
            match item.word("kind") {
                Some("PrometheusRule") => {
                    found = true;
                    groups.extend(manifest(item, defects));
                }
                other => kinds.push(other.unwrap_or("nothing").to_owned()),
            }
        }
    }
    if found {
        return Ok(Content::Rules(groups));
    }
    if documents[0].find(&["spec", "elements"]).is_some() {
        return Err(unknown(documents[0]));
    }
    kinds.dedup();
    let reason = format!("no manifest in this file is a PrometheusRule; there is `{}`", kinds.join("`, `"));
    Err((documents[0].range.start, reason, READ.to_owned()))
}

fn manifest(node: &Node, defects: &mut Defects) -> Vec<Group> {
    let Some(spec) = node.get("spec") else {
        let at = node.entries().first().map_or(node.range.clone(), |(key, _)| key.range.clone());
        defects.place.clear();
        defects.add(DefectCode::MissingField, at, "a PrometheusRule has no `spec`", "add `spec:` with `groups:` in it");
        return Vec::new();
    };
    defects.place.clear();
    if !fields::is_mapping(spec, "`spec`", defects) {
        return Vec::new();
    }
    fields::check_names(spec, "the `spec` of a PrometheusRule", &["groups"], defects);
    rules::read(spec, defects)
}

/// Says of a file that it is none of those that are read, and what it may be instead.
fn unknown(node: &Node) -> Unknown {
    let names: Vec<&str> =
        node.entries().iter().filter_map(|(key, _)| key.text()).map(|name| name.text.as_str()).collect();
    let at = node.range.start;
    if names.contains(&"scrape_configs") || names.contains(&"rule_files") {
        let reason = "this is the configuration of Prometheus itself, which holds no rules";
        return (at, reason.to_owned(), "give the files that it names under `rule_files`".to_owned());
    }
    if names.contains(&"elements") || node.find(&["spec", "elements"]).is_some() {
        let reason = "this is a dashboard in Grafana's newer model, and only the classic one is read";
        return (at, reason.to_owned(), "export it as a classic dashboard".to_owned());
    }
    let known = ["groups", "panels", "route", "receivers", "kind"];
    let near = names.iter().find_map(|name| nearest(name, known).map(|near| (name, near)));
    if let Some((name, near)) = near {
        return (
            at,
            format!("nothing in this file says what it is; there is `{name}`"),
            format!("did you mean `{near}`?"),
        );
    }
    let reason = match (&node.value, names.as_slice()) {
        (Value::Mapping(_), [_, ..]) => {
            let shown = names.iter().take(5).copied().collect::<Vec<_>>().join("`, `");
            format!("nothing in this file says what it is; its fields are `{shown}`")
        }
        _ => format!("nothing in this file says what it is; there is {}", node.what()),
    };
    (at, reason, READ.to_owned())
}
