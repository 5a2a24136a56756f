//! What is said of each code, and that its examples are true.

use std::collections::BTreeSet;

use promql::Code;
use promql_lint::explain::{self, Page, Role};

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
