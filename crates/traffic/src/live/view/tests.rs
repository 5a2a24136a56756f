//! The view at many sizes, as a terminal would show it.

use ratatui::{Terminal, backend::TestBackend, style::Color};

use super::*;
use crate::engine::{Buckets, Second};

fn seen(seconds: u64) -> Seen {
    let mut seen = Seen::default();
    let mut buckets = Buckets::default();
    for at in 1..=seconds {
        let mut second = Second { lasted: Duration::from_secs(1), intended: 52, sent: 52, ..Second::default() };
        (second.buckets.ok, second.buckets.http_error) = (50, 2);
        (0..52).for_each(|i| second.latency.record(Duration::from_millis(10 + i)));
        (0..52).for_each(|_| second.lag.record(Duration::from_micros(200)));
        second.errors.insert("503 dependency_unavailable".to_owned(), 2);
        buckets.add(second.buckets);
        seen.add(&Snapshot {
            model: Model::Open,
            at: Duration::from_secs(at),
            scheduled_rate: 52.0,
            is_paused: false,
            intended: 52 * at,
            planned: Some(3_120),
            sent: 52 * at,
            in_flight: 3,
            buckets,
            second,
        });
    }
    seen
}

fn server() -> Server {
    let services = ["catalog", "gateway", "orders"].map(|name| {
        let rate = if name == "gateway" { 51.9 } else { 20.0 };
        (name.to_owned(), Service { request_rate: Some(rate), error_rate: Some(0.038), p95_seconds: Some(0.0575) })
    });
    Server { services: services.into(), trouble: None }
}

struct Drawn {
    text: String,
    has_colour: bool,
}

fn drawn(width: u16, height: u16, seen: &Seen, server: Option<&Server>, is_coloured: bool) -> Drawn {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("no terminal is needed");
    let state = State {
        title: "load-1 against http://127.0.0.1:8080",
        elapsed: Duration::from_secs(42),
        lasts: Some(Duration::from_secs(60)),
        seen,
        server,
        note: None,
        is_coloured,
    };
    terminal.draw(|frame| draw(frame, &state)).expect("it is drawn");
    let buffer = terminal.backend().buffer();
    let has_colour = buffer.content().iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
    let lines = buffer
        .content()
        .chunks(usize::from(width))
        .map(|line| line.iter().map(|cell| cell.symbol()).collect::<String>());
    Drawn { text: lines.collect::<Vec<_>>().join("\n"), has_colour }
}

#[track_caller]
fn check(width: u16, height: u16, expect: &[&str]) {
    let text = drawn(width, height, &seen(42), Some(&server()), true).text;
    for part in expect {
        assert!(text.contains(part), "{part:?} is not in {width}x{height}:\n{text}");
    }
}

#[test]
fn eighty_columns_show_everything() {
    check(
        80,
        24,
        &[
            "load-1 against http://127.0.0.1:8080",
            "0:42 of 1:00, 0:18 to go",
            "52.0 done, 52.0 sent, 52.0 scheduled",
            "p95 59.0 ms, p50 35.0 ms, p99 61.0 ms",
            "2184 of 3120 due, 3 in flight",
            "2100 ok",
            "84 not as promised",
            "84 503 dependency_unavailable",
            "lag p95 0.20 ms",
            "client   52.0/s  3.85 %  59.0 ms",
            "gateway  51.9/s  3.80 %  57.5 ms",
            "orders   20.0/s",
            "Ctrl-C ends it",
        ],
    );
}

#[test]
fn a_narrow_terminal_shows_one_below_the_other_and_a_low_one_lines() {
    check(50, 30, &["0:42 of 1:00", "52.0 done", "p95 59.0 ms", "2100 ok", "gateway  51.9/s"]);
    check(60, 8, &["0:42 of 1:00", "52.0 done", "p95 59.0 ms", "2100 ok"]);
    check(24, 3, &["0:42 of 1:00"]);
}

#[test]
fn no_size_is_too_small_or_too_large() {
    for seen in [Seen::default(), seen(1), seen(400)] {
        for server in
            [None, Some(server()), Some(Server { trouble: Some("it is gone".to_owned()), ..Server::default() })]
        {
            for (width, height) in
                [(1, 1), (1, 40), (200, 1), (2, 2), (5, 15), (72, 14), (71, 14), (80, 24), (300, 100)]
            {
                drawn(width, height, &seen, server.as_ref(), true);
            }
        }
    }
}

#[test]
fn without_colour_there_is_none_and_nothing_is_missing() {
    let (plain, coloured) = (drawn(80, 24, &seen(42), None, false), drawn(80, 24, &seen(42), None, true));
    assert_eq!(plain.text, coloured.text);
    assert!(!plain.has_colour && coloured.has_colour);
    assert!(plain.text.contains("--prometheus URL shows the server's"), "{}", plain.text);
}

#[test]
fn a_prometheus_that_is_gone_is_said_so() {
    let server = Server { trouble: Some("Prometheus did not answer in time".to_owned()), ..Server::default() };
    let text = drawn(90, 24, &seen(5), Some(&server), true).text;
    assert!(text.contains("Prometheus did not answer in time") && !text.contains("gateway"), "{text}");
}
