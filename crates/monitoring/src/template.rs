//! Sentences with holes: `{service}` is a label, `{value}` the value in its unit, `{limit}` the threshold, `{held}` how long it held.

use std::time::Duration;

use promql::{Measure, prometheus_duration};

use crate::Alert;

const VALUE: &str = "value";
const LIMIT: &str = "limit";
const HELD: &str = "held";

/// The labels that a legend names.
pub(crate) fn labels(sentence: &str) -> Vec<&str> {
    pieces(sentence).into_iter().filter_map(|piece| piece.hole).collect()
}

/// The labels that an alert's sentences name. A limit that the condition does not have counts as one, and so is found missing.
pub(crate) fn labels_of(alert: &Alert) -> Vec<&'static str> {
    let is_label = |hole: &&str| *hole != VALUE && *hole != HELD && (*hole != LIMIT || alert.when.limit.is_none());
    [alert.summary, alert.description].into_iter().flat_map(labels).filter(is_label).collect()
}

/// An alert's sentence as Prometheus' templates write it, with numbers for people
/// (<https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>).
pub(crate) fn for_prometheus(sentence: &str, alert: &Alert) -> String {
    filled(sentence, |hole| match hole {
        VALUE => humanized(alert.when.measure).to_owned(),
        LIMIT => alert.when.limit.map_or_else(String::new, |limit| written(limit, alert.when.measure)),
        HELD => prometheus_duration(alert.held),
        label => format!("{{{{ $labels.{label} }}}}"),
    })
}

fn humanized(measure: Measure) -> &'static str {
    match measure {
        Measure::Seconds => "{{ $value | humanizeDuration }}",
        Measure::Ratio | Measure::Utilisation => "{{ $value | humanizePercentage }}",
        Measure::Bytes | Measure::BytesPerSecond => "{{ $value | humanize1024 }}",
        Measure::Percent
        | Measure::Count
        | Measure::CountPerSecond
        | Measure::CountPerMinute
        | Measure::State
        | Measure::Factor => "{{ $value | humanize }}",
    }
}

/// A threshold as people write it.
pub(crate) fn written(limit: f64, measure: Measure) -> String {
    match measure {
        Measure::Seconds => prometheus_duration(Duration::from_secs_f64(limit.max(0.0))),
        Measure::Ratio | Measure::Utilisation => format!("{}%", (limit * 1e8).round() / 1e6),
        Measure::Percent => format!("{limit}%"),
        Measure::Bytes
        | Measure::BytesPerSecond
        | Measure::Count
        | Measure::CountPerSecond
        | Measure::CountPerMinute
        | Measure::State
        | Measure::Factor => limit.to_string(),
    }
}

/// As Grafana's legends write it.
pub(crate) fn for_grafana(sentence: &str) -> String {
    filled(sentence, |label| format!("{{{{{label}}}}}"))
}

fn filled(sentence: &str, fill: impl Fn(&str) -> String) -> String {
    let of = |piece: Piece<'_>| piece.text.to_owned() + &piece.hole.map_or_else(String::new, &fill);
    pieces(sentence).into_iter().map(of).collect()
}

/// Some text and the hole that follows it.
struct Piece<'a> {
    text: &'a str,
    hole: Option<&'a str>,
}

fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((text, after)) = rest.split_once('{') {
        let Some((hole, after)) = after.split_once('}') else { break };
        pieces.push(Piece { text, hole: Some(hole) });
        rest = after;
    }
    pieces.push(Piece { text: rest, hole: None });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_in_its_unit() {
        assert_eq!(humanized(Measure::Seconds), "{{ $value | humanizeDuration }}");
        assert_eq!(humanized(Measure::Ratio), "{{ $value | humanizePercentage }}");
    }

    #[track_caller]
    fn check_limit(limit: f64, measure: Measure, expect: &str) {
        assert_eq!(written(limit, measure), expect);
    }

    #[test]
    fn a_limit_is_written_for_people() {
        check_limit(0.05, Measure::Ratio, "5%");
        check_limit(0.072, Measure::Ratio, "7.2%");
        check_limit(10.0, Measure::Seconds, "10s");
        check_limit(3.0, Measure::Count, "3");
    }

    #[test]
    fn a_legend_names_labels() {
        assert_eq!(for_grafana("{service} {http_route}"), "{{service}} {{http_route}}");
        assert_eq!(labels("{service} on {http_route}"), ["service", "http_route"]);
    }
}
