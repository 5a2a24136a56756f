//! The dashboards, one file each.

pub mod business;
pub mod overview;
pub mod service_levels;

use monitoring::Dashboard;

use crate::Place;

pub(crate) fn all(place: &Place) -> (&'static str, Vec<Dashboard>) {
    (
        "crates/shop-monitoring/src/dashboards",
        vec![overview::dashboard(place), business::dashboard(place), service_levels::dashboard(place)],
    )
}
