//! The command as one types it: its files, its exit codes, its colours and its pipes.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const BOARD: &str = "{\"title\": \"Hosts\", \"panels\": []}";
const GOOD: &str = "groups:\n- name: hosts\n  rules:\n  - alert: HostDown\n    expr: up == 0\n";
/// The list that begins in the second line never ends.
const BROKEN: &str = "groups:\n- [name: hosts\n  rules:\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("it is written");
    }
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promql-lint"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"] {
        command.env_remove(variable);
    }
    command
}

struct Answer {
    code: Option<i32>,
    said: String,
    complained: String,
}

fn answer(output: Output) -> Answer {
    let [said, complained] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("a text"));
    assert!(!complained.contains("panicked"), "{complained}");
    Answer { code: output.status.code(), said, complained }
}

fn run(folder: &TempDir, arguments: &[&str]) -> Answer {
    answer(command(folder.path(), arguments).output().expect("it runs"))
}

fn run_with_input(input: &[u8], arguments: &[&str]) -> Answer {
    let folder = folder(&[]);
    let mut child = command(folder.path(), arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("its input").write_all(input).expect("it reads");
    answer(child.wait_with_output().expect("it ends"))
}

#[test]
fn good_files_end_with_zero() {
    let answer = run(&folder(&[("rules.yml", GOOD)]), &["rules.yml"]);
    assert_eq!(answer.code, Some(0), "{}", answer.said);
    assert!(answer.said.starts_with("nothing found in ") && answer.said.ends_with(" of 1 file\n"), "{}", answer.said);
}

#[test]
fn errors_end_with_one_and_warnings_only_when_they_are_denied() {
    let rule = |rest: &str| format!("groups:\n- name: a\n  interval: 2m\n  rules:\n  - {rest}\n");
    let wrong = rule("{alert: Down, expr: up >= 0}");
    let doubtful = rule("{alert: Down, expr: up == 0, for: 30s}");
    let unnamed = rule("{record: ups, expr: sum(up)}");
    let folder = folder(&[("wrong.yml", &wrong), ("doubtful.yml", &doubtful), ("unnamed.yml", &unnamed)]);
    let check = |arguments: &[&str], code: i32, last: &str| {
        let answer = run(&folder, arguments);
        assert!(
            answer.said.lines().last().is_some_and(|line| line.starts_with(last)),
            "{arguments:?}: {}",
            answer.said
        );
        assert_eq!(answer.code, Some(code), "{arguments:?}");
    };
    check(&["wrong.yml"], 1, "1 error in");
    check(&["doubtful.yml"], 0, "1 warning in");
    check(&["doubtful.yml", "--deny", "warnings"], 1, "1 warning in");
    check(&["unnamed.yml", "--deny", "warnings"], 0, "nothing found in 1 rule");
    check(&["unnamed.yml", "--house"], 0, "1 house rule broken in");
    check(&["unnamed.yml", "--house", "--deny", "warnings"], 1, "1 house rule broken in");
}

#[test]
fn a_file_that_cannot_be_read_ends_with_two_and_its_place() {
    let folder = folder(&[("good.yml", GOOD), ("broken.yml", BROKEN)]);
    let answer = run(&folder, &["good.yml", "broken.yml"]);
    assert_eq!(answer.code, Some(2), "{}", answer.said);
    assert!(answer.said.starts_with("error[unreadable]: "), "{}", answer.said);
    assert!(answer.said.contains("--> broken.yml:3:"), "{}", answer.said);

    let json = run(&folder, &["broken.yml", "--format", "json"]);
    assert_eq!(json.code, Some(2));
    let json: serde_json::Value = serde_json::from_str(&json.said).expect("JSON");
    let finding = &json["findings"][0];
    assert_eq!((&finding["file"], &finding["line"]), (&"broken.yml".into(), &3.into()), "{json}");
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let answer = run_with_input(b"groups: []\nx: \xff\n", &["-"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.said.contains("--> stdin:2:4\n"), "{}", answer.said);
}

#[test]
fn the_standard_input_is_a_file_too() {
    let answer = run_with_input(GOOD.as_bytes(), &["-"]);
    assert_eq!(answer.code, Some(0), "{}", answer.said);
}

#[test]
fn a_folder_stands_for_the_files_in_it_but_for_hidden_and_strange_ones() {
    let files = [
        ("rules/a.yml", GOOD),
        ("rules/deeper/b.yaml", "groups: []\n"),
        ("rules/deeper/board.json", BOARD),
        ("rules/.hidden/c.yml", BROKEN),
        ("rules/notes.txt", BROKEN),
    ];
    let folder = folder(&files);
    // A file that is meant twice is read once.
    let answer = run(&folder, &["rules", "rules/a.yml"]);
    assert_eq!(answer.code, Some(0), "{}", answer.said);
    assert!(answer.said.ends_with(" of 3 files\n"), "{}", answer.said);
}

#[test]
fn a_file_of_another_kind_is_passed_over_in_a_folder_and_refused_by_name() {
    let folder = folder(&[("rules/a.yml", GOOD), ("rules/compose.yml", "services: {}\n")]);
    let answer = run(&folder, &["rules"]);
    assert_eq!(answer.code, Some(0), "{}", answer.said);
    assert!(answer.said.ends_with(" of 1 file, 1 file of other kinds passed over\n"), "{}", answer.said);
    assert_eq!(run(&folder, &["rules", "rules/compose.yml"]).code, Some(2));
}

#[test]
fn a_broken_file_in_a_folder_is_not_passed_over() {
    assert_eq!(run(&folder(&[("rules/a.yml", GOOD), ("rules/b.yml", BROKEN)]), &["rules"]).code, Some(2));
}

#[test]
fn wrong_use_ends_with_two_and_a_reason() {
    let folder = folder(&[("notes.txt", ""), ("empty/notes.txt", "")]);
    #[track_caller]
    fn check(folder: &TempDir, arguments: &[&str], reason: &str) {
        let answer = run(folder, arguments);
        assert_eq!(answer.code, Some(2), "{arguments:?}");
        assert!(answer.complained.contains(reason), "{arguments:?}: {}", answer.complained);
    }
    check(&folder, &[], "no file is given");
    check(&folder, &["gone.yml"], "gone.yml cannot be read");
    check(&folder, &["empty"], "empty holds no .yml, .yaml or .json file");
    check(&folder, &["--explain", "no-such-code"], "there is no code no-such-code");
    check(&folder, &["notes.txt", "--scrape-interval", "soon"], "a duration is written like 15s");
    check(&folder, &["notes.txt", "--deny", "everything"], "warnings");
    check(&folder, &["notes.txt", "--exporters", "node", "--no-exporters"], "cannot be used with");
    check(&folder, &["notes.txt", "--exporters", "nose"], "no table of an exporter is called `nose`");
    check(&folder, &["notes.txt", "--metrics", "gone.prom"], "gone.prom");
    check(&folder, &["notes.txt", "--header", "nonsense"], "--header: a header is written as");
}

#[test]
fn help_names_the_exit_codes() {
    let answer = run(&folder(&[]), &["--help"]);
    assert_eq!(answer.code, Some(0));
    assert!(answer.said.contains("Exit codes: 0 "), "{}", answer.said);
}

#[test]
fn colours_are_written_when_asked_for_and_never_into_a_pipe() {
    let folder = folder(&[("broken.yml", BROKEN)]);
    let is_coloured = |arguments: &[&str], variable: Option<&str>| {
        let mut command = command(folder.path(), arguments);
        command.envs(variable.map(|name| (name, "1")));
        answer(command.output().expect("it runs")).said.contains('\u{1b}')
    };
    assert!(!is_coloured(&["broken.yml"], None), "a pipe is no terminal");
    assert!(is_coloured(&["broken.yml", "--color", "always"], Some("NO_COLOR")), "who says always means it");
    assert!(is_coloured(&["broken.yml"], Some("CLICOLOR_FORCE")), "the variable forces it");
    assert!(!is_coloured(&["broken.yml", "--color", "never"], Some("CLICOLOR_FORCE")), "who says never means it");
    assert!(!is_coloured(&["broken.yml", "--color", "always", "--format", "json"], None), "JSON has no colours");
}

#[test]
fn a_reader_who_goes_away_is_no_mistake() {
    let folder = folder(&[("broken.yml", BROKEN)]);
    for arguments in [&["--explain"][..], &["broken.yml"], &["broken.yml", "--format", "sarif"]] {
        let mut child =
            command(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let answer = answer(child.wait_with_output().expect("it ends"));
        assert_eq!(answer.complained, "", "{arguments:?}");
        assert!(answer.code.is_some(), "{arguments:?} was killed");
    }
}
