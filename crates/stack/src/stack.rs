//! The stack itself: a plan of who is to run where, and the processes that came of it.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use shop::{ports::Ports, services::ServiceName};
use shop_monitoring::Place;

use crate::{
    binaries::Binaries,
    configuration,
    error::Error,
    member::{Member, Server},
    port, postgres,
    process::{Death, Launch, Process},
    tools::{self, Grafana},
};

/// How long a member may take to be ready; a cold PostgreSQL on a busy machine needs some of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the services keep their state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite, a file a service, in the stack's folder.
    Sqlite,
    /// SQLite, a file a service, in this folder.
    SqliteIn(PathBuf),
    /// A PostgreSQL that runs already; each service makes its own schema.
    PostgresAt(String),
    /// A PostgreSQL of the stack's own, which is one of its members.
    Postgres,
}

impl Database {
    /// The address of the PostgreSQL, when it is one.
    fn address(&self, port: u16) -> Option<String> {
        match self {
            Self::PostgresAt(url) => Some(url.clone()),
            Self::Postgres => Some(postgres::url(port)),
            Self::Sqlite | Self::SqliteIn(_) => None,
        }
    }
}

/// Who is to run, where, and on what.
#[derive(Clone, Debug)]
pub struct Plan {
    folder: PathBuf,
    ports: Ports,
    members: Vec<Member>,
    database: Database,
    grafana: Option<Grafana>,
    environment: Vec<(Option<ServiceName>, String, String)>,
}

impl Plan {
    /// All services on SQLite and no server, at the fixed ports, with data, configuration and logs under `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            ports: Ports::FIXED,
            members: Member::services().collect(),
            database: Database::Sqlite,
            grafana: None,
            environment: Vec::new(),
        }
    }

    /// Moves the stack to these ports.
    #[must_use]
    pub fn ports(mut self, ports: Ports) -> Self {
        self.ports = ports;
        self
    }

    /// Runs only these services.
    #[must_use]
    pub fn services(mut self, services: impl IntoIterator<Item = ServiceName>) -> Self {
        self.members.retain(|member| matches!(member, Member::Server(_)));
        self.members.extend(services.into_iter().map(Member::Service));
        self
    }

    /// Adds real servers.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = Server>) -> Self {
        self.members.extend(servers.into_iter().map(Member::Server));
        self
    }

    /// Adds this Grafana, which shows the dashboards.
    #[must_use]
    pub fn grafana(mut self, grafana: Grafana) -> Self {
        self.members.push(Member::Server(Server::Grafana));
        self.grafana = Some(grafana);
        self
    }

    /// Keeps the services' state there; [`Database::Postgres`] adds that server.
    #[must_use]
    pub fn database(mut self, database: Database) -> Self {
        if database == Database::Postgres {
            self.members.insert(0, Member::Server(Server::Postgres));
        }
        self.database = database;
        self
    }

    /// Sets an environment variable of one service, over what the stack would set.
    #[must_use]
    pub fn env(mut self, service: ServiceName, variable: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((Some(service), variable.into(), value.into()));
        self
    }

    /// Sets an environment variable of every service, over what the stack would set.
    #[must_use]
    pub fn env_of_all(mut self, variable: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((None, variable.into(), value.into()));
        self
    }

    /// Lets faults be injected into every service by whoever has this token.
    #[must_use]
    pub fn faults(self, token: &str) -> Self {
        self.env_of_all("FAULTS_ENABLED", "true").env_of_all("FAULTS_TOKEN", token)
    }

    /// What is watched, and where.
    fn place(&self) -> Place {
        let place = Place::local().with_ports(self.ports);
        if self.database.address(self.ports.postgres).is_some() { place.on_postgres() } else { place }
    }

    /// Who is to run, in the order of starting: the database, the services, the servers that watch them.
    pub fn members(&self) -> Vec<Member> {
        let mut members = self.members.clone();
        members.sort_by_key(|member| (*member != Member::Server(Server::Postgres), *member));
        members.dedup();
        members
    }
}

/// The running processes; dropping it ends them all and leaves nothing behind.
#[derive(Debug)]
pub struct Stack {
    plan: Plan,
    binaries: Binaries,
    processes: BTreeMap<Member, Process>,
    /// Folders outside the plan's that go with the stack.
    stand_ins: Vec<PathBuf>,
    /// Held as long as the stack lives: a second one in the same folder would share its data.
    _lock: File,
}

