//! Why the provider refuses, in its own words.

use std::fmt;

use actix_web::{HttpResponse, http::StatusCode};
use shop::{code::Code, ids::OrderId};

/// A request that the provider refused, or could not answer.
#[derive(Debug)]
pub enum Error {
    /// A value cannot be; the text says which and why.
    Invalid(String),
    UnknownMethod,
    /// The provider said no; the text says why.
    Declined(String),
    NotFound(OrderId),
    /// It was captured, voided or declined before.
    Closed(OrderId),
    /// The key stands for another amount or method.
    KeyReused(OrderId),
    Database(telemetry::db::Error),
}

impl Error {
    /// The code that the client, the log and the metrics see.
    pub fn code(&self) -> Code {
        match self {
            Error::Invalid(_) => Code::Invalid,
            Error::UnknownMethod => Code::UnknownPaymentMethod,
            Error::Declined(_) => Code::PaymentDeclined,
            Error::NotFound(_) => Code::PaymentNotFound,
            Error::Closed(_) => Code::PaymentClosed,
            Error::KeyReused(_) => Code::KeyReused,
            Error::Database(_) => Code::DatabaseFailed,
        }
    }

    /// What the client may know beside the code.
    fn detail(&self) -> Option<String> {
        match self {
            Error::Invalid(detail) | Error::Declined(detail) => Some(detail.clone()),
            Error::UnknownMethod => Some("method: must be card, paypal, bank_transfer or wallet".to_owned()),
            Error::NotFound(key) => Some(format!("there is no payment {key}")),
            Error::Closed(key) => Some(format!("payment {key} was captured, voided or declined before")),
            Error::KeyReused(key) => Some(format!("payment {key} is of another amount or method")),
            Error::Database(_) => None,
        }
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

impl From<telemetry::db::Error> for Error {
    fn from(error: telemetry::db::Error) -> Self {
        Error::Database(error)
    }
}

impl actix_web::ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        if let Error::Database(error) = self {
            tracing::error!(error = error as &dyn std::error::Error, "the database failed");
        }
        chassis::problem(self.code().outcome(), self.code().meaning(), self.detail())
    }
}
