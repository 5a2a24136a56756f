//! Whatever the bytes, reading ends soon, without a panic and with every place within the file.

use std::time::Instant;

use promql_lint::document::{Content, Document, Located};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{SCRAPES, check_unreadable};

/// One file of each kind, with much of what can stand in one.
const SEEDS: [&str; 5] = [
    "groups:\n- name: &n 'a''b'\n  interval: 1m\n  # promql-lint: allow(x) because y\n  rules:\n  - &r\n    record: a:b\n    expr: >-\n      \
     sum by (x) (\n        y\n      )\n\n      > 1\n  - <<: *r\n    alert: ü\n    expr: |2+\n        up{a=\"#\"} == 0 # promql-lint: allow(z)\n\n    \
     labels: {severity: \"p\\u00e9\\n\", b: }\n",
    "apiVersion: v1\nkind: List\nitems:\n- kind: PrometheusRule\n  spec:\n    groups:\n    - name: x\n      rules: [{alert: a, expr: up, for: 5m}]\n---\nkind: X\n...\n",
    r#"{"title": "D", "templating": {"list": [{"name": "a", "type": "query", "query": "label_values(up{b=\"$c\"}, job)"}, {"name": "i", "type": "interval", "query": "1m,1h"}]}, "annotations": {"list": [{"expr": "x"}]}, "panels": [{"title": "P\n\ud83d\ude00", "panels": [{"targets": [{"expr": "topk($i, sum by ($a, b) (rate(x_${a}_y{a=~\"$a|[[i]]\", $a=\"b\"}[$__rate_interval:$i] offset -$i))) > $a # c"}]}]}]}"#,
    r#"{"dashboard": {"rows": [{"panels": [{"type": "graph", "yaxes": [{"format": "s"}], "targets": [{"expr": "${a:regex}(b) and {$c, d} or {\"$e\"}[${f}s]", "legendFormat": "{{g}}"}]}]}]}}"#,
    "route:\n  receiver: a\n  group_by: ['...']\n  routes:\n  - matchers: ['{a=\"b\\\"c\",d=~\"e|f\"}', \"g!=h\"]\n    match_re: {i: j}\n    continue: yes\n\
     inhibit_rules:\n- {source_matchers: [k=l], target_match: {m: n}, equal: [o]}\nreceivers:\n- name: a\n",
];

/// Pieces that mean something to a reader.
const PIECES: [&str; 34] = [
    "\"", "'", "{", "}", "[", "]", "[[", "]]", "${", "$a", "$", ":", ": ", "- ", "\n", "\n  ", "\r\n", "\t", "#", " #",
    "|", ">", "|-\n", "&a ", "*a", "<<: ", "\\", "\\u", "\\\n", ",", "ü", "\u{feff}", "---\n", "\0",
];

#[test]
fn no_bytes_make_reading_panic_or_point_outside_the_file() {
    let mut random = StdRng::seed_from_u64(55);
    let begun = Instant::now();
    for round in 0..5_000 {
        let mut bytes = SEEDS[random.random_range(0..SEEDS.len())].as_bytes().to_vec();
        for _ in 0..random.random_range(1..6) {
            change(&mut bytes, &mut random);
        }
        if let Ok(document) = Document::read("file", &bytes, SCRAPES) {
            check_places(&document, round);
        }
    }
    assert!(begun.elapsed().as_secs() < 120, "5,000 small files took {:?}", begun.elapsed());
}

fn change(bytes: &mut Vec<u8>, random: &mut StdRng) {
    let at = random.random_range(0..=bytes.len());
    let end = (at + random.random_range(0..8)).min(bytes.len());
    match random.random_range(0..5) {
        0 => drop(bytes.drain(at..end)),
        1 => bytes.insert(at, random.random()),
        2 => {
            let copied = bytes[at..end].to_vec();
            let to = random.random_range(0..=bytes.len());
            bytes.splice(to..to, copied);
        }
        _ => drop(bytes.splice(at..at, PIECES[random.random_range(0..PIECES.len())].bytes())),
    }
}

