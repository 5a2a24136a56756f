//! The checker as a command: reads rule files, manifests, dashboards and routes, and says what cannot be true in them.

pub mod document;
pub mod sources;
pub mod command;
pub mod explain;
pub mod report;

use promql::Symbols;
use saphyr_parser::Parser;

use crate::{
    command::{Input, Lint},
    report::Report,
};

/// Checks these files; `known` are metrics that are declared.
///
/// # Errors
/// When something that is known of the metrics cannot be had.
pub fn lint(_settings: &Lint, _known: Option<Symbols>, inputs: Vec<Input>) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for Input { path, bytes } in inputs {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                report.refuse(&path, text, at, "this is no text in UTF-8".to_owned());
                continue;
            }
        };
        match Parser::new_from_str(&text).find_map(Result::err) {
            Some(error) => {
                let at = text.char_indices().nth(error.marker().index()).map_or(text.len(), |(at, _)| at);
                report.refuse(&path, &*text, at, format!("this is no YAML: {}", error.info()));
            }
            None => report.read(&path, text),
        }
    }
    Ok(report)
}
