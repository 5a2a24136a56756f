//! Texts with holes, as Prometheus fills them (<https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>).

use crate::{spelling::nearest, syntax::Span};

/// What Prometheus' templates can call, beside what Go's can.
const FUNCTIONS: [&str; 50] = [
    "query",
    "first",
    "label",
    "value",
    "strvalue",
    "args",
    "reReplaceAll",
    "safeHtml",
    "match",
    "title",
    "toUpper",
    "toLower",
    "graphLink",
    "tableLink",
    "sortByLabel",
    "stripPort",
    "stripDomain",
    "humanize",
    "humanize1024",
    "humanizeDuration",
    "humanizePercentage",
    "humanizeTimestamp",
    "toTime",
    "toDuration",
    "now",
    "pathPrefix",
    "externalURL",
    "parseDuration",
    "urlQueryEscape",
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "printf",
    "println",
    "html",
    "js",
    "urlquery",
    "call",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "nil",
    "tmpl",
];

/// What stands first in an action and calls nothing.
const WORDS: [&str; 12] =
    ["if", "else", "end", "range", "with", "define", "template", "block", "break", "continue", "true", "false"];

/// What can be read off a template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    /// The labels that it names, each with its place.
    pub(crate) labels: Vec<(String, Span)>,
    /// Where it writes the value.
    pub(crate) value: Option<Span>,
    /// What is wrong with it: where, what is so, and what to write.
    pub(crate) mistakes: Vec<(Span, String, String)>,
}

/// Reads a text with holes.
pub(crate) fn read(text: &str) -> Template {
    let mut template = Template::default();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(open) = text[at..].find("{{") {
        let start = at + open;
        let Some(end) = closing(text, start + 2) else {
            template.wrong(Span::new(start, start + 2), "this hole is not closed", "write `}}` where it ends");
            return template;
        };
        let mut action = Action { text, at: start + 2, end, words: Vec::new() };
        action.read();
        template.add(text, &action.words, &mut depth, Span::new(start, end + 2));
        at = end + 2;
    }
    if depth > 0 {
        template.wrong(Span::new(0, text.len()), "an `if`, `range` or `with` is not ended", "write `{{ end }}`");
    }
    template
}

