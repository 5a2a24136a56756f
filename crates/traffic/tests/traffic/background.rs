//! The daemon: one for a target, changed while it runs, and told from what a dead one left.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use crate::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
    traffic, wait_until,
};

/// A state folder of its own; whatever runs when it is dropped is killed.
struct State {
    folder: PathBuf,
    target: String,
}

impl State {
    fn of(target: String) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("traffic-state-{}-{number}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self { folder, target }
    }

    fn tell(&self, arguments: &[&str]) -> Told {
        let mut command = traffic(&["daemon"]);
        command.args(arguments).args(["--target", &self.target]).env("XDG_STATE_HOME", &self.folder);
        Told::by(command.spawn().expect("it starts"))
    }

    fn status(&self) -> Value {
        self.tell(&["status", "--format", "json"]).json()
    }

    fn pid(&self) -> Option<Pid> {
        let files = fs::read_dir(self.folder.join("vitrine")).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        let file = files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "pid"))?;
        Pid::from_raw(fs::read_to_string(file).ok()?.trim().parse().ok()?)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn left_behind(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder.join("vitrine")).expect("a folder").filter_map(Result::ok);
    let names = files.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".pid") || name.ends_with(".sock")).collect()
}

#[test]
fn it_is_started_changed_paused_resumed_and_stopped() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let state = State::of(gateway.url());
    let told = state.tell(&["start", "--rate", "5", "--mix", "browsing"]);
    assert_eq!(told.code, 0, "{} {}", told.stdout, told.stderr);
    assert!(told.stdout.contains("5/s of the mix `browsing`"), "{}", told.stdout);
    wait_until("customers come", || gateway.seen().len() >= 3);

    let second = state.tell(&["start"]);
    assert_eq!(second.code, 1);
    assert!(
        second.stderr.contains("a daemon runs for") && second.stderr.contains("traffic daemon set"),
        "{}",
        second.stderr
    );

    state.tell(&["set", "--rate", "50"]);
    let before = gateway.seen().len();
    wait_until("they come ten times as often", || gateway.seen().len() >= before + 60);

    assert_eq!(state.tell(&["pause", "--format", "json"]).json()["state"], "paused");
    wait_until("a pause is a pause", || {
        let before = gateway.seen().len();
        std::thread::sleep(std::time::Duration::from_millis(300));
        gateway.seen().len() == before
    });
    assert_eq!(state.tell(&["resume", "--format", "json"]).json()["state"], "running");
    let before = gateway.seen().len();
    wait_until("they come again", || gateway.seen().len() > before);

    state.tell(&["set", "--mix", "order-heavy"]);
    wait_until("they order", || gateway.seen().iter().any(|seen| seen.line.starts_with("POST /api/v1/orders")));
    assert_eq!(state.status()["mix"], "order-heavy");
    assert!(state.tell(&["logs"]).stdout.contains("50/s of the mix `order-heavy`"));

    let told = state.tell(&["stop", "--format", "json"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!((&told.json()["sum_is_exact"], &told.json()["verb"]), (&Value::from(true), &Value::from("daemon")));
    assert_eq!(left_behind(&state.folder), Vec::<String>::new());
    let told = state.tell(&["status"]);
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("no daemon runs for"), "{}", told.stderr);
}

#[test]
fn what_a_dead_one_left_is_told_and_cleared_away() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let state = State::of(gateway.url());
    assert_eq!(state.tell(&["start"]).code, 0);
    let pid = state.pid().expect("it wrote its pid");
    kill_process(pid, Signal::KILL).expect("it lives");
    wait_until("it is dead", || test_kill_process(pid).is_err());

    let told = state.tell(&["status"]);
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("ended without clearing up"), "{}", told.stderr);
    let told = state.tell(&["start"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stderr.contains("cleared away"), "{}", told.stderr);
    assert_ne!(state.pid(), Some(pid));
    assert_eq!(state.tell(&["stop"]).code, 0);
}

#[test]
fn why_it_does_not_start_is_said_in_one_sentence() {
    let state = State::of("http://127.0.0.1:1".to_owned());
    let told = state.tell(&["start"]);
    assert_eq!((told.code, told.stdout.as_str()), (3, ""));
    assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
    assert!(told.stderr.contains("cannot be reached"), "{}", told.stderr);
    assert_eq!(left_behind(&state.folder), Vec::<String>::new());
}
