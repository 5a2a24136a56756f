//! How long it takes to render everything, beside a process that does nothing.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Context as _;

use super::spread::{Spread, milliseconds, timed};
use crate::{Outcome, cargo::cargo};

/// Longer than this and one would notice it.
const AIM: Duration = Duration::from_millis(100);
const RUNS: usize = 5;

/// Renders all files into a folder, several times, and compares what came out.
pub(super) fn run() -> anyhow::Result<Outcome> {
    // Of all binaries only this one: the services would take ten times as long.
    let built = cargo(&["build", "--release", "--package", "xtask"])?;
    if built != Outcome::Done {
        return Ok(built);
    }
    let xtask = stack::target_folder()?.join("release/xtask");
    let folder = stack::target_folder()?.join("bench-render");
    let mut rendered = Vec::new();
    let mut renderings = Vec::new();
    let mut nothings = Vec::new();
    for _ in 0..RUNS {
        let _ = std::fs::remove_dir_all(&folder);
        renderings.push(timed(Command::new(&xtask).arg("render").arg("--out").arg(&folder))?);
        // Beside each, so that a busy moment of the machine slows both.
        nothings.push(timed(&mut Command::new("true"))?);
        rendered.push(contents(&folder)?);
    }
    let files = rendered[0].len();
    let same = rendered.iter().all(|other| *other == rendered[0]);
    let (rendering, nothing) = (Spread::of(renderings), Spread::of(nothings));
    println!(
        "{files} files, {} in {RUNS} runs, release profile\n",
        if same { "the same bytes" } else { "NOT the same bytes" }
    );
    println!("  an empty process   {nothing}");
    println!("  cargo xtask render {rendering}");
    println!("  the aim            {:>6.1} ms", milliseconds(AIM));
    Ok(if same && rendering.median < AIM { Outcome::Done } else { Outcome::Findings })
}

/// Every file below a folder with what it holds, sorted by path.
fn contents(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(&inner).with_context(|| inner.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push((path.display().to_string(), std::fs::read(&path)?));
            }
        }
    }
    all.sort();
    Ok(all)
}
