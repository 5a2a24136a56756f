//! Errors by type, counted where they arise.

use crate::{Label, LabelSet, Point, Service, carries, every_service, signals};

pub const ERROR_TYPE: &str = "error.type";

/// A health check of ours failed.
pub const HEALTH_CHECK_FAILED: &str = "health_check_failed";
/// The database refused, broke or contradicted itself.
pub const DATABASE_ERROR: &str = "database_error";
/// A dependency did not answer in time.
pub const TIMEOUT_ERROR: &str = "timeout_error";
/// A dependency answered with a failure of its own.
pub const UPSTREAM_ERROR: &str = "upstream_error";
/// The caller may not do this.
pub const PERMISSION_ERROR: &str = "permission_error";

/// What can arise in any service.
pub const ANY_SERVICE: &[&str] = &[
    HEALTH_CHECK_FAILED,
    DATABASE_ERROR,
    TIMEOUT_ERROR,
    UPSTREAM_ERROR,
    PERMISSION_ERROR,
    "timeout",
    "validation_error",
    "body_timeout",
    "body_too_large",
    "internal_error",
    "panic",
    "cancelled",
    "route_not_found",
    "method_not_allowed",
    crate::http::OTHER,
];

/// One of the error types in the service's row; an unknown one is `_OTHER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorType(pub &'static str);

carries!(ErrorType: ErrorType = ERROR_TYPE);

impl LabelSet for ErrorType {
    fn keys() -> Vec<&'static str> {
        vec![ERROR_TYPE]
    }

    fn points(service: &Service) -> Vec<Point> {
        service.errors.iter().map(|error| vec![Label::new(ERROR_TYPE, *error)]).collect()
    }

    fn count(service: &Service) -> usize {
        service.errors.len()
    }

    fn index(self, service: &Service) -> usize {
        let position = |wanted: &str| service.errors.iter().position(|error| *error == wanted);
        position(self.0).or_else(|| position(crate::http::OTHER)).unwrap_or(usize::MAX)
    }
}

signals! {
    recorded by every_service;

    /// Errors by type, counted once, where they arise; at a caller as `upstream_error`, `upstream_unavailable` or `timeout_error`.
    pub ERRORS: Counter<ErrorType> = "errors" in "{error}";
}
