//! `cargo xtask render`: writes everything that is made from definitions, or checks that it is up to date.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use promql_lint::explain;
use sha2::{Digest as _, Sha256};
use shop_monitoring::{File, Place};

use crate::Outcome;

/// Lists every rendered file with its digest, as `sha256sum` writes it. From it a stale file is told from an edited one, and a file
/// that is not rendered any more from one that somebody keeps by hand.
const MANIFEST: &str = "deploy/rendered.sha256";

/// The folder of the pages on what the checker finds.
const LINT: &str = "docs/lint";

/// Renders the scrape configuration, rules, alerts, dashboards, manifests, the pages under docs/ and the servers' configuration.
///
/// Real servers read the result: `promtool check config deploy/prometheus/prometheus.yml`, `promtool check rules
/// deploy/prometheus/rules/*.yml`, `amtool check-config deploy/alertmanager/alertmanager.yml`, `otelcol validate --config
/// deploy/collector/collector.yaml`.
#[derive(Args)]
pub(crate) struct Render {
    /// Writes nothing; fails when a file is missing, stale or was edited.
    #[arg(long)]
    check: bool,
    /// Renders into this folder instead of the repository.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Render {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut files = match shop_monitoring::files(&Place::local()) {
            Ok(files) => files,
            Err(refused @ shop_monitoring::Refused::Wrong(_)) => {
                eprintln!("error: {refused}");
                return Ok(Outcome::Findings);
            }
            Err(error) => return Err(error.into()),
        };
        files.extend(explain::pages(LINT).into_iter().map(|(path, contents)| File { path, contents }));
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let root = self.out.unwrap_or_else(stack::workspace_root);
        let old = read(&root.join(MANIFEST))?.map(|manifest| digests(&manifest)).unwrap_or_default();
        let files = with_manifest(files);
        if self.check { check(&root, &files, &old) } else { write(&root, &files, &old) }
    }
}

/// What is not as it should be with one file.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    Missing,
    /// Its definition changed since.
    Stale(Difference),
    /// It is not what was rendered last.
    Edited(Difference),
    /// It was rendered once and is no longer.
    Obsolete,
}

/// The first line that differs.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    line: usize,
    expected: Option<String>,
    found: Option<String>,
}

impl Difference {
    fn between(expected: &str, found: &str) -> Self {
        let (mut expected, mut found) = (expected.split('\n'), found.split('\n'));
        let mut line = 0;
        loop {
            line += 1;
            let (left, right) = (expected.next(), found.next());
            if left != right || left.is_none() {
                return Self { line, expected: left.map(str::to_owned), found: right.map(str::to_owned) };
            }
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |line: &Option<String>| line.clone().unwrap_or_else(|| "(the file ends)".to_owned());
        writeln!(f, "  line {}", self.line)?;
        writeln!(f, "    expected: {}", shown(&self.expected))?;
        write!(f, "    found:    {}", shown(&self.found))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Missing => f.write_str("is missing"),
            Finding::Stale(difference) => write!(f, "is stale: its definition has changed\n{difference}"),
            Finding::Edited(difference) => {
                write!(f, "was edited by hand; its own note says where its definition is\n{difference}")
            }
            Finding::Obsolete => f.write_str("is not rendered any more"),
        }
    }
}

fn compare(expected: &str, found: Option<&str>, rendered_last: Option<&str>) -> Option<Finding> {
    let Some(found) = found else { return Some(Finding::Missing) };
    if found == expected {
        return None;
    }
    let difference = Difference::between(expected, found);
    let edited = rendered_last.is_some_and(|last| last != digest(found));
    Some(if edited { Finding::Edited(difference) } else { Finding::Stale(difference) })
}

