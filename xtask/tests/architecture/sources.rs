//! How every Rust file is to look.

use std::path::Path;

use crate::workspace::Workspace;

/// A file that is longer holds more than one idea.
const MOST_LINES: usize = 700;

/// What the compiler is to refuse: its messages name the lines, and the file's name says what it shows.
const REFUSED: &str = "crates/signals/tests/refused";

#[test]
fn every_file_opens_with_a_sentence_that_says_what_it_is_for() {
    check(|path, text| {
        let sentence = text.lines().map_while(|line| line.strip_prefix("//!")).collect::<String>();
        let is_said = sentence.starts_with(' ') && sentence.trim_end().ends_with(['.', ':', '?']);
        (!is_said && !path.starts_with(REFUSED)).then(|| "does not open with a `//!` sentence".to_owned())
    });
}

#[test]
fn no_test_is_ignored() {
    check(|_, text| {
        let is_ignored = |line: &str| {
            let line = line.trim_start();
            line.starts_with("#[ignore") || (line.starts_with("#[cfg_attr(") && line.contains("ignore"))
        };
        let number = text.lines().position(is_ignored)? + 1;
        Some(format!("has a test in line {number} that is not run, and so proves nothing"))
    });
}

#[test]
fn no_file_is_too_long() {
    check(|_, text| {
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("has {lines} lines; {MOST_LINES} are the most"))
    });
}

/// Looks at every file, and tells of all that are not as they should be.
#[track_caller]
fn check(finding: impl Fn(&Path, &str) -> Option<String>) {
    let files = Workspace::read().sources();
    let findings: Vec<String> =
        files.iter().filter_map(|(path, text)| Some(format!("{} {}", path.display(), finding(path, text)?))).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
