//! Calls to other services: a span and a duration for each, the trace and the time left carried along.

use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use faults::{Hit, Kind};
use opentelemetry::{
    Context, KeyValue,
    trace::{FutureExt, SpanKind, TraceContextExt},
};
use reqwest::{Method, header::HeaderMap};
use serde::{Serialize, de::DeserializeOwned};
use signals::{
    Outcome, errors,
    http::{self, CALL_NOT_CONNECTED, CALL_TIMED_OUT, CANCELLED, CLIENT_DURATION, CLIENT_RETRIES, ClientCall, Peer},
};

use crate::{deadline, injection, trace};

/// Why a call gave no answer that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The other service refused it.
    Refused {
        status: u16,
        /// The stable word of its problem, if it gave one.
        code: Option<String>,
        detail: Option<String>,
    },
    /// It did not answer within the time that was left.
    TimedOut,
    /// No connection, or it broke before the answer.
    NotConnected(String),
    /// It answered with something else than was agreed.
    Unreadable(String),
}

impl fmt::Display for CallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallFailure::Refused { status, code, detail } => {
                write!(f, "refused with {status}")?;
                for part in [code, detail].into_iter().flatten() {
                    write!(f, ", {part}")?;
                }
                Ok(())
            }
            CallFailure::TimedOut => f.write_str("no answer in time"),
            CallFailure::NotConnected(why) => write!(f, "not connected: {why}"),
            CallFailure::Unreadable(why) => write!(f, "answered with something unreadable: {why}"),
        }
    }
}

impl std::error::Error for CallFailure {}

/// What a call sends beside its method and its path.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Reads the address of another service, such as `http://127.0.0.1:8081`.
///
/// # Errors
/// When it is none.
pub fn address(text: &str) -> Result<String, String> {
    let base = text.trim_end_matches('/');
    let url = reqwest::Url::parse(base).ok();
    let is_one = |url: &reqwest::Url| ["http", "https"].contains(&url.scheme()) && url.has_host();
    let plain = |url: &reqwest::Url| url.query().is_none() && url.fragment().is_none();
    match url.filter(|url| is_one(url) && plain(url)) {
        Some(_) => Ok(base.to_owned()),
        None => Err("write an address like http://127.0.0.1:8081".to_owned()),
    }
}

/// A way to another service. Cloning shares its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    peer: &'static str,
    base: String,
    limit: Duration,
    outcome: fn(u16) -> Outcome,
}

impl Client {
    /// A way to `peer` at `base`, such as `http://127.0.0.1:8081`. No call lasts longer than `limit`, nor than the time left for the
    /// request at hand. `outcome` says what an answer's status means to the caller, in the words of its row.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn new(peer: &'static str, base: &str, limit: Duration, outcome: fn(u16) -> Outcome) -> Result<Self, String> {
        let base = address(base).map_err(|why| format!("`{base}` is no address of {peer}: {why}"))?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| format!("no HTTP client for {peer}: {error}"))?;
        Ok(Self { http, peer, base, limit, outcome })
    }

    /// The other service's name.
    pub fn peer(&self) -> &'static str {
        self.peer
    }

    /// Sends JSON, if there is a body, and reads JSON. `template` names the span; `path` is where it goes. A `GET` or `PUT` whose
    /// connection fails is sent once more: both may be repeated by their nature (RFC 9110, section 9.2.2).
    ///
    /// # Errors
    /// When the call gave no answer that could be used.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        template: &'static str,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, CallFailure> {
        let mut outgoing = Outgoing::default();
        if let Some(body) = body {
            let json = serde_json::to_vec(body).map_err(|error| CallFailure::Unreadable(error.to_string()))?;
            outgoing.body = Some(json.into());
            outgoing
                .headers
                .insert(reqwest::header::CONTENT_TYPE, reqwest::header::HeaderValue::from_static("application/json"));
        }
        let answer = self.send(method, template, path, outgoing).await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if status >= 400 {
            let problem: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let text = |key: &str| problem.get(key).and_then(|value| value.as_str()).map(str::to_owned);
            return Err(CallFailure::Refused { status, code: text("code"), detail: text("detail") });
        }
        serde_json::from_slice(&bytes).map_err(|error| CallFailure::Unreadable(error.to_string()))
    }

    /// Sends a request and gives the answer once its head is there, whatever its status.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn send(
        &self,
        method: &'static str,
        template: &'static str,
        path: &str,
        outgoing: Outgoing,
    ) -> Result<Answer, CallFailure> {
        let may_repeat = matches!(method, "GET" | "PUT");
        match self.send_once(method, template, path, outgoing.clone()).await {
            Err(CallFailure::NotConnected(_)) if may_repeat => {
                CLIENT_RETRIES.add(1, Peer(self.peer));
                self.send_once(method, template, path, outgoing).await
            }
            result => result,
        }
    }

    async fn send_once(
        &self,
        method: &'static str,
        template: &'static str,
        path: &str,
        outgoing: Outgoing,
    ) -> Result<Answer, CallFailure> {
        let limit = deadline::left().map_or(self.limit, |left| left.min(self.limit));
        let cx = trace::child(format!("{method} {template}"), SpanKind::Client, || {
            vec![
                KeyValue::new(http::METHOD, method),
                KeyValue::new(http::PEER, self.peer),
                KeyValue::new("url.full", format!("{}{path}", self.base)),
            ]
        });
        let own_span = trace::is_sampled(&cx);
        let mut exchange =
            Exchange { peer: self.peer, method, began: Instant::now(), outcome: CANCELLED, cx: cx.clone(), own_span };
        if let Some(hit) = injection::call(self.peer, &cx)
            && let Some(ended) = struck(&hit, limit).await
        {
            return match ended {
                Ok(response) => Ok(Answer { response, exchange, outcome: self.outcome }),
                Err(failure) => {
                    exchange.outcome = CALL_TIMED_OUT;
                    Err(failure)
                }
            };
        }
        let verb = Method::from_bytes(method.as_bytes()).map_err(|error| CallFailure::Unreadable(error.to_string()))?;
        let mut request =
            self.http.request(verb, format!("{}{path}", self.base)).headers(outgoing.headers).timeout(limit);
        if let Some(traceparent) = trace::traceparent(&cx) {
            request = request.header(trace::TRACEPARENT, traceparent);
        }
        request = request.header(deadline::HEADER, limit.as_millis().to_string());
        if let Some(body) = outgoing.body {
            request = request.body(body);
        }
        match request.send().with_context(cx).await {
            Ok(response) => Ok(Answer { response, exchange, outcome: self.outcome }),
            Err(error) => {
                let (failure, outcome) = failure(&error);
                exchange.outcome = outcome;
                Err(failure)
            }
        }
    }
}

