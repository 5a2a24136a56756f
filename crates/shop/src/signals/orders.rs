//! What orders measures.

use signals::{Service, db::Operation, labels, signals};

use crate::{
    messages::{OrderStatus, PaymentMethod},
    money::Currency,
};

/// Its statements, by table.
pub const STATEMENTS: &[(&str, &[Operation])] = &[
    ("orders", &[Operation::Select, Operation::Insert, Operation::Update]),
    ("order_lines", &[Operation::Select, Operation::Insert, Operation::Update]),
    ("order_steps", &[Operation::Select, Operation::Insert, Operation::Update]),
];

labels! {
    /// How a checkout ended.
    pub enum CheckoutOutcome = "outcome" {
        Confirmed = "confirmed",
        /// Refused with a reason that the customer can mend: out of stock, declined, an unknown product.
        Refused = "refused",
        /// Something of ours broke; the order is undone, now or by the recovery.
        Broken = "broken",
    }
}

/// Bounds for a checkout's duration, in seconds; the promise is an end within two minutes.
pub const CHECKOUT_BUCKETS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];
/// Bounds for an order's value, in the currency's major unit.
pub const VALUE_BUCKETS: &[f64] = &[10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0];
/// Bounds for the number of units in an order.
pub const BASKET_BUCKETS: &[f64] = &[1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 50.0, 100.0];

fn orders(service: &Service) -> bool {
    service.name == "orders"
}

signals! {
    recorded by orders;

    /// Orders by the state that they reached and how they were to be paid; an order passes `created` and then one other.
    pub ORDERS: Counter<(OrderStatus, PaymentMethod)> = "orders" in "{order}";

    /// Money from confirmed orders, in the currency's major unit.
    pub REVENUE: Counter<Currency, f64> = "revenue" in "{currency_unit}";

    /// What confirmed orders were worth, in the currency's major unit.
    pub ORDER_VALUE: Histogram<Currency> = "order.value" in "{currency_unit}", buckets VALUE_BUCKETS;

    /// How many units confirmed orders held.
    pub BASKET_SIZE: Histogram<PaymentMethod> = "order.basket.size" in "{unit}", buckets BASKET_BUCKETS;

    /// Time from the start of a checkout to its end.
    pub CHECKOUT_DURATION: Histogram<CheckoutOutcome> = "shop.checkout.duration" in Seconds, buckets CHECKOUT_BUCKETS;

    /// Orders that were accepted and have not ended.
    pub UNFINISHED: ObservedGauge<()> = "order.unfinished" in "{order}";

    /// How long the oldest order that has not ended has waited.
    pub OLDEST_UNFINISHED: ObservedGauge<()> = "order.unfinished.age" in Seconds;
}