fn check(root: &Path, files: &[File], old: &BTreeMap<String, String>) -> anyhow::Result<Outcome> {
    let mut findings = 0;
    for File { path, contents } in files {
        let found = read(&root.join(path))?;
        if let Some(finding) = compare(contents, found.as_deref(), old.get(path).map(String::as_str)) {
            println!("{path} {finding}");
            findings += 1;
        }
    }
    for path in obsolete(files, old).filter(|path| root.join(path).exists()) {
        println!("{path} {}", Finding::Obsolete);
        findings += 1;
    }
    if findings == 0 {
        println!("all {} rendered files are up to date", files.len());
        return Ok(Outcome::Done);
    }
    println!("\nrun cargo xtask render");
    Ok(Outcome::Findings)
}

fn write(root: &Path, files: &[File], old: &BTreeMap<String, String>) -> anyhow::Result<Outcome> {
    let mut changed = 0;
    for File { path, contents } in files {
        let at = root.join(path);
        let found = read(&at)?;
        if found.as_deref() == Some(contents) {
            continue;
        }
        if let Some(folder) = at.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::write(&at, contents).with_context(|| format!("{} cannot be written", at.display()))?;
        println!("{} {path}", if found.is_some() { "changed" } else { "new    " });
        changed += 1;
    }
    for path in obsolete(files, old) {
        match fs::remove_file(root.join(path)) {
            Ok(()) => println!("removed {path}"),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("{path} cannot be removed")),
        }
        changed += 1;
    }
    println!("{} files rendered, {changed} changed", files.len());
    Ok(Outcome::Done)
}

/// Files that were rendered last time and are not any more. A path that leads out of the folder is none of ours.
fn obsolete<'a>(files: &'a [File], old: &'a BTreeMap<String, String>) -> impl Iterator<Item = &'a String> {
    let still = |path: &str| files.iter().any(|file| file.path == path);
    old.keys().filter(move |path| !still(path) && !path.starts_with('/') && !path.split('/').any(|part| part == ".."))
}

fn with_manifest(mut files: Vec<File>) -> Vec<File> {
    let contents = files.iter().map(|file| format!("{}  {}\n", digest(&file.contents), file.path)).collect();
    files.push(File { path: MANIFEST.to_owned(), contents });
    files
}

fn digests(manifest: &str) -> BTreeMap<String, String> {
    let entries = manifest.lines().filter_map(|line| line.split_once("  "));
    entries.map(|(digest, path)| (path.to_owned(), digest.to_owned())).collect()
}

fn digest(contents: &str) -> String {
    Sha256::digest(contents).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read(path) {
        // An edit may have left bytes that are no text; they differ like any other.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(line: usize, expected: Option<&str>, found: Option<&str>) -> Difference {
        Difference { line, expected: expected.map(str::to_owned), found: found.map(str::to_owned) }
    }

    #[track_caller]
    fn check_file(expected: &str, found: Option<&str>, last: Option<&str>, finding: Option<Finding>) {
        assert_eq!(compare(expected, found, last.map(digest).as_deref()), finding);
    }

    #[test]
    fn a_file_is_up_to_date_missing_stale_or_edited() {
        check_file("a\nb\n", Some("a\nb\n"), Some("a\nb\n"), None);
        check_file("a\n", None, Some("a\n"), Some(Finding::Missing));
        let stale = Finding::Stale(difference(2, Some("c"), Some("b")));
        check_file("a\nc\n", Some("a\nb\n"), Some("a\nb\n"), Some(stale));
        let edited = Finding::Edited(difference(2, Some("b"), Some("x")));
        check_file("a\nb\n", Some("a\nx\n"), Some("a\nb\n"), Some(edited));
    }

    #[test]
    fn a_missing_last_line_is_a_difference() {
        assert_eq!(Difference::between("a\n", "a"), difference(2, Some(""), None));
    }

    #[test]
    fn only_what_was_rendered_before_is_removed_and_nothing_outside() {
        let files = [File { path: "deploy/kept.yml".to_owned(), contents: String::new() }];
        let old = digests("00  deploy/kept.yml\n00  deploy/gone.yml\n00  ../elsewhere\n00  /etc/passwd\n");
        assert_eq!(obsolete(&files, &old).collect::<Vec<_>>(), ["deploy/gone.yml"]);
    }
}
