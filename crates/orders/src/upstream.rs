//! The catalog and the payment provider as orders sees them: what each call is for, and when its answer is believed.

use serde::{Serialize, de::DeserializeOwned};
use shop::{
    code::Code,
    ids::{OrderId, ProductId},
    messages::{
        Authorise, Line, Payment, PaymentRecord, PaymentState, Product, Reservation, ReservationState, ReserveStock,
    },
    money::Money,
    routes::{self, Route},
    services::ServiceName,
};
use telemetry::client::{CallFailure, Client};

/// Why a call did not bring what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The other said no, in the words of its contract.
    Refused(Code, Option<String>),
    /// No answer, or none that can be believed: the call may or may not have had its effect.
    Unclear(Code, String),
}

impl Failure {
    /// The code under which the failure is stored.
    pub fn code(&self) -> Code {
        match self {
            Failure::Refused(code, _) | Failure::Unclear(code, _) => *code,
        }
    }

    /// What is known beside the code.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Failure::Refused(_, detail) => detail.as_deref(),
            Failure::Unclear(_, detail) => Some(detail),
        }
    }

    fn unexpected(answer: impl std::fmt::Debug) -> Self {
        Failure::Unclear(Code::UpstreamFailed, format!("it answered {answer:?}"))
    }
}

/// The two services that a checkout needs.
#[derive(Clone)]
pub struct Upstream {
    catalog: Client,
    payments: Client,
}

impl Upstream {
    /// Clients for the services at these addresses.
    ///
    /// # Errors
    /// When an address is none.
    pub fn new(catalog_url: &str, payments_url: &str) -> Result<Self, String> {
        Ok(Self {
            catalog: client(ServiceName::Catalog, catalog_url)?,
            payments: client(ServiceName::Payments, payments_url)?,
        })
    }

    /// What one of the product costs now.
    pub async fn price(&self, product: &ProductId) -> Result<Money, Failure> {
        let found: Product =
            self.catalog(&routes::catalog::GET_PRODUCT, &format!("/products/{product}"), None::<&()>).await?;
        if found.id == *product && found.price.amount >= 0 { Ok(found.price) } else { Err(Failure::unexpected(found)) }
    }

    /// Holds stock for the order.
    pub async fn reserve(&self, order: &OrderId, lines: Vec<Line>) -> Result<(), Failure> {
        let wish = ReserveStock { lines };
        let route = &routes::catalog::RESERVE;
        self.reservation(route, &format!("/reservations/{order}"), Some(&wish), ReservationState::Held).await
    }

    /// Gives the held stock to the order.
    pub async fn commit(&self, order: &OrderId) -> Result<(), Failure> {
        let route = &routes::catalog::COMMIT;
        self.reservation(route, &format!("/reservations/{order}/commit"), None, ReservationState::Committed).await
    }

    /// Puts the held stock back, and closes the reservation for a wish to hold that is still on its way.
    pub async fn release(&self, order: &OrderId) -> Result<(), Failure> {
        let route = &routes::catalog::RELEASE;
        self.reservation(route, &format!("/reservations/{order}/release"), None, ReservationState::Released).await
    }

    /// Sets the money aside.
    pub async fn authorise(&self, order: &OrderId, payment: &Payment, amount: Money) -> Result<(), Failure> {
        let wish = Authorise { amount, method: payment.method, token: payment.token.clone() };
        let record = self.payment(&routes::payments::AUTHORISE, &format!("/payments/{order}"), Some(&wish)).await?;
        match record {
            PaymentRecord { state: PaymentState::Authorised, amount: Some(aside), .. } if aside == amount => Ok(()),
            PaymentRecord { state: PaymentState::Declined, .. } => Err(Failure::Refused(Code::PaymentDeclined, None)),
            other => Err(Failure::unexpected(other)),
        }
    }

    /// Takes the money that was set aside.
    pub async fn capture(&self, order: &OrderId) -> Result<(), Failure> {
        let record =
            self.payment(&routes::payments::CAPTURE, &format!("/payments/{order}/capture"), None::<&()>).await?;
        if record.state == PaymentState::Captured { Ok(()) } else { Err(Failure::unexpected(record)) }
    }

