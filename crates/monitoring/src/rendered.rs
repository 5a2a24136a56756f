//! A rendered file: where it belongs and what it holds, with a note on where it comes from.

use serde::Serialize;

/// A file of the repository that is made from definitions and never edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// From the repository's root, with forward slashes.
    pub path: String,
    pub contents: String,
}

/// The sentence that tells a reader of a rendered file where to change it.
pub fn note(source: &str) -> String {
    format!("Rendered by cargo xtask render from {source}; do not edit.")
}

/// A YAML file made from `value`; `source` is the file of the definition.
///
/// # Errors
/// When the value has no form in YAML, such as a map with keys that are maps.
pub fn yaml(path: &str, source: &str, value: &impl Serialize) -> Result<File, String> {
    let body = serde_norway::to_string(value).map_err(|error| format!("{path}: {error}"))?;
    Ok(File { path: path.to_owned(), contents: format!("# {}\n{body}", note(source)) })
}

/// A JSON file made from `value`. JSON has no comments: the value itself must hold the [`note`].
///
/// # Errors
/// When the value has no form in JSON.
pub fn json(path: &str, value: &impl Serialize) -> Result<File, String> {
    let body = serde_json::to_string_pretty(value).map_err(|error| format!("{path}: {error}"))?;
    Ok(File { path: path.to_owned(), contents: body + "\n" })
}