/// Where the `}}` of an action stands, outside of texts in quotes.
fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (from, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(b'"' | b'\''), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (None, byte @ (b'"' | b'\'' | b'`')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

struct Action<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    words: Vec<(&'t str, Span)>,
}

impl Action<'_> {
    fn read(&mut self) {
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let first = rest.chars().next().unwrap_or_default();
            let length = match first {
                '"' | '\'' | '`' => quoted(rest),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                letter if is_of_word(letter) => {
                    rest.chars().take_while(|letter| is_of_word(*letter)).map(char::len_utf8).sum()
                }
                other => other.len_utf8(),
            };
            let is_comment = first == '/';
            if !first.is_whitespace() && !is_comment {
                self.words.push((&rest[..length], Span::new(self.at, self.at + length)));
            }
            self.at += length;
        }
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$')
}

fn quoted(text: &str) -> usize {
    let quote = text.as_bytes()[0];
    let mut at = 1;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'\\' if quote != b'`' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

impl Template {
    fn wrong(&mut self, span: Span, reason: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push((span, reason.into(), help.into()));
    }

    fn add(&mut self, text: &str, words: &[(&str, Span)], depth: &mut usize, whole: Span) {
        let meaningful: Vec<_> = words.iter().filter(|(word, _)| *word != "-").collect();
        match meaningful.first().map(|(word, _)| *word) {
            None if !whole.of(text).contains("/*") => {
                return self.wrong(whole, "this hole is empty", "say what is filled in, or drop it");
            }
            Some("if" | "range" | "with" | "define" | "block") => *depth += 1,
            Some("end") if *depth == 0 => return self.wrong(whole, "nothing is open that this ends", "drop it"),
            Some("end") => *depth -= 1,
            _ => {}
        }
        for (place, (word, span)) in meaningful.iter().enumerate() {
            let before = place.checked_sub(1).map(|place| meaningful[place].0);
            let next = meaningful.get(place + 1);
            self.word(word, *span, before, next.map(|(word, span)| (*word, *span)), *depth);
        }
    }

    fn word(&mut self, word: &str, span: Span, before: Option<&str>, next: Option<(&str, Span)>, depth: usize) {
        let labels = ["$labels.", ".Labels."].into_iter().find_map(|start| word.strip_prefix(start));
        if let Some(label) = labels.filter(|_| word.starts_with('$') || depth == 0) {
            let key = label.split('.').next().unwrap_or_default();
            let end = span.start + word.len() - label.len() + key.len();
            self.labels.push((key.to_owned(), Span::new(end - key.len(), end)));
            return;
        }
        let is_map = matches!(word, "$labels" | ".Labels");
        if let Some((name, place)) = next.filter(|(next, _)| is_map && before == Some("index") && next.starts_with('"'))
        {
            let key = name.trim_matches('"');
            self.labels.push((key.to_owned(), Span::new(place.start + 1, place.start + 1 + key.len())));
            return;
        }
        if word == "$value" || word == ".Value" && depth == 0 {
            self.value = Some(span);
            return;
        }
        let is_plain = word.starts_with(|first: char| first.is_alphabetic()) && !word.contains('.');
        if !is_plain || WORDS.contains(&word) || FUNCTIONS.contains(&word) {
            return self.known_field(word, span, depth);
        }
        let help = match word {
            "labels" => "write `$labels`".to_owned(),
            _ => nearest(word, FUNCTIONS).map_or_else(
                || "a label is written `$labels.name`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        };
        self.wrong(span, format!("templates have no function `{word}`"), help);
    }

    /// What stands behind a point at the top is one of four things.
    fn known_field(&mut self, word: &str, span: Span, depth: usize) {
        const FIELDS: [&str; 4] = ["Labels", "Value", "ExternalLabels", "ExternalURL"];
        let Some(field) = word.strip_prefix('.').and_then(|rest| rest.split('.').next()) else { return };
        if depth == 0 && !field.is_empty() && !FIELDS.contains(&field) && field.starts_with(char::is_alphabetic) {
            let near = nearest(field, FIELDS).unwrap_or("Labels");
            self.wrong(span, format!("an alert has no `.{field}`"), format!("did you mean `.{near}`?"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, labels: &[&str], mistakes: &[&str]) {
        let template = read(text);
        let named: Vec<_> = template.labels.iter().map(|(key, span)| (key.as_str(), span.of(text))).collect();
        assert_eq!(named, labels.iter().map(|key| (*key, *key)).collect::<Vec<_>>(), "{text}");
        let found: Vec<_> = template.mistakes.iter().map(|(span, ..)| span.of(text)).collect();
        assert_eq!(found, mistakes, "{text}: {:?}", template.mistakes);
    }

    #[test]
    fn the_labels_of_a_template_are_found_where_they_stand() {
        check("{{ $labels.job }} is at {{ $value | humanizePercentage }}", &["job"], &[]);
        check("{{ .Labels.instance }}{{- index $labels \"pod\" -}}", &["instance", "pod"], &[]);
        check("{{ if eq $labels.mode \"idle\" }}a{{ else }}b{{ end }}", &["mode"], &[]);
        check("{{ range query \"up\" }}{{ .Labels.x }} {{ .Value }}{{ end }}", &[], &[]);
        check("{{ with $x := printf \"%.2f\" $value }}{{ $x }}{{ end }}", &[], &[]);
        check("{{ /* why */ }}{{ printf `}}` }}", &[], &[]);
    }

    #[test]
    fn what_a_template_cannot_be_is_said() {
        check("{{ $value | humanise }}", &[], &["humanise"]);
        check("{{ $labels.job", &[], &["{{"]);
        check("{{ labels.job }}", &[], &[]);
        check("{{ .Vaule }}", &[], &[".Vaule"]);
        check("{{ end }}", &[], &["{{ end }}"]);
        check("{{ if $value }}x", &[], &["{{ if $value }}x"]);
        assert!(read("at {{ $value }}").value.is_some());
    }
}
