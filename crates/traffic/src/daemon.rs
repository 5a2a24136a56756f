//! `traffic daemon`: customers in the background, in a process of its own that others speak to through a socket.

mod control;
mod logs;
mod place;
mod serve;

use std::{
    env,
    fs::{self, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::time::{Instant, sleep};

use crate::{
    arguments::{Common, Files, Format, Sending},
    complain,
    ending::Ending,
    journeys::MixName,
    kept, say,
    table::time,
};
use control::{Ask, State, Status};
use place::{Found, Place};

/// How long it may take to begin: to learn what the shop sells, and a little more.
const BEGINNING: Duration = Duration::from_secs(15);
/// How long it may take to end: answers under way are awaited for a moment.
const ENDING: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);
/// More than one machine is likely to send.
const MOST: f64 = 1_000_000.0;

/// The verbs of `traffic daemon`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Starts it, and waits until it runs or says why it does not. There is one for each target.
    Start(Start),
    /// Ends it, and says what it came to.
    Stop(Common),
    /// Says how it goes.
    Status(Common),
    /// Shows what it wrote.
    Logs(logs::Logs),
    /// Changes it while it runs.
    Set(Set),
    /// Sends nobody until it is resumed.
    Pause(Common),
    /// Goes on after a pause.
    Resume(Common),
    /// What runs in the background; `start` starts it.
    #[command(hide = true)]
    Serve(Start),
}

/// How it is to be.
#[derive(Args, Debug)]
pub(crate) struct Start {
    #[command(flatten)]
    pub common: Common,

    /// How many requests a second, such as 2, 0.5 or 90/m; each leaves when it is due, whatever became of the others.
    #[arg(long, default_value = "2", value_parser = rate)]
    pub rate: f64,

    /// What kind of day it is: which journeys there are, and how often.
    #[arg(long, value_enum, default_value_t = MixName::Realistic)]
    pub mix: MixName,

    #[command(flatten)]
    pub sending: Sending,

    #[command(flatten)]
    pub files: Files,
}

/// What is changed.
#[derive(Args, Debug)]
#[group(id = "change", required = true, multiple = true, args = ["rate", "mix"])]
pub(crate) struct Set {
    #[command(flatten)]
    pub common: Common,

    /// How many requests a second from now on.
    #[arg(long, value_parser = rate)]
    pub rate: Option<f64>,

    /// What kind of day it is from now on.
    #[arg(long, value_enum)]
    pub mix: Option<MixName>,
}

/// Does what was asked.
pub(crate) async fn run(verb: &Verb) -> anyhow::Result<Ending> {
    match verb {
        Verb::Start(options) => start(options).await,
        Verb::Stop(common) => stop(common).await,
        Verb::Status(common) => tell(common, Ask::Status).await,
        Verb::Logs(options) => logs::show(options).await,
        Verb::Set(Set { common, rate, mix }) => tell(common, Ask::Set { rate: *rate, mix: *mix }).await,
        Verb::Pause(common) => tell(common, Ask::Pause).await,
        Verb::Resume(common) => tell(common, Ask::Resume).await,
        Verb::Serve(options) => serve::serve(options).await,
    }
}

async fn start(options: &Start) -> anyhow::Result<Ending> {
    let target = &options.common.target;
    let place = Place::of(target)?;
    match place.look()? {
        Found::Nobody => {}
        Found::Remains(pid) => {
            let pid = pid.map_or(String::new(), |pid| format!(", process {pid},"));
            complain(&format!("the daemon before{pid} ended without clearing up; what it left is cleared away"));
        }
        Found::Alive(pid) => {
            complain(&format!(
                "a daemon runs for {target} already{}; `traffic daemon set` changes it, `traffic daemon stop` ends it",
                process(pid)
            ));
            return Ok(Ending::Failed);
        }
    }
    let mut child = launch(&place)?;
    let deadline = Instant::now() + BEGINNING;
    loop {
        if let Some(status) = control::ask(&place.socket, Ask::Status).await?.filter(|it| it.pid == child.id()) {
            show(&options.common, &place, &status)?;
            return Ok(Ending::Passed);
        }
        if let Some(exit) = child.try_wait()? {
            // It has said why, in the way in which every verb does.
            let log = fs::read_to_string(&place.log).unwrap_or_default();
            for line in log.lines() {
                complain(line.trim_start_matches("traffic: "));
            }
            return Ok(if exit.code() == Some(Ending::Unreachable as i32) {
                Ending::Unreachable
            } else {
                Ending::Failed
            });
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let seconds = BEGINNING.as_secs();
            complain(&format!("it did not begin within {seconds} s and was ended; its log is {}", place.log.display()));
            return Ok(Ending::Failed);
        }
        sleep(POLL).await;
    }
}

