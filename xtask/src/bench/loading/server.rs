//! The servers that are asked, each a process of its own on a core of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::on_path;

/// The server, which ends with this.
pub(super) struct Server {
    child: Child,
    says: BufReader<ChildStdout>,
    pub(super) url: String,
}

impl Server {
    pub(super) fn start(program: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        // On the other core, where there is one to choose.
        let taskset = on_path("taskset").filter(|_| thread::available_parallelism().is_ok_and(|cores| cores.get() > 1));
        let mut command = match taskset {
            Some(taskset) => {
                let mut command = Command::new(taskset);
                command.args(["-c", "1"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| program.display().to_string())?;
        let mut says = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut url = String::new();
        says.read_line(&mut url).context("the server does not say where it listens")?;
        Ok(Self { child, says, url: url.trim().to_owned() })
    }

    /// Runs something, and stops the server for four seconds when it has lasted for so many.
    pub(super) fn frozen<T: Send>(
        &self,
        after_seconds: u32,
        work: impl FnOnce() -> anyhow::Result<T> + Send,
    ) -> anyhow::Result<T> {
        let signal = |signal: &str| {
            let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
            sent.context("kill could not be started")
        };
        thread::scope(|scope| {
            let working = scope.spawn(work);
            thread::sleep(Duration::from_secs(after_seconds.into()));
            signal("-STOP")?;
            thread::sleep(Duration::from_secs(4));
            signal("-CONT")?;
            working.join().unwrap_or_else(|_| bail!("it broke off"))
        })
    }

    /// Ends its input, and gives the lines that it says then.
    pub(super) fn last_words(mut self) -> anyhow::Result<Vec<String>> {
        drop(self.child.stdin.take());
        let lines = self.says.by_ref().lines().collect::<Result<_, _>>();
        lines.context("the server does not say what it measured")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
