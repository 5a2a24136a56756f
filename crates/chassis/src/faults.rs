//! Faults on purpose: the admin port's `/faults`, and what makes a fault of the whole process felt.

use std::{fmt, hint::black_box, str::FromStr, sync::Arc, thread, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ServiceRequest,
    http::header::AUTHORIZATION,
    rt,
    web::{self, Bytes, Data, Path, ServiceConfig},
};
use faults::{Arming, Fault, Injection, Kind, PATH, Reach, Registry};
use sha2::{Digest as _, Sha256};
use signals::{
    Outcome,
    http::{self, RouteIndex},
};
use telemetry::{injection, middleware};

use crate::problem::{invalid, problem};

/// A fault's description is short; more is none.
const LONGEST: usize = 16_384;
/// How soon threads notice that their fault has ended.
const EVERY: Duration = Duration::from_millis(20);

/// The word that opens `/faults`. It is never shown.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("write a word without blanks that nobody guesses".to_owned());
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Whether a request brings it. Digests are compared, so that the time it takes says nothing about the token.
    fn opens(&self, request: &HttpRequest) -> bool {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let brought = header.and_then(|value| value.strip_prefix("Bearer "));
        brought.is_some_and(|brought| Sha256::digest(brought) == Sha256::digest(&*self.0))
    }
}

/// What the handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    token: Token,
    registry: &'static Registry,
}

impl Door {
    /// Lets faults be armed in this process by whoever has the token.
    pub(crate) fn open(service: &'static signals::Service, token: Token) -> Self {
        tracing::warn!("faults can be injected: anyone with the token can break this service");
        Self { token, registry: injection::enable(service) }
    }
}

pub(crate) fn routes(door: Door) -> impl Fn(&mut ServiceConfig) {
    move |config| {
        let all = web::resource(PATH).route(web::get().to(list)).route(web::delete().to(end_all));
        let one = web::resource(format!("{PATH}/{{name}}")).route(web::put().to(arm)).route(web::delete().to(end));
        config.app_data(Data::new(door.clone())).app_data(web::PayloadConfig::new(LONGEST)).service(all).service(one);
    }
}

const UNAUTHORIZED: Outcome = Outcome::error(401, "unauthorized");
const UNKNOWN: Outcome = Outcome::error(404, "fault_not_found");

fn unauthorized() -> HttpResponse {
    let detail = "send the header `authorization: Bearer TOKEN` with the token of FAULTS_TOKEN".to_owned();
    problem(UNAUTHORIZED, "The token of the faults is missing or wrong.", Some(detail))
}

async fn list(request: HttpRequest, door: Data<Door>) -> HttpResponse {
    if !door.token.opens(&request) {
        return unauthorized();
    }
    HttpResponse::Ok().json(door.registry.list())
}

async fn arm(request: HttpRequest, door: Data<Door>, name: Path<String>, body: Bytes) -> HttpResponse {
    if !door.token.opens(&request) {
        return unauthorized();
    }
    let fault = match serde_json::from_slice::<Fault>(&body) {
        Ok(fault) => fault,
        Err(error) => return refuse(error.to_string()),
    };
    match door.registry.arm(&name, fault) {
        Ok(Arming::New(fault)) => {
            tracing::warn!(fault.name = fault.name(), what = %fault.fault(), lease = ?fault.left(), "a fault was armed");
            let armed = fault.armed();
            rt::spawn(live(door.registry, fault));
            HttpResponse::Created().json(armed)
        }
        Ok(Arming::Renewed(fault)) => HttpResponse::Ok().json(fault.armed()),
        Err(unfit) => refuse(unfit.to_string()),
    }
}

fn refuse(why: String) -> HttpResponse {
    actix_web::ResponseError::error_response(&invalid(why))
}

async fn end(request: HttpRequest, door: Data<Door>, name: Path<String>) -> HttpResponse {
    if !door.token.opens(&request) {
        return unauthorized();
    }
    if door.registry.end(Some(&name)).faults.is_empty() {
        let detail = format!("`{name}` is not armed; it may have ended by itself");
        return problem(UNKNOWN, "There is no such fault.", Some(detail));
    }
    HttpResponse::NoContent().finish()
}

