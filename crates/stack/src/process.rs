//! A child process that cannot outlive us: not after an error, a panic or a kill -9 of ourselves.

use std::{
    ffi::OsString,
    fmt,
    io::{BufRead as _, BufReader},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{error::Error, log, usage::Usage};

/// The shell that stands between us and the child; a pipe that the kernel closes with us tells it that we are gone.
const WATCHER: &str = include_str!("watcher.sh");
/// How long a process may take to end before it is killed; longer than any service's drain.
const GRACE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);
const LINES_TOLD: usize = 12;
/// What a child may see of our environment; the rest would let a shell's settings change what a test sees.
const INHERITED: &[&str] = &["PATH", "HOME", "TMPDIR", "TZ", "LANG", "RUST_LOG", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"];

/// How a process is to be started; it can be started again with the same settings.
#[derive(Clone, Debug)]
pub struct Launch {
    name: String,
    program: PathBuf,
    log: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    stop_signal: &'static str,
    user: Option<(u32, u32)>,
}

impl Launch {
    /// A program under a name for people, with the file that gets all it says.
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            log: log.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            stop_signal: "TERM",
            user: None,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(self, arguments: impl IntoIterator<Item = String>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets an environment variable; a later setting of the same variable wins.
    #[must_use]
    pub fn env(mut self, variable: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((variable.into(), value.into()));
        self
    }

    /// Ends the process by SIGINT instead of SIGTERM (PostgreSQL's fast shutdown).
    #[must_use]
    pub fn interrupted_to_stop(mut self) -> Self {
        self.stop_signal = "INT";
        self
    }

    /// Runs the process as this user and group.
    #[must_use]
    pub fn run_by(mut self, user: Option<(u32, u32)>) -> Self {
        self.user = user;
        self
    }

    /// Starts the process.
    ///
    /// # Errors
    /// When the log cannot be opened or the program is not there.
    pub fn start(self) -> Result<Process, Error> {
        let what = format!("{} could not be started", self.name);
        if !self.program.is_file() {
            return Err(Error::failed(what, format_args!("{} is not there", self.program.display())));
        }
        let (log, log_begins) = log::open(&self.log)
            .map_err(|error| Error::failed(&what, format_args!("its log {}: {error}", self.log.display())))?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WATCHER, "watcher", self.stop_signal, &GRACE.as_secs().to_string()])
            .arg(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // A group of its own: Ctrl-C on the terminal is ours to pass on, in our order.
            .process_group(0);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let mut shell = command.spawn().map_err(|error| Error::failed(&what, error))?;
        let held = shell.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = shell.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|error| Error::failed(&what, error))?;
        }
        let Some(pid) = line.trim().parse().ok().and_then(Pid::from_raw) else {
            return Err(Error::failed(what, log::last_lines(&self.log, log_begins, LINES_TOLD).join("\n")));
        };
        Ok(Process { launch: self, shell, held, pid, log_begins, asked_to_stop: false, ended: None })
    }
}

/// A running (or ended) child; dropping it stops it.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    shell: Child,
    /// Our end of the watcher's pipe; closed, it ends the child.
    held: Option<ChildStdin>,
    pid: Pid,
    log_begins: u64,
    asked_to_stop: bool,
    ended: Option<Ending>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this code.
    Exited(i32),
    /// This signal ended it.
    Killed(i32),
}

/// A process that ended though nobody asked it to: who, how, and what it said last.
#[derive(Clone, Debug)]
pub struct Death {
    /// The name it was launched under.
    pub name: String,
    /// How it ended.
    pub ending: Ending,
    /// The last lines of its log since it was started.
    pub last_lines: Vec<String>,
    /// Its whole log.
    pub log: PathBuf,
}

/// What tells that a process is ready.
#[derive(Clone, Debug)]
pub enum Ready {
    /// This address answers 200.
    Http(String),
    /// This port on loopback accepts a connection.
    Tcp(u16),
    /// The log says this.
    Says(&'static str),
}

impl Process {
    /// The name it was launched under.
    pub fn name(&self) -> &str {
        &self.launch.name
    }

    /// The pid of the program itself, not of the shell that watches over it.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// The file that gets all it says.
    pub fn log(&self) -> &Path {
        &self.launch.log
    }

