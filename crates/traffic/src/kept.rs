//! The last report, kept in the user's state folder for `traffic stats`.

use std::{fs, path::Path};

use anyhow::Context as _;
use shop::local::state_folder;

use crate::{complain, report::Report};

const LAST: &str = "last-report.json";

/// Keeps a report as the last. That it cannot be kept is said, and no reason to fail.
pub(crate) fn keep(report: &Report) {
    if let Err(error) = try_keep(report) {
        complain(&format!("the report is not kept for `traffic stats`: {error:#}"));
    }
}

fn try_keep(report: &Report) -> anyhow::Result<()> {
    let folder = state_folder().context("there is no home folder; name one with XDG_STATE_HOME")?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write_whole(&folder.join(LAST), &serde_json::to_string(report)?)
}

/// Nobody finds half a file.
pub(crate) fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// The last report; none when nothing ran yet.
///
/// # Errors
/// When there is one that cannot be read.
pub(crate) fn last() -> anyhow::Result<Option<Report>> {
    let Some(path) = state_folder().map(|folder| folder.join(LAST)).filter(|path| path.exists()) else {
        return Ok(None);
    };
    Report::read(&path).map(Some)
}
