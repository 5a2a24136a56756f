//! Whoever freezes or dies, the sums are exact and the percentiles tell the wait.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
    traffic, wait_until,
};

/// Tells this binary to be a gateway, and after how many milliseconds it answers.
const GATEWAY: &str = "TRAFFIC_TEST_IS_A_GATEWAY";
const FROZEN: Duration = Duration::from_secs(2);

/// What the tests freeze must be a process of its own: it is this binary again, and this test in it.
#[test]
fn is_a_gateway_when_told_to() {
    let Ok(milliseconds) = env::var(GATEWAY) else { return };
    let after = Duration::from_millis(milliseconds.parse().expect("a number"));
    let gateway = FakeGateway::start(Behaviour::AnswersAfter(after));
    writeln!(io::stdout(), "\n{}", gateway.url()).expect("somebody reads");
    wait_until("somebody asks", || !gateway.seen().is_empty());
    writeln!(io::stdout(), "asked").expect("somebody reads");
    // Until whoever started it is gone.
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

/// A gateway in a process of its own, which ends with its owner.
struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Process {
    fn start(after: Duration) -> Self {
        let mut command = Command::new(env::current_exe().expect("this binary"));
        command.args(["--exact", "freeze::is_a_gateway_when_told_to", "--nocapture"]);
        command.env(GATEWAY, after.as_millis().to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let url = line(&mut stdout, |line| line.starts_with("http://"));
        Self { child, stdout, url }
    }

    fn wait_until_asked(&mut self) {
        line(&mut self.stdout, |line| line == "asked");
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it lives");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(stdout: &mut BufReader<ChildStdout>, is_it: impl Fn(&str) -> bool) -> String {
    loop {
        let mut line = String::new();
        let read = stdout.read_line(&mut line).expect("it writes");
        assert!(read > 0, "it ended without a word");
        if is_it(line.trim()) {
            return line.trim().to_owned();
        }
    }
}

/// A hundred requests a second for six seconds, and `disturb` when the first has come.
fn run(disturb: impl FnOnce(&Process, &Child)) -> Told {
    run_against(Process::start(Duration::ZERO), &[], disturb)
}

fn run_against(mut gateway: Process, more: &[&str], disturb: impl FnOnce(&Process, &Child)) -> Told {
    let arguments = ["run", "--format", "json", "--target", &gateway.url, "-n", "600", "-t", "6"];
    // Here it matters who was late.
    let child = traffic(&[&arguments, more].concat()).env_remove("TRAFFIC_LATE_AFTER").spawn().expect("it starts");
    gateway.wait_until_asked();
    disturb(&gateway, &child);
    Told::by(child)
}

fn freeze(pid: &Child) {
    let signal = |signal| kill_process(Pid::from_child(pid), signal).expect("it lives");
    signal(Signal::STOP);
    thread::sleep(FROZEN);
    signal(Signal::CONT);
}

/// A sixth or more of the requests were due while something was frozen, so p99 is near the whole time.
#[track_caller]
fn check_p99_tells_the_wait(report: &Value) {
    let p99 = report["latency_seconds"]["p99"].as_f64().expect("it was told");
    assert!((1.8..4.0).contains(&p99), "p99 is {p99} s");
}

#[test]
fn a_server_that_freezes_in_the_middle() {
    let told = run(|gateway, _| {
        thread::sleep(Duration::from_secs(2));
        freeze(&gateway.child);
    });
    assert_eq!(told.buckets(), [("ok".to_owned(), 600)]);
    check_p99_tells_the_wait(&told.json());
    told.check_code(0);
}

#[test]
fn a_server_that_freezes_in_the_last_two_seconds() {
    let told = run(|gateway, _| {
        thread::sleep(Duration::from_secs(4));
        freeze(&gateway.child);
    });
    assert_eq!(told.buckets(), [("ok".to_owned(), 600)]);
    check_p99_tells_the_wait(&told.json());
    let report = told.json();
    assert!(report["lasted_seconds"].as_f64() >= Some(5.9), "{report}");
}

#[test]
fn a_generator_that_freezes_takes_the_blame() {
    let told = run(|_, child| {
        thread::sleep(Duration::from_secs(2));
        freeze(child);
    });
    assert_eq!(told.buckets(), [("ok".to_owned(), 600)]);
    let report = told.json();
    check_p99_tells_the_wait(&report);
    assert!(report["lag_seconds"]["p99"].as_f64() > Some(1.8), "{}", told.stdout);
    // From when they were sent they were fast: the shop was not to blame, and the verdict says so.
    assert!(report["service_seconds"]["p90"].as_f64() < Some(1.0), "{}", told.stdout);
    assert_eq!((told.code, report["verdict"].as_str()), (4, Some("inconclusive")), "{}", told.stdout);
}

#[test]
fn what_came_in_time_while_the_generator_was_frozen_was_in_time() {
    let told = run_against(Process::start(Duration::from_millis(500)), &["--timeout", "1500ms"], |_, child| {
        thread::sleep(Duration::from_secs(2));
        freeze(child);
    });
    // Fifty were under way, and were answered long before anybody read it.
    assert_eq!(told.buckets(), [("ok".to_owned(), 600)]);
    let report = told.json();
    assert!(report["service_seconds"]["p99"].as_f64() < Some(1.5), "{}", told.stdout);
    assert!(report["unread_seconds"]["maximum"].as_f64() > Some(1.0), "{}", told.stdout);
}

#[test]
fn a_server_that_is_killed() {
    let told = run(|gateway, _| {
        thread::sleep(Duration::from_secs(3));
        gateway.signal(Signal::KILL);
    });
    let buckets = told.buckets();
    let names: Vec<&str> = buckets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["connection", "ok"], "{}", told.stdout);
    // Half of them waited for ever.
    assert!((200..=310).contains(&buckets[0].1), "{buckets:?}");
    let report = told.json();
    assert_eq!(report["latency_seconds"]["p99"], "never answered", "{}", told.stdout);
    assert!(report["latency_seconds"]["p50"].is_f64() || buckets[0].1 > 300, "{}", told.stdout);
    told.check_code(1);
}

#[test]
fn a_server_that_is_killed_while_frozen() {
    let told = run(|gateway, _| {
        thread::sleep(Duration::from_secs(2));
        gateway.signal(Signal::STOP);
        thread::sleep(FROZEN);
        gateway.signal(Signal::KILL);
    });
    let names: Vec<String> = told.buckets().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["connection", "ok"], "{}", told.stdout);
    assert_eq!(told.json()["latency_seconds"]["p99"], "never answered", "{}", told.stdout);
    told.check_code(1);
}
