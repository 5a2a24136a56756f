//! Each byte of a text is traced to the byte that wrote it, in every way of writing texts that YAML and JSON have.

use promql_lint::document::{Document, Located};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{only_rule, read, written};

/// Reads a rule whose expression is written so, and compares each of its characters with what wrote it. `apart` has those that are not
/// written as themselves.
#[track_caller]
fn check(expr: &str, means: &str, apart: &[(&str, &str)]) {
    let source = format!("groups:\n- name: größe\n  rules:\n  - expr: {expr}\n    record: a\n");
    let document = read(&source);
    let text = &only_rule(&document).expr;
    assert_eq!(text.text, means);
    assert_eq!(traced(&document, text), apart.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect::<Vec<_>>());
}

/// The characters that are not written as themselves, with what wrote them; all of them stand in order.
#[track_caller]
fn traced(document: &Document, text: &Located) -> Vec<(String, String)> {
    let mut apart = Vec::new();
    let mut before = 0;
    for (at, character) in text.text.char_indices() {
        let range = text.at(at..at + character.len_utf8());
        assert!(before <= range.start && range.start < range.end, "{character:?} at {at}: {before} {range:?}");
        before = range.end;
        let wrote = &document.source[range];
        if wrote != character.to_string() {
            apart.push((character.to_string(), wrote.to_owned()));
        }
    }
    let whole = text.at(0..text.text.len());
    assert!(text.range().start <= whole.start);
    apart
}

#[test]
fn plain_texts_of_one_line_and_of_several() {
    check("up == 0 # why", "up == 0", &[]);
    check("größe > ü", "größe > ü", &[]);
    check("sum(\n      a\n     )  \n\n\n      > 1", "sum( a )\n\n> 1", &[(" ", "\n"), (" ", "\n")]);
}

#[test]
fn quoted_texts_with_their_escapes() {
    check("'up{a=\"it''s\"}'", "up{a=\"it's\"}", &[("'", "''")]);
    check(
        r#""up{a=\"b\\n\"}\n> \u00e9\x41""#,
        "up{a=\"b\\n\"}\n> éA",
        &[("\"", "\\\""), ("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("é", "\\u00e9"), ("A", "\\x41")],
    );
    check("\"a  \n      b \\\n      c\n\n      d\"", "a b c\nd", &[(" ", "\n")]);
    check("'a\n\n\n      b'", "a\n\nb", &[]);
}

#[test]
fn blocks_keep_their_lines_or_fold_them() {
    check("|\n      a\n        b\n\n      c\n", "a\n  b\n\nc\n", &[]);
    check("|-\n      a\n      b\n", "a\nb", &[]);
    check("|+\n      a\n\n", "a\n\n\n", &[]);
    check("|2-\n        a\n       b\n", "  a\n b", &[]);
    check("| # a comment\n\n      a # kept\n", "\na # kept\n", &[]);
    check(">-\n      a\n      b\n\n      c\n        d\n      e\n", "a b\nc\n  d\ne", &[(" ", "\n")]);
    check(">\n      a\n      b\n", "a b\n", &[(" ", "\n")]);
    check(">+\n      ä\n      b\n", "ä b\n\n", &[(" ", "\n")]);
    check("|\r\n      a\r\n      b\r\n", "a\nb\n", &[("\n", "\r\n"), ("\n", "\r\n")]);
}

#[test]
fn anchors_and_tags_are_no_part_of_a_text() {
    check("&a up == 0", "up == 0", &[]);
    check("!!str &a 'it''s'", "it's", &[("'", "''")]);
    check("&a !!str \"a\\nb\"", "a\nb", &[("\n", "\\n")]);
    check("&a |\n\n      a\n      b\n", "\na\nb\n", &[]);
    check("&a >-  # why\n      a\n      b\n", "a b", &[(" ", "\n")]);
}

#[test]
fn json_texts_with_their_escapes() {
    let expr = r#"a{b=\"c\"}\n\u0000> \ud83d\ude00\/\ud800"#;
    let document = read(&format!(r#"{{"groups": [{{"name": "ü", "rules": [{{"record": "a", "expr": "{expr}"}}]}}]}}"#));
    let text = &only_rule(&document).expr;
    assert_eq!(text.text, "a{b=\"c\"}\n\0> 😀/\u{fffd}");
    let apart = traced(&document, text);
    let wrote: Vec<&str> = apart.iter().map(|(_, wrote)| wrote.as_str()).collect();
    assert_eq!(wrote, ["\\\"", "\\\"", "\\n", "\\u0000", "\\ud83d\\ude00", "\\/", "\\ud800"]);
}

#[test]
fn a_byte_order_mark_shifts_nothing() {
    let document = read("\u{feff}groups:\n- name: a\n  rules:\n  - {record: a, expr: up}\n");
    let rule = only_rule(&document);
    assert_eq!(written(&document, &rule.expr, "up"), "up");
    let position = document.position(rule.range.start);
    assert_eq!((position.line, position.column), (4, 5));
}

#[test]
fn an_alias_points_to_what_it_repeats() {
    let document = read("groups:\n- name: a\n  rules:\n  - record: a\n    expr: &e 'u'\n  - {record: b, expr: *e}\n");
    let rules = &super::groups(&document)[0].rules;
    assert_eq!(rules[0].expr, rules[1].expr);
    assert_eq!(written(&document, &rules[1].expr, "u"), "u");
    assert_eq!(document.position(rules[1].expr.range().start).line, 5);
}

#[test]
fn random_texts_come_back_from_every_style() {
    let mut random = StdRng::seed_from_u64(5);
    for round in 0..2_000 {
        let lines: Vec<String> = (0..random.random_range(1..5)).map(|_| line(&mut random)).collect();
        for (style, source) in styles(&lines) {
            let source =
                format!("# ü\ngroups:\n- name: a\n  rules:\n  - record: a\n    expr: {source}\n    labels: {{a: ü}}\n");
            let document = read(&source);
            let text = &only_rule(&document).expr;
            let means = if style == "folded" { lines.join("\n") + "\n" } else { lines.join("\n") };
            assert_eq!(text.text, means, "round {round}, {style}:\n{source}");
            for (character, wrote) in traced(&document, text) {
                let decoded = match wrote.as_str() {
                    "''" => "'".to_owned(),
                    wrote if wrote.starts_with('\\') => {
                        serde_json::from_str(&format!("\"{wrote}\"")).unwrap_or_default()
                    }
                    wrote => wrote.to_owned(),
                };
                assert_eq!(decoded, character, "round {round}, {style}:\n{source}");
            }
        }
    }
}

fn line(random: &mut StdRng) -> String {
    const WORDS: [&str; 10] = ["up", "größe", "{a=\"b\"}", "it's", "#", "\\d", "a: b", "😀", "[5m]", "*"];
    let words: Vec<&str> = (0..random.random_range(1..6)).map(|_| WORDS[random.random_range(0..WORDS.len())]).collect();
    words.join(" ")
}

/// The same text in several ways of writing it.
fn styles(lines: &[String]) -> Vec<(&'static str, String)> {
    let indented = |separator: &str| lines.join(&format!("{separator}      "));
    vec![
        ("literal", format!("|-\n      {}", indented("\n"))),
        ("folded", format!(">\n      {}", indented("\n\n"))),
        ("single", format!("'{}'", indented("\n\n").replace('\'', "''"))),
        ("double", serde_json::to_string(&lines.join("\n")).unwrap_or_default()),
        ("double folded", format!("\"{}\"", indented("\n\n").replace('\\', "\\\\").replace('"', "\\\""))),
    ]
}
