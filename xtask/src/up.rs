//! `cargo xtask up`: the whole shop with its real servers, on this machine.

use std::{
    collections::BTreeSet, fs, io::Write as _, net::TcpStream, os::unix::fs::OpenOptionsExt as _, path::PathBuf,
    thread, time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use shop::{
    ports::Ports,
    services::{SERVICES, ServiceName},
};
use stack::{
    Binaries, Database, Error, Member, Plan, Profile, Server, Stack,
    tools::{self, Tool},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc,
};

use crate::{Outcome, room, tools::Progress};

/// What the second of the three things to try sends.
const AN_ORDER: &str =
    r#"{"customer":"ada","lines":[{"product":"p-001","quantity":1}],"payment":{"method":"card","token":"tok_ok"}}"#;
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// What its build writes when nothing was built before.
const ROOM_GIB: f64 = 3.0;

/// Starts the services and every real server that can be had, and prints where they are; Ctrl-C drains all of it.
///
/// The services answer while slower tools are still being built. A Grafana 11.1 or later is started too where one is on PATH or named in
/// VITRINE_GRAFANA (and its home, if need be, in VITRINE_GRAFANA_HOME). Data, configuration and logs are under target/up.
#[derive(Args)]
pub(crate) struct Up {
    /// Starts the services only, without Prometheus, Alertmanager, the collector and Jaeger.
    #[arg(long)]
    services_only: bool,
    /// Adds N to every port, so that two stacks can live on one machine.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port_offset: u16,
    /// Keeps the state there: postgres://USER@HOST/NAME (a schema a service), or sqlite:///FOLDER (a file a service).
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Refuses faults: nothing can be made to fail on purpose, and the routes that do so answer 404.
    #[arg(long)]
    no_faults: bool,
    /// Compiles the services with optimisations.
    #[arg(long)]
    release: bool,
}

impl Up {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        tokio::runtime::Runtime::new().context("no runtime")?.block_on(self.up())
    }

    async fn up(self) -> anyhow::Result<Outcome> {
        let ports = Ports::moved_by(self.port_offset).map_err(anyhow::Error::msg)?;
        room::warn_below(ROOM_GIB, "building the shop and its servers");
        let database = self.database_url.as_deref().map_or(Ok(Database::Sqlite), database)?;
        let mut servers = if self.services_only { Vec::new() } else { Server::WATCHING.to_vec() };
        if !servers.is_empty() && matches!(database, Database::PostgresAt(_)) {
            servers.push(Server::PostgresExporter);
        }
        let folder = stack::target_folder()?.join(if self.port_offset == 0 {
            "up".to_owned()
        } else {
            format!("up-{}", self.port_offset)
        });
        let mut plan = Plan::new(folder).ports(ports).database(database).servers(servers.iter().copied());
        let grafana = if self.services_only { None } else { tools::grafana::find()? };
        if let Some(grafana) = grafana {
            plan = plan.grafana(grafana);
            servers.push(Server::Grafana);
        }

        let token =
            if self.no_faults { None } else { Some(FaultsToken::write(ports.doors(ServiceName::Gateway).public)?) };
        if let Some(token) = &token {
            plan = plan.faults(&token.word);
        }

        let profile = if self.release { Profile::Release } else { Profile::Dev };
        let binaries = Binaries::build(profile)?;
        let mut interrupt = Interrupt::new()?;
        let mut running = Running { stack: Stack::prepare(plan, binaries)?, dead: BTreeSet::new(), faults: token };
        tokio::select! {
            ended = running.serve(&servers) => ended?,
            () = interrupt.heard() => {}
        }
        eprintln!("draining; Ctrl-C again ends all at once");
        let is_drained = tokio::select! {
            () = running.stack.stop() => true,
            () = interrupt.heard() => false,
        };
        if !is_drained {
            running.stack.kill();
        }
        Ok(if running.dead.is_empty() { Outcome::Done } else { Outcome::Findings })
    }
}

/// The word that opens the faults of this shop, in a file that only its user can read; gone with the shop.
struct FaultsToken {
    word: String,
    file: PathBuf,
}

