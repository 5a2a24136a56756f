//! What is read: names, labels and values that are not there.

use std::collections::BTreeSet;

use super::Check;
use crate::{
    Code, Severity, Unlisted,
    infer::Labels,
    label::written_bound,
    observed::slip,
    spelling::{misspelled, nearest},
    symbols::{METRIC_NAME, Metric, Named},
    syntax::{MatchOperator, Matcher, Span, VectorSelector, pattern},
};

/// As many values as fit into a sentence.
const MOST_LISTED: usize = 20;

impl<'a> Check<'a> {
    pub(super) fn selector(&mut self, selector: &'a VectorSelector) {
        let (name, metric) = match self.symbols.named(selector) {
            Named::Known(name, metric) => (name, metric),
            Named::Nobody(name) => return self.unknown_metric(named_at(selector), name),
            Named::Anything => return,
        };
        if metric.labels.is_empty() {
            return;
        }
        let before = self.findings.len();
        let all = selector.matchers.iter();
        let matchers: Vec<_> = all.filter(|matcher| matcher.name != METRIC_NAME).collect();
        for matcher in &matchers {
            self.matcher(matcher, name, &metric);
        }
        if self.findings.len() > before || metric.labels.can_match(&matchers) {
            return;
        }
        let first = (1..matchers.len()).find(|passed| !metric.labels.can_match(&matchers[..=*passed]));
        if let Some(first) = first {
            let left = metric.labels.narrowed(&matchers[..first]);
            self.impossible_together(matchers[first], &left, name, &metric);
        }
    }

