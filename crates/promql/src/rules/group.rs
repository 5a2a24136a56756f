//! Many rules together: names that two bear, the order in which they are evaluated, and who watches what vanishes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Field, RuleGroup, RuleKind, RuleText, house};
use crate::{
    Checker, Code, Finding, Symbols,
    symbols::selector_name,
    syntax::{self, Expr},
};

/// A finding, and the rule that it is about: the group's place and the rule's place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub group: usize,
    pub rule: usize,
    pub finding: Finding,
}

impl Symbols {
    /// Adds what the rules of all groups record, in whichever order they stand.
    pub fn record_groups(&mut self, groups: &[RuleGroup]) {
        let rules: Vec<&RuleText> = recordings(groups).map(|(_, _, rule)| rule).collect();
        let names: BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        let mut waiting: Vec<(&RuleText, BTreeSet<String>)> = rules
            .iter()
            .map(|rule| {
                (*rule, read_by(&rule.query).into_iter().filter(|read| names.contains(read.as_str())).collect())
            })
            .collect();
        while !waiting.is_empty() {
            let open: BTreeSet<&str> = waiting.iter().map(|(rule, _)| rule.name.as_str()).collect();
            let is_ready = |reads: &BTreeSet<String>| !reads.iter().any(|read| open.contains(read.as_str()));
            let mut ready: Vec<bool> = waiting.iter().map(|(_, reads)| is_ready(reads)).collect();
            if !ready.contains(&true) {
                // They wait for each other; what they record is then not known.
                ready[0] = true;
            }
            let mut places = ready.iter();
            let (now, later) = waiting.into_iter().partition(|_| places.next().is_some_and(|ready| *ready));
            waiting = later;
            let now: Vec<(&RuleText, BTreeSet<String>)> = now;
            for (rule, _) in now {
                let own: Vec<_> = rule.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                self.record_text(&rule.name, &rule.query, &own);
            }
        }
    }
}

impl Checker<'_> {
    /// Everything that is wrong with rules, each by itself and together. What they record the checker's table has already
    /// ([`Symbols::record_groups`]).
    pub fn check_groups(&self, groups: &[RuleGroup]) -> Vec<Found> {
        let mut found = Vec::new();
        for (group, rule, text) in every(groups) {
            let interval = groups[group].interval;
            let findings = match text.kind {
                RuleKind::Alert => self.check_alert(text, interval),
                RuleKind::Recording => self.check_recording(text),
            };
            let all = findings.into_iter().chain(house::findings(text, self.symbols()));
            found.extend(all.map(|finding| Found { group, rule, finding }));
        }
        found.extend(twins(groups));
        found.extend(order(groups));
        found.extend(cycles(groups));
        found.extend(self.unwatched(groups));
        found
    }

    /// Alerts that go quiet when what they read vanishes, where nobody watches for that.
    fn unwatched(&self, groups: &[RuleGroup]) -> Vec<Found> {
        let alerts = || every(groups).filter(|(_, _, rule)| rule.kind == RuleKind::Alert);
        let parsed: Vec<_> = alerts().filter_map(|(_, _, rule)| syntax::parse(&rule.query).ok()).collect();
        if parsed.iter().any(watches) {
            return Vec::new();
        }
        let reads_measured = |rule: &RuleText| {
            syntax::parse(&rule.query)
                .is_ok_and(|query| query.selectors().iter().any(|read| self.symbols().is_scraped(read)))
        };
        let silent = alerts().filter(|(_, _, rule)| reads_measured(rule));
        silent
            .map(|(group, rule, text)| {
                let reason = "when its series vanish it goes quiet, and no alert here watches `up` or asks whether they are absent";
                let help = "add an alert on `up == 0`, and one on `absent(…)` of what must be there";
                Found { group, rule, finding: text.about(Code::SilentWhenMissing, Field::Query, reason, help) }
            })
            .collect()
    }
}

