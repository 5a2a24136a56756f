//! Every expression that is rendered, with what its places want of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use promql::{
    AnyQuery, Checker, Finding, Symbols,
    syntax::{self, Expr, MatchOperator},
};

use crate::{Alert, Column, Definitions, Drawing, Panel, Subject, grafana, rules, template};

/// What a reader of a dashboard may choose stands in a query behind this sign.
const CHOICE: char = '$';

/// An expression that somebody asks Prometheus.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it stands; often in more than one place.
    pub places: Vec<String>,
    /// As it is rendered.
    pub query: String,
    /// How long an alert must hold; nothing of what is no alert.
    pub held: Option<Duration>,
    /// The labels that each of its places names.
    needs: BTreeSet<String>,
}

impl Asked {
    /// What is wrong with another text in its place, as far as a text can tell.
    pub fn findings(&self, checker: &Checker<'_>, query: &str) -> Vec<Finding> {
        let place = &self.places[0];
        let query = &chosen(query, |_| ".*".to_owned());
        let mut findings =
            if self.held.is_some() { checker.check_condition(place, query) } else { checker.check(place, query) };
        for (key, has) in checker.missing_labels(query, self.needs.iter().map(String::as_str)) {
            let reason = format!("the label `{key}` is named here, which the query does not keep");
            let help = format!("the query keeps {has}");
            findings.push(crate::finding::finding(promql::Code::UnknownLabel, place, query, &reason, &help));
        }
        findings
    }
}

/// What a reader of a dashboard has chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Among others that which the query asks for anyway.
    Fitting,
    /// Nothing that the query asks for.
    Others,
}

impl Asked {
    /// A text in its place as Grafana asks it: for each of its variables two values and more are chosen.
    pub fn as_asked(&self, query: &str, choice: Choice) -> String {
        let Ok(own) = syntax::parse(&self.query) else { return query.to_owned() };
        let selectors = own.selectors();
        let matchers = || selectors.iter().flat_map(|selector| &selector.matchers);
        let is_its = |variable: &str| matchers().any(|matcher| matcher.value == format!("{CHOICE}{variable}"));
        chosen(query, |variable| {
            if !is_its(variable) {
                return String::new();
            }
            let two = ["this", "that"].map(|one| format!("{one}-{variable}"));
            let fitting = if choice == Choice::Fitting { Self::values_of(&own, variable) } else { BTreeSet::new() };
            fitting.into_iter().chain(two).collect::<Vec<_>>().join("|")
        })
    }

    /// What can be chosen that makes a difference.
    pub fn choices(&self) -> Vec<Choice> {
        let Ok(own) = syntax::parse(&self.query) else { return Vec::new() };
        let matchers = own.selectors().into_iter().flat_map(|selector| &selector.matchers);
        let variables = matchers.filter_map(|matcher| matcher.value.strip_prefix(CHOICE));
        let is_asked = variables.into_iter().any(|variable| !Self::values_of(&own, variable).is_empty());
        if is_asked { vec![Choice::Fitting, Choice::Others] } else { vec![Choice::Fitting] }
    }

    /// The values of a label that the query itself asks for.
    fn values_of(own: &Expr, label: &str) -> BTreeSet<String> {
        let matchers = own.selectors().into_iter().flat_map(|selector| &selector.matchers);
        let of_it = matchers.filter(|matcher| matcher.name == label && matcher.op == MatchOperator::Equal);
        of_it.map(|matcher| matcher.value.clone()).collect()
    }
}

/// A query in which something is chosen for each of a dashboard's variables.
fn chosen(query: &str, choice: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = query;
    while let Some((before, after)) = rest.split_once(CHOICE) {
        let end = after.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        text += before;
        // A pattern may end in the same sign.
        text += &if name.is_empty() { CHOICE.to_string() } else { choice(name) };
        rest = after;
    }
    text + rest
}

impl Definitions {
    /// Every expression that is rendered, each text once, in the order of rules, alerts, dashboards, runbooks and questions.
    pub fn asked(&self, symbols: &Symbols) -> Vec<Asked> {
        let mut all = All::default();
        for rule in self.each_rule() {
            all.add(format!("rule {}", rule.name), rule.query.to_string(), None, BTreeSet::new());
        }
        for alert in self.each_alert() {
            all.add(format!("alert {}", alert.name), alert.when.to_string(), Some(alert.held), needs(alert));
        }
        for dashboard in &self.dashboards.1 {
            let narrowed = |query: &AnyQuery| grafana::narrowed(dashboard, query, symbols).to_string();
            for panel in dashboard.each_panel() {
                let lines = (panel.lines)();
                for line in &lines {
                    let place = format!("{}, panel \"{}\"", dashboard.uid, panel.title);
                    let place = if lines.len() == 1 { place } else { format!("{place}, line \"{}\"", line.legend) };
                    all.add(place, narrowed(&line.query), None, shown(panel, line.legend));
                }
            }
            for mark in &dashboard.marks {
                let place = format!("{}, mark \"{}\"", dashboard.uid, mark.title);
                all.add(place, narrowed(&mark.query), None, labels(mark.says));
            }
        }
        for alert in self.each_alert() {
            for line in (alert.runbook.queries)() {
                all.add(
                    format!("runbook of {}, \"{}\"", alert.name, line.legend),
                    line.query.to_string(),
                    None,
                    BTreeSet::new(),
                );
            }
        }
        for question in self.each_question() {
            all.add(format!("question \"{}\"", question.title), question.query.to_string(), None, BTreeSet::new());
        }
        for (title, query) in &self.grafana.1.span_links.queries {
            all.add(format!("link from spans \"{title}\""), query.to_string(), None, BTreeSet::new());
        }
        all.asked
    }
}

/// Expressions, and which text stands where among them.
#[derive(Default)]
struct All {
    asked: Vec<Asked>,
    at: BTreeMap<(String, Option<Duration>), usize>,
}

impl All {
    fn add(&mut self, place: String, query: String, held: Option<Duration>, needs: BTreeSet<String>) {
        let at = *self.at.entry((query.clone(), held)).or_insert(self.asked.len());
        match self.asked.get_mut(at) {
            Some(known) => {
                // What one place does not need, a mistake there may take away.
                known.needs.retain(|label| needs.contains(label));
                if !known.places.contains(&place) {
                    known.places.push(place);
                }
            }
            None => self.asked.push(Asked { places: vec![place], query, held, needs }),
        }
    }
}

fn labels(sentence: &str) -> BTreeSet<String> {
    template::labels(sentence).into_iter().map(str::to_owned).collect()
}

/// The labels that an alert's sentences and its route name, and that the rule does not add itself.
fn needs(alert: &Alert) -> BTreeSet<String> {
    let own = rules::labels(alert);
    let subject = match alert.about {
        Subject::Service => Some("service"),
        Subject::Host => Some("instance"),
        Subject::Named(_) => None,
    };
    let named = template::labels_of(alert).into_iter().filter(|key| !own.contains_key(key));
    named.chain(subject).map(str::to_owned).collect()
}

fn shown(panel: &Panel, legend: &str) -> BTreeSet<String> {
    let mut needs = labels(legend);
    if let Drawing::Table { columns } | Drawing::Figures { columns, .. } = panel.drawing {
        needs.extend(columns.iter().map(Column::label));
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_made_for_each_variable_and_for_nothing_else() {
        let choice = |name: &str| format!("<{name}>");
        assert_eq!(chosen(r#"x{a=~"$a_b", c=~"d$"}"#, choice), r#"x{a=~"<a_b>", c=~"d$"}"#);
        assert_eq!(chosen("x", choice), "x");
    }
}
