//! The stable codes of errors: what a client may branch on, with its status and what it means.

use signals::{Outcome, errors};

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $Name:ident = $status:literal $code:expr;)+) => {
        /// Why a request was refused. The code stands in the body, in the log and in the label `error_type`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $meaning])+ $Name),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$Name),+];

            /// The code as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$Name => $code),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$Name => $status),+ }
            }

            /// What it means, for people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$Name => concat!($($meaning),+).trim_ascii()),+ }
            }
        }
    };
}

codes! {
    /// The request could not be understood.
    Invalid = 400 "validation_error";
    /// The caller may not do this.
    PermissionDenied = 403 errors::PERMISSION_ERROR;
    /// A health check failed.
    HealthCheckFailed = 503 errors::HEALTH_CHECK_FAILED;
    /// The request took longer than it may.
    TimedOut = 504 "timeout";
    /// The cursor was not made by this list.
    InvalidCursor = 400 "invalid_cursor";
    /// The shop does not take this way to pay.
    UnknownPaymentMethod = 400 "unknown_payment_method";
    /// The payment provider declined.
    PaymentDeclined = 402 "payment_declined";
    /// There is no such product.
    ProductNotFound = 404 "product_not_found";
    /// There is no such order.
    OrderNotFound = 404 "order_not_found";
    /// There is no such payment.
    PaymentNotFound = 404 "payment_not_found";
    /// There is no such reservation.
    ReservationNotFound = 404 "reservation_not_found";
    /// Less of a product is left than was asked for.
    OutOfStock = 409 "out_of_stock";
    /// The reservation was committed or released before, so this can no longer be done.
    ReservationClosed = 409 "reservation_closed";
    /// The payment was captured or voided before, so this can no longer be done.
    PaymentClosed = 409 "payment_closed";
    /// The same key was used before for something else.
    KeyReused = 409 "key_reused";
    /// The route exists only while faults are enabled.
    FaultsDisabled = 404 "faults_disabled";
    /// A service behind this one failed.
    UpstreamFailed = 502 errors::UPSTREAM_ERROR;
    /// A service behind this one could not be reached.
    UpstreamUnavailable = 503 "upstream_unavailable";
    /// A service behind this one did not answer in time.
    UpstreamTimedOut = 504 errors::TIMEOUT_ERROR;
    /// The database failed.
    DatabaseFailed = 503 errors::DATABASE_ERROR;
    /// The request's body did not arrive in time.
    BodyTimedOut = 408 "body_timeout";
    /// The request's body is larger than the service reads.
    BodyTooLarge = 413 "body_too_large";
}

impl Code {
    /// How a request ends that is refused with it.
    pub const fn outcome(self) -> Outcome {
        Outcome::error(self.status(), self.as_str())
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

#[cfg(test)]
mod tests {
    use signals::http;

    use super::*;

    #[test]
    fn no_two_codes_are_spelled_alike() {
        for (i, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL[..i].iter().all(|earlier| earlier.as_str() != code.as_str()), "{code:?}");
        }
    }

    #[test]
    fn codes_that_any_request_can_end_in_agree_with_the_vocabulary() {
        assert_eq!(Code::Invalid.outcome(), http::INVALID);
        assert_eq!(Code::PermissionDenied.outcome(), http::FORBIDDEN);
        assert_eq!(Code::TimedOut.outcome(), http::TIMED_OUT);
        assert_eq!(Code::BodyTimedOut.outcome(), http::BODY_TOO_SLOW);
        assert_eq!(Code::BodyTooLarge.outcome(), http::BODY_TOO_LARGE);
    }
}
