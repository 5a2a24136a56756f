//! Lets findings stand that a comment waives, and finds waivers that have no reason or no use.

use crate::{
    document::{Document, WAIVER_SYNTAX, Waiver},
    report::{Finding, Severity},
};

/// The findings, those marked that a waiver with a reason lets stand, and what is wrong with the waivers themselves.
pub(super) fn judge(document: &Document, mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        if document.waives(finding.code, &finding.span) {
            finding.waived = reason(document, finding);
        }
    }
    findings.extend(document.waivers.iter().flat_map(|waiver| of_waiver(document, waiver)));
    findings
}

fn reason(document: &Document, finding: &Finding) -> Option<String> {
    let holds = |waiver: &&Waiver| {
        waiver.scope.contains(&finding.span.start) && waiver.codes.iter().any(|waived| waived.code.text == finding.code)
    };
    document.waivers.iter().filter(holds).find_map(|waiver| Some(waiver.reason.as_ref()?.text.clone()))
}

fn of_waiver(document: &Document, waiver: &Waiver) -> Vec<Finding> {
    let finding = |code, span, message: String, help: String| Finding {
        code,
        severity: Severity::Warning,
        file: document.file.clone(),
        span,
        rule: String::new(),
        place: String::new(),
        message,
        help,
        quoted: None,
        waived: None,
    };
    if waiver.reason.is_none() {
        let message = "this waiver has no reason, and so lets nothing stand";
        let help = format!("write `{WAIVER_SYNTAX}`");
        return vec![finding("waiver-without-reason", waiver.range.clone(), message.to_owned(), help)];
    }
    let unused = waiver.codes.iter().filter(|waived| !waived.is_used());
    let unused = unused.map(|waived| {
        let message = format!("`{}` is not found where this waiver holds", waived.code);
        finding("unused-waiver", waived.code.range(), message, "delete it".to_owned())
    });
    unused.collect()
}
