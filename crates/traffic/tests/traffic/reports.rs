//! Reports in files: a page that needs nothing else, and the JSON that `compare` and `merge` read.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::Value;

use super::{
    Told,
    fake_gateway::{Behaviour, FakeGateway},
};

/// A file of a test's own.
fn file(name: &str) -> PathBuf {
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

/// The JSON of a run against a gateway that behaves so.
fn report(name: &str, behaviour: Behaviour, arguments: &[&str]) -> String {
    let path = file(name).to_str().expect("a path").to_owned();
    Told::run(&FakeGateway::start(behaviour), &[arguments, &["--report", &path]].concat());
    path
}

#[test]
fn a_run_that_was_slower_is_worse_and_the_way_back_is_better() {
    let asked = ["-n", "400", "-t", "2"];
    let fast = report("fast.json", Behaviour::Answers, &asked);
    let slow = report("slow.json", Behaviour::AnswersAfter(Duration::from_millis(300)), &asked);
    let told = Told::of(&["compare", &fast, &slow]);
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stdout.contains("B is significantly worse: p50, p95"), "{}", told.stdout);
    let told = Told::of(&["compare", "--format", "json", &slow, &fast]);
    assert_eq!((told.code, &told.json()["verdict"]), (0, &Value::from("better")), "{}", told.stdout);
    let told = Told::of(&["compare", &fast, &fast]);
    assert_eq!(told.code, 0);
    assert!(told.stdout.ends_with("\nno significant difference\n"), "{}", told.stdout);
}

#[test]
fn a_run_that_failed_more_is_worse() {
    let good = report("good.json", Behaviour::Answers, &["-n", "60", "-t", "600ms"]);
    let bad = report("bad.json", Behaviour::Breaks, &["-n", "60", "-t", "600ms"]);
    let told = Told::of(&["compare", &good, &bad]);
    assert_eq!(told.code, 1);
    let worse = told.stdout.lines().last().expect("a sentence");
    assert!(worse.starts_with("B is significantly worse: ") && worse.contains("errors"), "{}", told.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused_in_a_sentence() {
    let open = report("open.json", Behaviour::Answers, &["-n", "20", "-t", "200ms"]);
    let mut read: Value = serde_json::from_str(&fs::read_to_string(&open).expect("it is there")).expect("it is JSON");
    let write = |name: &str, text: &str| {
        fs::write(file(name), text).expect("it can be written");
        file(name).to_str().expect("a path").to_owned()
    };
    read["model"] = "closed".into();
    let closed = write("closed.json", &read.to_string());
    read["format"] = 99.into();
    let later = write("later.json", &read.to_string());
    let none = write("none.json", "{}");
    for (other, sentence) in [
        (closed.as_str(), "count from different moments"),
        (&later, "is a report of format 99"),
        (&none, "is no report"),
        ("/nowhere.json", "cannot read /nowhere.json"),
    ] {
        for verb in ["compare", "merge"] {
            let told = Told::of(&[verb, &open, other]);
            assert_eq!((told.code, told.stdout.as_str()), (2, ""), "{verb} {other}: {}", told.stderr);
            assert!(told.stderr.contains(sentence), "{}", told.stderr);
            assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
        }
    }
}

#[test]
fn a_report_of_before_is_still_read() {
    let now = report("now.json", Behaviour::Answers, &["-n", "20", "-t", "200ms"]);
    let mut read: Value = serde_json::from_str(&fs::read_to_string(&now).expect("it is there")).expect("it is JSON");
    for since in ["sends", "journeys", "recovery", "unread_seconds"] {
        read.as_object_mut().expect("an object").remove(since);
    }
    fs::write(file("before.json"), read.to_string()).expect("it can be written");
    let told = Told::of(&["merge", file("before.json").to_str().expect("a path"), &now]);
    assert_eq!(told.code, 0, "{}", told.stderr);
}

/// As when several machines send at once: what was promised of each is asked of all together, and what was not of all is not.
#[test]
fn a_promise_of_every_run_is_judged_again_of_all_together() {
    let load = |name: &str, behaviour: Behaviour, others: &[&str]| {
        let (gateway, file) = (FakeGateway::start(behaviour), file(name).to_str().expect("a path").to_owned());
        let usual =
            ["load", "--target", &gateway.url(), "--stages", "1s:120", "--slo", "errors<60%", "--report", &file];
        let told = Told::of(&[&usual[..], others].concat());
        (told.code, file)
    };
    let (well, one) = load("well.json", Behaviour::Answers, &["--slo", "p50<10s"]);
    let (broken, other) = load("broken.json", Behaviour::Breaks, &[]);
    assert_eq!((well, broken), (0, 1));
    let told = Told::of(&["merge", &one, &other, "--format", "json"]);
    let slos = told.json()["slos"].clone();
    assert_eq!(slos.as_array().map(Vec::len), Some(1), "{slos}");
    assert_eq!((slos[0]["slo"].as_str(), slos[0]["held"].as_str()), (Some("errors<60%"), Some("kept")), "{slos}");
    assert_eq!(told.code, 0, "half of them failed, as is allowed: {}", told.stderr);
}

#[test]
fn two_runs_are_merged_into_one_with_exact_sums() {
    let one = report("one.json", Behaviour::Answers, &["-n", "30", "-t", "300ms"]);
    let other = report("other.json", Behaviour::Breaks, &["-n", "20", "-t", "200ms"]);
    let page = file("merged.html");
    let told = Told::of(&["merge", &one, &other, "--format", "json", "--report", page.to_str().expect("a path")]);
    assert_eq!(told.buckets(), [("http_error".to_owned(), 20), ("ok".to_owned(), 30)]);
    assert_eq!((told.code, &told.json()["latency_seconds"]["samples"]), (1, &Value::from(50)));
    assert!(fs::read_to_string(page).expect("it is written").contains(" + "));
}
