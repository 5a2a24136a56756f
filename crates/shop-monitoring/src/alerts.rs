//! The alerts, one file a topic. Each file says which it has.

pub mod availability;
pub mod errors;
pub mod host;
pub mod latency;
pub mod monitoring;
pub mod process;
pub mod traffic;

use ::monitoring::AlertGroup;

use crate::{business, place::Place, promises::PROMISES};

/// The team that runs the shop.
pub const SHOP_TEAM: &str = "shop";

pub(crate) fn groups(place: &Place) -> (&'static str, Vec<AlertGroup>) {
    let of_topics = [
        availability::group,
        traffic::group,
        errors::group,
        latency::group,
        business::group,
        process::group,
        host::group,
        monitoring::group,
    ];
    let mut groups: Vec<AlertGroup> = of_topics.iter().map(|group| group(place)).collect();
    let budgets = PROMISES.iter().flat_map(|promise| promise.alerts()).collect();
    groups.push(AlertGroup { name: "promises", alerts: budgets });
    ("crates/shop-monitoring/src/alerts", groups)
}
