//! Comments that let findings stand.

use promql_lint::document::{Document, Rule};

use super::{check_defects, groups, read};

const FILE: &str = r##"# promql-lint: allow(house) because this file is older than the house

groups:
# promql-lint: allow(window-too-short, always-true) because it is a trial
- name: a
  # promql-lint: allow(unit-mismatch) because the exporter lies
  rules:
  # What the next rule is for.
  # promql-lint: allow(unknown-metric) because it comes with release 2
  # More words.
  - record: x
    expr: up # promql-lint: allow(rate-of-gauge)
  - record: y
    expr: |
      # promql-lint: allow(never-true) because "#" is no comment here: {a="# promql-lint: allow(no)"}
      up{a="# promql-lint: allow(no-comparison) because x"}

  # promql-lint: allow(lonely) because nothing is here

  - record: z
    expr: 'up{a="#"} # not one'
"##;

fn rules(document: &Document) -> [&Rule; 3] {
    let rules: Vec<&Rule> = groups(document).iter().flat_map(|group| &group.rules).collect();
    rules.try_into().expect("three rules")
}

#[test]
fn a_waiver_holds_where_it_stands() {
    let document = read(FILE);
    assert!(document.defects.is_empty(), "{:?}", document.defects);
    let waived = |code: &str| rules(&document).map(|rule| document.waives(code, &rule.expr.range()));
    assert_eq!(waived("house"), [true, true, true]);
    assert_eq!(waived("always-true"), [true, true, true]);
    assert_eq!(waived("unit-mismatch"), [true, true, true]);
    assert_eq!(waived("unknown-metric"), [true, false, false]);
    assert_eq!(waived("rate-of-gauge"), [true, false, false]);
    assert_eq!(waived("never-true"), [false, true, false]);
    for code in ["lonely", "no", "no-comparison", "unheard-of"] {
        assert_eq!(waived(code), [false, false, false], "{code}");
    }
}

#[test]
fn a_waiver_knows_its_words_its_reason_and_its_use() {
    let document = read(FILE);
    let [rule, ..] = rules(&document);
    assert!(document.waives("window-too-short", &rule.range));
    let waiver = document.waivers.iter().find(|waiver| waiver.codes.len() == 2).expect("one names two codes");
    let used: Vec<(&str, bool)> =
        waiver.codes.iter().map(|waived| (waived.code.text.as_str(), waived.is_used())).collect();
    assert_eq!(used, [("window-too-short", true), ("always-true", false)]);
    assert_eq!(waiver.reason.as_ref().map(|reason| reason.text.as_str()), Some("it is a trial"));
    let position = document.position(waiver.codes[1].code.range().start);
    assert_eq!((position.line, position.column), (4, 40));
    let without: Vec<&str> = document
        .waivers
        .iter()
        .filter(|waiver| waiver.reason.is_none())
        .map(|waiver| waiver.codes[0].code.text.as_str())
        .collect();
    assert_eq!(without, ["rate-of-gauge"]);
}

#[test]
fn a_comment_that_only_looks_like_a_waiver_is_named() {
    for (comment, at) in [
        ("# promql-lint: ignore(x)", "1:1"),
        ("#promql-lint: allow x because y", "1:1"),
        ("# PromQL-Lint: allow(x) reason", "1:1"),
        ("# promql-lint: allow() because y", "1:1"),
        ("# promql-lint: allow(a,) because y", "1:1"),
    ] {
        check_defects(&format!("{comment}\ngroups: []\n"), &[(&format!("{at} unreadable-waiver"), "because REASON")]);
    }
    check_defects("# see promql-lint: allow\ngroups: []\n", &[]);
}

#[test]
fn the_head_of_a_manifest_is_the_head_of_its_document_only() {
    let manifest = |comment: &str, name: &str| {
        format!(
            "{comment}apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n  - name: {name}\n    rules:\n    \
             - {{record: {name}, expr: up}}\n"
        )
    };
    let head = "# promql-lint: allow(house) because it is theirs\n";
    let document = read(&format!("{}---\n{}", manifest("", "a"), manifest(head, "b")));
    let waived: Vec<bool> =
        groups(&document).iter().map(|group| document.waives("house", &group.rules[0].range)).collect();
    assert_eq!(waived, [false, true]);
}
