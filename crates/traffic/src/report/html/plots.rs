//! What is plotted: rates and latencies over time, and how latencies are distributed.

use maud::{Markup, html};

use super::{
    super::Report,
    axis::Axis,
    plot::{Line, Plot},
};
use crate::{
    engine::{Group, Model, Point, Quantile, Thousandths, Times},
    table::time,
};

/// A rate of fewer requests would jump up and down between two whole numbers.
const ENOUGH: u64 = 10;
/// A percentile is told when so many lie above it; the distribution ends where they no longer do.
const ABOVE: f64 = 5.0;

/// How it went, where there is more than a moment of it.
pub(super) fn over_time(report: &Report) -> Markup {
    let groups = report.series.groups(|point| point.intended.max(point.sent) >= ENOUGH);
    if groups.len() < 2 {
        return html! { p class="note" { "Too few requests to show how it went over time." } };
    }
    html! { (rates(report, &groups)) (latencies(report)) }
}

/// Requests a second.
fn rates(report: &Report, groups: &[Group]) -> Markup {
    let line = |name, class, count: fn(&Point) -> u64| {
        let points = groups.iter().map(|group| (middle(group), group.point.rate(count(&group.point)))).collect();
        Line { name, class, pieces: vec![points], beyond: Vec::new() }
    };
    let mut lines =
        vec![line("sent", "sent", |point| point.sent), line("done", "done", |point| point.ended.finished())];
    if report.model == Model::Open {
        lines.insert(0, line("intended", "intended", |point| point.intended));
    }
    if report.ended.errors() + report.ended.shed > 0 {
        lines.push(line("failed", "failed", |point| point.ended.errors() + point.ended.shed));
    }
    let largest = lines.iter().flat_map(|line| line.pieces.iter().flatten()).map(|point| point.1).fold(0.0, f64::max);
    let (x, y) = (Axis::moments(end(groups)), Axis::amounts(largest));
    Plot { title: "Rate", unit: "requests a second", x, y, lines, note: String::new() }.draw()
}

/// Percentiles, each over as long as it takes to tell it.
fn latencies(report: &Report) -> Markup {
    const SHOWN: [(&str, &str, Thousandths); 3] =
        [("99th percentile", "p99", 990), ("95th", "p95", 950), ("median", "p50", 500)];
    let mut lines = Vec::new();
    for (name, class, thousandths) in SHOWN {
        let mut line = Line { name, class, pieces: Vec::new(), beyond: Vec::new() };
        let mut piece = Vec::new();
        for group in report.series.groups_for(thousandths) {
            match group.point.quantile(thousandths) {
                // A step, as long as what it was taken from.
                Quantile::Seconds(seconds) => piece.extend([(group.begins, seconds), (group.ends, seconds)]),
                Quantile::Never => {
                    line.beyond.push(middle(&group));
                    line.pieces.push(std::mem::take(&mut piece));
                }
                Quantile::TooFew => {}
            }
        }
        line.pieces.push(piece);
        lines.push(line);
    }
    let values = || lines.iter().flat_map(|line| line.pieces.iter().flatten()).map(|point| point.1);
    let (shortest, longest) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    if !lines.iter().any(Line::has_any) {
        return html! {};
    }
    let note = if lines.iter().any(|line| !line.beyond.is_empty()) {
        "Marks at the upper edge: so many got no answer that the percentile is among them.".to_owned()
    } else {
        String::new()
    };
    let end = report.series.groups(|_| true).last().map_or(0.0, |group| group.ends);
    let (x, y) = (Axis::moments(end), Axis::latencies(shortest, longest));
    Plot { title: "Latency", unit: from(report), x, y, lines, note }.draw()
}

/// Which share of requests was answered within which time, with each further nine as wide as the one before.
pub(super) fn distribution(report: &Report) -> Markup {
    let due = (&report.latency_seconds.histogram, report.ended.without_answer());
    #[expect(clippy::cast_precision_loss, reason = "a place on an axis")]
    let all = (due.0.len() + due.1) as f64;
    if all < 2.0 * ABOVE || due.0.is_empty() {
        return html! { p class="note" { "Too few answers to show how their times are distributed." } };
    }
    let one_in = all / ABOVE;
    let mut lines =
        vec![line(if report.model == Model::Open { "from when due" } else { "from when sent" }, "p95", due, one_in)];
    if report.model == Model::Open {
        lines.push(line(
            "from when sent",
            "p50",
            (&report.service_seconds.histogram, report.ended.connection + report.ended.unfinished),
            one_in,
        ));
    }
    let values = || lines.iter().flat_map(|line| line.pieces.iter().flatten()).map(|point| point.1);
    let y = Axis::latencies(values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let mut note = format!(
        "So many percent took no longer. The line ends where fewer than {ABOVE} requests lie above; the longest answer took {}.",
        due.0.longest().map_or("no time".to_owned(), time)
    );
    if due.1 > 0 {
        note.push_str(&format!(" {} got no answer and lie above all others.", super::count(due.1)));
    }
    Plot { title: "Distribution", unit: "share of requests and their latency", x: Axis::shares(one_in), y, lines, note }
        .draw()
}

fn line(name: &'static str, class: &'static str, (times, without_answer): (&Times, u64), one_in: f64) -> Line {
    /// So many places on the axis are looked at: a line needs no more.
    const PLACES: u32 = 250;
    #[expect(clippy::cast_precision_loss, reason = "a place on an axis")]
    let all = (times.len() + without_answer) as f64;
    let mut ranks = times.ranks().peekable();
    let mut points = Vec::new();
    for place in 0..=PLACES {
        let above = one_in.powf(f64::from(place) / f64::from(PLACES));
        let rank = all * (1.0 - 1.0 / above);
        #[expect(clippy::cast_precision_loss, reason = "a place on an axis")]
        while ranks.next_if(|(last, _)| (*last as f64) < rank).is_some() {}
        let Some((_, seconds)) = ranks.peek() else { break };
        points.push((above, *seconds));
    }
    Line { name, class, pieces: vec![points], beyond: Vec::new() }
}

fn from(report: &Report) -> &'static str {
    match report.model {
        Model::Open => "from when each request was due",
        Model::Closed => "from when each request was sent",
    }
}

fn middle(group: &Group) -> f64 {
    (group.begins + group.ends) / 2.0
}

fn end(groups: &[Group]) -> f64 {
    groups.last().map_or(0.0, |group| group.ends)
}
