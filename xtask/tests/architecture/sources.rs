//! How every Rust file is to look.

use crate::workspace::Workspace;

/// A file that is longer holds more than one idea.
const MOST_LINES: usize = 700;

/// What the compiler is to refuse: its messages name the lines, and the file's name says what it shows.
const REFUSED: &str = "crates/signals/tests/refused";

#[test]
fn every_file_opens_with_a_sentence_that_says_what_it_is_for() {
    for (path, text) in Workspace::read().sources() {
        let sentence = text.lines().map_while(|line| line.strip_prefix("//!")).collect::<String>();
        let is_said = sentence.starts_with(' ') && sentence.trim_end().ends_with(['.', ':']);
        assert!(is_said || path.starts_with(REFUSED), "{} does not open with a `//!` sentence", path.display());
    }
}

#[test]
fn no_test_is_ignored() {
    for (path, text) in Workspace::read().sources() {
        let is_ignored = |line: &str| {
            let line = line.trim_start();
            line.starts_with("#[ignore") || (line.starts_with("#[cfg_attr(") && line.contains("ignore"))
        };
        for (number, line) in text.lines().enumerate() {
            assert!(!is_ignored(line), "{}:{}: a test that is not run proves nothing", path.display(), number + 1);
        }
    }
}

#[test]
fn no_file_is_too_long() {
    for (path, text) in Workspace::read().sources() {
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines; {MOST_LINES} are the most", path.display());
    }
}
