//! The log file of a process: appended to, set aside at a start when it grew large, and read from the end when the process died.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

const MOST_KEPT_BYTES: u64 = 32 * 1024 * 1024;
const MOST_READ_BYTES: u64 = 64 * 1024;

/// Opens the log for appending and tells where the new lines will begin; a log that grew large is set aside first.
pub(crate) fn open(path: &Path) -> io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(path).is_ok_and(|log| log.len() > MOST_KEPT_BYTES) {
        fs::rename(path, path.with_extension("old.log"))?;
    }
    let log = OpenOptions::new().create(true).append(true).open(path)?;
    let begins = log.metadata()?.len();
    Ok((log, begins))
}

/// The last lines written since `begins`, at most `count` of them.
pub(crate) fn last_lines(path: &Path, begins: u64, count: usize) -> Vec<String> {
    let text = read_end(path, begins).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
}

/// What was written since `begins`, without the beginning when that is long.
pub(crate) fn read_end(path: &Path, begins: u64) -> io::Result<String> {
    let mut log = File::open(path)?;
    let end = log.metadata()?.len();
    log.seek(SeekFrom::Start(begins.max(end.saturating_sub(MOST_READ_BYTES))))?;
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
