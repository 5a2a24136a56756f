//! The catalogue: every signal and every recording rule, who records it and who asks for it, as pages for people.

use std::collections::BTreeSet;

use promql::{Code, Finding};
use signals::{Declaration, Kind, Service, Unit};

use crate::{
    Definitions, File,
    finding::finding,
    markdown::{self, anchor, code, link},
    uses::{By, Use, Uses},
};

/// Where the signals' page is, from the repository's root.
pub(crate) const SIGNALS: &str = "docs/signals.md";
/// Where the recording rules' page is, from the repository's root.
pub(crate) const RECORDINGS: &str = "docs/recording-rules.md";

/// How many values of a label a page lists.
const FEW: usize = 16;

/// Every signal there is, who can record it, and why some are asked for by nobody.
pub struct Catalogue {
    /// Sorted by name.
    pub signals: Vec<&'static Declaration>,
    pub services: Vec<&'static Service>,
    /// The labels that the scrape adds to every series.
    pub target_labels: Vec<String>,
    pub unused: (&'static str, Vec<Unused>),
}

/// A signal that no rule, alert, panel or question asks for, and why that is right.
#[derive(Clone, Copy, Debug)]
pub struct Unused {
    pub signal: &'static Declaration,
    /// One sentence.
    pub reason: &'static str,
}

/// Signals that nobody asks for without a reason, and reasons that are needless or empty.
pub(crate) fn findings(catalogue: &Catalogue, uses: &Uses) -> Vec<Finding> {
    let reason_of = |signal: &Declaration| catalogue.unused.1.iter().find(|unused| unused.signal.name == signal.name);
    let of_signal = |signal: &&'static Declaration| {
        let users = uses.any_of(&signal.prometheus_metrics());
        let place = format!("signal {}", signal.name);
        match (users.first(), reason_of(signal)) {
            (None, None) => Some(finding(
                Code::UnusedSignal,
                &place,
                "",
                &format!("nothing asks for {} ({}:{})", signal.prometheus_name(), signal.file, signal.line),
                &format!("draw it, alert on it, or say in {} why not", catalogue.unused.0),
            )),
            (Some(user), Some(_)) => Some(finding(
                Code::NeedlessReason,
                &place,
                "",
                &format!("{} says why nothing asks for it, but \"{}\" does", catalogue.unused.0, user.name),
                "take the reason away",
            )),
            (None, Some(unused)) if unused.reason.trim().is_empty() => {
                Some(finding(Code::EmptyText, &place, "", "the reason for not asking for it is empty", "write it"))
            }
            _ => None,
        }
    };
    catalogue.signals.iter().filter_map(of_signal).collect()
}

/// The page of signals.
pub(crate) fn signals(definitions: &Definitions, uses: &Uses) -> File {
    let catalogue = &definitions.catalogue;
    let targets: Vec<_> = catalogue.target_labels.iter().map(|key| code(key)).collect();
    let mut body = format!(
        "Everything that the services measure, by the name that Prometheus knows. Every series that can be exists at zero from \
        the start, so the numbers below are exact. The scrape adds {} to each. Values derived from these are on the page of {}.\n\n",
        targets.join(", "),
        link("recording rules", SIGNALS, RECORDINGS),
    );
    let row = |service: &&Service| {
        let recorded = catalogue.signals.iter().filter(|signal| (signal.recorded_by)(service));
        let series: usize = recorded.map(|signal| signal.series(service)).sum();
        vec![code(service.name), series.to_string(), service.series_budget.to_string()]
    };
    body += &markdown::table(
        &["service", "series at most", "its budget"],
        &catalogue.services.iter().map(row).collect::<Vec<_>>(),
    );
    let row = |signal: &&Declaration| {
        let name = signal.prometheus_name();
        let linked = format!("[`{name}`](#{})", anchor(&name));
        vec![linked, kind(signal.kind).to_owned(), unit(signal.unit), first_sentence(signal.help)]
    };
    body += &markdown::table(
        &["signal", "kind", "unit", "what it is"],
        &catalogue.signals.iter().map(row).collect::<Vec<_>>(),
    );
    for signal in &catalogue.signals {
        body += &of_signal(signal, catalogue, uses);
    }
    let source = format!("the signals' declarations and {}", catalogue.unused.0);
    markdown::page(SIGNALS, &source, "Signals", &body)
}

