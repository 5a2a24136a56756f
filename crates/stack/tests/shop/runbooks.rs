//! What the runbooks say to ask over HTTP is answered as it stands there.

use std::{collections::BTreeMap, fs, process::Command};

use shop_monitoring::Place;

/// Runs every command of every runbook that asks something over HTTP, and returns those that fail, with the page and what was said.
pub(crate) fn failing(place: &Place) -> Vec<String> {
    let commands = commands(place);
    assert!(commands.len() > 100, "only {} commands were found", commands.len());
    let home = tempfile::tempdir().expect("a folder");
    // By itself curl takes an answer of 404 for a success.
    fs::write(home.path().join(".curlrc"), "fail-with-body\nshow-error\n").expect("curl's settings");
    let failing = commands.iter().filter_map(|(command, page)| {
        let output = Command::new("sh").args(["-ec", command]).env("CURL_HOME", home.path()).output().expect("a shell");
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        (!output.status.success()).then(|| format!("{page}\n    {command}\n    {}", said.trim()))
    });
    failing.collect()
}

/// Each command with a page that says it.
fn commands(place: &Place) -> BTreeMap<String, String> {
    let mut commands = BTreeMap::new();
    for file in shop_monitoring::files(place).unwrap_or_else(|refused| panic!("{refused}")) {
        if file.path.starts_with("docs/runbooks/") {
            let blocks = file.contents.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
            for block in blocks.filter(|block| block.contains("curl")) {
                commands.insert(block.to_owned(), file.path.clone());
            }
        }
    }
    commands
}
