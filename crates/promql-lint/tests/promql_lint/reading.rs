//! Files are read into models that know where everything stands, and what cannot be read says where and why.

mod dashboards;
mod foreign;
mod hostile;
mod places;
mod real_files;
mod routes;
mod rule_files;
mod waivers;

use std::time::Duration;

use promql_lint::document::{Content, Document, Group, Located, Rule};

/// The interval between scrapes.
const SCRAPES: Duration = Duration::from_secs(15);

#[track_caller]
fn read(source: &str) -> Document {
    Document::read("file", source.as_bytes(), SCRAPES).unwrap_or_else(|unreadable| panic!("{unreadable}"))
}

#[track_caller]
fn groups(document: &Document) -> &[Group] {
    let Content::Rules(groups) = &document.content else { panic!("these are no rules: {:?}", document.content) };
    groups
}

#[track_caller]
fn only_rule(document: &Document) -> &Rule {
    let mut rules = groups(document).iter().flat_map(|group| &group.rules);
    rules.next().unwrap_or_else(|| panic!("there is no rule: {:?}", document.defects))
}

/// What wrote a part of a text.
#[track_caller]
fn written<'a>(document: &'a Document, text: &Located, part: &str) -> &'a str {
    let start = text.text.find(part).unwrap_or_else(|| panic!("{part:?} is not in {:?}", text.text));
    &document.source[text.at(start..start + part.len())]
}

/// The defects as `line:column code (place): reason`.
fn defects(document: &Document) -> Vec<String> {
    let defects = document.defects.iter().map(|defect| {
        let position = document.position(defect.at.start);
        format!("{position} {} ({}): {}; {}", defect.code.as_str(), defect.place, defect.reason, defect.help)
    });
    defects.collect()
}

/// Whether exactly these defects are there, each named by the beginning of its line and a word of the rest.
#[track_caller]
fn check_defects(source: &str, expected: &[(&str, &str)]) {
    let found = defects(&read(source));
    let fits = |(line, (start, word)): (&String, &(&str, &str))| line.starts_with(start) && line.contains(word);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(fits),
        "expected {expected:#?}\nfound {found:#?}"
    );
}

#[track_caller]
fn check_unreadable(source: &[u8], start: &str, word: &str) {
    match Document::read("file", source, SCRAPES) {
        Ok(document) => panic!("it was read: {document:?}"),
        Err(unreadable) => {
            let says = unreadable.to_string();
            assert!(says.starts_with(&format!("file:{start}")) && says.contains(word), "{says}");
        }
    }
}