fn of_signal(signal: &Declaration, catalogue: &Catalogue, uses: &Uses) -> String {
    let name = signal.prometheus_name();
    let mut text = format!(
        "## `{name}`\n\n{}\n\nKind {}, unit {}, `{}` in OpenTelemetry, declared in {}.",
        signal.help,
        kind(signal.kind),
        unit(signal.unit),
        signal.name,
        link(signal.file, SIGNALS, signal.file),
    );
    if signal.kind == Kind::Histogram {
        let bounds: Vec<_> = signal.buckets.iter().map(ToString::to_string).collect();
        text += &format!(" Its buckets end at {} and `+Inf`.", bounds.join(", "));
    }
    text += "\n\n";
    let recording: Vec<_> = catalogue.services.iter().filter(|service| (signal.recorded_by)(service)).collect();
    let keys = (signal.keys)();
    if !keys.is_empty() {
        let row = |key: &&'static str| {
            if signal.open.contains(key) {
                return vec![
                    code(&key.replace('.', "_")),
                    "of whatever fills the slot; an empty one has none".to_owned(),
                ];
            }
            let mut values = BTreeSet::new();
            for service in &recording {
                let labels = (signal.points)(service).into_iter().flatten().filter(|label| label.key == *key);
                // A release must not make the page stale.
                let written =
                    |value: &str| if value == service.version { "its version".to_owned() } else { code(value) };
                values.extend(labels.map(|label| written(&label.value)));
            }
            vec![code(&key.replace('.', "_")), listed(&values)]
        };
        text += &markdown::table(&["label", "values"], &keys.iter().map(row).collect::<Vec<_>>());
    }
    let row = |service: &&&Service| vec![code(service.name), signal.series(service).to_string()];
    text += &markdown::table(&["recorded by", "series at most"], &recording.iter().map(row).collect::<Vec<_>>());
    let users = uses.any_of(&signal.prometheus_metrics());
    let reason = catalogue.unused.1.iter().find(|unused| unused.signal.name == signal.name);
    match reason {
        Some(unused) if users.is_empty() => text += &format!("Asked for by nothing: {}\n\n", unused.reason),
        _ => text += &asked_for_by(&users, SIGNALS),
    }
    text
}

/// The page of recording rules.
pub(crate) fn recordings(definitions: &Definitions, uses: &Uses) -> File {
    let mut body = format!(
        "What Prometheus computes in advance from the {} and keeps under a name. Panels and alerts read these where they can, so \
        that all show the same number.\n\n",
        link("signals", RECORDINGS, SIGNALS),
    );
    let row = |rule: &promql::Rule| {
        let name = rule.name.to_string();
        vec![format!("[`{name}`](#{})", anchor(&name)), rule.help.to_string()]
    };
    let rows: Vec<_> = definitions.each_rule().map(row).collect();
    body += &markdown::table(&["rule", "what it is"], &rows);
    for rule in definitions.each_rule() {
        body += &format!("## `{}`\n\n{}\n\n", rule.name, rule.help);
        body += &markdown::block("promql", &rule.query.to_string());
        let users = uses.any_of(&[rule.name.to_string()]);
        body += &if users.is_empty() {
            "Nothing rendered here reads it; it is there for people.\n\n".to_owned()
        } else {
            asked_for_by(&users, RECORDINGS)
        };
    }
    markdown::page(RECORDINGS, definitions.recordings.0, "Recording rules", &body)
}

/// A line for each kind of those who ask.
fn asked_for_by(users: &[&Use], page: &str) -> String {
    let line = |by: By| {
        let of_kind = users.iter().filter(|user| user.by == by);
        let links: Vec<_> = of_kind.map(|user| link(&user.name, page, &user.path)).collect();
        if links.is_empty() { String::new() } else { format!("- {}: {}\n", by.as_str(), links.join(", ")) }
    };
    By::ALL.map(line).concat() + "\n"
}

fn listed(values: &BTreeSet<String>) -> String {
    let shown: Vec<_> = values.iter().take(FEW).map(String::as_str).collect();
    match values.len() {
        0 => "none in any service".to_owned(),
        many if many > FEW => format!("{many} values, such as {}", shown[..FEW / 4].join(", ")),
        _ => shown.join(", "),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::UpDownCounter => "up-down counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    }
}

fn unit(unit: Unit) -> String {
    match unit {
        Unit::Seconds => "seconds".to_owned(),
        Unit::Bytes => "bytes".to_owned(),
        Unit::Ratio => "a share from 0 to 1".to_owned(),
        Unit::Each(_) => code(unit.code()),
    }
}

fn first_sentence(help: &str) -> String {
    help.split_once(". ").map_or_else(|| help.to_owned(), |(first, _)| format!("{first}."))
}
