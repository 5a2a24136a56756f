//! A service's life: read, start, serve, drain, flush.

use std::{
    env,
    fmt::Display,
    future::Future,
    panic,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    http::KeepAlive,
    rt,
    web::Data,
};
use clap::{CommandFactory, FromArgMatches};
use telemetry::middleware::{Telemetry, in_flight};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::{
    admin,
    config::{self, Identity, Settings},
    connection::Connection,
    extract::BodyLimits,
    faults,
    health::Health,
    mount::Mount,
    protect::Limits,
    service::{Service, Starting},
};

/// A process whose configuration cannot be understood ends with this code.
const WRONG_USE: u8 = 2;

/// Runs a service until it is told to end by SIGTERM or SIGINT; a second one ends it at once.
///
/// `start` connects to what the service needs and says which routes it has; the admin port answers meanwhile.
pub fn run<C, S, R, E>(identity: Identity, start: S) -> ExitCode
where
    C: CommandFactory + FromArgMatches,
    S: FnOnce(C, Starting) -> R,
    R: Future<Output = Result<Service, E>>,
    E: Display,
{
    let name = identity.signals.name;
    let (config, settings, exports) = match read::<C>(&identity) {
        Ok(read) => read,
        Err(mistakes) => {
            eprintln!("{name} cannot start; its configuration has mistakes:");
            for mistake in &mistakes {
                eprintln!("  - {mistake}");
            }
            eprintln!("`{name} --help` lists every setting.");
            return ExitCode::from(WRONG_USE);
        }
    };
    let telemetry = telemetry::log::init(name).and_then(|()| telemetry::init(identity.signals, &exports));
    let telemetry = match telemetry {
        Ok(telemetry) => telemetry,
        Err(why) => {
            eprintln!("{name} cannot start: {why}");
            return ExitCode::FAILURE;
        }
    };
    log_panics();
    let starting = Starting { settings: settings.clone() };
    let ended = rt::System::new().block_on(async {
        let mut told = Told::listen().inspect_err(|why| eprintln!("{name} cannot start: {why}"))?;
        let served = serve(identity, &settings, &mut told, || start(config, starting)).await;
        if let Err(why) = &served {
            tracing::error!(why, "cannot go on");
            eprintln!("{name} cannot go on: {why}");
        }
        flush(telemetry, settings.flush_timeout, &mut told).await;
        served
    });
    if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read<C: CommandFactory + FromArgMatches>(
    identity: &Identity,
) -> Result<(C, Settings, telemetry::Settings), Vec<String>> {
    let arguments: Vec<_> = env::args_os().collect();
    let matches = config::parse(config::command(identity, C::command()), &arguments);
    let exports = telemetry::Settings::from_env();
    match (matches, exports) {
        (Ok(matches), Ok(exports)) => {
            let both =
                C::from_arg_matches(&matches).and_then(|config| Ok((config, Settings::from_arg_matches(&matches)?)));
            let (config, settings) = both.map_err(|error| vec![error.to_string()])?;
            settings.check().map_err(|mistake| vec![mistake])?;
            Ok((config, settings, exports))
        }
        (matches, exports) => Err([matches.err().unwrap_or_default(), exports.err().unwrap_or_default()].concat()),
    }
}

/// A panic is a log line with its place, not a text on standard error.
fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let why = panic.payload_as_str().unwrap_or("a panic without words");
        tracing::error!(place, why, "panicked");
    }));
}

/// Whoever wants the process to end says so here.
struct Told {
    ends: Signal,
    interrupts: Signal,
    times: usize,
}

impl Told {
    fn listen() -> Result<Self, String> {
        let hear = |kind| signal(kind).map_err(|error| format!("signals cannot be heard: {error}"));
        Ok(Self { ends: hear(SignalKind::terminate())?, interrupts: hear(SignalKind::interrupt())?, times: 0 })
    }

    /// Waits for the next signal.
    async fn once(&mut self) {
        tokio::select! { _ = self.ends.recv() => (), _ = self.interrupts.recv() => () }
        self.times += 1;
    }
}

