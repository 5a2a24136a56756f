//! The configuration of Alertmanager: who is told of which alerts, and which alerts silence others.
//!
//! What is refused was seen on amtool 0.31 (<https://prometheus.io/docs/alerting/latest/configuration/>).

mod condition;
mod references;

use std::ops::Range;
use std::time::Duration;

use super::defect::{DefectCode, Defects};
use super::fields::{self, Said};
use super::located::Located;
use super::node::Node;
use super::waiver::Block;
use promql::nearest;

pub use condition::Condition;

const FIELDS: [&str; 8] =
    ["global", "templates", "route", "inhibit_rules", "receivers", "time_intervals", "mute_time_intervals", "tracing"];

const ROUTE_FIELDS: [&str; 12] = [
    "receiver",
    "group_by",
    "match",
    "match_re",
    "matchers",
    "continue",
    "routes",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "mute_time_intervals",
    "active_time_intervals",
];

const INHIBITION_FIELDS: [&str; 8] = [
    "name",
    "source_match",
    "source_match_re",
    "source_matchers",
    "target_match",
    "target_match_re",
    "target_matchers",
    "equal",
];

/// The ways to tell somebody. New ones may come, so only what is near to one of them counts as a slip.
const NOTIFIERS: [&str; 18] = [
    "discord_configs",
    "email_configs",
    "incidentio_configs",
    "jira_configs",
    "mattermost_configs",
    "msteams_configs",
    "msteamsv2_configs",
    "opsgenie_configs",
    "pagerduty_configs",
    "pushover_configs",
    "rocketchat_configs",
    "slack_configs",
    "sns_configs",
    "telegram_configs",
    "victorops_configs",
    "webex_configs",
    "webhook_configs",
    "wechat_configs",
];

/// A configuration of Alertmanager.
#[derive(Clone, Debug)]
pub struct Routing {
    /// The root of the tree, which takes every alert.
    pub route: Option<Route>,
    pub inhibitions: Vec<Inhibition>,
    pub receivers: Vec<Receiver>,
    /// The names of times of the day, the week or the year.
    pub time_intervals: Vec<Located>,
}

/// A branch of the tree of routes.
#[derive(Clone, Debug)]
pub struct Route {
    /// The bytes of the file that it takes up, with the routes below it.
    pub range: Range<usize>,
    /// Whom it tells; whom the route above it tells if it does not say it.
    pub receiver: Option<Located>,
    /// What it takes: an alert to which all of them apply.
    pub conditions: Vec<Condition>,
    /// The labels by which alerts are told together, `...` for all; those of the route above if there are none.
    pub group_by: Vec<Located>,
    /// Whether the routes beside it get what it took, too.
    pub continues: bool,
    pub group_wait: Option<Said<Duration>>,
    pub group_interval: Option<Said<Duration>>,
    pub repeat_interval: Option<Said<Duration>>,
    /// When it is silent, and when it is not.
    pub mute_time_intervals: Vec<Located>,
    pub active_time_intervals: Vec<Located>,
    pub routes: Vec<Route>,
}

/// Alerts that silence other alerts.
#[derive(Clone, Debug)]
pub struct Inhibition {
    /// The bytes of the file that it takes up.
    pub range: Range<usize>,
    /// What silences.
    pub sources: Vec<Condition>,
    /// What is silenced.
    pub targets: Vec<Condition>,
    /// The labels that must be the same on both, or missing on both.
    pub equal: Vec<Located>,
}

/// Whom to tell.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The bytes of the file that it takes up.
    pub range: Range<usize>,
    pub name: Located,
}

impl Route {
    /// What findings call it.
    pub fn place(&self) -> String {
        match &self.receiver {
            Some(receiver) => format!("route to {receiver}"),
            None => format!("route of {}", condition::listed(&self.conditions)),
        }
    }

    fn blocks(&self, blocks: &mut Vec<Block>) {
        let first = self.routes.first().map(|route| route.range.start);
        blocks.push(Block { range: self.range.clone(), head_until: first });
        self.routes.iter().for_each(|route| route.blocks(blocks));
    }
}

impl Inhibition {
    /// What findings call it.
    pub fn place(&self) -> String {
        format!("inhibition of {} by {}", condition::listed(&self.targets), condition::listed(&self.sources))
    }
}

impl Routing {
    /// Every route, each before those below it.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        let mut waiting: Vec<&Route> = self.route.iter().collect();
        std::iter::from_fn(move || {
            let route = waiting.pop()?;
            waiting.extend(route.routes.iter().rev());
            Some(route)
        })
    }

    /// What a waiver can hold for.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.route.iter().for_each(|route| route.blocks(&mut blocks));
        blocks.extend(self.inhibitions.iter().map(|inhibition| Block::single(inhibition.range.clone())));
        blocks.extend(self.receivers.iter().map(|receiver| Block::single(receiver.range.clone())));
        blocks
    }
}

