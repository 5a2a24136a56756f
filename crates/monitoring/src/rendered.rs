//! A rendered file: where it belongs and what it holds, with a note on where it comes from.

use serde::Serialize;

use crate::markdown;

/// A file of the repository that is made from definitions and never edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// From the repository's root, with forward slashes.
    pub path: String,
    pub contents: String,
}

impl File {
    /// A page for people; `body` is Markdown, and `source` the file of the definition.
    pub fn page(path: &str, source: &str, title: &str, body: &str) -> Self {
        markdown::page(path, source, title, body)
    }
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

/// The name of a part of an INI file, and its keys with their values.
pub(crate) type Section = (&'static str, Vec<(&'static str, String)>);

/// An INI file of these sections; `source` is the file of the definition.
pub(crate) fn ini(path: &str, source: &str, sections: &[Section]) -> File {
    let section = |(name, keys): &Section| {
        let keys: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        format!("\n[{name}]\n{keys}")
    };
    let body: String = sections.iter().map(section).collect();
    File { path: path.to_owned(), contents: format!("# {}\n{body}", note(source)) }
}

/// A file of arguments, one a line, for a program that reads them by `@FILE`; `source` is the file of the definition.
pub fn arguments(path: &str, source: &str, arguments: &[String]) -> File {
    let body: String = arguments.iter().map(|argument| format!("{argument}\n")).collect();
    File { path: path.to_owned(), contents: format!("# {}\n{body}", note(source)) }
}

/// A JSON file made from `value`. JSON has no comments: the value itself must hold the [`note`].
///
/// # Errors
/// When the value has no form in JSON.
pub fn json(path: &str, value: &impl Serialize) -> Result<File, String> {
    let body = serde_json::to_string_pretty(value).map_err(|error| format!("{path}: {error}"))?;
    Ok(File { path: path.to_owned(), contents: body + "\n" })
}
