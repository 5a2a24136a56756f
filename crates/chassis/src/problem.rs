//! Errors as a client sees them: `application/problem+json` with a stable code (RFC 9457). Internals go to the log.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use signals::{Outcome, http};
use telemetry::middleware::Ended;

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

/// An answer that refuses a request. `title` says what the code means, `detail` what was wrong this time; both go to the client.
pub fn problem(outcome: Outcome, title: &str, detail: Option<String>) -> HttpResponse {
    let status = outcome
        .status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = outcome.error_type.unwrap_or(http::OTHER);
    if status.is_server_error() {
        tracing::warn!(code, detail = detail.as_deref().unwrap_or_default(), "request failed");
    }
    let body = Problem { code, title, status: status.as_u16(), detail, trace_id: telemetry::trace::current_trace_id() };
    let mut response = HttpResponse::build(status).content_type("application/problem+json").json(body);
    response.extensions_mut().insert(Ended::here(outcome));
    response
}

/// The same, for an error that arose in another service and is handed on: it is counted here as `counted_as`, if at all.
pub fn relayed(mut response: HttpResponse, outcome: Outcome, counted_as: Option<&'static str>) -> HttpResponse {
    response.extensions_mut().insert(Ended { outcome, counted_as });
    response
}

/// A refusal that any service can make.
#[derive(Clone, Debug)]
pub struct Refusal {
    outcome: Outcome,
    detail: Option<String>,
}

impl Refusal {
    pub(crate) fn new(outcome: Outcome, detail: impl Into<Option<String>>) -> Self {
        Self { outcome, detail: detail.into() }
    }

    fn title(&self) -> &'static str {
        match self.outcome {
            http::INVALID => "The request could not be understood.",
            http::FORBIDDEN => "The caller may not do this.",
            http::BODY_TOO_SLOW => "The request's body did not arrive in time.",
            http::BODY_TOO_LARGE => "The request's body is larger than the service reads.",
            http::TIMED_OUT => "The request took longer than it may.",
            http::NOT_FOUND => "There is no such route.",
            http::METHOD_NOT_ALLOWED => "The route does not take this method.",
            _ => "Something of ours broke.",
        }
    }
}

/// A refusal of what the client sent: say which field, what is wrong with it and what would be right.
pub fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::new(http::INVALID, detail.into())
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or_else(|| self.title()))
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.outcome
            .status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        problem(self.outcome, self.title(), self.detail.clone())
    }
}
