//! Builds the pinned servers into the cache: one build at a time on a machine, a whole log of each, installed by a rename.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{Found, Source, Tool, cache, find, postgres};
use crate::error::Error;

/// Alertmanager is built apart from the module: together with it every shared dependency would move.
const ALERTMANAGER: &str = "github.com/prometheus/alertmanager/cmd";
const ALERTMANAGER_VERSION: &str = "v0.31.1";
/// Without service discovery other than static, file and http: a third of the time.
const TAGS: &str = "remove_all_sd";
const LINK: &str = "-s -w -X github.com/prometheus/common/version.Version=";
const PROMETHEUS_VERSION: &str = "3.7.3";

/// What of this file decides what is built, for the cache's key.
pub(super) const PINS: &[&str] = &[ALERTMANAGER_VERSION, TAGS, LINK, PROMETHEUS_VERSION];

/// How far an installation is.
#[derive(Clone, Debug)]
pub enum Event {
    /// Another process builds; this one waits for it.
    Waits,
    /// A build begins, and writes all it says to this log.
    Begins { name: &'static str, log: PathBuf },
    /// It goes on: how long so far, how many packages are compiled or fetched, the last of them.
    GoesOn { name: &'static str, elapsed: Duration, packages: usize, last: String },
    /// It is done.
    Done { name: &'static str, elapsed: Duration },
}

/// What is built together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recipe {
    Prometheus,
    Collector,
    Jaeger,
    Alertmanager,
    Exporters,
    Postgres,
}

/// Sees to it that these tools are there: those that cannot be found are built, the first needed first.
///
/// # Errors
/// When go or npm is missing, or a build fails; the log is named.
pub fn install(tools: &[Tool], progress: &mut dyn FnMut(Event)) -> Result<Vec<Found>, Error> {
    let mut recipes: Vec<Recipe> = Vec::new();
    for tool in Tool::ALL.into_iter().filter(|tool| tools.contains(tool)) {
        if find(tool)?.is_none() && !recipes.contains(&Recipe::of(tool)) {
            recipes.push(Recipe::of(tool));
        }
    }
    for recipe in recipes {
        recipe.install(progress)?;
    }
    let found = tools.iter().map(|tool| {
        let missing = || Error::MissingTool(format!("{tool} is not there though it was built"));
        find(*tool)?.ok_or_else(missing)
    });
    found.collect()
}

impl Recipe {
    const fn of(tool: Tool) -> Self {
        match tool {
            Tool::Prometheus | Tool::Promtool => Self::Prometheus,
            Tool::Collector => Self::Collector,
            Tool::Jaeger => Self::Jaeger,
            Tool::Alertmanager | Tool::Amtool => Self::Alertmanager,
            Tool::NodeExporter | Tool::BlackboxExporter | Tool::PostgresExporter => Self::Exporters,
            Tool::Postgres | Tool::Initdb => Self::Postgres,
        }
    }

    const fn tools(self) -> &'static [Tool] {
        match self {
            Self::Prometheus => &[Tool::Prometheus, Tool::Promtool],
            Self::Collector => &[Tool::Collector],
            Self::Jaeger => &[Tool::Jaeger],
            Self::Alertmanager => &[Tool::Alertmanager, Tool::Amtool],
            Self::Exporters => &[Tool::NodeExporter, Tool::BlackboxExporter, Tool::PostgresExporter],
            Self::Postgres => &[Tool::Postgres, Tool::Initdb],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Exporters => "exporters",
            _ => self.tools()[0].as_str(),
        }
    }

    fn install(self, progress: &mut dyn FnMut(Event)) -> Result<(), Error> {
        let folder = cache::folder(self.tools()[0])?;
        let failed = |error| Error::failed(format_args!("the cache folder {}", folder.display()), error);
        fs::create_dir_all(folder.join("bin")).map_err(failed)?;
        let lock = File::create(cache::root()?.join("lock")).map_err(failed)?;
        if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            progress(Event::Waits);
            lock.lock().map_err(failed)?;
        }
        // Whoever held the lock may have built it.
        let programs = cache::programs(self.tools()[0])?;
        if self.tools().iter().all(|tool| programs.join(tool.program()).is_file()) {
            return Ok(());
        }
        let log = folder.join(format!("{}.log", self.name()));
        progress(Event::Begins { name: self.name(), log: log.clone() });
        let file = File::create(&log).map_err(failed)?;
        let mut building = Building { recipe: self, log, file, begun: Instant::now(), progress };
        let module = folder.join("build");
        self.build(&mut building, &folder, &module)?;
        let elapsed = building.begun.elapsed();
        progress(Event::Done { name: self.name(), elapsed });
        Ok(())
    }

    /// A copy of the pins, since a build writes beside them.
    fn write_module(self, module: &Path) -> std::io::Result<()> {
        fs::create_dir_all(module)?;
        if self == Self::Exporters {
            fs::write(module.join("go.mod"), cache::EXPORTERS_GO_MOD)?;
            return fs::write(module.join("go.sum"), cache::EXPORTERS_GO_SUM);
        }
        fs::write(module.join("go.mod"), cache::GO_MOD)?;
        fs::write(module.join("go.sum"), cache::GO_SUM)?;
        fs::write(module.join("collector.yaml"), cache::COLLECTOR_MANIFEST)
    }

