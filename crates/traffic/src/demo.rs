//! `traffic demo`: a menu of things to see, each of which prints the commands that it runs.

mod entries;
mod menu;
mod surroundings;

use std::{
    env, io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    thread,
};

use anyhow::Context as _;
use clap::{Args, builder::PossibleValuesParser};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::Command,
    select,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use crate::{
    arguments::{Format, Target},
    complain,
    ending::Ending,
    fault::Doors,
    say,
};
use entries::{Act, ENTRIES, Entry};
use menu::Choice;
use surroundings::Surroundings;

/// What is shown.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub doors: Doors,

    /// Shows one entry and ends, without a menu.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(ENTRIES.iter().map(|entry| entry.name)))]
    pub entry: Option<String>,
}

/// Shows the menu until somebody leaves, or one entry.
pub(crate) async fn run(options: &Demo) -> anyhow::Result<Ending> {
    if options.doors.common.format == Format::Json {
        complain("a demonstration is for people, and has no --format json; each command that it prints has");
        return Ok(Ending::Misused);
    }
    let mut demo = Demonstration::new(options)?;
    if let Some(name) = &options.entry {
        let entry = ENTRIES.iter().find(|entry| entry.name == name).context("there is no such entry")?;
        let surroundings = Surroundings::look(&options.doors.common, &options.doors).await?;
        return match surroundings.missing_for(entry) {
            Some(missing) => {
                complain(missing);
                Ok(if surroundings.no_shop.is_some() { Ending::Unreachable } else { Ending::Failed })
            }
            None => demo.show(entry).await,
        };
    }
    demo.menu().await
}

/// A demonstration while it lasts.
struct Demonstration<'a> {
    options: &'a Demo,
    /// This program, looked for at the start: a build meanwhile puts another in its place, and then the system knows no path of ours.
    program: PathBuf,
    /// Turns each Ctrl-C into a message, so that it ends what is shown and not the menu.
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl<'a> Demonstration<'a> {
    fn new(options: &'a Demo) -> anyhow::Result<Self> {
        let interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
        let terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let program = env::current_exe().context("cannot find this program")?;
        Ok(Self { options, program, interrupt, terminate })
    }

    async fn menu(&mut self) -> anyhow::Result<Ending> {
        let target = &self.options.doors.common.target;
        let mut at = 0;
        loop {
            let surroundings = Surroundings::look(&self.options.doors.common, &self.options.doors).await?;
            let sentence = menu::wrapped(&surroundings.sentence(target));
            say(&format!("\nThe shop and its monitoring: a demonstration\n\n{sentence}\n"));
            let titles: Vec<&str> = ENTRIES.iter().map(|entry| entry.title).collect();
            let Some(choice) = self.unless_told_to_end(move || menu::choose(&titles, at)).await? else {
                return Ok(Ending::Interrupted);
            };
            let Choice::Entry(chosen) = choice else { return Ok(Ending::Passed) };
            at = chosen;
            let entry = ENTRIES[chosen];
            match surroundings.missing_for(entry) {
                Some(missing) => say(&menu::wrapped(&format!("`{}` cannot be shown: {missing}.", entry.title))),
                None => {
                    self.show(entry).await?;
                }
            }
            if self.unless_told_to_end(menu::wait_for_a_key).await?.is_none() {
                return Ok(Ending::Interrupted);
            }
        }
    }

    /// Waits for the terminal on a thread that nobody waits for at the end; nothing when a signal came before.
    async fn unless_told_to_end<T: Send + 'static>(
        &mut self,
        reads: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> anyhow::Result<Option<T>> {
        let (done, read) = oneshot::channel();
        thread::spawn(move || done.send(reads()));
        select! {
            read = read => Ok(Some(read.context("the menu broke")?.context("the terminal cannot be read")?)),
            // Where keys are read one by one Ctrl-C is a key; elsewhere it leaves.
            _ = self.interrupt.recv() => Ok(None),
            _ = self.terminate.recv() => {
                menu::leave_raw();
                Ok(None)
            }
        }
    }

    /// Goes through an entry.
    async fn show(&mut self, entry: &'static Entry) -> anyhow::Result<Ending> {
        let target = &self.options.doors.common.target;
        say(&format!("\n{}\n\n{}\n", entry.title, menu::wrapped(entry.about)));
        let mut worst = Ending::Passed;
        for act in entry.acts {
            let ending = match *act {
                Act::Run(command) => self.command(command).await?,
                Act::Look => {
                    say(&surroundings::everything(target));
                    Ending::Passed
                }
                Act::Entry(inner) => Box::pin(self.show(inner)).await?,
            };
            if ending as u8 > worst as u8 {
                worst = ending;
            }
            // That something unexpected was found makes what follows no less worth seeing.
            if !matches!(ending, Ending::Passed | Ending::Failed) {
                break;
            }
        }
        for command in entry.at_the_end {
            self.command(command).await?;
        }
        if !entry.look_at.is_empty() && worst != Ending::Interrupted {
            say(&format!("Now:\n\n{}", surroundings::places(target, entry.look_at)));
        }
        Ok(worst)
    }

    /// Prints a command and runs it.
    async fn command(&mut self, command: &str) -> anyhow::Result<Ending> {
        let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let target = &self.options.doors.common.target;
        if *target != Target::default() {
            words.extend(["--target".to_owned(), target.to_string()]);
        }
        if command.starts_with("fault") {
            for admin in &self.options.doors.admins {
                words.extend(["--admin".to_owned(), admin.to_string()]);
            }
        }
        // As it was called: cargo sets its variable for what it runs.
        let name = if env::var_os("CARGO").is_some() { "cargo traffic" } else { "traffic" };
        let spelled: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        say(&format!("$ {name} {}\n", spelled.join(" ")));
        let mut child = Command::new(&self.program)
            .args(&words)
            // Who chooses by lines has more lines to come.
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start this program")?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let mut was_interrupted = false;
        let status = loop {
            select! {
                status = child.wait() => break status.context("cannot wait for it")?,
                // It got the same one, being in the foreground too.
                _ = self.interrupt.recv() => was_interrupted = true,
                _ = self.terminate.recv() => {
                    was_interrupted = true;
                    if let Some(pid) = pid {
                        // It may have ended in this moment.
                        let _ = kill_process(pid, Signal::INT);
                    }
                }
            }
        };
        say("\n");
        Ok(if was_interrupted && !command.starts_with("flow") { Ending::Interrupted } else { ended(status) })
    }
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,%@[]".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{word}'") }
}

/// As what a command ended.
fn ended(status: ExitStatus) -> Ending {
    match status.code() {
        Some(0) => Ending::Passed,
        Some(1) => Ending::Failed,
        Some(2) => Ending::Misused,
        Some(3) => Ending::Unreachable,
        Some(4) => Ending::Inconclusive,
        Some(5) => Ending::Stopped,
        _ => Ending::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_printed_as_a_shell_takes_it() {
        assert_eq!(quoted("--rate"), "--rate");
        assert_eq!(quoted("orders=http://[::1]:9466"), "orders=http://[::1]:9466");
        assert_eq!(quoted("p95<2s"), "'p95<2s'");
    }
}