    /// How to start the same again.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// Whether it still runs (a stopped process does).
    pub fn is_running(&mut self) -> bool {
        self.ended().is_none()
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<Ending> {
        if self.ended.is_none() {
            self.ended = self.shell.try_wait().ok().flatten().map(Ending::of);
        }
        self.ended
    }

    /// The story of its end, once it has ended.
    pub fn death(&mut self) -> Option<Death> {
        let ending = self.ended()?;
        Some(Death {
            name: self.launch.name.clone(),
            ending,
            last_lines: self.last_lines(LINES_TOLD),
            log: self.launch.log.clone(),
        })
    }

    /// The last lines that it wrote since it was started.
    pub fn last_lines(&self, count: usize) -> Vec<String> {
        log::last_lines(&self.launch.log, self.log_begins, count)
    }

    /// Sends a signal to the program, such as `Signal::KILL`, `Signal::STOP` or `Signal::CONT`.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        if !self.is_running() {
            return Err(Error::Failed(format!("{} gets no signal, it has ended", self.name())));
        }
        kill_process(self.pid, signal).map_err(|error| Error::failed(format_args!("signal {}", self.name()), error))
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// When it ends before, or is not ready within `patience`.
    pub async fn wait_ready(&mut self, ready: &Ready, patience: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(death) = self.death() {
                return Err(Error::Died(death));
            }
            if self.is_ready(ready).await {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(Error::Failed(format!(
                    "{} is not ready after {} s: {ready} never came true; its log is {}{}",
                    self.name(),
                    patience.as_secs(),
                    self.log().display(),
                    indented(&self.last_lines(LINES_TOLD)),
                )));
            }
            tokio::time::sleep(POLL * 2).await;
        }
    }

    async fn is_ready(&self, ready: &Ready) -> bool {
        match ready {
            Ready::Http(url) => {
                let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build();
                let Ok(client) = client else { return false };
                client.get(url).send().await.is_ok_and(|answer| answer.status() == 200)
            }
            Ready::Tcp(port) => tokio::net::TcpStream::connect(("127.0.0.1", *port)).await.is_ok(),
            Ready::Says(words) => {
                log::read_end(&self.launch.log, self.log_begins).is_ok_and(|said| said.contains(words))
            }
        }
    }

    /// Waits until it ends by itself, or by a signal already sent.
    ///
    /// # Errors
    /// When it still runs after `patience`.
    pub async fn wait_ended(&mut self, patience: Duration) -> Result<Ending, Error> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(ending) = self.ended() {
                return Ok(ending);
            }
            if Instant::now() >= deadline {
                return Err(Error::Failed(format!("{} still runs after {} s", self.name(), patience.as_secs())));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Stops it: asks, waits for as long as a drain may take, then kills.
    pub async fn stop(&mut self) -> Ending {
        self.ask_to_stop();
        if let Ok(ending) = self.wait_ended(GRACE).await {
            return ending;
        }
        self.kill()
    }

    /// Asks it to end, without waiting; a stopped process is woken so that it can hear.
    pub fn ask_to_stop(&mut self) {
        // Once only: a service takes a second signal as an order to end without draining.
        if std::mem::replace(&mut self.asked_to_stop, true) {
            return;
        }
        let signal = if self.launch.stop_signal == "INT" { Signal::INT } else { Signal::TERM };
        // It may have ended in between, and then there is nothing to ask.
        let _ = self.signal(signal);
        let _ = self.signal(Signal::CONT);
    }

    /// Ends it at once (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) -> Ending {
        let _ = self.signal(Signal::KILL);
        let ending = match self.ended {
            Some(ending) => ending,
            None => self.shell.wait().map_or(Ending::Killed(Signal::KILL.as_raw()), Ending::of),
        };
        self.ended = Some(ending);
        ending
    }

    /// What it uses of the machine now; none once it has ended.
    pub fn usage(&mut self) -> Option<Usage> {
        if self.is_running() { Usage::of(self.pid()) } else { None }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.ask_to_stop();
        let deadline = Instant::now() + GRACE;
        while self.is_running() {
            if Instant::now() >= deadline {
                self.kill();
            }
            thread::sleep(POLL);
        }
        self.held.take();
    }
}

impl Ending {
    /// The watcher passes a signal on as 128 and its number, as shells do.
    fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) if code > 128 => Self::Killed(code - 128),
            (Some(code), _) => Self::Exited(code),
            (None, signal) => Self::Killed(signal.unwrap_or_default()),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Killed(9) => f.write_str("was killed (signal 9)"),
            Self::Killed(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; its log is {}", self.name, self.ending, self.log.display())?;
        f.write_str(&indented(&self.last_lines))
    }
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => write!(f, "200 from {url}"),
            Self::Tcp(port) => write!(f, "a connection to port {port}"),
            Self::Says(words) => write!(f, "`{words}` in its log"),
        }
    }
}

fn indented(lines: &[String]) -> String {
    match lines {
        [] => "; it said nothing".to_owned(),
        lines => format!("; its last words:\n    {}", lines.join("\n    ")),
    }
}
