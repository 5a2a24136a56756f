//! One request and what became of it, over HTTP/1.1 and never twice.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, redirect, retry};
use shop::{messages::Problem, routes};
use signals::Outcome;

/// A journey's name, for logs and faults; the services hand it on.
const SESSION: &str = "x-session";

/// An answer is read up to this many bytes, so that no server can fill our memory.
const MAX_BODY: usize = 8 << 20;

/// Idle connections are dropped before the server's usual 5 s, so that a request does not meet a door that is just closing.
const IDLE: Duration = Duration::from_secs(3);

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub method: &'static str,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

impl Ask {
    /// A request through one of the shop's doors.
    pub(crate) fn through(route: &routes::Route) -> Self {
        Self { method: route.method.as_str(), path: route.path.to_owned(), query: Vec::new(), body: None }
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
}

/// By what a request can be found again in traces and logs.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// The trace of the whole journey.
    pub trace: u128,
    pub session: String,
}

impl Mark {
    /// The trace's id as W3C Trace Context and Jaeger spell it.
    pub(crate) fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Each request has a span of its own as its parent. It is said to be sampled: what was sent on purpose should be found again.
    fn traceparent(&self) -> String {
        format!("00-{}-{:016x}-01", self.trace_id(), rand::random_range(1..=u64::MAX))
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    /// The stable code of a refusal, when the body is a problem.
    pub code: Option<String>,
    pub body: Vec<u8>,
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

/// Makes the client. It takes no proxy from the environment: what it measures is the shop.
pub(crate) fn client(timeout: Duration) -> anyhow::Result<Client> {
    Client::builder()
        .timeout(timeout)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("traffic/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot make an HTTP client")
}

/// Sends one request and reads its answer to the last byte.
pub(crate) async fn send(client: &Client, url: &str, ask: Ask, mark: &Mark) -> Result<Answer, Failure> {
    let Ask { method, path: _, query, body } = ask;
    let method = method.parse::<reqwest::Method>().map_err(|error| Failure::Connection(error.to_string()))?;
    let mut request = client
        .request(method, url)
        .header("traceparent", mark.traceparent())
        .header(SESSION, &mark.session)
        .header("accept", "application/json");
    if !query.is_empty() {
        request = request.query(&query);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body);
    }
    let mut response = request.send().await.map_err(failure)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failure)? {
        if body.len() + piece.len() > MAX_BODY {
            return Err(Failure::Connection(format!("the answer has more than {MAX_BODY} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    let code = if status < 400 { None } else { serde_json::from_slice::<Problem>(&body).ok().map(|it| it.code) };
    Ok(Answer { status, code, body })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failure(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::TimedOut;
    }
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    Failure::Connection(innermost.to_string())
}
