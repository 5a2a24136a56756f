//! Reports in files: a page that needs nothing else, and the JSON that `compare` and `merge` read.

use std::{fs, path::PathBuf};

use serde_json::Value;

use super::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
};

/// A file of a test's own.
pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_report_is_written_as_a_page_and_as_json() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    let (page, json) = (file("both.html"), file("both.json"));
    let files = [page.to_str().expect("a path"), json.to_str().expect("a path")];
    let told = Told::run(&gateway, &["-n", "200", "-t", "2", "--report", files[0], "--report", files[1]]);
    assert_eq!(told.code, 0, "{}", told.stderr);

    let page = fs::read_to_string(page).expect("it is written");
    let read: Value = serde_json::from_str(&fs::read_to_string(json).expect("it is written")).expect("it is JSON");
    assert_eq!(read, told.json());
    assert!(page.contains(read["run"].as_str().expect("a name")) && page.contains("passed"), "{page}");
    assert_eq!(page.matches("<svg").count(), 3, "{page}");
    for outside in ["src=", "href=", "@import", "url(", "<script", "<link"] {
        assert!(!page.contains(outside), "{outside} in {page}");
    }
    let points = read["series"]["points"].as_array().expect("points");
    assert!((2..=3).contains(&points.len()), "{}", points.len());
    assert_eq!(points.iter().filter_map(|point| point["ended"]["ok"].as_u64()).sum::<u64>(), 200);
}

#[test]
fn a_page_of_failures_names_their_traces() {
    let gateway = FakeGateway::start(Behaviour::Breaks);
    let path = file("failures.html");
    let told = Told::run(&gateway, &["-n", "20", "-t", "200ms", "--report", path.to_str().expect("a path")]);
    assert_eq!(told.code, 1);
    let page = fs::read_to_string(path).expect("it is written");
    let trace = told.json()["first_unexpected"][0]["trace_id"].as_str().expect("a trace").to_owned();
    assert!(page.contains(&trace) && page.contains("20 requests did not end as the shop promises"), "{page}");
}

#[test]
fn a_report_that_could_not_be_written_is_refused_before_anything_is_sent() {
    let gateway = FakeGateway::start(Behaviour::Answers);
    for (path, sentence) in
        [("report.txt", "must end in .html"), ("/nowhere/report.html", "there is no folder /nowhere")]
    {
        let told = Told::run(&gateway, &["--report", path]);
        assert_eq!(told.code, 2);
        assert!(told.stderr.contains(sentence), "{}", told.stderr);
    }
    assert!(gateway.seen().is_empty());
}