impl FaultsToken {
    fn write(gateway_port: u16) -> anyhow::Result<Self> {
        let file = shop::local::faults_token_file(gateway_port)
            .context("there is no place for the token of the faults: set HOME, or start with --no-faults")?;
        let word = format!("{:032x}", rand::random::<u128>());
        let written = (|| {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            // One that a killed shop left may have any mode.
            if file.exists() {
                fs::remove_file(&file)?;
            }
            let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            open.write_all(word.as_bytes())
        })();
        written.with_context(|| format!("the token of the faults cannot be written to {}", file.display()))?;
        Ok(Self { word, file })
    }
}

impl Drop for FaultsToken {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// The stack, and whose death was told already.
struct Running {
    stack: Stack,
    dead: BTreeSet<Member>,
    faults: Option<FaultsToken>,
}

impl Running {
    /// Starts all, then watches until it is dropped.
    async fn serve(&mut self, servers: &[Server]) -> anyhow::Result<()> {
        for member in Member::services() {
            self.stack.launch(member)?;
        }
        let (mut at_hand, mut to_build) = (Vec::new(), Vec::new());
        for server in servers {
            let tools: Result<Vec<_>, Error> = server.tools().iter().map(|tool| tools::find(*tool)).collect();
            if tools?.iter().all(Option::is_some) { at_hand.push(*server) } else { to_build.push(*server) }
        }
        for server in &at_hand {
            self.stack.launch(Member::Server(*server))?;
        }
        for member in Member::services().chain(at_hand.into_iter().map(Member::Server)) {
            self.await_ready(member).await;
        }
        self.print_table(servers, &to_build);
        let mut built = build(to_build);
        let mut tick = tokio::time::interval(WATCH_EVERY);
        loop {
            tokio::select! {
                _ = tick.tick() => self.tell_deaths(),
                Some(result) = built.recv() => match result {
                    Ok(server) => self.add(server).await,
                    Err(error) => eprintln!("error: {error}; the rest goes on"),
                },
            }
        }
    }

    async fn add(&mut self, server: Server) {
        match self.stack.launch(Member::Server(server)) {
            Ok(()) => {
                if self.await_ready(Member::Server(server)).await {
                    println!("{server} is ready at {}", self.stack.server_url(server));
                }
            }
            Err(error) => eprintln!("error: {error}"),
        }
    }

    /// Waits for one member, and says why when it does not come up; the others go on.
    async fn await_ready(&mut self, member: Member) -> bool {
        match self.stack.wait_ready(member).await {
            Ok(()) => true,
            Err(error) => {
                if matches!(error, Error::Died(_)) {
                    self.dead.insert(member);
                }
                eprintln!("error: {error}");
                false
            }
        }
    }

    fn tell_deaths(&mut self) {
        for (member, death) in self.stack.deaths() {
            if self.dead.insert(member) {
                eprintln!("error: {death}\nthe rest goes on; nothing is restarted by itself");
            }
        }
    }

