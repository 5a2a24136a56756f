//! The alerts, one file a topic.

pub mod availability;
pub mod errors;
pub mod latency;

use monitoring::AlertGroup;

use crate::promises::PROMISES;

/// The team that runs the shop.
pub const SHOP_TEAM: &str = "shop";

pub(crate) fn groups() -> (&'static str, Vec<AlertGroup>) {
    let budgets = PROMISES.iter().flat_map(|promise| promise.alerts()).collect();
    let groups = vec![
        AlertGroup { name: "availability", alerts: vec![availability::api_down()] },
        AlertGroup { name: "errors", alerts: vec![errors::api_high_error_rate()] },
        AlertGroup { name: "promises", alerts: budgets },
        AlertGroup { name: "latency", alerts: vec![latency::api_latency_critical()] },
    ];
    (file!(), groups)
}
