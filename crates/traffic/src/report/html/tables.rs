//! What stands in tables: promises, guards, buckets, steps, routes, and what nobody expected.

use maud::{Markup, html};

use super::{
    super::{Counted, Followed, Latency, Looked, Report},
    count, quantile, share,
};
use crate::{
    engine::{Quantile, Unexpected, samples_for},
    guard::{GuardReport, Reading},
    slo::Judged,
    table::time,
    threshold::Held,
};

/// So many of a guard's last values are shown.
const LAST_SHOWN: usize = 10;

pub(super) fn promises(slos: &[Judged]) -> Markup {
    if slos.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Promises" }
            div class="scroll" { table {
                thead { tr { th { "promise" } th {} th { "measured" } } }
                tbody { @for Judged { slo, held, sentence, .. } in slos {
                    tr {
                        td { code { (slo) } }
                        td { span class={ "verdict " (held_tone(*held)) } { (held_word(*held)) } }
                        td { (sentence) }
                    }
                } }
            } }
        }
    }
}

pub(super) fn guards(report: &Report) -> Markup {
    if report.guards.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Guards" }
            @if let Some(stop) = &report.stop {
                p class="bad" { "Stopped after " (time(stop.at_seconds)) ": " (stop.why) }
            }
            @for GuardReport { guard, query, stops_within_seconds, tripped, last } in &report.guards {
                details open[*tripped] {
                    summary {
                        code { (guard) } " "
                        span class={ "verdict " (if *tripped { "bad" } else { "good" }) } { (if *tripped { "tripped" } else { "quiet" }) }
                    }
                    @if let Some(query) = query { p { "Prometheus was asked " code { (query) } "." } }
                    p { "It stops a run within " (time(*stops_within_seconds)) " after errors begin. The last that it was told:" }
                    div class="scroll" { table {
                        thead { tr { th class="n" { "after" } th class="n" { "value" } th class="n" { "series" } th { "of" } } }
                        tbody { @for reading in last.iter().skip(last.len().saturating_sub(LAST_SHOWN)) { (told(reading)) } }
                    } }
                }
            }
        }
    }
}

/// How the shop was around a peak, for those who did not make it.
pub(super) fn recovery(report: &Report) -> Markup {
    let Some(recovery) = &report.recovery else { return html! {} };
    html! {
        section {
            h2 { "Around the peak" }
            p { (recovery.by_whom()) }
            div class="scroll" { table {
                thead { tr { th { "" } @for name in ["p50", "p95", "max", "errors", "requests"] { th class="n" { (name) } } } }
                tbody { @for (name, Looked { ended, latency_seconds }) in recovery.phases() {
                    tr {
                        td { (name) }
                        td class="n" { (quantile(latency_seconds.p50)) }
                        td class="n" { (quantile(latency_seconds.p95)) }
                        td class="n" { (latency_seconds.maximum.map_or("–".to_owned(), time)) }
                        td class="n" { (count(ended.errors() + ended.shed)) }
                        td class="n" { (count(ended.finished())) }
                    }
                } }
            } }
            p class=(if recovery.has_recovered() { "good" } else { "bad" }) { (recovery.sentence()) }
        }
    }
}

/// Where customers went, with a trace of each journey.
pub(super) fn journeys(report: &Report) -> Markup {
    if report.journeys.is_empty() {
        return html! {};
    }
    let jaeger = report.jaeger();
    html! {
        section {
            h2 { "Journeys" }
            p { "Each is one trace" @if jaeger.is_some() { "; the links lead to where Jaeger is, if it runs" } "." }
            div class="scroll" { table {
                thead { tr { th { "journey" } th class="n" { "customers" } th { "the trace of the last" } } }
                tbody { @for (name, Followed { customers, last_trace_id }) in &report.journeys {
                    tr {
                        td { (name) }
                        td class="n" { (count(*customers)) }
                        td {
                            @match &jaeger {
                                Some(jaeger) => a href=(format!("{jaeger}/trace/{last_trace_id}")) { code { (last_trace_id) } },
                                None => code { (last_trace_id) },
                            }
                        }
                    }
                } }
            } }
        }
    }
}

fn told(reading: &Reading) -> Markup {
    let Reading { at_seconds, worst, series, of, trouble } = reading;
    html! {
        tr {
            td class="n" { (time(*at_seconds)) }
            td class="n" { @match worst { Some(value) => (value), None => "–" } }
            td class="n" { (series) }
            td { (of.as_deref().or(trouble.as_deref()).unwrap_or_default()) }
        }
    }
}

/// The percentiles, and what each would take to be told.
pub(super) fn latency(report: &Report) -> Markup {
    let is_open = report.model == crate::engine::Model::Open;
    let rows = [
        ("from when due", &report.latency_seconds, is_open),
        ("from when sent", &report.service_seconds, true),
        ("lag of this machine", &report.lag_seconds, is_open),
        ("unread in this machine", &report.unread_seconds, true),
    ];
    html! {
        div class="scroll" { table {
            thead { tr {
                th {} th class="n" { "answers" } th class="n" { "shortest" }
                @for (name, ..) in report.latency_seconds.percentiles() { th class="n" { (name) } }
                th class="n" { "longest" }
            } }
            tbody { @for (name, latency, is_told) in rows {
                @if is_told {
                    tr {
                        th scope="row" { (name) }
                        td class="n" { (count(latency.samples)) }
                        td class="n" { (maybe(latency.minimum)) }
                        @for (_, thousandths, value) in latency.percentiles() { td class="n" { (percentile(thousandths, value)) } }
                        td class="n" { (maybe(latency.maximum)) }
                    }
                }
            } }
        } }
    }
}

