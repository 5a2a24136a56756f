//! The live view takes a terminal over and gives it back, and does without one. Python lends the terminal: a pseudo-terminal of its own.

use std::{
    io::Write as _,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
    traffic, wait_until,
};

const IN_A_TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(['sh', '-c', sys.argv[1]], lambda fd: os.read(fd, 1024))))";
const TAKEN: &str = "\u{1b}[?1049h";
const GIVEN_BACK: &str = "\u{1b}[?1049l";
const CURSOR: &str = "\u{1b}[?25h";

/// A command line in a terminal of eighty columns; what was typed into it comes from the standard input.
fn in_a_terminal(environment: &str, gateway: &FakeGateway, arguments: &str) -> Child {
    let traffic = env!("CARGO_BIN_EXE_traffic");
    let line = format!(
        "trap : INT; stty rows 24 cols 80; {environment} {traffic} run --target {} --live {arguments}; code=$?; stty -a; exit $code",
        gateway.url()
    );
    let mut command = Command::new("python3");
    command.args(["-c", IN_A_TERMINAL, &line]).env("TERM", "xterm").env_remove("NO_COLOR");
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python3 starts")
}

#[track_caller]
fn check_given_back(told: &Told) {
    let screen = &told.stdout;
    let (taken, given_back) = (screen.find(TAKEN), screen.find(GIVEN_BACK));
    assert!(taken.is_some() && taken < given_back, "{screen:?}");
    assert!(screen[given_back.unwrap_or_default()..].contains(CURSOR), "{screen:?}");
    let modes: Vec<&str> = screen.split_whitespace().collect();
    assert!(modes.contains(&"echo") && modes.contains(&"icanon") && screen.contains("susp = ^Z"), "{screen:?}");
}

#[test]
fn it_shows_a_run_and_leaves_the_terminal_as_it_was() {
    let gateway = FakeGateway::start(Behaviour::Breaks);
    let told = Told::by(in_a_terminal("", &gateway, "-n 60 -t 3"));
    assert_eq!(told.code, 1, "{}", told.stdout);
    check_given_back(&told);
    for shown in ["requests", "promised", "0:03,"] {
        assert!(told.stdout.contains(shown), "{:?}", told.stdout);
    }
    // The report follows when the view is gone.
    let report = told.stdout.find("exactly what was intended");
    assert!(report > told.stdout.find(GIVEN_BACK), "{:?}", told.stdout);
}

#[test]
fn ctrl_c_ends_it_and_leaves_the_terminal_as_it_was() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let mut child = in_a_terminal("", &gateway, "-n 1000 -t 100");
    wait_until("three requests came", || gateway.seen().len() >= 3);
    // What is typed by mistake does nothing: not even Ctrl-Z, after which the shell would find no terminal.
    let mut keys = child.stdin.take().expect("a pipe");
    keys.write_all(b"abc\x1a").expect("it reads");
    thread::sleep(Duration::from_millis(100));
    keys.write_all(b"\x03").expect("it reads");
    let told = Told::by(child);
    assert_eq!(told.code, 130, "{:?}", told.stdout);
    check_given_back(&told);
}

#[test]
fn without_colour_it_is_shown_without_and_on_a_dumb_terminal_it_is_not_shown() {
    let gateway = FakeGateway::start(Behaviour::Breaks);
    let told = Told::by(in_a_terminal("NO_COLOR=1", &gateway, "-n 20 -t 1500ms"));
    check_given_back(&told);
    assert!(!told.stdout.contains("\u{1b}[38;5;"), "{:?}", told.stdout);
    for (environment, argument) in [("TERM=dumb", ""), ("", "--plain")] {
        let told = Told::by(in_a_terminal(environment, &gateway, &format!("-n 10 -t 300ms {argument}")));
        assert!(!told.stdout.contains(TAKEN) && told.stdout.contains("exactly what was intended"), "{:?}", told.stdout);
    }
}

#[test]
fn without_a_terminal_there_are_lines() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = Told::by(
        traffic(&["run", "--live", "--target", &gateway.url(), "-n", "10", "-t", "300ms"]).spawn().expect("it starts"),
    );
    assert_eq!(told.code, 0);
    assert!(!told.stderr.contains('\u{1b}'), "{:?}", told.stderr);
}