/// What becomes of a call that a fault struck; none when it goes on, later.
async fn struck(hit: &Hit, limit: Duration) -> Option<Result<reqwest::Response, CallFailure>> {
    if hit.kind() == Kind::UpstreamError {
        let body = format!(r#"{{"code":"{}","detail":"a fault was injected"}}"#, errors::UPSTREAM_ERROR);
        let response = ::http::Response::builder().status(500).body(body).ok()?;
        return Some(Ok(response.into()));
    }
    let delay = hit.delay.unwrap_or(limit);
    tokio::time::sleep(delay.min(limit)).await;
    (delay >= limit).then_some(Err(CallFailure::TimedOut))
}

fn failure(error: &reqwest::Error) -> (CallFailure, Outcome) {
    if error.is_timeout() {
        return (CallFailure::TimedOut, CALL_TIMED_OUT);
    }
    // The outermost sentence names the address only; the innermost says what happened.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    (CallFailure::NotConnected(cause.to_string()), CALL_NOT_CONNECTED)
}

/// An answer whose head is there.
#[derive(Debug)]
pub struct Answer {
    response: reqwest::Response,
    exchange: Exchange,
    outcome: fn(u16) -> Outcome,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    /// When it breaks off, or is larger than an answer may be.
    pub async fn bytes(self) -> Result<Bytes, CallFailure> {
        let Self { mut response, mut exchange, outcome } = self;
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if body.len() + piece.len() > LARGEST_ANSWER => {
                    exchange.outcome = http::UNDECLARED;
                    return Err(CallFailure::Unreadable(format!("more than {LARGEST_ANSWER} bytes")));
                }
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => {
                    exchange.outcome = outcome(response.status().as_u16());
                    return Ok(body.freeze());
                }
                Err(error) => {
                    let (failure, outcome) = failure(&error);
                    exchange.outcome = outcome;
                    return Err(failure);
                }
            }
        }
    }
}

/// A call under way. Dropping it counts it, as cancelled unless it was told how it ended.
#[derive(Debug)]
struct Exchange {
    peer: &'static str,
    method: &'static str,
    began: Instant,
    outcome: Outcome,
    cx: Context,
    own_span: bool,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let call = ClientCall { peer: self.peer, method: self.method, outcome: self.outcome };
        CLIENT_DURATION.record_duration(self.began.elapsed(), call);
        if self.own_span {
            let span = self.cx.span();
            if let Some(status) = self.outcome.status {
                span.set_attribute(KeyValue::new(http::STATUS_CODE, i64::from(status)));
            }
            if let Some(error_type) = self.outcome.error_type {
                trace::fail(&self.cx, error_type);
            }
            span.end();
        }
    }
}