fn percentile(thousandths: u64, value: Quantile) -> Markup {
    html! {
        @match value {
            Quantile::TooFew => { span class="faint" title={ "told from " (samples_for(thousandths)) " on" } { "too few" } }
            _ => (quantile(value)),
        }
    }
}

pub(super) fn buckets(report: &Report) -> Markup {
    let most = report.ended.named().map(|bucket| bucket.1).into_iter().max().unwrap_or(0);
    html! {
        section {
            h2 { "How each request ended" }
            div class="scroll" { table class="bars" {
                tbody {
                    @for (name, requests) in report.ended.named() {
                        tr class=(if requests == 0 { "faint" } else { "" }) {
                            th scope="row" { (name) }
                            td class="n" { (count(requests)) }
                            td class="n" { (share(requests, report.intended)) }
                            td class="bar" { div class=(bucket_tone(name)) style={ "width:" (format!("{:.2}%", super::super::percent(requests, most))) } {} }
                        }
                    }
                }
                tfoot { tr {
                    th scope="row" { "sum" }
                    td class="n" { (count(report.sum)) }
                    td colspan="2" {
                        @if report.sum_is_exact { "exactly what was intended" }
                        @else { strong class="bad" { "NOT the " (count(report.intended)) " that were intended: a bug of ours" } }
                    }
                } }
            } }
        }
    }
}

pub(super) fn unexpected(report: &Report) -> Markup {
    if report.first_unexpected.is_empty() {
        return html! {};
    }
    let all = report.ended.errors() + report.ended.shed;
    html! {
        section {
            h2 { "The first that nobody expected" }
            div class="scroll" { table {
                thead { tr { th class="n" { "request" } th { "step" } th { "ended" } th { "why" } th { "trace" } th { "session" } } }
                tbody { @for Unexpected { number, step, ended, why, trace_id, session } in &report.first_unexpected {
                    tr {
                        td class="n" { (count(*number)) }
                        td { (step) }
                        td { (ended) }
                        td { (why) }
                        td { code { (trace_id) } }
                        td { code { (session) } }
                    }
                } }
            } }
            @if all > report.first_unexpected.len() as u64 { p class="note" { "These are the first of " (count(all)) "." } }
        }
    }
}

pub(super) fn steps(report: &Report) -> Markup {
    html! {
        section {
            h2 { "By step" }
            div class="scroll" { table {
                thead { tr { th { "step" } th { "ended as" } th class="n" { "requests" } th class="n" { "p50" } th class="n" { "p95" } th class="n" { "p99" } th class="n" { "longest" } } }
                @for (name, step) in &report.steps { tbody {
                    @for (i, Counted { end, requests, .. }) in step.ends.iter().enumerate() {
                        tr {
                            @if i == 0 { th scope="rowgroup" rowspan=(step.ends.len()) { (name) } }
                            td class=(if end.is_expected { "" } else { "bad" }) { (end.label()) }
                            td class="n" { (count(*requests)) }
                            @if i == 0 { (row(&step.latency_seconds, step.ends.len())) }
                        }
                    }
                } }
            } }
            p class="note" { "What is red was not to be expected. Latencies are those of all ends of a step together." }
        }
    }
}

fn row(latency: &Latency, ends: usize) -> Markup {
    html! {
        @for (thousandths, value) in [(500, latency.p50), (950, latency.p95), (990, latency.p99)] {
            td class="n" rowspan=(ends) { (percentile(thousandths, value)) }
        }
        td class="n" rowspan=(ends) { (maybe(latency.maximum)) }
    }
}

pub(super) fn routes(report: &Report) -> Markup {
    let mut doors: Vec<(Option<&str>, Vec<&Counted>)> = Vec::new();
    for counted in &report.routes {
        let route = counted.route.as_deref();
        match doors.last_mut().filter(|(known, _)| *known == route) {
            Some((_, ends)) => ends.push(counted),
            None => doors.push((route, vec![counted])),
        }
    }
    html! {
        section {
            h2 { "By route" }
            div class="scroll" { table {
                thead { tr { th { "route" } th { "ended as" } th class="n" { "requests" } } }
                @for (route, ends) in &doors { tbody {
                    @for (i, Counted { end, requests, .. }) in ends.iter().enumerate() {
                        tr {
                            @if i == 0 {
                                th scope="rowgroup" rowspan=(ends.len()) {
                                    @match route { Some(route) => { code { (route) } }, None => "where there is no door" }
                                }
                            }
                            td class=(if end.is_expected { "" } else { "bad" }) { (end.label()) }
                            td class="n" { (count(*requests)) }
                        }
                    }
                } }
            } }
        }
    }
}

fn maybe(seconds: Option<f64>) -> String {
    seconds.map_or("–".to_owned(), time)
}

fn bucket_tone(name: &str) -> &'static str {
    match name {
        "ok" => "good",
        "not sent" | "unfinished" => "unsure",
        _ => "bad",
    }
}

fn held_tone(held: Held) -> &'static str {
    match held {
        Held::Kept => "good",
        Held::Broken => "bad",
        Held::Unknown => "unsure",
    }
}

fn held_word(held: Held) -> &'static str {
    match held {
        Held::Kept => "held",
        Held::Broken => "broken",
        Held::Unknown => "cannot be told",
    }
}