    fn build(self, building: &mut Building<'_>, folder: &Path, module: &Path) -> Result<(), Error> {
        if self == Self::Postgres {
            return postgres::unpack(building, folder);
        }
        self.write_module(module).map_err(|error| Error::failed(module.display(), error))?;
        let out = module.join(format!("{}-bin", self.name()));
        let link = match self {
            Self::Prometheus => format!("{LINK}{PROMETHEUS_VERSION}"),
            Self::Alertmanager => format!("{LINK}{}", ALERTMANAGER_VERSION.trim_start_matches('v')),
            _ => "-s -w".to_owned(),
        };
        let go = |arguments: &[&str]| {
            let mut command = go_command(self, module);
            command.args(arguments);
            command
        };
        let compile = |packages: &[&str]| {
            let mut command = go(&["build", "-v", "-tags", TAGS, "-ldflags", &link, "-o"]);
            command.arg(format!("{}/", out.display())).args(packages);
            command
        };
        fs::create_dir_all(&out).map_err(|error| Error::failed(out.display(), error))?;
        match self {
            Self::Prometheus => building.run(compile(&[
                "github.com/prometheus/prometheus/cmd/prometheus",
                "github.com/prometheus/prometheus/cmd/promtool",
            ]))?,
            Self::Jaeger => building.run(compile(&["github.com/jaegertracing/jaeger/cmd/jaeger"]))?,
            Self::Collector => {
                // The collector's main is generated from the manifest, into the module whose go.sum pins it.
                building.run(go(&[
                    "tool",
                    "builder",
                    "--config",
                    "collector.yaml",
                    "--skip-get-modules",
                    "--skip-compilation",
                ]))?;
                let _ = fs::remove_file(module.join("otelcol/go.mod"));
                building.run(compile(&["./otelcol"]))?
            }
            Self::Exporters => building.run(compile(&[
                "github.com/prometheus/node_exporter",
                "github.com/prometheus/blackbox_exporter",
                "github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter",
            ]))?,
            Self::Alertmanager | Self::Postgres => {
                let mut command = go(&["install", "-v", "-ldflags", &link]);
                let package = |program: &str| format!("{ALERTMANAGER}/{program}@{ALERTMANAGER_VERSION}");
                command.args([package("alertmanager"), package("amtool")]).env("GOBIN", &out);
                building.run(command)?
            }
        };
        for tool in self.tools() {
            let installed = folder.join("bin").join(tool.program());
            fs::rename(out.join(tool.program()), &installed)
                .map_err(|error| Error::failed(installed.display(), error))?;
        }
        Ok(())
    }
}

/// A build under way: its log, and whom to tell how far it is.
pub(super) struct Building<'a> {
    recipe: Recipe,
    log: PathBuf,
    file: File,
    begun: Instant,
    progress: &'a mut dyn FnMut(Event),
}

impl Building<'_> {
    /// Runs a command to its end, and gives what it wrote to standard output.
    pub(super) fn run(&mut self, mut command: Command) -> Result<String, Error> {
        let name = self.recipe.name();
        self.note(&format!("$ {command:?}"));
        let program = command.get_program().to_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_missing| missing(self.recipe, &program))?;
        let (lines, said) = mpsc::channel();
        for (is_output, stream) in [
            (true, child.stdout.take().map(|stream| Box::new(stream) as Box<dyn std::io::Read + Send>)),
            (false, child.stderr.take().map(|stream| Box::new(stream) as Box<dyn std::io::Read + Send>)),
        ] {
            let lines = lines.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream?).lines().map_while(Result::ok) {
                    lines.send((is_output, line)).ok()?;
                }
                Some(())
            });
        }
        drop(lines);
        let (mut packages, mut last, mut output) = (0, String::new(), String::new());
        loop {
            match said.recv_timeout(Duration::from_millis(500)) {
                Ok((is_output, line)) => {
                    self.note(&line);
                    if is_output {
                        output.push_str(&line);
                        output.push('\n');
                    } else {
                        packages += 1;
                        last = line;
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            let elapsed = self.begun.elapsed();
            (self.progress)(Event::GoesOn { name, elapsed, packages, last: last.clone() });
        }
        let status = child.wait().map_err(|error| Error::failed(name, error))?;
        if status.success() {
            return Ok(output);
        }
        Err(Error::MissingTool(format!(
            "{name} could not be built ({status}): {last}; the whole log is {}; or name a ready one in {}",
            self.log.display(),
            self.recipe.tools()[0].variable(),
        )))
    }

    fn note(&mut self, line: &str) {
        // A log on a full disk is no reason to stop a build.
        let _ = writeln!(self.file, "{line}");
    }
}

fn missing(recipe: Recipe, program: &OsStr) -> Error {
    let (program, name) = (program.to_string_lossy(), recipe.name());
    let from = if program == "go" { "Go 1.26 or later, from https://go.dev/dl" } else { "Node.js, which brings npm" };
    Error::MissingTool(format!(
        "{name} is not there, and `{program}`, which would get it, is not on PATH: install {from}, or name a ready {name} in {}",
        recipe.tools()[0].variable()
    ))
}

fn go_command(recipe: Recipe, module: &Path) -> Command {
    let mut command = Command::new("go");
    command.current_dir(module).env("CGO_ENABLED", "0").env("GOWORK", "off");
    // The committed checksums are the pins: a build must not add to them.
    let flags = if recipe == Recipe::Alertmanager { "-buildvcs=false" } else { "-buildvcs=false -mod=readonly" };
    command.env("GOFLAGS", flags).env_remove("GOBIN").env("PATH", env::var_os("PATH").unwrap_or_default());
    command
}

impl Found {
    /// The line of a list.
    pub fn describe(&self) -> String {
        let from = match self.source {
            Source::Variable => format!(" ({})", self.tool.variable()),
            Source::Cache => String::new(),
            Source::Path => " (on PATH)".to_owned(),
        };
        format!("{}{from}", self.path.display())
    }
}
