//! A report as one page that needs nothing else: what came of it first, then how it went, then where to look.

mod axis;
mod plot;
mod plots;
mod tables;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{About, Report};
use crate::{
    ending::Ending,
    engine::{Model, Quantile},
    table::time,
};

const STYLE: &str = include_str!("html/style.css");

impl Report {
    /// The page.
    pub(crate) fn html(&self) -> String {
        let About { target, run, .. } = &self.about;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (run) ": " (self.verdict) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { (run) " " span class={ "verdict " (tone(self.verdict)) } { (self.verdict) } }
                        p { "against " code { (target) } ", " time datetime=(utc(self.began_unix_ms)) { (utc(self.began_unix_ms).replace('T', " ").replace('Z', " UTC")) } ", for " (time(self.lasted_seconds)) }
                        @if !self.reasons.is_empty() {
                            ul class={ "reasons " (tone(self.verdict)) } { @for reason in &self.reasons { li { (reason) } } }
                        }
                    }
                    main {
                        (self.figures())
                        (tables::promises(&self.slos))
                        (tables::guards(self))
                        (tables::recovery(self))
                        section { h2 { "Over time" } (plots::over_time(self)) }
                        section { h2 { "Latency" } (plots::distribution(self)) (tables::latency(self)) }
                        (tables::buckets(self))
                        (tables::unexpected(self))
                        (tables::steps(self))
                        (tables::routes(self))
                        (tables::journeys(self))
                    }
                    footer { (self.facts()) }
                }
            }
        };
        page.into_string()
    }

    /// What is asked first, in large.
    fn figures(&self) -> Markup {
        let unexpected = self.ended.errors();
        let achieved = self.achieved_per_second.map_or("–".to_owned(), |rate| format!("{}/s", short(rate)));
        let intended =
            self.intended_per_second.map_or("no schedule".to_owned(), |rate| format!("{}/s intended", short(rate)));
        html! {
            dl class="figures" {
                (figure("requests", &count(self.done), &format!("of {} intended", count(self.intended)), ""))
                (figure("rate", &achieved, &intended, ""))
                (figure("not as promised", &count(unexpected), &share(unexpected, self.done), if unexpected > 0 { "bad" } else { "good" }))
                @for (name, value) in [("median", self.latency_seconds.p50), ("95th percentile", self.latency_seconds.p95), ("99th percentile", self.latency_seconds.p99)] {
                    (figure(name, &quantile(value), if self.model == Model::Open { "from when due" } else { "from when sent" }, ""))
                }
            }
        }
    }

    /// What it takes to do it again, and to know how far to believe it.
    fn facts(&self) -> Markup {
        let About { verb, run, seed, sends, requests_before_the_start, .. } = &self.about;
        let Self { lag_seconds: lag, unread_seconds: unread, .. } = self;
        html! {
            h2 { "About this run" }
            p {
                @match self.model {
                    Model::Open => "Open model: requests were due by a schedule, whatever became of those before, and latency counts from when each was due.",
                    Model::Closed => "Closed model: users waited for their answers, so that a slow shop was asked less, and latency counts from when each request was sent.",
                }
                @if let Some(late_after) = self.about.late_after_seconds {
                    " Of " (count(self.sent)) " requests " (count(self.late)) " left more than " (time(late_after)) " late; the lag of this machine, part of each latency, was "
                    (lag.mean.map_or("not measured".to_owned(), time)) " on average and " (lag.maximum.map_or("not measured".to_owned(), time)) " at most."
                }
                @if let (Some(mean), Some(maximum)) = (unread.mean, unread.maximum) {
                    " Answers had waited in this machine for " (time(mean)) " on average and " (time(maximum)) " at most when they were read, which is no part of any latency."
                }
            }
            p {
                "Made by " code { "traffic " (verb) } " with seed " (seed)
                @if !sends.is_empty() { ", sending: " (sends.join(", ")) }
                "; sessions are called " code { (run) "-1" } " and on. Before the start, "
                (requests_before_the_start) " requests learned what the shop sells. A percentile is told only when five requests lie above it. Times are UTC."
            }
        }
    }
}

fn figure(name: &str, value: &str, below: &str, tone: &str) -> Markup {
    html! { div class=(tone) { dt { (name) } dd { strong { (value) } small { (below) } } } }
}

/// How an ending is coloured.
fn tone(ending: Ending) -> &'static str {
    match ending {
        Ending::Passed => "good",
        Ending::Failed | Ending::Stopped | Ending::Unreachable | Ending::Misused => "bad",
        Ending::Inconclusive | Ending::Interrupted => "unsure",
    }
}

/// A number with its thousands apart.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number to three digits or so.
fn short(number: f64) -> String {
    match number {
        _ if number >= 100.0 => format!("{number:.0}"),
        _ if number >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

fn share(part: u64, whole: u64) -> String {
    let percent = super::percent(part, whole);
    match percent {
        _ if part == 0 => "none".to_owned(),
        _ if percent < 0.01 => "less than 0.01 %".to_owned(),
        _ if percent < 1.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.1} %"),
    }
}

fn quantile(value: Quantile) -> String {
    match value {
        Quantile::Seconds(seconds) => time(seconds),
        Quantile::Never => "never".to_owned(),
        Quantile::TooFew => "too few".to_owned(),
    }
}

/// A moment as ISO 8601 has it. The date is worked out by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
fn utc(unix_ms: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let seconds = unix_ms / 1000;
    let (days, of_day) = (seconds / DAY + 719_468, seconds % DAY);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::engine::{Ended, Series, Tally, Unexpected};

    #[test]
    fn a_moment_is_written_as_iso_8601() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_798_761_599_999), "2026-12-31T23:59:59Z");
    }

    fn report(run: &str, end: &str) -> Report {
        let mut tally = Tally::default();
        tally.unexpected.push(Unexpected { why: end.to_owned(), ..Unexpected::default() });
        let about = About { run: run.to_owned(), ..About::default() };
        let (began, lasted) = (SystemTime::UNIX_EPOCH, Duration::from_secs(1));
        let (model, series) = (Model::Open, Series::default());
        let ended = Ended { model, began, lasted, intended: 0, intended_rate: None, tally, series };
        Report::new(about, &ended, None)
    }

    #[test]
    fn whatever_the_shop_says_stays_words() {
        let page = report("<b>run</b>", "<script>alert(\"&\")</script>").html();
        assert!(page.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<b>run"), "{page}");
    }

    #[test]
    fn a_run_in_which_nothing_happened_has_a_page() {
        let page = report("run-1", "").html();
        assert!(page.contains("Too few answers") && page.contains("exactly what was intended"), "{page}");
        for word in ["NaN", "inf"] {
            assert!(!page.contains(&format!("{word}%")) && !page.contains(&format!(" {word} ")), "{page}");
        }
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(share(0, 10), "none");
        assert_eq!(share(1, 1_000_000), "less than 0.01 %");
        assert_eq!(share(1, 1_000), "0.10 %");
        assert_eq!(share(10, 10), "100.0 %");
    }
}
