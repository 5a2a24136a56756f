//! `traffic load`: its rates, its promises and the guards that need no Prometheus; and `traffic stats`, which remembers it.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
    traffic,
};

fn load(gateway: &FakeGateway, arguments: &[&str]) -> Told {
    Told::of(&[&["load", "--format", "json", "--target", &gateway.url()], arguments].concat())
}

#[test]
fn stages_send_as_many_as_their_area_and_as_fast_as_they_say() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = load(&gateway, &["--stages", "1s:50,2s:150,0s:20,1s:20", "--slo", "p95<10s"]);
    assert_eq!(told.buckets(), [("ok".to_owned(), 270)]);
    told.check_code(0);
    let seen = gateway.seen();
    // On a busy machine the first may come a little late, and so the others seem early.
    let no_earlier = |number: usize, milliseconds: u64| {
        let at = seen[number].at - seen[0].at + Duration::from_millis(300);
        assert!(at >= Duration::from_millis(milliseconds), "the {number}th came after {at:?}");
    };
    no_earlier(49, 980);
    no_earlier(124, 1_990);
    no_earlier(249, 2_990);
    no_earlier(269, 3_950);
}

#[test]
fn a_promise_that_holds_passes_one_that_does_not_fails_and_one_of_too_few_is_no_pass() {
    let gateway = FakeGateway::start(Behaviour::AnswersAfter(Duration::from_millis(100)));
    for (slo, code, held) in [
        ("p95<10s", 0, "kept"),
        ("p50<50ms", 1, "broken"),
        ("max<50ms for search", 1, "broken"),
        ("p99<10s", 4, "unknown"),
        ("errors<20%", 0, "kept"),
        ("errors<1%", 4, "unknown"),
    ] {
        let told = load(&gateway, &["--stages", "1s:100", "--slo", slo]);
        told.check_code(code);
        assert_eq!(told.json()["slos"][0]["held"], held, "{slo}");
    }
}

#[test]
fn a_guard_that_counts_for_itself_ends_the_arrivals_at_once() {
    let gateway = FakeGateway::start(Behaviour::Breaks);
    let told = load(&gateway, &["--stages", "60s:100", "--stop-when", "errors > 20%"]);
    assert_eq!(told.code, 5, "{}", told.stderr);
    let report = told.json();
    assert_eq!((report["verdict"].as_str(), report["intended"].as_u64()), (Some("stopped"), Some(6000)));
    assert!(report["stop"]["why"].as_str().is_some_and(|why| why.contains("errors > 20%: 100.00 %")), "{report}");
    let at = report["stop"]["at_seconds"].as_f64().expect("a time");
    assert!(at < 5.0, "it stopped after {at} s");
    // What was never due is not sent, and the sum is exact nevertheless.
    let due = report["due"].as_f64().expect("a count");
    assert!((due - at * 100.0).abs() < 60.0, "{due} were due in {at} s");
    assert!(told.buckets().iter().any(|(name, count)| name == "not_sent" && *count > 5000));
}

#[test]
fn a_guard_whose_prometheus_is_absent_lets_nothing_begin() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = load(&gateway, &["--stages", "1s:10", "--prometheus", "http://127.0.0.1:1", "--guard", "up < 1"]);
    assert_eq!((told.code, told.stdout.as_str()), (3, ""));
    assert!(told.stderr.contains("Prometheus at http://127.0.0.1:1 cannot be reached"), "{}", told.stderr);
    assert_eq!(gateway.seen().len(), 0);
    // And what answers there must be one.
    let told = load(&gateway, &["--stages", "1s:10", "--prometheus", &gateway.url(), "--guard", "up < 1"]);
    assert_eq!(told.code, 3, "{}", told.stderr);
    assert!(told.stderr.contains("is no Prometheus"), "{}", told.stderr);
}

#[test]
fn the_last_report_is_shown_again() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stats");
    let _ = fs::remove_dir_all(&state);
    let of =
        |arguments: &[&str]| Told::by(traffic(arguments).env("XDG_STATE_HOME", &state).spawn().expect("it starts"));
    let told = of(&["stats"]);
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("nothing was run yet"), "{}", told.stderr);
    let run = of(&["run", "--target", &gateway.url(), "-n", "10", "-t", "100ms"]);
    let told = of(&["stats", "--prometheus", "http://127.0.0.1:1"]);
    assert_eq!((told.code, told.stdout), (0, run.stdout));
    assert!(told.stderr.contains("cannot be reached"), "{}", told.stderr);
    let both: Value = of(&["stats", "--prometheus", "http://127.0.0.1:1", "--format", "json"]).json();
    assert_eq!((both["report"]["intended"].as_u64(), both["server"].is_null()), (Some(10), true));
}

/// What the client measures is what the server took, to a twentieth. What lies between is the wire and, on a busy machine, the wait for a
/// core: then it is looked at again. For a millisecond there is `tests/clocks.rs`.
#[test]
fn the_clients_p95_is_the_servers_from_a_twentieth_of_a_second_to_twelve() {
    let tries = [50, 700, 3_000, 12_000].map(|milliseconds| {
        thread::spawn(move || {
            let start = Instant::now();
            loop {
                let gateway = FakeGateway::start(Behaviour::AnswersAfter(Duration::from_millis(milliseconds)));
                let told = load(&gateway, &["--stages", "3s:40", "--slo", "p95<30s"]);
                told.check_code(0);
                let client = told.json()["latency_seconds"]["p95"].as_f64().expect("it was told");
                let seen = gateway.seen();
                let mut server: Vec<f64> =
                    seen.iter().filter_map(|seen| seen.lasted).map(|lasted| lasted.as_secs_f64()).collect();
                server.sort_by(f64::total_cmp);
                let server = server[(server.len() * 95).div_ceil(100) - 1];
                let said = format!("{milliseconds} ms: the client says {client} s, the server {server} s");
                assert!(client >= server * 0.999, "{said}");
                if client <= server * 1.05 {
                    return;
                }
                assert!(start.elapsed() < Duration::from_secs(120), "{said}");
            }
        })
    });
    for tried in tries {
        tried.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
}