    fn print_table(&self, servers: &[Server], to_build: &[Server]) {
        let stack = &self.stack;
        let line = |member: Member, address: String, note: &str| {
            let note = if self.dead.contains(&member) { "is dead, see above" } else { note };
            println!("  {:<19}{address:<26}{note}", member.as_str());
        };
        println!();
        for row in SERVICES {
            let note = format!("admin {}; {}", stack.admin_url(row.name), row.purpose);
            line(Member::Service(row.name), stack.url(row.name), &note);
        }
        for server in servers {
            let note = if to_build.contains(server) { "is being built" } else { purpose(*server) };
            line(Member::Server(*server), stack.server_url(*server), note);
        }
        if !servers.is_empty() && !servers.contains(&Server::Grafana) {
            println!(
                "  {:<19}none is installed; {} shows the dashboards",
                Server::Grafana.as_str(),
                preview(stack.ports())
            );
        }
        let log = stack.log(Member::Service(ServiceName::Gateway));
        println!("\n  logs: {}/NAME.log", log.parent().unwrap_or(&log).display());

        if let Some(FaultsToken { file, .. }) = &self.faults {
            println!("  faults: `cargo traffic fault` injects them; their token is in {}", file.display());
        }

        let gateway = stack.url(ServiceName::Gateway);
        println!("\nThree things to try:");
        println!("  look around   curl -s '{gateway}/api/v1/products?limit=3'");
        println!(
            "  buy           curl -si {gateway}/api/v1/orders -H 'content-type: application/json' -d '{AN_ORDER}'"
        );
        if servers.is_empty() {
            println!("  and see it    curl -s {}/metrics | grep orders_total", stack.admin_url(ServiceName::Orders));
        } else {
            println!("  and see it    as a trace, by the x-trace-id of the answer, and as a number, within 15 s:");
            println!("                curl -s {}/api/traces/X-TRACE-ID", stack.server_url(Server::Jaeger));
            println!(
                "                curl -s '{}/api/v1/query?query=orders_total'",
                stack.server_url(Server::Prometheus)
            );
        }
        println!("\nCtrl-C drains all of it.");
    }
}

/// The command that stands in for Grafana at these ports.
fn preview(ports: &Ports) -> String {
    let offset = ports.grafana - Ports::FIXED.grafana;
    let option = if offset == 0 { String::new() } else { format!(" --port-offset {offset}") };
    format!("`cargo xtask preview{option}`")
}

fn purpose(server: Server) -> &'static str {
    match server {
        Server::Postgres => "the services' state",
        Server::Prometheus => "metrics, rules and queries",
        Server::Collector => "what it received and made, at /metrics",
        Server::Jaeger => "traces",
        Server::Alertmanager => "alerts on their way",
        Server::NodeExporter => "the host's metrics",
        Server::BlackboxExporter => "probes of the public door",
        Server::PostgresExporter => "PostgreSQL's metrics",
        Server::Grafana => "the dashboards",
    }
}

/// Builds the missing tools on a thread of their own, one after the other, and tells of each server that can be started.
fn build(servers: Vec<Server>) -> mpsc::UnboundedReceiver<Result<Server, Error>> {
    let (done, built) = mpsc::unbounded_channel();
    thread::spawn(move || {
        let mut progress = Progress::new();
        for server in servers {
            let tools: &[Tool] = server.tools();
            let result = tools::install(tools, &mut |event| progress.show(event)).map(|_| server);
            if done.send(result).is_err() {
                return;
            }
        }
    });
    built
}

/// Reads `--database-url`, so that a slip is a sentence and not four services that die.
fn database(url: &str) -> anyhow::Result<Database> {
    if let Some(folder) = url.strip_prefix("sqlite://") {
        if folder.is_empty() {
            bail!("--database-url {url} names no folder; write sqlite:///path/of/a/folder");
        }
        return Ok(Database::SqliteIn(PathBuf::from(folder)));
    }
    // Never quoting the URL: it may hold a password.
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        bail!("--database-url is neither postgres://USER@HOST/NAME nor sqlite:///FOLDER");
    }
    let parsed = reqwest::Url::parse(url).context("--database-url cannot be read")?;
    // Without a host it names the folder of a socket, which only the services can try.
    if let Some(host) = parsed.host_str() {
        let no_answer = || {
            format!(
                "no PostgreSQL answers at {host}:{}, which --database-url names; start it, or leave the option out to run on SQLite",
                parsed.port().unwrap_or(5432)
            )
        };
        let addresses = parsed.socket_addrs(|| Some(5432)).with_context(no_answer)?;
        TcpStream::connect(&addresses[..]).with_context(no_answer)?;
    }
    Ok(Database::PostgresAt(url.to_owned()))
}

/// Ctrl-C, and SIGTERM, which means the same.
struct Interrupt {
    interrupted: Signal,
    terminated: Signal,
}

impl Interrupt {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    async fn heard(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_that_is_offered_belongs_to_this_stack() {
        assert_eq!(preview(&Ports::FIXED), "`cargo xtask preview`");
        assert_eq!(preview(&Ports::moved_by(100).unwrap()), "`cargo xtask preview --port-offset 100`");
    }
}