async fn serve<R, E>(
    identity: Identity,
    settings: &Settings,
    told: &mut Told,
    start: impl FnOnce() -> R,
) -> Result<(), String>
where
    R: Future<Output = Result<Service, E>>,
    E: Display,
{
    let name = identity.signals.name;
    telemetry::runtime::watch_current();
    let health = Data::new(Health::default());
    let faults = settings.faults_token().map(|token| faults::Door::open(identity.signals, token));
    let admin = admin_server(settings, health.clone(), faults)?;
    let admin_handle = admin.handle();
    rt::spawn(admin);

    let service = tokio::select! {
        service = start() => service.map_err(|error| format!("{error:#}"))?,
        () = told.once() => return Ok(()),
    };
    let mut trial = Mount::new(identity.signals);
    (service.routes)(&mut trial);
    let mistakes = trial.mistakes();
    if !mistakes.is_empty() {
        return Err(format!("its routes are not those of its table: {}", mistakes.join("; ")));
    }
    let Service { checks, routes } = service;
    let public = public_server(identity, settings, health.clone(), routes)?;
    let public_handle = public.handle();
    let public = rt::spawn(public);
    health.start(checks);
    tracing::info!(public = %settings.public_addr, admin = %settings.admin_addr, version = identity.signals.version, "serving");

    told.once().await;
    tracing::info!(delay = ?settings.drain_delay, timeout = ?settings.drain_timeout, "told to end; draining");
    tokio::select! {
        () = drain(settings, &health, &public_handle) => {}
        () = told.once() => {
            tracing::warn!(in_flight = in_flight(), "told to end a second time; requests in flight are broken off");
            eprintln!("{name} was told to end a second time and breaks off");
            public_handle.stop(false).await;
        }
    }
    let _ = public.await;
    all_counted().await;
    admin_handle.stop(false).await;
    Ok(())
}

/// Readiness goes first; then no connection is taken any more, and what is in flight may finish.
async fn drain(settings: &Settings, health: &Health, public: &ServerHandle) {
    health.drain();
    tokio::time::sleep(settings.drain_delay).await;
    public.pause().await;
    let end = Instant::now() + settings.drain_timeout;
    while in_flight() > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    if in_flight() > 0 {
        tracing::warn!(in_flight = in_flight(), "the time to drain has passed; requests in flight are broken off");
    }
    // Idle connections would be waited for; all answers are written by now, so a moment is enough.
    public.stop(true).await;
}

/// The workers drop what they break off on threads of their own, and it is counted then: before the last telemetry leaves.
async fn all_counted() {
    let end = Instant::now() + Duration::from_secs(LAST_WORDS);
    while in_flight() > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How long the last telemetry may take to leave once told to end at once.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Delivers the telemetry that waits, on a thread that may block; told to end once more, it goes without.
async fn flush(telemetry: telemetry::Guard, bound: Duration, told: &mut Told) {
    let bound = if told.times > 1 { bound.min(AT_ONCE) } else { bound };
    let (tell, delivered) = oneshot::channel();
    thread::spawn(move || tell.send(telemetry.shutdown(bound)));
    tokio::select! {
        delivered = delivered => match delivered {
            Ok(Ok(())) => tracing::info!("ended; all telemetry was delivered"),
            Ok(Err(undelivered)) => tracing::warn!(%undelivered, "ended"),
            Err(_panicked) => tracing::warn!("ended; telemetry may not have been delivered"),
        },
        () = told.once() => tracing::warn!("told to end once more; telemetry may not have been delivered"),
    }
}

/// How long a worker waits, at the very end, for bytes on their way to the client.
const LAST_WORDS: u64 = 1;

fn admin_server(settings: &Settings, health: Data<Health>, faults: Option<faults::Door>) -> Result<Server, String> {
    let server = HttpServer::new(move || {
        let app = App::new().configure(admin::routes(health.clone()));
        match faults.clone() {
            Some(door) => app.configure(faults::routes(door)),
            None => app,
        }
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(LAST_WORDS)
    .bind(settings.admin_addr);
    server.map(HttpServer::run).map_err(|error| taken("ADMIN_ADDR", &settings.admin_addr, &error))
}

fn public_server(
    identity: Identity,
    settings: &Settings,
    health: Data<Health>,
    routes: Arc<dyn Fn(&mut Mount) + Send + Sync>,
) -> Result<Server, String> {
    // Slow bodies are the client's doing: they must be refused as such before the deadline makes them ours.
    let body = BodyLimits { bytes: settings.body_limit, time: settings.body_timeout.min(identity.deadline / 2) };
    let limits = Limits { deadline: identity.deadline, trusts_callers: identity.trusts_callers, body };
    let server = HttpServer::new(move || {
        telemetry::runtime::watch_current();
        let mut mount = Mount::new(identity.signals);
        routes(&mut mount);
        App::new().configure(|config| mount.apply(config, limits, &health)).wrap(Telemetry::new(identity.signals))
    })
    .on_connect(|socket, data| {
        data.insert(Connection::open(socket));
    })
    .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
    .disable_signals()
    .shutdown_timeout(LAST_WORDS);
    let server = match settings.workers {
        Some(workers) => server.workers(workers.get()),
        None => server,
    };
    let server = server.bind(settings.public_addr);
    server.map(HttpServer::run).map_err(|error| taken("PUBLIC_ADDR", &settings.public_addr, &error))
}

fn taken(variable: &str, address: &impl Display, error: &std::io::Error) -> String {
    format!("it cannot listen on {address}: {error}; set {variable} to an address that is free")
}
