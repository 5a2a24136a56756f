//! The report as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), as far as it is needed.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Finding, Report, Severity};
use crate::explain::Page;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool<'r>,
    column_kind: &'static str,
    results: Vec<Finished<'r>>,
}

#[derive(Serialize)]
struct Tool<'r> {
    driver: Driver<'r>,
}

#[derive(Serialize)]
struct Driver<'r> {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'r> {
    id: &'r str,
    short_description: Message<'r>,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// A result, as SARIF calls a finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finished<'r> {
    rule_id: &'r str,
    rule_index: usize,
    level: &'static str,
    message: Message<'r>,
    locations: [Location<'r>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'r>>,
}

#[derive(Serialize)]
struct Message<'r> {
    text: std::borrow::Cow<'r, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'r> {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation<'r>>,
}

#[derive(Serialize)]
struct LogicalLocation<'r> {
    name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Suppression<'r> {
    kind: &'static str,
    justification: &'r str,
}

/// The findings as SARIF; what somebody let stand is there as suppressed.
///
/// # Errors
/// None that a report can have; serde has them.
pub fn sarif(report: &Report) -> serde_json::Result<String> {
    let all = || report.findings().chain(report.waived());
    let codes: BTreeSet<&str> = all().map(|finding| finding.code).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let results = all().map(|finding| result(report, finding, codes.partition_point(|code| *code < finding.code)));
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        rules: codes.iter().filter_map(|code| Page::of(code)).map(rule).collect(),
    };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results: results.collect() };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    serde_json::to_string_pretty(&log).map(|json| json + "\n")
}

fn rule(page: &Page) -> Rule<'_> {
    Rule {
        id: page.code,
        short_description: Message { text: page.summary().into() },
        help: Help { text: page.plain(), markdown: page.markdown() },
        default_configuration: Configuration { level: level(page.severity()) },
    }
}

fn result<'r>(report: &Report, finding: &'r Finding, rule_index: usize) -> Finished<'r> {
    let place = report.place(finding);
    let text = match finding.help.as_str() {
        "" => finding.message.as_str().into(),
        help => format!("{}\nHelp: {help}", finding.message).into(),
    };
    let named = (!finding.rule.is_empty()).then_some(LogicalLocation { name: &finding.rule });
    Finished {
        rule_id: finding.code,
        rule_index,
        level: level(finding.severity),
        message: Message { text },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: uri(&finding.file) },
                region: Region {
                    start_line: place.start.line,
                    start_column: place.start.column,
                    end_line: place.end.line,
                    end_column: place.end.column,
                },
            },
            logical_locations: named.into_iter().collect(),
        }],
        suppressions: finding
            .waived
            .iter()
            .map(|reason| Suppression { kind: "inSource", justification: reason })
            .collect(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning | Severity::House => "warning",
        Severity::Unsupported => "note",
    }
}

/// A path as a reference of RFC 3986: what may not stand in one is escaped.
fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
