//! Simulated customers: a closed model that says so, journeys that can be looked up, and a peak with a recovery.

use std::{collections::BTreeMap, fs, path::Path, process::Child};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
    traffic, wait_until,
};

fn begin(gateway: &FakeGateway, arguments: &[&str]) -> Child {
    traffic(arguments).args(["--target", &gateway.url()]).spawn().expect("it starts")
}

#[test]
fn customers_come_until_they_are_told_to_end_and_the_report_says_closed() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let child = begin(&gateway, &["flow", "--level", "high", "--users", "4", "--mix", "shopping", "--format", "json"]);
    wait_until("they come", || gateway.seen().len() >= 20);
    kill_process(Pid::from_child(&child), Signal::INT).expect("it lives");
    let told = Told::by(child);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let report = told.json();
    assert_eq!((report["model"].as_str(), report["sum_is_exact"].as_bool()), (Some("closed"), Some(true)), "{report}");
    assert_eq!(report["ended"]["ok"].as_u64(), u64::try_from(gateway.seen().len()).ok(), "{report}");
}

#[test]
fn each_journey_can_be_looked_up() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = Told::by(begin(&gateway, &["flow", "--level", "high", "--users", "4", "-t", "2s"]));
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stdout.contains("Closed model"), "{}", told.stdout);
    let mut traces: BTreeMap<String, String> = BTreeMap::new();
    for seen in gateway.seen() {
        let trace = seen.traceparent.split('-').nth(1).expect("a trace").to_owned();
        let session = traces.entry(trace).or_insert_with(|| seen.session.clone());
        assert_eq!(*session, seen.session, "a trace is one journey");
    }
    let named = told.stdout.lines().skip_while(|line| !line.starts_with("journey")).skip(1);
    let named: Vec<&str> =
        named.filter_map(|line| line.split_whitespace().last().filter(|word| word.len() == 32)).collect();
    assert!(!named.is_empty(), "{}", told.stdout);
    for trace in named {
        assert!(traces.contains_key(trace), "nobody saw {trace}\n{}", told.stdout);
    }
}

#[test]
fn a_peak_has_a_before_a_during_and_a_recovery() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peak.html");
    let file = page.to_str().expect("a name");
    let told = Told::by(begin(&gateway, &["spike", "--users", "2", "-t", "1s", "--format", "json", "--report", file]));
    assert_eq!(told.code, 0, "{} {}", told.stdout, told.stderr);
    let report = told.json();
    assert_eq!(report["model"], "closed");
    let samples = |phase: &str| report["recovery"][phase]["latency_seconds"]["samples"].as_u64().unwrap_or_default();
    assert!(samples("before") >= 150 && samples("during") >= 10 && samples("after") >= 40, "{}", report["recovery"]);
    assert!(report["recovery"]["recovered_after_seconds"].is_f64(), "{}", report["recovery"]);
    assert_eq!(report["sends"], serde_json::json!(["sale-day"]));
    let journeys = report["journeys"].as_object().expect("journeys");
    let page = fs::read_to_string(page).expect("a page");
    assert!(page.contains("Around the peak") && page.contains("Recovered: "));
    for (name, followed) in journeys {
        let trace = followed["last_trace_id"].as_str().expect("a trace");
        assert!(trace.len() == 32 && page.contains(trace), "{name}: {followed}");
    }
    assert!(!journeys.is_empty());
    // It is a report like any other, and read again.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peak.json");
    fs::write(&file, &told.stdout).expect("it can be written");
    let merged = Told::of(&["merge", file.to_str().expect("a name")]);
    assert!(merged.code == 0 && merged.stdout.contains("Recovered: "), "{} {}", merged.stdout, merged.stderr);
}
