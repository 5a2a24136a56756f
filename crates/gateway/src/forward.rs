//! Handing a request on, and making something clean of whatever comes back.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::StatusCode, web::Data};
use chassis::{Body, Mount};
use shop::{
    code::Code,
    messages::Problem,
    routes::{Route, gateway::PREFIX},
    services::ServiceName,
    signals::as_the_caller_sees_it,
};
use signals::{Outcome, http};
use telemetry::client::{Answer, CallFailure, Client, Outgoing};

use crate::Config;

/// The headers that travel inward. All others end here: what the world says of itself is not for the services.
const INWARD: [&str; 4] = ["content-type", "accept", "idempotency-key", "x-session"];

/// The ways to the services behind the gateway.
#[derive(Clone, Debug)]
pub struct Upstreams {
    catalog: Client,
    orders: Client,
}

impl Upstreams {
    /// Makes the ways to the addresses of the configuration.
    ///
    /// # Errors
    /// When an address is none.
    pub fn new(config: &Config) -> Result<Self, String> {
        let client = |service: ServiceName, url: &str| {
            Client::new(service.as_str(), url, service.deadline(), as_the_caller_sees_it)
        };
        Ok(Self {
            catalog: client(ServiceName::Catalog, &config.catalog_url)?,
            orders: client(ServiceName::Orders, &config.orders_url)?,
        })
    }

    fn to(&self, service: ServiceName) -> Option<&Client> {
        [&self.catalog, &self.orders].into_iter().find(|client| client.peer() == service.as_str())
    }
}

/// Mounts a route that hands its requests on. Only a route that takes a body reads one.
pub(crate) fn mount(mount: &mut Mount, route: &'static Route) {
    if route.request.is_some() {
        mount.on(route.door(), move |request: HttpRequest, body: Body, upstreams: Data<Upstreams>| async move {
            forward(route, &request, Some(body), &upstreams).await
        });
    } else {
        mount.on(route.door(), move |request: HttpRequest, upstreams: Data<Upstreams>| async move {
            forward(route, &request, None, &upstreams).await
        });
    }
}

async fn forward(
    route: &'static Route,
    request: &HttpRequest,
    body: Option<Body>,
    upstreams: &Upstreams,
) -> HttpResponse {
    let upstream = route.forwards_to.and_then(|(service, inner)| Some((upstreams.to(service)?, inner)));
    let Some((client, inner)) = upstream else {
        return refuse(Code::UpstreamUnavailable, "the gateway does not know where that is");
    };
    if strays(request.uri().path()) {
        return refuse(Code::Invalid, "path: `.`, `..` and `\\` are no identifiers");
    }
    let mut outgoing = Outgoing { body: body.map(|body| body.0), ..Outgoing::default() };
    for name in INWARD {
        if let Some(value) = request.headers().get(name).and_then(|value| value.as_bytes().try_into().ok()) {
            outgoing.headers.insert(name, value);
        }
    }
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix(PREFIX).unwrap_or(path);
    let answered = match client.send(inner.method.as_str(), inner.path, path, outgoing).await {
        Ok(answer) => hand_back(route, answer).await,
        Err(failure) => Err(failure),
    };
    answered.unwrap_or_else(|failure| {
        tracing::warn!(peer = client.peer(), %failure, "an upstream failed");
        match failure {
            CallFailure::TimedOut => refuse(Code::UpstreamTimedOut, "no answer in time; try again later"),
            CallFailure::NotConnected(_) => refuse(Code::UpstreamUnavailable, "no connection; try again later"),
            CallFailure::Unreadable(_) | CallFailure::Refused { .. } => {
                refuse(Code::UpstreamFailed, "the answer made no sense")
            }
        }
    })
}

/// Whether a path, read as a URL, would lead to another door than the one that its route was found by
/// (<https://url.spec.whatwg.org/#path-state>).
fn strays(path: &str) -> bool {
    let is_dots = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    path.split('/').any(is_dots) || path.contains('\\')
}

async fn hand_back(route: &'static Route, answer: Answer) -> Result<HttpResponse, CallFailure> {
    let status = answer.status();
    let content_type = answer.headers().get("content-type").map(|value| value.as_bytes().to_vec());
    let bytes = answer.bytes().await?;
    match status {
        500 | 501 | 502 | 505.. => return Ok(refuse(Code::UpstreamFailed, "a service behind this one failed")),
        503 => {
            return Ok(refuse(
                Code::UpstreamUnavailable,
                "a service behind this one cannot serve now; try again later",
            ));
        }
        504 => return Ok(refuse(Code::UpstreamTimedOut, "a service behind this one took too long")),
        _ => {}
    }
    let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = HttpResponseBuilder::new(status_code);
    if let Some(content_type) = content_type {
        response.insert_header(("content-type", content_type));
    }
    if status < 400 {
        return Ok(response.body(bytes));
    }
    let code = serde_json::from_slice::<Problem>(&bytes).ok().and_then(|problem| Code::parse(&problem.code));
    let declared = code.map(Code::outcome).filter(|outcome| outcome.status == Some(status));
    // Counted where it arose; here only that it was handed on.
    Ok(chassis::relayed(response.body(bytes), declared.unwrap_or_else(|| by_status(route, status)), None))
}

/// The route's declared outcome of a status whose problem could not be read.
fn by_status(route: &'static Route, status: u16) -> Outcome {
    route.outcomes().into_iter().find(|outcome| outcome.status == Some(status)).unwrap_or(http::UNDECLARED)
}

fn refuse(code: Code, detail: &str) -> HttpResponse {
    chassis::problem(code.outcome(), code.meaning(), Some(detail.to_owned()))
}
