//! Why the catalog refuses, in its own words.

use std::fmt;

use actix_web::{HttpResponse, http::StatusCode};
use shop::{
    code::Code,
    ids::{OrderId, ProductId},
};

/// A request that the catalog refused, or could not answer.
#[derive(Debug)]
pub enum Error {
    /// A value cannot be; the text says which and why.
    Invalid(String),
    InvalidCursor,
    ProductNotFound(ProductId),
    OutOfStock {
        product: ProductId,
        available: i64,
    },
    ReservationNotFound(OrderId),
    /// It was committed or released before.
    ReservationClosed(OrderId),
    Database(telemetry::db::Error),
}

impl Error {
    /// The code that the client, the log and the metrics see.
    pub fn code(&self) -> Code {
        match self {
            Error::Invalid(_) => Code::Invalid,
            Error::InvalidCursor => Code::InvalidCursor,
            Error::ProductNotFound(_) => Code::ProductNotFound,
            Error::OutOfStock { .. } => Code::OutOfStock,
            Error::ReservationNotFound(_) => Code::ReservationNotFound,
            Error::ReservationClosed(_) => Code::ReservationClosed,
            Error::Database(_) => Code::DatabaseFailed,
        }
    }

    /// What the client may know beside the code.
    fn detail(&self) -> Option<String> {
        match self {
            Error::Invalid(detail) => Some(detail.clone()),
            Error::InvalidCursor => Some("cursor: pass `next` of a page of this list, unchanged".to_owned()),
            Error::ProductNotFound(product) => Some(format!("there is no product {product}")),
            Error::OutOfStock { product, available } => Some(format!("only {available} of {product} are left")),
            Error::ReservationNotFound(order) => Some(format!("nothing is reserved for order {order}")),
            Error::ReservationClosed(order) => {
                Some(format!("the reservation for order {order} was committed or released before"))
            }
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
