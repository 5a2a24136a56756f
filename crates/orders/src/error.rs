//! Why orders refuses, in its own words.

use std::fmt;

use actix_web::{HttpResponse, http::StatusCode};
use shop::{code::Code, ids::OrderId};
use signals::errors::{TIMEOUT_ERROR, UPSTREAM_ERROR};
use telemetry::db;

/// A request that was refused, or could not be answered.
#[derive(Debug)]
pub enum Error {
    /// A value cannot be; the text says which and why.
    Invalid(String),
    InvalidCursor,
    UnknownPaymentMethod,
    OrderNotFound(OrderId),
    /// The idempotency key was used for another order.
    KeyReused(OrderId),
    /// The order was stored, but is not confirmed.
    NotPlaced {
        order: OrderId,
        code: Code,
        detail: String,
    },
    Database(db::Error),
}

impl Error {
    /// The code that the client, the log and the metrics see.
    pub fn code(&self) -> Code {
        match self {
            Error::Invalid(_) => Code::Invalid,
            Error::InvalidCursor => Code::InvalidCursor,
            Error::UnknownPaymentMethod => Code::UnknownPaymentMethod,
            Error::OrderNotFound(_) => Code::OrderNotFound,
            Error::KeyReused(_) => Code::KeyReused,
            Error::NotPlaced { code, .. } => *code,
            Error::Database(_) => Code::DatabaseFailed,
        }
    }

    /// What the client may know beside the code.
    fn detail(&self) -> Option<String> {
        match self {
            Error::Invalid(detail) => Some(detail.clone()),
            Error::InvalidCursor => Some("cursor: pass `next` of a page of this list, unchanged".to_owned()),
            Error::UnknownPaymentMethod => {
                Some("payment.method: one of card, paypal, bank_transfer and wallet".to_owned())
            }
            Error::OrderNotFound(order) => Some(format!("there is no order {order}")),
            Error::KeyReused(order) => Some(format!(
                "idempotency-key: it was sent before with another body, for order {order}; choose another"
            )),
            Error::NotPlaced { detail, .. } => Some(detail.clone()),
            Error::Database(_) => None,
        }
    }
}

/// Under which type an error is counted here whose cause lies in another service. What the other refused by its contract
/// is counted there.
pub(crate) fn counted_as(code: Code) -> Option<&'static str> {
    match code {
        Code::UpstreamTimedOut => Some(TIMEOUT_ERROR),
        Code::UpstreamFailed | Code::UpstreamUnavailable => Some(UPSTREAM_ERROR),
        Code::PaymentDeclined | Code::ProductNotFound | Code::OutOfStock | Code::UnknownPaymentMethod => None,
        other => Some(other.as_str()),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail() {
            Some(detail) => f.write_str(&detail),
            None => f.write_str(self.code().meaning()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Error::Database(error)
    }
}

impl actix_web::ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let (code, outcome) = (self.code(), self.code().outcome());
        let response = chassis::problem(outcome, code.meaning(), self.detail());
        match self {
            Error::NotPlaced { .. } => chassis::relayed(response, outcome, counted_as(code)),
            Error::Database(error) => {
                tracing::error!(error = error as &dyn std::error::Error, "the database failed");
                response
            }
            _ => response,
        }
    }
}
