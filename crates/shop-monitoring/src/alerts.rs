//! The alerts, one file a topic.

pub mod availability;
pub mod errors;
pub mod latency;
pub mod orders;
pub mod traffic;

use monitoring::AlertGroup;

use crate::{place::Place, promises::PROMISES};

/// The team that runs the shop.
pub const SHOP_TEAM: &str = "shop";

pub(crate) fn groups(place: &Place) -> (&'static str, Vec<AlertGroup>) {
    let budgets = PROMISES.iter().flat_map(|promise| promise.alerts()).collect();
    let groups = vec![
        AlertGroup {
            name: "availability",
            alerts: vec![availability::api_down(place), traffic::no_traffic(), traffic::promise_not_measured(place)],
        },
        AlertGroup {
            name: "errors",
            alerts: vec![
                errors::api_high_error_rate(),
                errors::api_elevated_error_rate(),
                errors::errors_above_usual(),
            ],
        },
        AlertGroup { name: "promises", alerts: budgets },
        AlertGroup {
            name: "latency",
            alerts: vec![latency::api_latency_critical(), latency::api_latency_high(), latency::latency_above_usual()],
        },
        AlertGroup {
            name: "orders",
            alerts: vec![orders::orders_stuck(), orders::payments_failing(), orders::stock_low()],
        },
    ];
    (file!(), groups)
}
