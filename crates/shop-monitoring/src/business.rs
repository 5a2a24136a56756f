//! The business: do people buy, do they get to the end, and is there something left to sell? One file a subject, with its panels and its
//! alerts side by side.

pub mod orders;
pub mod payments;
pub mod products;

use monitoring::{Alert, AlertGroup, Placed};
use promql::hours;

use crate::{dashboards::Page, place::Place};

/// A subject: its part of the dashboard, and the alerts on it.
pub(crate) struct Section {
    heading: &'static str,
    panels: fn() -> Vec<Placed>,
    alerts: fn() -> Vec<Alert>,
}

const SECTIONS: [Section; 3] = [orders::SECTION, payments::SECTION, products::SECTION];

/// The alerts of all subjects.
pub(crate) fn group(_: &Place) -> AlertGroup {
    AlertGroup { name: "business", alerts: SECTIONS.iter().flat_map(|section| (section.alerts)()).collect() }
}

pub(crate) const PAGE: Page = Page {
    uid: "business",
    title: "Business",
    description: "Do people buy, do they get to the end, and is there something left to sell?",
    range: hours(3),
    has_routes: false,
    panels: || {
        let of = |section: &Section| [vec![Placed::Heading(section.heading)], (section.panels)()].concat();
        SECTIONS.iter().flat_map(of).collect()
    },
};