impl Stack {
    /// Checks the ports, takes the folder and writes the configuration, and starts nothing yet.
    ///
    /// # Errors
    /// When a port is taken, another stack has the folder, or a file cannot be written.
    pub fn prepare(mut plan: Plan, binaries: Binaries) -> Result<Self, Error> {
        plan.folder = folder(&plan.folder)?;
        let members = plan.members();
        let wanted =
            members.iter().flat_map(|member| member.ports(&plan.ports).into_iter().map(|port| (member.as_str(), port)));
        let taken = port::taken(wanted);
        if !taken.is_empty() {
            return Err(Error::PortsTaken(taken));
        }
        // After the ports, which say who holds them: one that starts at the same moment holds none yet.
        let lock = take(&plan.folder)?;
        let stack = Self { plan, binaries, processes: BTreeMap::new(), stand_ins: Vec::new(), _lock: lock };
        let servers = members.iter().any(|member| matches!(member, Member::Server(_)));
        if servers {
            configuration::write(&stack.configuration(), &stack.plan.place())?;
        }
        Ok(stack)
    }

    /// Starts every member and waits until all are ready. Missing tools are an error: see [`tools::install`].
    ///
    /// # Errors
    /// When a port is taken, a tool is missing, a member dies or is not ready in time.
    pub async fn start(plan: Plan, binaries: Binaries) -> Result<Self, Error> {
        let mut stack = Self::prepare(plan, binaries)?;
        let members = stack.plan.members();
        for member in &members {
            stack.launch(*member)?;
            if *member == Member::Server(Server::Postgres) {
                stack.wait_ready(*member).await?;
            }
        }
        for member in members {
            stack.wait_ready(member).await?;
        }
        Ok(stack)
    }

    /// Starts one member, without waiting until it is ready; one that runs already is stopped first.
    ///
    /// # Errors
    /// When its tool is missing or it cannot be started.
    pub fn launch(&mut self, member: Member) -> Result<(), Error> {
        self.processes.remove(&member);
        let launch = match member {
            Member::Service(service) => self.service(service)?,
            Member::Server(server) => self.server(server)?,
        };
        self.processes.insert(member, launch.start()?);
        Ok(())
    }

    /// Waits until a launched member is ready.
    ///
    /// # Errors
    /// When it died, is not ready in time, or was never launched.
    pub async fn wait_ready(&mut self, member: Member) -> Result<(), Error> {
        let ready = member.ready(&self.plan.ports);
        self.process(member)?.wait_ready(&ready, PATIENCE).await
    }

    /// The process of a member: its pid, its log, signals, its use of the machine.
    ///
    /// # Errors
    /// When the member was never launched.
    pub fn process(&mut self, member: Member) -> Result<&mut Process, Error> {
        let missing = || Error::Failed(format!("{member} was not started in this stack"));
        self.processes.get_mut(&member).ok_or_else(missing)
    }

    /// The process of a service.
    ///
    /// # Errors
    /// When the service was never launched.
    pub fn service_process(&mut self, service: ServiceName) -> Result<&mut Process, Error> {
        self.process(Member::Service(service))
    }

    /// The process of a server.
    ///
    /// # Errors
    /// When the server was never launched.
    pub fn server_process(&mut self, server: Server) -> Result<&mut Process, Error> {
        self.process(Member::Server(server))
    }

    /// Every process with its member.
    pub fn processes(&mut self) -> impl Iterator<Item = (Member, &mut Process)> {
        self.processes.iter_mut().map(|(member, process)| (*member, process))
    }

    /// Those that ended though nobody asked them to.
    pub fn deaths(&mut self) -> Vec<(Member, Death)> {
        self.processes().filter_map(|(member, process)| Some((member, process.death()?))).collect()
    }

    /// Where everything listens.
    pub fn ports(&self) -> &Ports {
        &self.plan.ports
    }

    /// The public address of a service, such as `http://127.0.0.1:8080`.
    pub fn url(&self, service: ServiceName) -> String {
        format!("http://127.0.0.1:{}", self.plan.ports.doors(service).public)
    }

    /// The admin address of a service, such as `http://127.0.0.1:9464`.
    pub fn admin_url(&self, service: ServiceName) -> String {
        format!("http://127.0.0.1:{}", self.plan.ports.doors(service).admin)
    }

    /// The address of a server that speaks HTTP; the collector's is the one of the metrics that it made.
    pub fn server_url(&self, server: Server) -> String {
        let ports = &self.plan.ports;
        let port = match server {
            Server::Postgres => return postgres::url(ports.postgres),
            Server::Prometheus => ports.prometheus,
            Server::Collector => ports.collector_made,
            Server::Jaeger => ports.jaeger,
            Server::Alertmanager => ports.alertmanager,
            Server::NodeExporter => ports.node_exporter,
            Server::BlackboxExporter => ports.blackbox_exporter,
            Server::PostgresExporter => ports.postgres_exporter,
            Server::Grafana => ports.grafana,
        };
        format!("http://127.0.0.1:{port}")
    }

    /// The folder in which the rendered configuration lies, by the paths of the repository.
    pub fn configuration(&self) -> PathBuf {
        self.plan.folder.join("configuration")
    }

    /// The log of a member, also of one that was not started yet.
    pub fn log(&self, member: Member) -> PathBuf {
        self.plan.folder.join("logs").join(format!("{member}.log"))
    }

