//! Whether what Prometheus answers lies within what the checker infers, and whether what it finds is so.

use std::collections::BTreeSet;

use promql::{Checker, Finding, Inferred, InferredLabel, InferredShape, Severity};

use crate::{
    node::{Matcher, Node, Selector},
    prometheus::{Answer, Element, Prometheus},
    world::World,
};

/// Asks the checker and Prometheus the same.
pub(crate) struct Judge<'a> {
    pub world: &'a World,
    pub checker: Checker<'a>,
    pub prometheus: &'a Prometheus,
}

/// What came of a query.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// How it went, in a word for the tally.
    pub how: &'static str,
    /// What was claimed of it and looked into, by code.
    pub claimed: BTreeSet<&'static str>,
    /// How the checker and Prometheus contradict each other, if they do.
    pub contradiction: Option<String>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(world: &'a World, prometheus: &'a Prometheus) -> Self {
        Self { world, checker: Checker::new(&world.symbols), prometheus }
    }

    /// Looks at a query at a moment.
    pub(crate) async fn judge(&self, node: &Node, at_ms: i64) -> Verdict {
        let query = node.to_string();
        let mut verdict = Verdict { how: "empty", claimed: BTreeSet::new(), contradiction: None };
        let found = self.codes(node);
        let is_refused = found.contains("unreadable");
        let elements = match self.prometheus.ask(&query, at_ms).await {
            Answer::Unreadable(why) => {
                verdict.how = "unreadable";
                verdict.contradiction = (!is_refused).then(|| format!("Prometheus cannot read it: {why}"));
                return verdict;
            }
            Answer::Failed(_) => {
                verdict.how = "failed";
                return verdict;
            }
            Answer::Values(elements) => elements,
        };
        if found.contains("unsupported-syntax") {
            verdict.how = "unsupported";
            return verdict;
        }
        if is_refused {
            verdict.contradiction = Some("Prometheus reads it, and the checker does not".to_owned());
            return verdict;
        }
        if !elements.is_empty() {
            verdict.how = "with values";
        }
        for (part, finding) in self.claims(node) {
            let code = finding.code.as_str();
            if verdict.claimed.insert(code) && verdict.contradiction.is_none() {
                let refuted = self.refuted(part, &finding, at_ms).await;
                verdict.contradiction =
                    refuted.map(|how| format!("{code} ({}) of `{part}`, but {how}", finding.reason));
            }
        }
        if verdict.contradiction.is_none() {
            let inferred = self.checker.inferred(&query).expect("it can be read");
            verdict.contradiction =
                outside(&inferred, &elements).map(|how| format!("{how}, but inferred was {}", told(&inferred)));
        }
        verdict
    }

    fn codes(&self, node: &Node) -> BTreeSet<&'static str> {
        self.checker.check("query", &node.to_string()).iter().map(|finding| finding.code.as_str()).collect()
    }

    /// The findings, each with the smallest part of the query in which it stands.
    fn claims<'n>(&self, node: &'n Node) -> Vec<(&'n Node, Finding)> {
        let here = self.checker.check("query", &node.to_string());
        if here.is_empty() {
            return Vec::new();
        }
        let below: Vec<_> = node.children().into_iter().flat_map(|child| self.claims(child)).collect();
        // What is made of something impossible says nothing.
        if !below.is_empty() { below } else { here.into_iter().map(|finding| (node, finding)).collect() }
    }

    async fn values(&self, node: &Node, at_ms: i64) -> Option<Vec<Element>> {
        match self.prometheus.ask(&node.to_string(), at_ms).await {
            Answer::Values(elements) => Some(elements),
            Answer::Unreadable(_) | Answer::Failed(_) => None,
        }
    }

    /// How Prometheus shows that a finding is wrong, if it does.
    async fn refuted(&self, node: &Node, finding: &Finding, at_ms: i64) -> Option<String> {
        let values = self.values(node, at_ms).await?;
        let any = || values.first().map(|one| format!("there is {one:?}"));
        match finding.code.as_str() {
            "never-true"
            | "threshold-beyond-buckets"
            | "unknown-metric"
            | "undefined-recording"
            | "quantile-without-le" => any(),
            "window-too-short" if finding.severity == Severity::Error => match node {
                // Of one sample they say that nothing changed.
                Node::Call { function: "changes" | "resets" | "stddev_over_time" | "stdvar_over_time", .. } => {
                    let changed = values.iter().find(|one| one.value.is_some_and(|value| value.abs() > 0.0))?;
                    Some(format!("there is {changed:?}"))
                }
                _ => any(),
            },
            "sides-never-match" => match node {
                Node::Binary { operator: "unless", sides, .. } => {
                    let all = self.values(&sides[0], at_ms).await?;
                    (all.len() != values.len()).then(|| format!("of {} series {} are left", all.len(), values.len()))
                }
                _ => any(),
            },
            "always-true" => {
                let Node::Binary { sides, .. } = node else { return None };
                let vector = sides.iter().find(|side| side.kind() == crate::node::Type::Vector)?;
                let is_threshold = sides.iter().any(|side| side.kind() == crate::node::Type::Scalar);
                let all = self.values(vector, at_ms).await?;
                let passed = format!("of {} series {} pass", all.len(), values.len());
                (is_threshold && all.len() != values.len()).then_some(passed)
            }
            "unknown-value" | "not-a-bucket-bound" => self.refuted_value(node, finding, &values, at_ms).await,
            "unknown-label" | "label-aggregated-away" => {
                self.refuted_label(node, &unquoted(finding.part()), at_ms).await
            }
            "quantile-out-of-range" => {
                let finite = values.iter().find(|one| one.value.is_some_and(f64::is_finite))?;
                Some(format!("there is {finite:?}"))
            }
            "matches-one-by-one" => {
                let numbers = || values.iter().filter_map(|one| one.value).filter(|value| value.is_finite());
                let (first, scale) = (numbers().next()?, numbers().map(f64::abs).fold(0.0, f64::max));
                let other = numbers().find(|value| (value - first).abs() > scale * 1e-9)?;
                Some(format!("there are {first} and {other}"))
            }
            _ => None,
        }
    }

    /// A value is not there if its matcher lets nothing pass, or no series has it, or nothing is left of all matchers.
    async fn refuted_value(&self, node: &Node, finding: &Finding, all: &[Element], at_ms: i64) -> Option<String> {
        let Node::Selector(selector) = node else { return None };
        let with = |matcher: Matcher| {
            let names = selector.matchers.iter().filter(|matcher| matcher.key == "__name__").cloned();
            let matchers = names.chain([matcher]).collect();
            Node::Selector(Selector { matchers, window: None, ..selector.clone() })
        };
        for matcher in selector.matchers.iter().filter(|matcher| matcher.key != "__name__") {
            let exactly = Matcher { operator: "=", value: unquoted(finding.part()), ..matcher.clone() };
            for query in [with(matcher.clone()), with(exactly)] {
                if self.values(&query, at_ms).await?.is_empty() {
                    return None;
                }
            }
        }
        all.first().map(|one| format!("there is {one:?}"))
    }

    /// A label is not there if one of those who are said to lack it lacks it.
    async fn refuted_label(&self, node: &Node, key: &str, at_ms: i64) -> Option<String> {
        let bare = |selector: &Selector| {
            let matchers = selector.matchers.iter().filter(|matcher| matcher.key == "__name__").cloned().collect();
            Node::Selector(Selector { matchers, window: None, ..selector.clone() })
        };
        let parts: Vec<Node> = match node {
            Node::Selector(selector) => vec![bare(selector)],
            Node::Aggregate { of, .. } => vec![(**of).clone()],
            Node::Binary { sides, .. } => sides.to_vec(),
            _ => return None,
        };
        let mut carrying = None;
        for part in parts {
            let values = self.values(&part, at_ms).await?;
            let one = values.into_iter().find(|one| one.labels.contains_key(key))?;
            carrying = Some(format!("`{part}` has {one:?}"));
        }
        carrying
    }
}

