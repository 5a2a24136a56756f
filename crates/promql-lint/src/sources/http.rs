//! Asks servers over HTTP and HTTPS, with bounds on time and size, and says what to do when that fails.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    io::Read as _,
    sync::Arc,
    time::{Duration, Instant},
};

use promql::Observed;
use ureq::{
    Agent, Proxy, http,
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::{Error, exposition};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take, to its last byte.
const PATIENCE: Duration = Duration::from_secs(30);
/// A target with more to say than this is not scraped by most Prometheus either.
const MOST_METRICS: u64 = 64 << 20;
/// As Prometheus asks, so that a server answers as it answers that: names can depend on the format
/// (<https://prometheus.io/docs/instrumenting/content_negotiation/>).
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                      application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                      text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/// What is sent along with each request, such as credentials. It does not print its values.
#[derive(Clone, Default)]
pub struct Access(Vec<(http::HeaderName, http::HeaderValue)>);

impl Access {
    /// Adds a header, written as in `Authorization: Bearer TOKEN`.
    ///
    /// # Errors
    /// When it is not written so. The sentence does not repeat it.
    pub fn with_header(mut self, line: &str) -> Result<Self, String> {
        let parsed = line.split_once(':').and_then(|(name, value)| {
            let mut value: http::HeaderValue = value.trim().parse().ok()?;
            value.set_sensitive(true);
            Some((name.trim().parse().ok()?, value))
        });
        self.0.push(parsed.ok_or("a header is written as 'Authorization: Bearer TOKEN'")?);
        Ok(self)
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// What the metrics at an address show. Without a path, `/metrics` is asked for, as Prometheus does.
///
/// # Errors
/// When nobody answers within bounds, or the answer is no exposition text.
pub fn fetch(url: &str, access: &Access) -> Result<Vec<Observed>, Error> {
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'));
    let url = if has_path { url.to_owned() } else { format!("{}/metrics", url.trim_end_matches('/')) };
    let client = Client::new(&url, access, PATIENCE);
    exposition(client.get(&url, ACCEPT, MOST_METRICS)?, &without_credentials(&url))
}

/// Asks one server until a moment.
pub(super) struct Client {
    agent: Agent,
    access: Access,
    end: Instant,
    patience: Duration,
}

impl Client {
    /// All answers together may take `patience`.
    pub(super) fn new(url: &str, access: &Access, patience: Duration) -> Self {
        // Also for http: such an address may lead on to https.
        let trusted = rustls_native_certs::load_native_certs().certs;
        let certificates: Vec<_> =
            trusted.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .max_redirects(5)
            .tls_config(tls)
            // A proxy could not reach this machine.
            .proxy(if is_here(url) { None } else { Proxy::try_from_env() })
            .user_agent(concat!("promql-lint/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), access: access.clone(), end: Instant::now() + patience, patience }
    }

    /// What an address answers, of at most so many bytes.
    pub(super) fn get(&self, url: &str, accept: &str, most: u64) -> Result<Vec<u8>, Error> {
        let failed = |reason: String, help: &str| Error::Unreachable {
            url: without_credentials(url),
            reason,
            help: help.to_owned(),
        };
        let late = || {
            let help = "ask it when it is less busy, or give what it says as a file";
            failed(format!("there is no complete answer within {} s", self.patience.as_secs()), help)
        };
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        let mut request = self.agent.get(url).header("accept", accept).config().timeout_global(Some(left)).build();
        for (name, value) in &self.access.0 {
            request = request.header(name, value);
        }
        let explain = |error: &ureq::Error| match error {
            ureq::Error::Timeout(ureq::Timeout::Connect) => failed(
                format!("no connection within {} s", CONNECT.as_secs()),
                "is the address right, and reachable from here?",
            ),
            ureq::Error::Timeout(_) => late(),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                failed("this is no address".to_owned(), "write it as http://HOST:PORT/metrics")
            }
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => failed(
                error.to_string(),
                "certificates are verified against those that this machine trusts; fetch the text by other means, such as curl, \
                 and give it as a file",
            ),
            _ => failed(error.to_string(), "is the address right, and does the server run?"),
        };
        let mut answer = request.call().map_err(|error| explain(&error))?;
        let status = answer.status();
        let mut body = Vec::new();
        // Bounded after decompression: a small answer can be a large text.
        let read = answer.body_mut().with_config().limit(u64::MAX).reader().take(most + 1).read_to_end(&mut body);
        read.map_err(|error| match ureq::Error::from(error) {
            ureq::Error::Timeout(_) => late(),
            error => failed(format!("the answer breaks off: {error}"), "ask again"),
        })?;
        if !status.is_success() {
            return Err(failed(refusal(status, &body), advice(status)));
        }
        if body.len() as u64 > most {
            let help = "give a part of it as a file";
            return Err(failed(format!("the answer is longer than {} MB", most >> 20), help));
        }
        Ok(body)
    }
}

/// What a server said instead of an answer; Prometheus says it in JSON.
fn refusal(status: http::StatusCode, body: &[u8]) -> String {
    let said: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let error = said.as_ref().and_then(|said| said.get("error")?.as_str());
    error.map_or_else(|| format!("the answer is {status}"), |error| format!("the answer is {status}: {error}"))
}

fn advice(status: http::StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => {
            "give credentials in the address, as in --metrics http://USER:PASSWORD@HOST, or what it says as a file"
        }
        404 => "is the path right? Most servers have their metrics at /metrics",
        _ => "does the address belong to the server that is meant?",
    }
}

fn is_here(url: &str) -> bool {
    let host = url.parse::<http::Uri>().ok().and_then(|uri| Some(uri.host()?.to_owned()));
    matches!(host.as_deref(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The address as it may be shown.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.find('/').map_or(rest, |end| &rest[..end]);
    authority.rfind('@').map_or_else(|| url.to_owned(), |at| format!("{scheme}://{}", &rest[at + 1..]))
}
