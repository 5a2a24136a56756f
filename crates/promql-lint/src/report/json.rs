//! The report for machines: an object with a list of findings.

use serde::Serialize;

use super::Report;

#[derive(Serialize)]
struct Findings<'r> {
    findings: Vec<Finding<'r>>,
}

#[derive(Serialize)]
struct Finding<'r> {
    code: &'r str,
    severity: &'r str,
    file: &'r str,
    line: usize,
    column: usize,
    rule: &'r str,
    message: &'r str,
    help: &'r str,
}

/// The findings that nobody let stand, as JSON.
///
/// # Errors
/// None that a report can have; serde has them.
pub fn json(report: &Report) -> serde_json::Result<String> {
    let findings = report.findings().map(|finding| {
        let place = report.place(finding).start;
        Finding {
            code: finding.code,
            severity: finding.severity.as_str(),
            file: &finding.file,
            line: place.line,
            column: place.column,
            rule: &finding.rule,
            message: &finding.message,
            help: &finding.help,
        }
    });
    let findings = Findings { findings: findings.collect() };
    serde_json::to_string_pretty(&findings).map(|json| json + "\n")
}