/// A part of a query as a name or a value.
fn unquoted(part: &str) -> String {
    part.trim_matches('"').to_owned()
}

/// How an answer lies outside of what is inferred, if it does.
fn outside(inferred: &Inferred, elements: &[Element]) -> Option<String> {
    // A range has several samples of each series.
    let series: BTreeSet<_> = elements.iter().map(|element| &element.labels).collect();
    if let Some(most) = inferred.at_most.filter(|most| series.len() as u64 > *most) {
        return Some(format!("there are {} series, not {most} at most", series.len()));
    }
    if inferred.is_always && elements.is_empty() {
        return Some("nothing is there".to_owned());
    }
    let is_within =
        |value: f64| if value.is_nan() { inferred.nan } else { (inferred.low..=inferred.high).contains(&value) };
    elements.iter().find_map(|element| {
        let fits = inferred.shapes.iter().any(|shape| is_like(shape, element));
        (!element.value.is_none_or(is_within) || !fits).then(|| format!("there is {element:?}"))
    })
}

/// What is inferred, for people.
fn told(inferred: &Inferred) -> String {
    const MOST_SHAPES: usize = 4;
    let Inferred { shapes, low, high, nan, at_most, is_always } = inferred;
    let listed: Vec<String> = shapes.iter().take(MOST_SHAPES).map(told_shape).collect();
    let more =
        if shapes.len() > MOST_SHAPES { format!(" and {} more", shapes.len() - MOST_SHAPES) } else { String::new() };
    let nan = if *nan { " or NaN" } else { "" };
    let always = if *is_always { ", always" } else { "" };
    let most = at_most.map_or_else(String::new, |most| format!(", at most {most}"));
    format!("{low} to {high}{nan}{always}{most}, with {}{more}", listed.join(" or "))
}

fn told_shape(shape: &InferredShape) -> String {
    let label = |(key, label): (&String, &InferredLabel)| {
        let values =
            label.values.as_ref().map(|values| format!("={}", values.iter().cloned().collect::<Vec<_>>().join("|")));
        format!("{key}{}{}", if label.always { "" } else { "?" }, values.unwrap_or_default())
    };
    let others = shape.others.then(|| "…".to_owned());
    format!("{{{}}}", shape.keys.iter().map(label).chain(others).collect::<Vec<_>>().join(", "))
}

fn is_like(shape: &InferredShape, element: &Element) -> bool {
    let labels = || element.labels.iter().filter(|(key, _)| *key != "__name__");
    let carries_all = shape.keys.iter().all(|(key, label)| !label.always || element.labels.contains_key(key));
    carries_all
        && labels().all(|(key, value)| match shape.keys.get(key) {
            Some(label) => label.values.as_ref().is_none_or(|values| values.contains(value)),
            None => shape.others,
        })
}
