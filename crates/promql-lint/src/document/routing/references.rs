//! Whether what the routes name is there, and what only some routes may say.

use std::collections::HashSet;

use super::super::defect::{DefectCode, Defects, did_you_mean};
use super::super::fields;
use super::super::located::Located;
use super::super::node::Node;
use super::{Route, Routing};

/// All labels together, in `group_by`.
const ALL_LABELS: &str = "...";

/// Reports what Alertmanager refuses about a configuration as a whole.
pub(super) fn check(node: &Node, routing: &Routing, defects: &mut Defects) {
    defects.place.clear();
    let receivers: Vec<&Located> = routing.receivers.iter().map(|receiver| &receiver.name).collect();
    let intervals: Vec<&Located> = routing.time_intervals.iter().collect();
    unique(&receivers, "receiver", defects);
    unique(&intervals, "time interval", defects);
    match &routing.route {
        Some(root) => {
            check_root(node, root, defects);
            check_route(root, &receivers, &intervals, defects);
        }
        None if node.get("route").is_none() => {
            let reason = "there is no `route`, and Alertmanager refuses the file";
            defects.add(DefectCode::MissingField, fields::start_of(node), reason, "add `route:` with a receiver");
        }
        None => {}
    }
}

fn unique(names: &[&Located], what: &str, defects: &mut Defects) {
    let mut seen = HashSet::new();
    for name in names.iter().filter(|name| !seen.insert(name.text.as_str())) {
        let reason = format!("another {what} has the name `{name}`, and Alertmanager refuses the file");
        defects.add(DefectCode::RepeatedName, name.range(), reason, format!("give each {what} a name of its own"));
    }
}

fn check_root(node: &Node, root: &Route, defects: &mut Defects) {
    defects.place = root.place();
    let Some(node) = node.get("route") else { return };
    if root.receiver.is_none() {
        let reason = "the first route has no receiver, so nobody would be told of what no other route takes";
        defects.add(DefectCode::MissingField, fields::start_of(node), reason, "add `receiver:`");
    }
    for (key, value) in node.entries() {
        let Some(name) = key.text() else { continue };
        let misplaced = match name.text.as_str() {
            "match" | "match_re" | "matchers" => !value.items().is_empty() || !value.entries().is_empty(),
            "continue" => root.continues,
            "mute_time_intervals" | "active_time_intervals" => !value.items().is_empty(),
            _ => false,
        };
        if misplaced {
            let reason = format!("the first route takes every alert at any time, and may not have `{name}`");
            defects.add(DefectCode::MisplacedField, name.range(), reason, "move it to a route below `routes:`");
        }
    }
}

fn check_route(route: &Route, receivers: &[&Located], intervals: &[&Located], defects: &mut Defects) {
    defects.place = route.place();
    if let Some(receiver) = &route.receiver {
        defined(receiver, receivers, DefectCode::UndefinedReceiver, "receiver", defects);
    }
    for interval in route.mute_time_intervals.iter().chain(&route.active_time_intervals) {
        defined(interval, intervals, DefectCode::UndefinedTimeInterval, "time interval", defects);
    }
    let mut seen = HashSet::new();
    for label in &route.group_by {
        if !seen.insert(label.text.as_str()) {
            let reason = format!("`{label}` stands twice in `group_by`, and Alertmanager refuses the file");
            defects.add(DefectCode::RepeatedName, label.range(), reason, "delete one of them");
        } else if label.text == ALL_LABELS && route.group_by.len() > 1 {
            let reason = format!("`{ALL_LABELS}` are all labels, so no other may stand beside it");
            defects.add(DefectCode::MisplacedField, label.range(), reason, "keep either it or the others");
        }
    }
    route.routes.iter().for_each(|route| check_route(route, receivers, intervals, defects));
}

fn defined(name: &Located, defined: &[&Located], code: DefectCode, what: &str, defects: &mut Defects) {
    if defects.is_full() || defined.iter().any(|defined| defined.text == name.text) {
        return;
    }
    let reason = format!("no {what} has the name `{name}`, and Alertmanager refuses the file");
    let names: Vec<&str> = defined.iter().map(|defined| defined.text.as_str()).collect();
    defects.add(code, name.range(), reason, did_you_mean(&name.text, names));
}