#[track_caller]
fn check_places(document: &Document, round: usize) {
    let check = |located: &Located| {
        let mut before = 0;
        for (at, character) in located.text.char_indices() {
            let range = located.at(at..at + character.len_utf8());
            let is_whole = document.source.get(range.clone()).is_some();
            assert!(is_whole && before <= range.start, "round {round}: {at} of {:?} is at {range:?}", located.text);
            before = range.start;
        }
        document.position(located.range().end);
    };
    match &document.content {
        Content::Rules(groups) => groups.iter().flat_map(|group| &group.rules).for_each(|rule| {
            check(rule.name());
            check(&rule.expr);
            rule.labels.iter().chain(&rule.annotations).for_each(|(name, value)| {
                check(name);
                check(value);
            });
        }),
        Content::Dashboard(dashboard) => dashboard.panels.iter().for_each(|panel| {
            check(&panel.title);
            for target in &panel.targets {
                check(&target.query.written);
                check(&target.query.query);
                let ends_within =
                    |open: &promql_lint::document::Open| target.query.query.text.get(open.span.clone()).is_some();
                assert!(target.query.open.iter().all(ends_within), "round {round}: {:?}", target.query);
            }
        }),
        Content::Routing(routing) => routing.route.iter().flat_map(|root| &root.routes).for_each(|route| {
            for condition in &route.conditions {
                check(&condition.name);
                check(&condition.value);
            }
        }),
    }
    for defect in &document.defects {
        assert!(document.source.get(defect.at.clone()).is_some(), "round {round}: {defect:?}");
    }
    for waiver in &document.waivers {
        assert!(document.source.get(waiver.scope.clone()).is_some(), "round {round}: {waiver:?}");
        waiver.codes.iter().for_each(|waived| check(&waived.code));
    }
}

#[test]
fn deep_and_swollen_files_are_refused_before_they_hurt() {
    check_unreadable("[".repeat(100_000).as_bytes(), "1:", "more than 128 deep");
    check_unreadable("- ".repeat(100_000).as_bytes(), "1:", "more than 128 deep");
    check_unreadable("{\"a\":".repeat(100_000).as_bytes(), "1:", "more than 128 deep");
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let last = level - 1;
        laughs += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 9].join(", "));
    }
    check_unreadable(laughs.as_bytes(), "", "more than 200000 values");
    check_unreadable(b"a: &a [*a]\n", "1:8", "within what it repeats");
    let mut tower = String::from("a0: &a0 [x]\n");
    for level in 1..1_000 {
        tower += &format!("a{level}: &a{level} [[[[[[*a{}]]]]]]\n", level - 1);
    }
    check_unreadable(tower.as_bytes(), "", "more than 128 deep");
}

#[test]
fn long_files_take_time_in_proportion_to_their_length() {
    let rule = "  - alert: a\n    expr: sum by (job) (rate(x_total{a=\"b\"}[5m])) > 5 # ü\n    for: 5m\n    labels: {severity: page}\n";
    let long = [
        format!("groups:\n- name: a\n  rules:\n{}", rule.repeat(1_000)),
        format!("groups: \"{}\"", "\\n".repeat(100_000)),
        format!("groups: |\n{}", "  x\n".repeat(50_000)),
        format!("groups: >\n{}", "\n".repeat(100_000)),
        format!("groups: {}", "x ".repeat(100_000)),
        format!("groups: [{}]", "x, ".repeat(50_000)),
        format!("# x\n{}groups: []", "# promql-lint: allow(a) because b\n".repeat(2_000)),
        format!("{{\"panels\": [{{\"targets\": [{{\"expr\": \"{}\"}}]}}]}}", "$a[".repeat(100_000)),
        format!("{{\"panels\": [{{\"targets\": [{{\"expr\": \"{}\"}}]}}]}}", "{$a,".repeat(100_000)),
        format!("{{\"panels\": [{{\"targets\": [{{\"expr\": \"{}\"}}]}}]}}", "$a(".repeat(20_000)),
        format!("{{\"panels\": [{{\"targets\": [{{\"expr\": \"{}\"}}]}}]}}", "${".repeat(50_000)),
        format!("{{\"panels\": [{{\"targets\": [{{\"expr\": \"{}\"}}]}}]}}", "[[".repeat(50_000)),
        format!("route: {{receiver: a, matchers: ['{}']}}", "a=b,".repeat(100_000)),
    ];
    for source in &long {
        let begun = Instant::now();
        let _ = Document::read("file", source.as_bytes(), SCRAPES);
        let taken = begun.elapsed();
        assert!(taken.as_secs() < 60, "{}… took {taken:?}", &source[..30]);
    }
}