/// Starts this program once more, with the same arguments but for the verb, and its log as its only way out.
fn launch(place: &Place) -> anyhow::Result<Child> {
    match fs::rename(&place.log, &place.former_log) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot put {} aside", place.log.display()));
        }
        _ => {}
    }
    let log = OpenOptions::new().create_new(true).append(true).mode(0o600).open(&place.log);
    let log = log.with_context(|| format!("cannot write {}", place.log.display()))?;
    let myself = env::current_exe().context("cannot find this program")?;
    // After the program's name and `daemon start`.
    let arguments = env::args_os().skip(3);
    Command::new(myself)
        .args(["daemon", "serve"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("cannot write the log")?)
        .stderr(log)
        .spawn()
        .context("cannot start the daemon")
}

async fn stop(common: &Common) -> anyhow::Result<Ending> {
    let place = Place::of(&common.target)?;
    let Some(status) = ask(common, &place, Ask::Stop).await? else { return Ok(Ending::Failed) };
    let deadline = Instant::now() + ENDING;
    while matches!(place.look()?, Found::Alive(_)) {
        if Instant::now() > deadline {
            complain(&format!("it has not ended yet{}; its log is {}", process(Some(status.pid)), place.log.display()));
            return Ok(Ending::Failed);
        }
        sleep(POLL).await;
    }
    match kept::last()?.filter(|report| report.about.run == status.run) {
        Some(report) => report.show(common.format)?,
        None => show(common, &place, &status)?,
    }
    Ok(Ending::Passed)
}

/// Asks something and shows how it goes then.
async fn tell(common: &Common, what: Ask) -> anyhow::Result<Ending> {
    let place = Place::of(&common.target)?;
    let Some(status) = ask(common, &place, what).await? else { return Ok(Ending::Failed) };
    show(common, &place, &status)?;
    Ok(Ending::Passed)
}

/// Asks the daemon; complains when there is none.
async fn ask(common: &Common, place: &Place, what: Ask) -> anyhow::Result<Option<Status>> {
    let found = place.look()?;
    if let Found::Alive(_) = found
        && let Some(status) = control::ask(&place.socket, what).await?
    {
        return Ok(Some(status));
    }
    let target = &common.target;
    complain(&match found {
        Found::Nobody => format!("no daemon runs for {target}; `traffic daemon start` starts one"),
        Found::Remains(pid) => format!(
            "no daemon runs for {target}: the last one{} ended without clearing up; its log is {}",
            process(pid),
            place.log.display()
        ),
        Found::Alive(pid) => format!("the daemon for {target}{} is just beginning or ending; ask again", process(pid)),
    });
    Ok(None)
}

fn process(pid: Option<u32>) -> String {
    pid.map_or(String::new(), |pid| format!(" (process {pid})"))
}

fn show(common: &Common, place: &Place, status: &Status) -> anyhow::Result<()> {
    if common.format == Format::Json {
        say(&format!("{}\n", serde_json::to_string_pretty(status)?));
        return Ok(());
    }
    let Status { pid, target, run, state, rate, mix, seconds, sent, ended, answered_per_second } = status;
    let state = match state {
        State::Running => "runs",
        State::Paused => "is paused",
        State::Ending => "is ending",
    };
    say(&format!("{run} {state} (process {pid}): {rate}/s of the mix `{mix}` to {target}\n"));
    if *sent > 0 {
        let (ok, unexpected) = (ended.ok, ended.errors() + ended.shed);
        let lasted = time(*seconds);
        say(&format!("in {lasted}: {sent} sent, {ok} ok, {unexpected} not; {answered_per_second:.1} answers/s now\n"));
    }
    say(&format!("log: {}\n", place.log.display()));
    Ok(())
}

/// Reads a rate such as `2`, `0.5/s` or `90/m`, in requests a second.
fn rate(text: &str) -> Result<f64, String> {
    let example = || "write it as 2, 0.5/s or 90/m".to_owned();
    let (number, per) = match text.split_once('/') {
        None | Some((_, "s")) => (text.trim_end_matches("/s"), 1.0),
        Some((number, "m" | "min")) => (number, 60.0),
        Some(_) => return Err(example()),
    };
    let rate = number.parse::<f64>().map_err(|_| example())? / per;
    if rate > 0.0 && rate <= MOST { Ok(rate) } else { Err(format!("it must be above 0 and at most {MOST}/s")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_by_the_second_or_the_minute() {
        assert_eq!(rate("2"), Ok(2.0));
        assert_eq!(rate("0.5/s"), Ok(0.5));
        assert_eq!(rate("90/m"), Ok(1.5));
        for text in ["", "0", "-1", "NaN", "inf", "2/h", "many", "2000000"] {
            assert!(rate(text).is_err(), "{text:?}");
        }
    }
}
