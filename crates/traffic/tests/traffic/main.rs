//! What `traffic` tells is true: against a gateway that answers, hangs, resets, breaks and is absent.

mod background;
mod customers;
mod demonstration;
mod fake_admin;
mod fake_gateway;
mod faults_on_purpose;
mod freeze;
mod live;
mod load;
mod reports;

use std::{
    collections::BTreeSet,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use fake_gateway::{Behaviour, FakeGateway};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn traffic(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traffic"));
    command
        .args(arguments)
        .env_remove("TARGET")
        .env_remove("ADMIN")
        .env_remove("FAULTS_TOKEN")
        // The machine that runs the tests may be busy, which is not what most of them are about.
        .env("TRAFFIC_LATE_AFTER", "1h")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Where the last report is kept: not in the home of whoever runs the tests.
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command
}

/// What it printed and how it ended; whatever happens, it does not panic.
struct Told {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Told {
    fn by(child: Child) -> Self {
        let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
        let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("it writes UTF-8"));
        assert!(!stderr.contains("panicked"), "{stderr}");
        Self { code: status.code().expect("no signal ended it"), stdout, stderr }
    }

    fn of(arguments: &[&str]) -> Self {
        Self::by(traffic(arguments).spawn().expect("it starts"))
    }

    fn run(gateway: &FakeGateway, arguments: &[&str]) -> Self {
        Self::of(&[&["run", "--format", "json", "--target", &gateway.url()], arguments].concat())
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    #[track_caller]
    fn check_code(&self, code: i32) {
        assert_eq!(self.code, code, "{} {}", self.stdout, self.stderr);
    }

    /// The buckets that are not empty; they, and the ends of all steps, must hold exactly what was intended.
    #[track_caller]
    fn buckets(&self) -> Vec<(String, u64)> {
        let summary = self.json();
        assert_eq!(summary["sum"], summary["intended"], "{summary}");
        assert_eq!(summary["sum_is_exact"], true);
        let buckets = summary["ended"].as_object().expect("buckets");
        let buckets: Vec<(String, u64)> =
            buckets.iter().map(|(name, count)| (name.clone(), count.as_u64().expect("a count"))).collect();
        assert_eq!(summary["intended"], buckets.iter().map(|(_, count)| count).sum::<u64>(), "{summary}");
        let steps = summary["steps"].as_object().expect("steps").values();
        let ends = steps.flat_map(|step| step["ends"].as_array().expect("ends"));
        let by_step: u64 = ends.map(|end| end["requests"].as_u64().expect("a count")).sum();
        assert_eq!(summary["due"], by_step, "{summary}");
        buckets.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

fn only(bucket: &str, count: u64) -> Vec<(String, u64)> {
    vec![(bucket.to_owned(), count)]
}

#[track_caller]
fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_true() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_shop_that_answers_gets_exactly_what_is_told_and_passes() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = Told::run(&gateway, &["-n", "100", "-t", "1"]);
    assert_eq!(told.buckets(), only("ok", 100), "{}", told.stdout);
    told.check_code(0);
    let summary = told.json();
    assert!(summary["latency_seconds"]["p95"].is_f64() && summary["latency_seconds"]["p99"].is_null(), "{summary}");

    let seen = gateway.seen();
    assert_eq!(seen.len(), 100);
    let spans: BTreeSet<&str> = seen.iter().map(|seen| seen.traceparent.as_str()).collect();
    assert_eq!(spans.len(), 100, "each request has a parent of its own");
    for seen in &seen {
        let parts: Vec<usize> = seen.traceparent.split('-').map(str::len).collect();
        assert_eq!(parts, [2, 32, 16, 2], "{}", seen.traceparent);
        let run = summary["run"].as_str().expect("a name");
        assert!(seen.session.starts_with(run), "{} is not of {run}", seen.session);
    }
}

#[test]
fn the_same_seed_asks_the_same() {
    let asked = |seed| {
        let gateway = FakeGateway::start(Behaviour::Answers);
        Told::run(&gateway, &["-n", "40", "-t", "800ms", "--seed", seed]).check_code(0);
        let mut lines: Vec<String> = gateway.seen().into_iter().map(|seen| seen.line).collect();
        // They may overtake each other on their way.
        lines.sort();
        lines
    };
    assert_eq!(asked("5"), asked("5"));
    assert_ne!(asked("5"), asked("6"));
}

#[test]
fn a_shop_that_hangs_times_out() {
    let gateway = FakeGateway::start(Behaviour::Hangs);
    let told = Told::run(&gateway, &["-n", "20", "-t", "200ms", "--timeout", "500ms"]);
    assert_eq!(told.buckets(), only("timeout", 20));
    told.check_code(1);
    assert!(told.json()["latency_seconds"]["p50"].as_f64() >= Some(0.5), "{}", told.stdout);
}

#[test]
fn a_shop_that_resets_fails_the_connection() {
    let gateway = FakeGateway::start(Behaviour::Resets);
    let told = Told::run(&gateway, &["-n", "20", "-t", "200ms"]);
    assert_eq!(told.buckets(), only("connection", 20));
    told.check_code(1);
}

#[test]
fn a_shop_that_vanishes_fails_the_connection() {
    let gateway = FakeGateway::start(Behaviour::Vanishes);
    let told = Told::run(&gateway, &["-n", "20", "-t", "200ms"]);
    assert_eq!(told.buckets(), only("connection", 20));
    told.check_code(1);
}

#[test]
fn a_shop_that_breaks_is_unexpected_and_its_traces_are_named() {
    let gateway = FakeGateway::start(Behaviour::Breaks);
    let told = Told::run(&gateway, &["-n", "20", "-t", "200ms"]);
    assert_eq!(told.buckets(), only("http_error", 20));
    told.check_code(1);
    let summary = told.json();
    let shown = summary["first_unexpected"].as_array().expect("a list");
    assert_eq!(shown.len(), 5);
    let seen = gateway.seen();
    for unexpected in shown {
        let trace = unexpected["trace_id"].as_str().expect("a trace");
        assert!(seen.iter().any(|seen| seen.traceparent.contains(trace)), "nobody sent {trace}");
    }
}

#[test]
fn too_many_in_flight_are_shed_and_counted() {
    let gateway = FakeGateway::start(Behaviour::Hangs);
    let told = Told::run(&gateway, &["-n", "20", "-t", "200ms", "--timeout", "2s", "--in-flight", "5"]);
    assert_eq!(told.buckets(), [("shed".to_owned(), 15), ("timeout".to_owned(), 5)]);
    told.check_code(1);
    assert_eq!(gateway.seen().len(), 5);
}

#[test]
fn the_schedule_does_not_wait_for_a_slow_shop() {
    let gateway = FakeGateway::start(Behaviour::AnswersAfter(Duration::from_secs(1)));
    let told = Told::run(&gateway, &["-n", "20", "-t", "1"]);
    assert_eq!(told.buckets(), only("ok", 20));
    let seen = gateway.seen();
    let spread = seen[19].at - seen[0].at;
    // The last is due 950 ms after the first; one after the other they would take 19 s.
    assert!((700..1900).contains(&spread.as_millis()), "{spread:?}");
    assert!(told.json()["latency_seconds"]["minimum"].as_f64() >= Some(1.0), "{}", told.stdout);
}

#[test]
fn a_frozen_generator_owns_up_to_the_wait() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let mut child = traffic(&["run", "--format", "json", "--target", &gateway.url(), "-n", "200", "-t", "2"]);
    let child = child.spawn().expect("it starts");
    wait_until("ten requests came", || gateway.seen().len() >= 10);
    let signal = |signal| kill_process(Pid::from_child(&child), signal).expect("it lives");
    signal(Signal::STOP);
    thread::sleep(Duration::from_millis(800));
    signal(Signal::CONT);
    let told = Told::by(child);
    assert_eq!(told.buckets(), only("ok", 200));
    // What was due while it was frozen left late, and its latency counts from when it was due.
    assert!(told.json()["lag_seconds"]["maximum"].as_f64() > Some(0.7), "{}", told.stdout);
    assert!(told.json()["latency_seconds"]["p95"].as_f64() > Some(0.5), "{}", told.stdout);
}

#[test]
fn an_absent_shop_is_said_so_in_one_sentence() {
    for verb in [&["run"][..], &["run", "--format", "json"]] {
        let told = Told::of(&[verb, &["--target", "http://127.0.0.1:1"]].concat());
        assert_eq!((told.code, told.stdout.as_str()), (3, ""));
        assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
        assert!(told.stderr.contains("cannot be reached") && told.stderr.contains("cargo xtask up"), "{}", told.stderr);
    }
}

#[test]
fn an_interrupt_ends_it_early_with_exact_sums() {
    let gateway = FakeGateway::start(Behaviour::Hangs);
    let mut child = traffic(&["run", "--format", "json", "--target", &gateway.url(), "-n", "1000", "-t", "100"]);
    let child = child.spawn().expect("it starts");
    wait_until("three requests came", || gateway.seen().len() >= 3);
    kill_process(Pid::from_child(&child), Signal::INT).expect("it lives");
    let told = Told::by(child);
    assert_eq!(told.code, 130);
    let buckets = told.buckets();
    let names: Vec<&str> = buckets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["not_sent", "unfinished"], "{}", told.stdout);
}

#[test]
fn wrong_use_is_said_in_a_sentence() {
    for (arguments, sentence) in [
        (&["run", "-n", "0"][..], "a run has at least 1 request"),
        (&["run", "-n", "many"], "write a whole number"),
        (&["run", "-t", "0"], "at least a millisecond"),
        (&["run", "-t", "soon"], "write it as 60"),
        (&["run", "--target", "shop"], "write it as http://127.0.0.1:8080"),
        (&["check", "--target", "https://shop"], "no TLS"),
        (&["check", "--admin", "nowhere"], "write it as"),
        (&["run", "--in-flight", "0"], "1..=65536"),
        (&["dance"], "unrecognized subcommand"),
        (&[], "Usage"),
    ] {
        let told = Told::of(arguments);
        assert_eq!(told.code, 2, "{arguments:?}: {}", told.stderr);
        assert!(told.stderr.contains(sentence), "{arguments:?}: {}", told.stderr);
    }
}

#[test]
fn a_reader_that_leaves_causes_no_panic() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let mut child = traffic(&["run", "--target", &gateway.url(), "-n", "5", "-t", "100ms"]);
    let mut child = child.spawn().expect("it starts");
    drop(child.stdout.take());
    let told = Told::by(child);
    assert!([0, 4].contains(&told.code), "{}", told.stderr);
}

