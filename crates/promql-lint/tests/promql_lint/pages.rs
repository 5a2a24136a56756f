//! What is said of each code, and that its examples are true.

use std::collections::BTreeSet;

use clap::Parser as _;
use promql::Code;
use promql_lint::{
    explain::{self, Page, Role},
    lint,
    report::Severity,
};

use crate::joining::Arguments;

#[test]
fn every_page_has_one_line_a_wrong_and_a_right_example_and_a_word_on_waivers() {
    for page in Page::all() {
        let (code, summary) = (page.code, page.summary());
        assert!(summary.ends_with('.') && summary.chars().count() <= 80, "{code}: {summary}");
        let roles: Vec<Role> = page.examples().map(|example| example.role).collect();
        assert!(roles.contains(&Role::Wrong) && roles.contains(&Role::Right), "{code} lacks an example");
        assert!(page.plain().contains("waiver") || page.plain().contains("waive"), "{code} is silent on waivers");
    }
}

#[test]
fn every_fence_of_a_page_is_an_example() {
    for page in Page::all() {
        let fences = page.markdown().lines().filter(|line| line.starts_with("```")).count();
        assert_eq!(fences, 2 * page.examples().count(), "{}", page.code);
        assert!(!page.plain().contains("```"), "{}", page.code);
    }
}

#[test]
fn the_list_has_every_code_once() {
    let list = explain::list("promql-lint");
    let codes: Vec<_> = Page::all().iter().map(|page| page.code).collect();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "a code is there twice");
    for code in codes {
        assert_eq!(list.lines().filter(|line| line.split(' ').next() == Some(code)).count(), 1, "{code}");
    }
}

/// Codes that only definitions in Rust can have, which know more than their files.
const OF_DEFINITIONS: [Code; 4] = [Code::UnknownPanel, Code::WrongSubject, Code::UnusedSignal, Code::NeedlessReason];

#[test]
fn every_code_of_the_checker_has_a_page_of_its_severity() {
    for code in Code::ALL.iter().filter(|code| !OF_DEFINITIONS.contains(code)) {
        let page = Page::of(code.as_str()).unwrap_or_else(|| panic!("{code} has no page"));
        assert_eq!(page.severity(), code.severity(), "{code}");
    }
}

/// Codes whose example does not show them yet, since nothing finds them there. The list only shrinks.
const NOT_SHOWN_YET: &[&str] = &[];

/// Somebody watches whether targets are there, so that the examples need not.
const WATCH: (&str, &str) = (
    "watch.yml",
    "groups:\n- name: watch\n  rules:\n  - alert: TargetDown\n    expr: max by (job) (up) == 0\n    for: 5m\n",
);

/// The codes that come out of an example's files: of those that are given, and those of this role.
fn found(page: &Page, role: Role) -> BTreeSet<&'static str> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut arguments = ["promql-lint", "--retention", "15d"].map(str::to_owned).to_vec();
    for example in page.examples().filter(|example| [Role::Given, role].contains(&example.role)) {
        std::fs::write(folder.path().join(example.file), example.text).expect("it is written");
        arguments.extend(example.is_metrics().then(|| "--metrics".to_owned()));
        arguments.push(example.file.to_owned());
    }
    let is_house = page.severity() == Severity::House;
    if !is_house && page.code != "silent-when-missing" {
        std::fs::write(folder.path().join(WATCH.0), WATCH.1).expect("it is written");
        arguments.push(WATCH.0.to_owned());
    }
    arguments.extend(is_house.then(|| "--house".to_owned()));
    let Arguments { lint: mut settings } = Arguments::parse_from(arguments);
    settings.root = folder.path().to_path_buf();
    let report = settings.report(|settings, inputs| lint(settings, None, inputs)).expect("it is read");
    report.findings().map(|finding| finding.code).collect()
}

#[test]
fn every_wrong_example_shows_its_code_alone_and_every_right_one_nothing() {
    let is_shown = |page: &&Page| {
        let mut expected = BTreeSet::from([page.code]);
        // What it was to let stand stays found.
        expected.extend((page.code == "waiver-without-reason").then_some("count-of-comparison"));
        let (wrong, right) = (found(page, Role::Wrong), found(page, Role::Right));
        let is_shown = wrong == expected && right.is_empty();
        if !is_shown {
            eprintln!("{}: wrong {wrong:?}, right {right:?}", page.code);
        }
        is_shown
    };
    let missing: BTreeSet<_> = Page::all().iter().filter(|page| !is_shown(page)).map(|page| page.code).collect();
    assert_eq!(missing, NOT_SHOWN_YET.iter().copied().collect());
}
