//! `cargo xtask soundness`: the checker against a real Prometheus at length, and whether wrong rules of it would be found.

mod planted;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Instant,
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::Outcome;
use planted::{PLANTED, Planted};

/// The test, and how it is told how much to do (crates/stack/tests/differential).
const TEST: [&str; 4] = ["--package", "stack", "--test", "differential"];
const QUERIES: &str = "DIFFERENTIAL_QUERIES";
const SEED: &str = "DIFFERENTIAL_SEED";

/// Asks a real Prometheus thousands of random queries, and compares with what the checker infers of them.
///
/// Exit codes: 0 nothing contradicts (or every planted mistake is found), 1 something does (or one is not), 2 it could not be tried.
#[derive(Args)]
pub(crate) struct Soundness {
    /// How many queries are asked, and how many texts read.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    queries: u32,
    /// What the worlds, the queries and the texts are made of.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Makes one rule of the type system wrong at a time, in a copy of the workspace, and expects each to be found.
    #[arg(long)]
    planted: bool,
}

impl Soundness {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        if self.planted {
            return self.look_for_planted();
        }
        let status = self.cargo(&stack::workspace_root(), None, "test").args(["--", "--nocapture"]).status();
        let is_sound = status.context("cargo could not be started")?.success();
        Ok(if is_sound { Outcome::Done } else { Outcome::Findings })
    }

    fn look_for_planted(&self) -> anyhow::Result<Outcome> {
        let folder = stack::target_folder()?.join("planted");
        let copy = Copied::new(&stack::workspace_root(), folder.join("workspace"))?;
        let target = folder.join("target");
        let mut missed = Vec::new();
        for planted in &PLANTED {
            copy.restore()?;
            planted.plant(&copy.root)?;
            let begun = Instant::now();
            let built = self.cargo(&copy.root, Some(&target), "test").arg("--no-run").output()?;
            ensure!(built.status.success(), "{} cannot be compiled: {}", planted.what, text(&built.stderr));
            let run = self.cargo(&copy.root, Some(&target), "test").output()?;
            let seconds = begun.elapsed().as_secs_f64();
            match contradiction(&run) {
                Some(how) => println!("found in {seconds:.0} s: {}\n    {how}", planted.what),
                None => {
                    println!("NOT FOUND in {seconds:.0} s: {}", planted.what);
                    missed.push(planted.what);
                }
            }
        }
        println!("{} of {} planted mistakes were found", PLANTED.len() - missed.len(), PLANTED.len());
        Ok(if missed.is_empty() { Outcome::Done } else { Outcome::Findings })
    }

    fn cargo(&self, root: &Path, target: Option<&Path>, verb: &str) -> Command {
        let mut command = stack::cargo();
        command.arg(verb).args(TEST).current_dir(root).stdin(Stdio::null());
        command.env(QUERIES, self.queries.to_string()).env(SEED, self.seed.to_string());
        if let Some(target) = target {
            // What is built once for each mistake need not be fast, only soon there.
            let soon = ["profile.dev.debug=false", "profile.dev.package.monitoring.opt-level=0"];
            command.args(soon.iter().flat_map(|setting| ["--config", setting])).env("CARGO_TARGET_DIR", target);
        }
        command
    }
}

/// How many contradictions a run told, and the first of them in short.
fn contradiction(run: &Output) -> Option<String> {
    let said = text(&run.stdout);
    let count = said.lines().find(|line| line.contains("contradictions with seed"))?;
    let query = said.lines().find_map(|line| line.trim().strip_prefix("in short: "))?;
    Some(format!("{}: {query}", count.trim()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A copy of the workspace's sources, in which something can be made wrong.
struct Copied {
    of: PathBuf,
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl Copied {
    fn new(of: &Path, root: PathBuf) -> anyhow::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(of)
            .output()
            .context("git could not be started")?;
        if !listed.status.success() {
            bail!("git does not say which files belong to the workspace: {}", text(&listed.stderr));
        }
        let files = text(&listed.stdout).split('\0').filter(|file| !file.is_empty()).map(PathBuf::from).collect();
        Ok(Self { of: of.to_owned(), root, files })
    }

    /// Brings every file that differs back to what it is; the others keep their times, so that little is compiled again.
    fn restore(&self) -> anyhow::Result<()> {
        for file in &self.files {
            let (from, to) = (self.of.join(file), self.root.join(file));
            // What was deleted is still listed until it is committed.
            let Ok(contents) = fs::read(&from) else { continue };
            if fs::read(&to).is_ok_and(|copied| copied == contents) {
                continue;
            }
            fs::create_dir_all(to.parent().context("a file stands in a folder")?)?;
            fs::write(&to, contents).with_context(|| format!("{} could not be written", to.display()))?;
        }
        Ok(())
    }
}

impl Planted {
    /// Makes the rule wrong.
    fn plant(&self, root: &Path) -> anyhow::Result<()> {
        let path = root.join(self.file);
        let right = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        ensure!(
            right.matches(self.right).count() == 1,
            "`{}` stands not once in {}: say anew how to make it so that {}",
            self.right,
            self.file,
            self.what
        );
        fs::write(&path, right.replacen(self.right, self.wrong, 1))?;
        Ok(())
    }
}