    /// Lets the money go, and closes the key for a wish to set it aside that is still on its way. The answer says how it stands
    /// now: captured money is not let go.
    pub async fn void(&self, order: &OrderId) -> Result<PaymentState, Failure> {
        let voided = self.payment(&routes::payments::VOID, &format!("/payments/{order}/void"), None::<&()>).await;
        let record = match voided {
            Err(Failure::Refused(Code::PaymentClosed, _)) => {
                self.payment(&routes::payments::GET_PAYMENT, &format!("/payments/{order}"), None::<&()>).await?
            }
            answer => answer?,
        };
        if record.state == PaymentState::Authorised { Err(Failure::unexpected(record)) } else { Ok(record.state) }
    }

    async fn reservation(
        &self,
        route: &'static Route,
        path: &str,
        wish: Option<&ReserveStock>,
        wanted: ReservationState,
    ) -> Result<(), Failure> {
        let reservation: Reservation = self.catalog(route, path, wish).await?;
        if reservation.state == wanted { Ok(()) } else { Err(Failure::unexpected(reservation)) }
    }

    async fn payment(
        &self,
        route: &'static Route,
        path: &str,
        wish: Option<&impl Serialize>,
    ) -> Result<PaymentRecord, Failure> {
        call(&self.payments, route, path, wish).await
    }

    async fn catalog<T: DeserializeOwned>(
        &self,
        route: &'static Route,
        path: &str,
        wish: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        call(&self.catalog, route, path, wish).await
    }
}

/// A call is given up when the other's own deadline has passed, or the time at hand is over.
fn client(peer: ServiceName, url: &str) -> Result<Client, String> {
    Client::new(peer.as_str(), url, peer.deadline(), shop::signals::as_the_caller_sees_it)
}

async fn call<T: DeserializeOwned>(
    client: &Client,
    route: &'static Route,
    path: &str,
    wish: Option<&impl Serialize>,
) -> Result<T, Failure> {
    let answer = client.call(route.method.as_str(), route.path, path, wish).await;
    answer.map_err(|failure| understand(route, failure))
}

/// A refusal is one only if the route's contract has it; anything else leaves open what happened.
fn understand(route: &Route, failure: CallFailure) -> Failure {
    match failure {
        CallFailure::Refused { status, code, detail } => {
            let known = code.as_deref().and_then(Code::parse).filter(|code| route.codes.contains(code));
            match known {
                Some(code) if code.status() < 500 && code.status() == status => Failure::Refused(code, detail),
                _ => {
                    let answered = format!("it answered {status} {}", code.unwrap_or_default());
                    let code = match status {
                        503 => Code::UpstreamUnavailable,
                        504 => Code::UpstreamTimedOut,
                        _ => Code::UpstreamFailed,
                    };
                    Failure::Unclear(code, answered)
                }
            }
        }
        CallFailure::TimedOut => Failure::Unclear(Code::UpstreamTimedOut, "it did not answer in time".to_owned()),
        CallFailure::NotConnected(why) => Failure::Unclear(Code::UpstreamUnavailable, why),
        CallFailure::Unreadable(why) => Failure::Unclear(Code::UpstreamFailed, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> CallFailure {
        CallFailure::Refused { status, code: Some(code.to_owned()), detail: None }
    }

    #[track_caller]
    fn check(failure: CallFailure, expect: Result<Code, Code>) {
        let seen = match understand(&routes::catalog::RESERVE, failure) {
            Failure::Refused(code, _) => Ok(code),
            Failure::Unclear(code, _) => Err(code),
        };
        assert_eq!(seen, expect);
    }

    #[test]
    fn only_what_the_contract_has_is_a_refusal() {
        check(refused(409, "out_of_stock"), Ok(Code::OutOfStock));
        check(refused(404, "product_not_found"), Ok(Code::ProductNotFound));
        // A router's 404, a refusal of another route, a status that does not go with its code: nobody knows what was done.
        check(refused(404, "route_not_found"), Err(Code::UpstreamFailed));
        check(refused(404, "order_not_found"), Err(Code::UpstreamFailed));
        check(refused(200, "out_of_stock"), Err(Code::UpstreamFailed));
        check(refused(503, "database_error"), Err(Code::UpstreamUnavailable));
        check(refused(504, "timeout"), Err(Code::UpstreamTimedOut));
        check(CallFailure::TimedOut, Err(Code::UpstreamTimedOut));
        check(CallFailure::NotConnected("refused".to_owned()), Err(Code::UpstreamUnavailable));
    }
}