async fn end_all(request: HttpRequest, door: Data<Door>) -> HttpResponse {
    if !door.token.opens(&request) {
        return unauthorized();
    }
    HttpResponse::Ok().json(door.registry.end(None))
}

/// Goes with a fault from its arming to its end, whoever ends it.
async fn live(registry: &'static Registry, fault: Arc<Injection>) {
    let kind = fault.fault().kind;
    if kind.reach() == Reach::Process {
        injection::began(&fault);
    }
    match kind {
        Kind::PoolExhausted => telemetry::db::exhaust(&fault).await,
        Kind::CpuBurn { threads } => {
            for _ in 0..threads.get() {
                let fault = fault.clone();
                thread::spawn(move || burn(&fault));
            }
        }
        Kind::MemoryGrowth { bytes_per_second, most_bytes } => {
            let fault = fault.clone();
            thread::spawn(move || grow(&fault, bytes_per_second.get(), most_bytes.get()));
        }
        _ => {}
    }
    while fault.is_live() {
        // A renewal moves the end, an ending from outside makes it now.
        rt::time::sleep(fault.left().min(Duration::from_millis(100))).await;
    }
    registry.sweep();
    tracing::warn!(fault.name = fault.name(), hits = fault.armed().hits, "a fault has ended");
}

/// Computes without a pause; it looks at the clock a thousand times a second at most.
fn burn(fault: &Injection) {
    let mut number = 1_u64;
    while fault.is_live() {
        for _ in 0..1_000_000 {
            number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}

/// Takes memory and touches each page of it, so that it is really there, and gives all of it back at the end.
fn grow(fault: &Injection, bytes_per_second: u64, most: u64) {
    let mut held: Vec<Vec<u8>> = Vec::new();
    let (mut taken, step) = (0, (bytes_per_second / 50).max(1));
    while fault.is_live() {
        let piece = step.min(most - taken);
        if let Some(length) = usize::try_from(piece).ok().filter(|length| *length > 0) {
            let mut bytes = Vec::new();
            // Where there is no more, the fault has reached its end earlier.
            if bytes.try_reserve_exact(length).is_ok() {
                bytes.resize(length, 1);
                held.push(bytes);
                taken += piece;
            }
        }
        thread::sleep(EVERY);
    }
    black_box(&held);
}

/// What faults do to a request before its handler is called.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    /// How long it is held up.
    pub delay: Option<Duration>,
    /// How it ends, if its handler is not to be called at all.
    pub ending: Option<Ending>,
}

/// How a request ends that a fault keeps from its handler.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    Refused(Outcome),
    /// No answer comes, until the deadline passes or the client goes.
    Never,
    /// Its connection is closed.
    Dropped,
}

/// What the armed faults do to a request.
pub(crate) fn strike(request: &ServiceRequest) -> Struck {
    let Some(registry) = injection::registry().filter(|registry| !registry.is_empty()) else {
        return Struck::default();
    };
    let (method, path) = (request.method().as_str(), request.match_pattern());
    let routes = registry.service().routes();
    let is_it = |route: &signals::Route| route.method == method && Some(route.path) == path.as_deref();
    let Some(position) = routes.iter().position(is_it) else { return Struck::default() };
    let route = (routes[position].method, routes[position].path);
    let latency = injection::request(route, |kind| matches!(kind, Kind::Latency(_)));
    let ending = injection::request(route, |kind| kind.reach() == Reach::Request);
    if latency.is_some() || ending.is_some() {
        // The deadline may pass before the routing does, which else would say so.
        middleware::taken_by(RouteIndex(u16::try_from(position).unwrap_or(u16::MAX)));
    }
    let ending = ending.map(|hit| match hit.kind() {
        Kind::ValidationError => Ending::Refused(http::INVALID),
        Kind::PermissionError => Ending::Refused(http::FORBIDDEN),
        Kind::ConnectionDrop => Ending::Dropped,
        _ => Ending::Never,
    });
    Struck { delay: latency.and_then(|hit| hit.delay), ending }
}