/// Reads a configuration.
pub(super) fn read(node: &Node, defects: &mut Defects) -> Routing {
    fields::check_names(node, "a configuration of Alertmanager", &FIELDS, defects);
    let route = node.get("route").and_then(|root| route(root, defects));
    let inhibitions = fields::list(node, "inhibit_rules", defects).iter();
    let inhibitions = inhibitions.filter_map(|node| inhibition(node, defects)).collect();
    let receivers = fields::list(node, "receivers", defects).iter();
    let receivers = receivers.filter_map(|node| receiver(node, defects)).collect();
    let mut time_intervals = Vec::new();
    for key in ["time_intervals", "mute_time_intervals"] {
        for node in fields::list(node, key, defects) {
            defects.place.clear();
            fields::check_names(node, "a time interval", &["name", "time_intervals"], defects);
            time_intervals.extend(name(node, "a time interval", defects));
        }
    }
    let routing = Routing { route, inhibitions, receivers, time_intervals };
    references::check(node, &routing, defects);
    defects.place.clear();
    routing
}

fn route(node: &Node, defects: &mut Defects) -> Option<Route> {
    defects.place.clear();
    if !fields::is_mapping(node, "a route", defects) {
        return None;
    }
    let mut route = Route {
        range: node.range.clone(),
        receiver: fields::text(node, "receiver", defects).filter(|receiver| !receiver.text.is_empty()),
        conditions: Vec::new(),
        group_by: Vec::new(),
        continues: false,
        group_wait: None,
        group_interval: None,
        repeat_interval: None,
        mute_time_intervals: Vec::new(),
        active_time_intervals: Vec::new(),
        routes: Vec::new(),
    };
    route.conditions = condition::read(node, "", &mut Defects::default());
    defects.place = route.place();
    fields::check_names(node, "a route", &ROUTE_FIELDS, defects);
    route.conditions = condition::read(node, "", defects);
    route.continues = fields::truth(node, "continue", defects);
    route.group_by = fields::texts(node, "group_by", defects);
    route.group_wait = fields::duration(node, "group_wait", defects);
    route.group_interval = interval(node, "group_interval", defects);
    route.repeat_interval = interval(node, "repeat_interval", defects);
    route.mute_time_intervals = fields::texts(node, "mute_time_intervals", defects);
    route.active_time_intervals = fields::texts(node, "active_time_intervals", defects);
    let below = fields::list(node, "routes", defects).iter().filter(|node| !node.is_null());
    route.routes = below.filter_map(|node| self::route(node, defects)).collect();
    Some(route)
}

fn interval(node: &Node, key: &str, defects: &mut Defects) -> Option<Said<Duration>> {
    let interval = fields::duration(node, key, defects)?;
    if interval.value.is_zero() {
        let reason = format!("`{key}` is zero, and Alertmanager refuses the file");
        defects.add(DefectCode::UnreadableDuration, interval.text.range(), reason, "write for example `5m`");
    }
    Some(interval)
}

fn inhibition(node: &Node, defects: &mut Defects) -> Option<Inhibition> {
    defects.place.clear();
    if node.is_null() || !fields::is_mapping(node, "an inhibition", defects) {
        return None;
    }
    let mut inhibition =
        Inhibition { range: node.range.clone(), sources: Vec::new(), targets: Vec::new(), equal: Vec::new() };
    let mut unreported = Defects::default();
    inhibition.sources = condition::read(node, "source_", &mut unreported);
    inhibition.targets = condition::read(node, "target_", &mut unreported);
    defects.place = inhibition.place();
    fields::check_names(node, "an inhibition", &INHIBITION_FIELDS, defects);
    for prefix in ["source_", "target_"] {
        condition::read(node, prefix, defects);
    }
    inhibition.equal = fields::texts(node, "equal", defects);
    Some(inhibition)
}

fn receiver(node: &Node, defects: &mut Defects) -> Option<Receiver> {
    defects.place.clear();
    let name = name(node, "a receiver", defects)?;
    defects.place = format!("receiver {name}");
    let is_other = |field: &str| {
        NOTIFIERS.contains(&field) || (field.ends_with("_configs") && nearest(field, NOTIFIERS).is_none())
    };
    let known: Vec<&str> = ["name"].into_iter().chain(NOTIFIERS).collect();
    fields::check_names_or(node, "a receiver", &known, is_other, defects);
    Some(Receiver { range: node.range.clone(), name })
}

fn name(node: &Node, what: &str, defects: &mut Defects) -> Option<Located> {
    if !fields::is_mapping(node, what, defects) {
        return None;
    }
    let name = fields::text(node, "name", defects).filter(|name| !name.text.is_empty());
    if name.is_none() {
        let reason = format!("{what} has no name, and Alertmanager refuses the file");
        defects.add(DefectCode::MissingField, fields::start_of(node), reason, "add `name:`");
    }
    name
}