    fn unknown_metric(&mut self, span: Span, name: &str) {
        if self.symbols.unlisted != Unlisted::Impossible {
            return self.unseen_metric(span, name);
        }
        let near = self.symbols.nearest(name).map_or_else(
            || "declare it, or tell the checker that it is foreign".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        if name.contains(':') {
            self.find(Code::UndefinedRecording, span, format!("no recording rule is named `{name}`"), near);
        } else {
            self.find(Code::UnknownMetric, span, format!("nobody declares `{name}`"), near);
        }
    }

    /// Of a name that was not seen, where not all that can be is known: certain is only a slip.
    fn unseen_metric(&mut self, span: Span, name: &str) {
        let (code, unseen) = if name.contains(':') {
            (Code::UndefinedRecording, format!("no recording rule is named `{name}`"))
        } else {
            (Code::UnknownMetric, format!("nobody was seen to expose `{name}`"))
        };
        if let Some(meant) = self.symbols.slip_of_metric(name) {
            let help = format!("did you mean `{meant}`?");
            self.find_as(Severity::Error, code, span, unseen, help);
        } else if self.symbols.unlisted == Unlisted::Doubtful {
            let near = self.symbols.nearest(name).map(|near| format!("did you mean `{near}`? "));
            let help = format!("{}If it is there, show the checker who exposes it", near.unwrap_or_default());
            self.find_as(Severity::Warning, code, span, unseen, help);
        }
    }

    /// Refuses a matcher that lets no series pass, and one that names a value which is not there and surely was to be.
    fn matcher(&mut self, matcher: &Matcher, name: &str, metric: &Metric) {
        let (key, labels) = (&matcher.name, &metric.labels);
        if labels.never_has(key) {
            // Who asks for an empty value asks for series without the label.
            let excludes = matcher.op.excludes() && !matcher.value.is_empty();
            if !matcher.is_match("") || (excludes && misspelled(key, labels.keys().into_iter()).is_some()) {
                self.unknown_label(matcher.name_place.0, key, labels, name);
            }
            return;
        }
        if self.is_slip_of_seen(key, labels) {
            return self.unknown_label(matcher.name_place.0, key, labels, name);
        }
        self.unseen_value(matcher, name);
        if !labels.can_match(&[matcher]) {
            return self.unknown_value(matcher, &matcher.value, name, metric);
        }
        let named = pattern::named(matcher).into_iter().filter(|value| !value.is_empty());
        for value in named.filter(|value| !labels.can_be(key, value)) {
            let values = labels.values(key).unwrap_or_default();
            if self.is_meant(matcher, &value, &values, metric) {
                self.unknown_value(matcher, &value, name, metric);
            }
        }
    }

    /// Doubts a value that is a slip of one that was seen. Others than were seen are possible.
    fn unseen_value(&mut self, matcher: &Matcher, name: &str) {
        let seen: BTreeSet<&str> = self
            .symbols
            .seen(name)
            .iter()
            .filter_map(|metric| metric.labels.get(&*matcher.name).filter(|label| !label.is_closed))
            .flat_map(|label| label.values.iter().map(String::as_str))
            .collect();
        for value in pattern::named(matcher).into_iter().filter(|value| !seen.contains(value.as_str())) {
            if let Some(meant) = slip(&value, seen.iter().copied()) {
                let reason = format!("`{}` of {name} was seen as `{meant}`, and never as `{value}`", matcher.name);
                let help = format!("did you mean `{meant}`?");
                self.find_as(Severity::Warning, Code::UnknownValue, self.value_in(matcher, &value), reason, help);
            }
        }
    }

    /// Whether a value that the label never has was certainly meant to be one of its values. Patterns often name more than there is, and
    /// so do exclusions of what others have.
    fn is_meant(&self, matcher: &Matcher, value: &str, values: &BTreeSet<&str>, metric: &Metric) -> bool {
        if !metric.bounds.is_empty() && matcher.name == "le" {
            // Both spellings of a bound are for both roads.
            let other = value.parse().ok().map(written_bound);
            let is_misspelled =
                other.is_some_and(|other| values.contains(other.as_str()) && !names_bound(matcher, &other));
            return is_misspelled || matcher.op == MatchOperator::NotEqual;
        }
        if self.symbols.knows_value(&matcher.name, value) {
            return false;
        }
        matcher.op == MatchOperator::NotEqual || misspelled(value, values.iter().copied()).is_some()
    }

    fn unknown_value(&mut self, matcher: &Matcher, value: &str, name: &str, metric: &Metric) {
        let key = &matcher.name;
        let (declared, is_bound) = (&metric.declared, !metric.bounds.is_empty() && key == "le");
        let values = metric.labels.values(key).unwrap_or_default();
        let excludes = matcher.op.excludes();
        let help = if is_bound {
            let spelled = metric.bounds.iter().copied().chain([f64::INFINITY]).map(written_bound);
            format!("its buckets are {}", spelled.collect::<Vec<_>>().join(", "))
        } else {
            let named = pattern::named(matcher);
            let meant = named.iter().filter(|named| !values.contains(named.as_str()));
            let near = meant.filter_map(|named| nearest(named, values.iter().copied())).next();
            near.map_or_else(|| format!("its values are {}", listed(&values)), |near| format!("did you mean `{near}`?"))
        };
        let reason = if is_bound {
            format!("{name} has no bucket {value} ({declared})")
        } else if value.is_empty() {
            format!("every series of {name} carries `{key}` ({declared})")
        } else if excludes && values.contains(value) {
            format!("no series of {name} is left without `{key}` being `{value}` ({declared})")
        } else {
            format!("`{key}` of {name} is never `{value}` ({declared})")
        };
        let code = if is_bound { Code::NotABucketBound } else { Code::UnknownValue };
        self.find(code, self.value_in(matcher, value), reason, help);
    }

    /// Where a value is named in a matcher: within its pattern, if it stands there letter by letter.
    fn value_in(&self, matcher: &Matcher, value: &str) -> Span {
        let whole = matcher.value_place.0;
        let within = whole.of(self.query).find(value).filter(|_| !value.is_empty());
        within.map_or(whole, |at| Span::new(whole.start + at, whole.start + at + value.len()))
    }

    /// Refuses a matcher that would let series pass, but none of those that the matchers before it do.
    fn impossible_together(&mut self, matcher: &Matcher, left: &Labels, name: &str, metric: &Metric) {
        let values = left.values(&matcher.name).unwrap_or_default();
        let help = if values.is_empty() {
            format!("series that the other matchers let pass have no label `{}`", matcher.name)
        } else {
            format!("with the other matchers its values are {}", listed(&values))
        };
        let reason =
            format!("no series of {name} that the other matchers let pass has {matcher} ({})", metric.declared);
        self.find(Code::UnknownValue, matcher.value_place.0, reason, help);
    }
}

/// Where a selector names its metric.
fn named_at(selector: &VectorSelector) -> Span {
    let matcher = selector.matchers.iter().find(|matcher| matcher.name == METRIC_NAME);
    match (&selector.name, matcher) {
        (None, Some(matcher)) => matcher.value_place.0,
        _ => selector.name_place.0,
    }
}

/// Whether it is one of a pattern's alternatives, letter by letter: a bound's point is meant as one.
fn names_bound(matcher: &Matcher, bound: &str) -> bool {
    let is_pattern = matcher.op.is_pattern();
    is_pattern && matcher.value.split('|').any(|alternative| alternative.replace('\\', "") == bound)
}

fn listed(values: &BTreeSet<&str>) -> String {
    let more = if values.len() > MOST_LISTED { ", …" } else { "" };
    format!("{}{more}", values.iter().take(MOST_LISTED).copied().collect::<Vec<_>>().join(", "))
}