#[test]
fn check_finds_every_door_open_and_names_the_version() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = Told::of(&["check", "--target", &gateway.url(), "--admin", &gateway.url()]);
    assert_eq!(told.code, 0, "{} {}", told.stdout, told.stderr);
    assert!(told.stdout.contains("version: 1.2.3"), "{}", told.stdout);
    let doors = shop::routes::gateway::ROUTES.iter().filter(|route| !route.fails_on_purpose()).count();
    assert_eq!(told.stdout.matches(" open ").count(), doors + 3, "{}", told.stdout);
}

#[test]
fn check_says_which_service_behind_the_gateway_is_missing() {
    let gateway = FakeGateway::start(Behaviour::LacksOrders);
    let told = Told::of(&["check", "--target", &gateway.url()]);
    assert_eq!(told.code, 3, "{}", told.stdout);
    assert!(told.stdout.contains("start orders"), "{}", told.stdout);
    assert_eq!(told.stdout.matches("start orders").count(), 1, "one reason is said once: {}", told.stdout);
    assert_eq!(told.stdout.matches("UNREACHABLE").count(), 3, "{}", told.stdout);
}

#[test]
fn check_says_that_nobody_is_there() {
    let told = Told::of(&["check", "--target", "http://127.0.0.1:1"]);
    assert_eq!(told.code, 3);
    assert!(told.stdout.contains("cannot be reached") && told.stdout.contains("with --target"), "{}", told.stdout);
}