/// Whether a condition is there when something vanished.
fn watches(query: &Expr) -> bool {
    match query {
        Expr::VectorSelector(read) => selector_name(read) == Some("up"),
        Expr::MatrixSelector(read) => selector_name(&read.vs) == Some("up"),
        Expr::Call(call) if call.func.name.starts_with("absent") => true,
        other => other.parts().into_iter().any(watches),
    }
}

fn every(groups: &[RuleGroup]) -> impl Iterator<Item = (usize, usize, &RuleText)> {
    let of = |(place, group): (usize, &'_ RuleGroup)| (place, group.rules.len());
    let places = groups.iter().enumerate().map(of);
    places.flat_map(move |(group, rules)| (0..rules).map(move |rule| (group, rule, &groups[group].rules[rule])))
}

fn recordings(groups: &[RuleGroup]) -> impl Iterator<Item = (usize, usize, &RuleText)> {
    every(groups).filter(|(_, _, rule)| rule.kind == RuleKind::Recording)
}

/// The metrics that a query names.
fn read_by(query: &str) -> Vec<String> {
    let Ok(query) = syntax::parse(query) else { return Vec::new() };
    query.selectors().into_iter().filter_map(selector_name).map(str::to_owned).collect()
}

/// Two rules with one name and the same labels of their own.
fn twins(groups: &[RuleGroup]) -> Vec<Found> {
    let mut seen = HashMap::new();
    let mut found = Vec::new();
    for (group, rule, text) in every(groups) {
        let key = (text.kind == RuleKind::Alert, &text.name, text.own_labels());
        let Some(first) = seen.insert(key, text) else { continue };
        let is_same = first.query == text.query;
        let mut finding = text.about(
            Code::SameIdentity,
            Field::Name,
            if is_same {
                "this rule stands here twice"
            } else {
                "two rules bear this name, and nothing in their labels tells them apart"
            },
            if is_same { "drop one of them" } else { "give one another name, or labels that differ" },
        );
        // Two queries may never have the same series.
        if !is_same {
            finding.severity = crate::Severity::Warning;
        }
        found.push(Found { group, rule, finding });
    }
    found
}

/// Within a group rules are evaluated in their order: what stands later was recorded the time before.
fn order(groups: &[RuleGroup]) -> Vec<Found> {
    let mut found = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        for (at, rule) in group.rules.iter().enumerate() {
            let records = |name: &str| {
                let is_it = |other: &RuleText| other.kind == RuleKind::Recording && other.name == name;
                group.rules[at + 1..].iter().any(is_it) && !group.rules[..=at].iter().any(is_it)
            };
            if let Some(late) = read_by(&rule.query).into_iter().find(|name| records(name)) {
                let reason =
                    format!("`{late}` is recorded further down in this group: what is read here is one interval old");
                let help = "put this rule behind it";
                found.push(Found {
                    group: place,
                    rule: at,
                    finding: rule.about(Code::OrderOfRules, Field::Query, reason, help),
                });
            }
        }
    }
    found
}

/// Rules that are made of what they record.
fn cycles(groups: &[RuleGroup]) -> Vec<Found> {
    let mut reads: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, _, rule) in recordings(groups) {
        reads.entry(&rule.name).or_default().extend(read_by(&rule.query));
    }
    let reaches = |from: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(name) = next.pop() {
            next.extend(
                reads.get(name.as_str()).into_iter().flatten().filter(|read| seen.insert((*read).clone())).cloned(),
            );
        }
        seen.contains(from)
    };
    let cyclic = recordings(groups).filter(|(_, _, rule)| reaches(&rule.name));
    cyclic
        .map(|(group, rule, text)| {
            let reason = format!("`{}` is made of what it records, the time before and so on for ever", text.name);
            let help = "break the circle: read what is scraped";
            Found { group, rule, finding: text.about(Code::RecordingCycle, Field::Query, reason, help) }
        })
        .collect()
}
