//! What `cargo xtask` hands on to a program of the workspace.

use std::{fs, process::Command};

/// Its words, the folder in which they are said, and back the exit code.
#[test]
fn traffic_is_what_is_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let traffic = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let told = command.arg("traffic").args(words).current_dir(&folder).output().expect("it starts");
        let said = [told.stdout, told.stderr].concat();
        (told.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, said) = traffic(&["run", "--help"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Usage: traffic run"), "{said}");
    let (code, said) = traffic(&["load", "--stages", "nonsense"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a stage is a time and a rate"), "{said}");
    fs::write(folder.path().join("here.json"), "{}").expect("it can be written");
    let (code, said) = traffic(&["compare", "here.json", "here.json"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("here.json is no report"), "{said}");
}
