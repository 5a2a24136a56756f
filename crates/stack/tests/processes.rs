//! What the stack promises of its processes: none outlives us, and one that dies or cannot be had is explained.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use shop::ports::Ports;
use stack::{Binaries, Ending, Error, Launch, Plan, Process, Ready, Server, Signal, Stack};

/// Set for the copy of this binary that plays the parent in tests that kill the parent.
const IS_PARENT: &str = "STACK_TEST_PARENT";

fn shell(folder: &Path, script: &str) -> Process {
    let launch = Launch::new("child", "/bin/sh", folder.join("child.log")).arg("-c").arg(script);
    launch.start().expect("sh starts")
}

fn runs(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

#[track_caller]
fn must_be_gone(pid: u32) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while runs(pid) {
        assert!(Instant::now() < deadline, "process {pid} still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Plays the parent when told to, and is otherwise an empty test.
#[test]
fn the_parent_that_other_tests_kill() {
    let Some(folder) = env::var_os(IS_PARENT) else { return };
    // Deaf to SIGHUP, which the kernel sends by itself when the parent of a stopped process is gone.
    let process = shell(Path::new(&folder), "trap '' HUP; exec sleep 600");
    eprintln!("child {}", process.pid());
    std::thread::sleep(Duration::from_secs(600));
}

fn kill_the_parent(before: impl FnOnce(u32)) -> u32 {
    let folder = tempfile::tempdir().expect("a folder");
    let mut parent = Command::new(env::current_exe().expect("our path"))
        .args(["--exact", "the_parent_that_other_tests_kill", "--nocapture"])
        .env(IS_PARENT, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the parent starts");
    let said = BufReader::new(parent.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let pid = said.into_iter().find_map(|line| line.strip_prefix("child ")?.parse().ok()).expect("the child's pid");
    assert!(runs(pid));
    before(pid);
    parent.kill().expect("kill -9");
    parent.wait().expect("gone");
    pid
}

#[test]
fn a_child_dies_when_its_parent_is_killed() {
    must_be_gone(kill_the_parent(|_| {}));
}

#[test]
fn a_stopped_child_dies_too() {
    let pid = kill_the_parent(|pid| {
        let sent = Command::new("kill").args(["-STOP", &pid.to_string()]).status().expect("kill");
        assert!(sent.success());
    });
    must_be_gone(pid);
}

#[test]
fn nothing_is_left_after_a_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pid = 0;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let process = shell(folder.path(), "exec sleep 600");
        pid = process.pid();
        assert!(!runs(pid), "the panic that this test is about");
    }));
    assert!(panicked.is_err());
    assert!(!runs(pid), "process {pid} outlived its owner");
}

#[tokio::test]
async fn a_child_that_dies_at_start_is_reported_with_its_last_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = shell(folder.path(), "echo first; echo no such database >&2; exit 7");
    let ready = Ready::Tcp(1);
    let error = process.wait_ready(&ready, Duration::from_secs(10)).await.expect_err("it died");
    let Error::Died(death) = &error else { panic!("{error}") };
    assert_eq!(death.ending, Ending::Exited(7));
    assert_eq!(death.last_lines, ["first", "no such database"]);
    let sentence = error.to_string();
    for part in ["child exited with code 7", "child.log", "no such database"] {
        assert!(sentence.contains(part), "{part:?} is missing in: {sentence}");
    }
}

#[tokio::test]
async fn only_the_lines_of_this_start_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    shell(folder.path(), "echo old").wait_ended(Duration::from_secs(10)).await.expect("ends");
    let mut process = shell(folder.path(), "echo new");
    process.wait_ended(Duration::from_secs(10)).await.expect("ends");
    assert_eq!(process.last_lines(10), ["new"]);
    let whole = std::fs::read_to_string(process.log()).expect("the log");
    assert_eq!(whole, "old\nnew\n");
}

#[tokio::test]
async fn a_signal_reaches_the_program_and_its_end_is_told_as_what_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = shell(folder.path(), "exec sleep 600");
    assert!(process.usage().expect("it runs").memory_bytes > 0);
    process.signal(Signal::STOP).expect("sent");
    assert!(process.is_running());
    process.signal(Signal::KILL).expect("sent");
    let ending = process.wait_ended(Duration::from_secs(10)).await.expect("it ended");
    assert_eq!(ending, Ending::Killed(9));
    assert!(process.signal(Signal::TERM).is_err());
}

#[tokio::test]
async fn one_that_never_gets_ready_is_named_with_what_never_came_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = shell(folder.path(), "echo still warming up; exec sleep 600");
    let ready = Ready::Says("done");
    let error = process.wait_ready(&ready, Duration::from_secs(1)).await.expect_err("never ready").to_string();
    for part in ["child is not ready", "`done` in its log", "still warming up"] {
        assert!(error.contains(part), "{part:?} is missing in: {error}");
    }
}

#[test]
fn a_taken_port_is_named_with_who_wants_it_who_holds_it_and_the_way_out() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("its address").port();
    let folder = tempfile::tempdir().expect("a folder");
    let ports = Ports { prometheus: port, ..Ports::free().expect("ports") };
    let plan = Plan::new(folder.path()).services([]).servers([Server::Prometheus]).ports(ports);
    let error = Stack::prepare(plan, Binaries::default()).expect_err("taken").to_string();
    let us = format!("(pid {}) listens there already", std::process::id());
    for part in [&format!("port {port} cannot be had for prometheus"), &us, "--port-offset"] {
        assert!(error.contains(part), "{part:?} is missing in: {error}");
    }
}

#[test]
fn one_stack_runs_in_a_folder_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let prepare = || {
        let plan = Plan::new(folder.path()).services([]).ports(Ports::free().expect("ports"));
        Stack::prepare(plan, Binaries::default())
    };
    let first = prepare().expect("nobody else is there");
    let error = prepare().expect_err("the first has it").to_string();
    assert!(error.contains("another stack runs in") && error.contains("--port-offset"), "{error}");
    drop(first);
    prepare().expect("the first is gone");
}
