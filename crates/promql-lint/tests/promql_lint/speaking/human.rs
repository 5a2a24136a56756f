//! What people read.

use promql_lint::report::{Finding, Quoted, Report, Severity, Speaker};

use super::{RULES, about, place, report, unreachable_threshold};

const PLAIN: Speaker<'static> = Speaker { command: "promql-lint", styled: false };

#[track_caller]
fn check(report: &Report, expected: &str) {
    assert_eq!(PLAIN.tell(report), expected);
}

#[test]
fn a_finding_is_shown_at_its_place_with_the_rule_and_what_to_write() {
    check(
        &report([about(RULES, "upp")]),
        "\
error[unknown-metric]: there is no metric `upp`
  --> rules.yml:11:11
   |
11 |     expr: upp == 0
   |           ^^^
   |
   = note: in alert HostDown
   = help: write `up`

1 error in 1 of 1 file; promql-lint --explain CODE says more
",
    );
}

#[test]
fn findings_stand_in_the_order_of_the_file_and_are_counted_by_severity() {
    let doubtful = Finding { severity: Severity::Warning, ..about(RULES, "5m]") };
    let house = Finding { severity: Severity::House, ..about(RULES, "latency") };
    let said = PLAIN.tell(&report([about(RULES, "upp"), doubtful, unreachable_threshold(), house]));
    let heads: Vec<_> = said.lines().filter(|line| line.contains("]:")).collect();
    let last = said.lines().last().expect("a line");
    assert_eq!(
        heads,
        [
            "house[unknown-metric]: there is no metric `upp`",
            "warning[unknown-metric]: there is no metric `upp`",
            "error[threshold-beyond-buckets]: the quantile never exceeds 120, the highest bound of `prometheus_http_request_duration_seconds_bucket`",
            "error[unknown-metric]: there is no metric `upp`",
        ]
    );
    assert!(last.starts_with("2 errors, 1 warning, 1 house rule broken in 1 of 1 file;"), "{last}");
}

#[test]
fn a_part_of_many_lines_is_shown_whole_if_it_is_short() {
    let finding =
        Finding { span: place(RULES, "histogram").start..place(RULES, ") > 300").end, ..unreachable_threshold() };
    let said = PLAIN.tell(&report([finding]));
    assert!(
        said.contains(
            "
6 | /       histogram_quantile(0.95,
7 | |         sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[5m]))
8 | |       ) > 300
  | |_____________^
"
        ),
        "{said}"
    );
}

#[test]
fn of_a_long_line_only_the_part_around_the_finding_is_shown() {
    let query = format!("{}upp == 0{}", "up == 1 or ".repeat(100), " or up == 1".repeat(100));
    let text = format!("{{\n  \"expr\": \"{query}\"\n}}\n");
    let mut report = Report::default();
    report.read("board.json", text.clone());
    report.add([Finding { file: "board.json".to_owned(), ..about(&text, "upp") }]);
    let said = PLAIN.tell(&report);
    assert!(said.contains("--> board.json:2:1112\n"), "{said}");
    assert!(said.contains(" or up == 1 or upp == 0 or up == 1 or "), "{said}");
    let longest = said.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(150), "a line is {longest:?} long:\n{said}");
}

#[test]
fn a_query_whose_line_breaks_are_escapes_is_shown_as_it_reads_at_its_place_in_the_file() {
    let query = "sum(rate(node_cpu_seconds_total[5m]))\n/\nsum(upp)";
    let text = format!("{{\n  \"expr\": {}\n}}\n", serde_json::to_string(query).expect("a text"));
    let mut report = Report::default();
    report.read("board.json", text.clone());
    let quoted = Quoted { text: query.to_owned(), span: place(query, "upp") };
    report.add([Finding { file: "board.json".to_owned(), quoted: Some(quoted), ..about(&text, "upp") }]);
    let said = PLAIN.tell(&report);
    assert!(said.contains("--> board.json:2:58\n"), "{said}");
    assert!(said.contains("\n | sum(upp)\n |     ^^^\n"), "{said}");
}

#[test]
fn when_nothing_is_found_one_line_says_what_was_looked_at() {
    check(&report([]), "nothing found in 2 rules of 1 file\n");
    let waived = Finding { waived: Some("the metric comes with the next release".to_owned()), ..about(RULES, "upp") };
    check(&report([waived]), "nothing found in 2 rules of 1 file, 1 waived\n");
}

#[test]
fn a_place_that_is_not_in_the_file_is_told_without_a_panic() {
    let beyond = Finding { span: 9_000..10_000, ..about(RULES, "upp") };
    let elsewhere = Finding { file: "gone.yml".to_owned(), ..about(RULES, "upp") };
    let said = PLAIN.tell(&report([beyond, elsewhere]));
    assert!(said.contains("--> rules.yml:12:1") && said.contains("gone.yml"), "{said}");
}

#[test]
fn colours_are_escapes_and_the_words_are_the_same() {
    let styled = Speaker { styled: true, ..PLAIN }.tell(&report([about(RULES, "upp")]));
    assert!(styled.contains("\u{1b}["), "{styled}");
    assert_eq!(anstream::adapter::strip_str(&styled).to_string(), PLAIN.tell(&report([about(RULES, "upp")])));
}
