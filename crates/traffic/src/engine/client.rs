//! One request and what became of it, over HTTP/1.1 and never twice.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use shop::{messages::Problem, routes};
use signals::Outcome;
use tokio::{net::TcpStream, task::yield_now, time::timeout};

use super::stamped::{Arrival, Stamped};
use crate::arguments::Target;

/// A journey's name, for logs and faults; the services hand it on.
const SESSION: &str = "x-session";

/// An answer is read up to this many bytes, so that no server can fill our memory.
const MAX_BODY: usize = 8 << 20;

/// When the time for an answer is over, what had come before is still read: so many turns of the runtime it takes at most to hand it over.
const TURNS: usize = 8;

/// Idle connections are dropped before the server's usual 5 s, so that a request does not meet a door that is just closing.
const IDLE: Duration = Duration::from_secs(3);

const AGENT: HeaderValue = HeaderValue::from_static(concat!("traffic/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub method: &'static str,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<String>,
    /// What else stands in its head.
    pub headers: Vec<(&'static str, String)>,
}

impl Ask {
    /// A request without anything but its first line.
    pub(crate) fn to(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, headers: Vec::new() }
    }

    /// A request through one of the shop's doors.
    pub(crate) fn through(route: &routes::Route) -> Self {
        Self::to(route.method.as_str(), route.path)
    }

    /// Fills the place `{id}` of the path.
    pub(crate) fn id(mut self, id: &str) -> Self {
        self.path = self.path.replace("{id}", id);
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The path with its query, as it stands in the request's first line.
    fn line(&self, target: &Target) -> String {
        let mut line = format!("{}{}", target.path(), self.path);
        if !self.query.is_empty() {
            line.push('?');
            let start = line.len();
            line = form_urlencoded::Serializer::for_suffix(line, start).extend_pairs(&self.query).finish();
        }
        line
    }

    fn request(self, target: &Target, mark: &Mark) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::builder()
            .method(Method::from_bytes(self.method.as_bytes())?)
            .uri(self.line(target))
            .header(header::HOST, target.authority())
            .header(header::USER_AGENT, AGENT)
            .header(header::ACCEPT, JSON)
            .header("traceparent", mark.traceparent())
            .header(SESSION, &mark.session);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        match self.body {
            Some(body) => request.header(header::CONTENT_TYPE, JSON).body(Full::from(body)),
            None => request.body(Full::default()),
        }
    }
}

/// By what a request can be found again in traces and logs.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// The trace of the whole journey.
    pub trace: u128,
    pub session: String,
}

impl Mark {
    /// A trace that nobody had before, and a session of this name.
    pub(crate) fn new(session: impl Into<String>) -> Self {
        Self { trace: rand::random_range(1..=u128::MAX), session: session.into() }
    }

    /// The trace's id as W3C Trace Context and Jaeger spell it.
    pub(crate) fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Each request has a span of its own as its parent. It is said to be sampled: what was sent on purpose should be found again.
    fn traceparent(&self) -> String {
        format!("00-{:032x}-{:016x}-01", self.trace, rand::random_range(1..=u64::MAX))
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    /// The stable code of a refusal, when the body is a problem.
    pub code: Option<String>,
    pub body: Vec<u8>,
    /// When the last of it had come, which may be before it was read.
    pub arrived: Instant,
}

impl Answer {
    /// Whether it is this outcome: the status, and for a refusal the code.
    pub(crate) fn is(&self, outcome: Outcome) -> bool {
        Some(self.status) == outcome.status && self.code.as_deref() == outcome.error_type
    }

    /// Status and code, as people say it.
    pub(crate) fn label(&self) -> String {
        match &self.code {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }
}

/// Why nothing came back.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    TimedOut,
    /// No connection, or one that broke before the answer was whole; the innermost reason.
    Connection(String),
}

/// A door, and the connections to it that are open. It takes no proxy from the environment: what it measures is the shop.
#[derive(Debug)]
pub(crate) struct Client {
    target: Target,
    timeout: Duration,
    /// The last used is used first, so that those beyond what is needed grow old.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

#[derive(Debug)]
struct Connection {
    requests: SendRequest<Full<Bytes>>,
    arrival: Arrival,
}

impl Client {
    pub(crate) fn new(target: Target, timeout: Duration) -> Self {
        Self { target, timeout, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Sends one request and reads its answer to the last byte. It is in time if it had come in time, however late this side reads it.
    pub(crate) async fn send(&self, ask: Ask, mark: &Mark) -> Result<Answer, Failure> {
        let request = ask.request(&self.target, mark).map_err(|error| Failure::Connection(error.to_string()))?;
        let sent = Instant::now();
        let mut exchange = pin!(self.exchange(request));
        let mut ended = timeout(self.timeout, &mut exchange).await;
        for _ in 0..TURNS {
            if ended.is_ok() {
                break;
            }
            yield_now().await;
            ended = timeout(Duration::ZERO, &mut exchange).await;
        }
        match ended.unwrap_or(Err(Failure::TimedOut)) {
            Ok(answer) if answer.arrived.saturating_duration_since(sent) > self.timeout => Err(Failure::TimedOut),
            ended => ended,
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let (connection, response) = self.response(request).await?;
        let status = response.status().as_u16();
        let mut pieces = response.into_body();
        let mut body = Vec::new();
        while let Some(frame) = pieces.frame().await {
            let Ok(piece) = frame.map_err(|error| failure(&error))?.into_data() else { continue };
            if body.len() + piece.len() > MAX_BODY {
                return Err(Failure::Connection(format!("the answer has more than {MAX_BODY} bytes")));
            }
            body.extend_from_slice(&piece);
        }
        let arrived = connection.arrival.last().unwrap_or_else(Instant::now);
        if !connection.requests.is_closed() {
            self.idle().push(Idle { connection, since: Instant::now() });
        }
        let code = if status < 400 { None } else { serde_json::from_slice::<Problem>(&body).ok().map(|it| it.code) };
        Ok(Answer { status, code, body, arrived })
    }

    /// Sends the request over an idle connection or, failing that, a new one. What may have left is never sent again: only a request
    /// that a closed connection hands back whole finds another.
    async fn response(&self, mut request: Request<Full<Bytes>>) -> Result<(Connection, Response<Incoming>), Failure> {
        while let Some(mut connection) = self.take_idle() {
            if connection.requests.ready().await.is_err() {
                continue;
            }
            match connection.requests.try_send_request(request).await {
                Ok(response) => return Ok((connection, response)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(failure(&error.into_error())),
                },
            }
        }
        let mut connection = self.connect().await?;
        let response = connection.requests.send_request(request).await.map_err(|error| failure(&error))?;
        Ok((connection, response))
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(self.target.address()).await.map_err(|error| failure(&error))?;
        // What is small must not wait for more; that it cannot be said is no reason to fail.
        let _ = stream.set_nodelay(true);
        let stream = Stamped::new(stream);
        let arrival = stream.arrival();
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failure(&error))?;
        tokio::spawn(async move {
            // Whoever waits for the answer hears of the failure, too.
            let _ = connection.await;
        });
        Ok(Connection { requests, arrival })
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle();
        let Idle { connection, since } = idle.pop()?;
        if since.elapsed() > IDLE {
            // The others are older still.
            idle.clear();
            return None;
        }
        Some(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failure(error: &(dyn std::error::Error + 'static)) -> Failure {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    Failure::Connection(innermost.to_string())
}
