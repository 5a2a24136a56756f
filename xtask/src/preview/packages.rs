//! Node.js, and the page's packages: installed once from the lock file into the user's cache, so that clones share them.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use stack::{Error, tools::Event};

use super::page;
use crate::kept::{on_path, once};

/// The oldest Node.js that playwright-core and the server run on.
const OLDEST_NODE: u32 = 20;
const NAME: &str = "preview";
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What npm reads; together they are the key.
const PINS: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Node.js' program.
///
/// # Errors
/// When it, or npm, is missing or too old.
pub(super) fn need_node() -> Result<PathBuf, Error> {
    let missing = |what: &str| {
        Error::MissingTool(format!(
            "the preview needs {what}: install Node.js {OLDEST_NODE} or later, which brings npm, from https://nodejs.org"
        ))
    };
    let node = on_path(&["node"]).ok_or_else(|| missing("node, which is not on PATH"))?;
    on_path(&["npm"]).ok_or_else(|| missing("npm, which is not on PATH"))?;
    let said = Command::new(&node)
        .arg("--version")
        .output()
        .map_err(|error| missing(&format!("a node that runs ({error})")))?;
    let version = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        return Err(missing(&format!("a later node than {version} ({})", node.display())));
    }
    Ok(node)
}

/// The folder that holds node_modules, installed if it is not there.
pub(super) fn install(progress: &mut dyn FnMut(Event)) -> anyhow::Result<PathBuf> {
    let pins = PINS.map(|name| fs::read_to_string(page::source().join(name)).with_context(|| name.to_owned()));
    let pins = pins.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    // esbuild is a program: another machine needs another one.
    let mut key: Vec<&str> = pins.iter().map(String::as_str).collect();
    key.extend([env::consts::OS, env::consts::ARCH]);
    once("preview", &key, progress, |folder, log, progress| {
        for (name, text) in PINS.iter().zip(&pins) {
            fs::write(folder.join(name), text)?;
        }
        npm(folder, log, progress)
    })
}

fn npm(folder: &Path, log: &Path, progress: &mut dyn FnMut(Event)) -> anyhow::Result<()> {
    let file = File::create(log).with_context(|| log.display().to_string())?;
    let begun = Instant::now();
    progress(Event::Begins { name: NAME, log: log.to_owned() });
    // None of them needs its scripts, and a script can do anything.
    let mut child = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .context("npm could not be started")?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let said = fs::read_to_string(log).unwrap_or_default();
        let fetched: Vec<&str> = said.lines().filter(|line| line.contains(" fetch ")).collect();
        let last = fetched.last().map(|line| (*line).to_owned()).unwrap_or_default();
        progress(Event::GoesOn { name: NAME, elapsed: begun.elapsed(), packages: fetched.len(), last });
        thread::sleep(LOOK_EVERY);
    };
    if !status.success() {
        let said = fs::read_to_string(log).unwrap_or_default();
        // npm's first words are codes, its last point to its log.
        let told = said.lines().filter_map(|line| line.strip_prefix("npm error "));
        let why = told.filter(|line| !line.starts_with("code ") && !line.starts_with("errno ")).take(2);
        let why = why.collect::<Vec<_>>().join(" ");
        let sentence = format!(
            "the preview's packages could not be installed ({status}): {why}; the whole log is {}",
            log.display()
        );
        bail!(Error::MissingTool(sentence));
    }
    progress(Event::Done { name: NAME, elapsed: begun.elapsed() });
    Ok(())
}