    /// Drains and stops all: the gateway first, then the other services, then the servers, the database last.
    pub async fn stop(&mut self) {
        for member in self.order_of_stopping() {
            if let Some(process) = self.processes.get_mut(&member) {
                process.stop().await;
            }
        }
        self.processes.clear();
    }

    /// Ends all at once.
    pub fn kill(&mut self) {
        for process in self.processes.values_mut() {
            process.kill();
        }
        self.processes.clear();
    }

    fn order_of_stopping(&self) -> Vec<Member> {
        let mut members: Vec<Member> = self.processes.keys().copied().collect();
        members.sort_by_key(|member| (*member == Member::Server(Server::Postgres), *member));
        members
    }

    fn data(&self, member: Member) -> Result<PathBuf, Error> {
        folder(&self.plan.folder.join("data").join(member.as_str()))
    }

    fn service(&self, service: ServiceName) -> Result<Launch, Error> {
        let ports = &self.plan.ports;
        let doors = ports.doors(service);
        let mut launch =
            Launch::new(service.as_str(), self.binaries.service(service)?, self.log(Member::Service(service)))
                .env("PUBLIC_ADDR", format!("127.0.0.1:{}", doors.public))
                .env("ADMIN_ADDR", format!("127.0.0.1:{}", doors.admin))
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{}", ports.collector_http))
                .env("OTEL_METRIC_EXPORT_INTERVAL", "5000")
                // Together they stay below the grace after which a process is killed.
                .env("DRAIN_TIMEOUT", "8s")
                .env("FLUSH_TIMEOUT", "3s")
                .env(
                    "OTEL_RESOURCE_ATTRIBUTES",
                    format!("deployment.environment.name=local,service.instance.id=127.0.0.1:{}", doors.admin),
                );
        let row = service.row();
        for callee in row.calls {
            launch = launch.env(callee.address_variable(), self.url(*callee));
        }
        if row.has_database {
            launch = launch.env("DATABASE_URL", self.database_url(service)?);
        }
        let own = self.plan.environment.iter().filter(|(of, ..)| of.is_none_or(|of| of == service));
        Ok(own.fold(launch, |launch, (_, variable, value)| launch.env(variable, value)))
    }

    fn database_url(&self, service: ServiceName) -> Result<String, Error> {
        let files = match &self.plan.database {
            Database::PostgresAt(url) => return Ok(url.clone()),
            Database::Postgres => return Ok(postgres::url(self.plan.ports.postgres)),
            Database::Sqlite => folder(&self.plan.folder.join("data"))?,
            Database::SqliteIn(files) => folder(files)?,
        };
        Ok(format!("sqlite://{}/{service}.db", files.display()))
    }

    fn server(&mut self, server: Server) -> Result<Launch, Error> {
        let member = Member::Server(server);
        let (ports, data, log) = (&self.plan.ports, self.data(member)?, self.log(member));
        if server == Server::Postgres {
            let prepared = postgres::prepare(&data, &log, ports.postgres)?;
            self.stand_ins.extend(prepared.stand_in);
            return Ok(prepared.launch);
        }
        let mut launch = match (server.tools(), &self.plan.grafana) {
            ([tool], _) => Launch::new(server.as_str(), tools::need(*tool)?, log),
            (_, Some(grafana)) if server == Server::Grafana => grafana.launch(server.as_str(), log),
            _ => return Err(Error::Failed(format!("nothing says how {server} is to be started"))),
        };
        if server != Server::Grafana {
            // They are Go: collected at a quarter of the garbage that is usual there, all of them fit beside the shop on a small machine
            // (<https://pkg.go.dev/runtime#hdr-Environment_Variables>).
            launch = launch.env("GOGC", "25");
        }
        if server == Server::PostgresExporter {
            // Not on the command line, which everybody on the machine can read.
            let address = self.plan.database.address(ports.postgres).unwrap_or_default();
            launch = launch.env("DATA_SOURCE_NAME", postgres::for_exporter(&address));
        }
        Ok(server.arguments(launch, ports, &self.configuration(), &data))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // All are asked before any is waited for, so that the end takes as long as the slowest and not as the sum.
        for process in self.processes.values_mut() {
            process.ask_to_stop();
        }
        self.processes.clear();
        for folder in &self.stand_ins {
            // What cannot be removed is left to the system, which clears its temporary folder.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// The lock of a stack's folder; the system gives it back when its holder ends, however that goes.
fn take(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let lock = File::create(&path).map_err(|error| Error::failed(path.display(), error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Failed(format!(
            "another stack runs in {}: end it, or start this one apart from it, for example by `--port-offset 100`",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Error::failed(path.display(), error)),
    }
}

/// A folder that exists, by its absolute path.
fn folder(path: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(path)
        .and_then(|()| path.canonicalize())
        .map_err(|error| Error::failed(format_args!("the folder {}", path.display()), error))
}
