//! What the sandbox payment provider measures.

use signals::{Service, db::Operation, labels, signals};

use crate::messages::PaymentMethod;

/// Its statements, by table.
pub const STATEMENTS: &[(&str, &[Operation])] =
    &[("payments", &[Operation::Select, Operation::Insert, Operation::Update])];

labels! {
    /// What happened to a payment.
    pub enum PaymentEvent = "event" {
        Authorised = "authorised",
        Declined = "declined",
        Captured = "captured",
        Voided = "voided",
    }
}

fn payments(service: &Service) -> bool {
    service.name == "payments"
}

signals! {
    recorded by payments;

    /// Payments by what happened to them; repeated requests count once.
    pub PAYMENTS: Counter<(PaymentEvent, PaymentMethod)> = "payments" in "{payment}";
}
