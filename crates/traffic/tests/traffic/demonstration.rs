//! The demonstration over a pipe: numbers by line, commands before what they do, and what is missing.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Command, Stdio},
};

use crate::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
    traffic,
};

fn demo(target: &str, arguments: &[&str], lines: &str) -> Told {
    let mut command = traffic(&["demo", "--target", target]);
    // No admin port is beside a stand-in; nobody listens on this one.
    command.args(
        ["gateway", "catalog", "orders", "payments"].map(|service| format!("--admin={service}=http://127.0.0.1:1")),
    );
    let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("it reads");
    Told::by(child)
}

/// Who has the menu open and starts the shop anew builds this program, too.
#[test]
fn a_program_that_is_built_anew_meanwhile_goes_on() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let folder = tempfile::tempdir().expect("a folder");
    let [program, built] = ["traffic", "built"].map(|name| folder.path().join(name));
    for copy in [&program, &built] {
        fs::copy(env!("CARGO_BIN_EXE_traffic"), copy).expect("a copy");
    }
    let mut command = Command::new(&program);
    command.args(["demo", "--target", &gateway.url()]).env("XDG_STATE_HOME", folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut shown = String::new();
    while !shown.contains("q leave") {
        assert!(stdout.read_line(&mut shown).expect("it can be read") > 0, "{shown}");
    }
    fs::rename(&built, &program).expect("it is put in its place");
    child.stdin.take().expect("a pipe").write_all(b"1\nq\n").expect("it reads");
    stdout.read_to_string(&mut shown).expect("it can be read");
    assert!(child.wait().expect("it ends").success() && shown.contains("exactly what was intended"), "{shown}");
}

#[test]
fn a_number_runs_an_entry_and_its_command_is_printed_first() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = demo(&gateway.url(), &[], "1\nq\n");
    assert_eq!(told.code, 0, "{}", told.stderr);
    let command = told.stdout.find("traffic run -n 100 -t 20 --mix shopping").expect("the command");
    let summary = told.stdout.find("exactly what was intended").expect("its result");
    assert!(command < summary, "{}", told.stdout);
    assert_eq!(gateway.seen().len(), 100);
}

#[test]
fn what_is_missing_is_said_and_the_menu_goes_on() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = demo(&gateway.url(), &[], "2\nnone\n7\n");
    assert_eq!(told.code, 0, "its lines have ended: {}", told.stderr);
    assert!(told.stdout.contains("`Error spikes` cannot be shown"), "{}", told.stdout);
    assert!(told.stdout.contains("`none` is none of them"), "{}", told.stdout);
    assert!(told.stdout.contains("NOT THERE") && told.stdout.contains("docs/operating.md"), "{}", told.stdout);
    assert!(gateway.seen().is_empty());

    let told = demo("http://127.0.0.1:1", &[], "1\nq\n");
    assert!(told.stdout.contains("No shop") && told.stdout.contains("cargo xtask up"), "{}", told.stdout);
}

#[test]
fn one_entry_is_shown_without_a_menu() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let told = demo(&gateway.url(), &["--entry", "look"], "");
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stdout.contains("Jaeger") && !told.stdout.contains("number, or q"), "{}", told.stdout);

    let told = demo(&gateway.url(), &["--entry", "errors"], "");
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("--admin SERVICE=URL"), "{}", told.stderr);
    let told = demo("http://127.0.0.1:1", &["--entry", "basic"], "");
    assert_eq!(told.code, 3);
    let told = demo(&gateway.url(), &["--format", "json"], "1\n");
    assert_eq!((told.code, told.stdout.as_str()), (2, ""));
    assert!(told.stderr.contains("is for people"), "{}", told.stderr);
    let told = demo(&gateway.url(), &["--entry", "lok"], "");
    assert!(told.code == 2 && told.stderr.contains("look"), "{}", told.stderr);
}
