//! The dashboards, one file each.

pub mod errors;
pub mod monitoring;
pub mod overview;
pub mod performance;
pub mod postgresql;
pub mod service_levels;

use std::time::Duration;

use ::monitoring::{Colour, Column, Dashboard, Mark, Placed, Variable, column};
use promql::{Key, LabelKey, minutes, present_before, value};
use signals::{http::Route, monitoring::BUILD_INFO};

use crate::{
    Place, business,
    foreign::prometheus::{ALERTS, TARGET_UP},
    labels::{self, ALERT_NAME, ALERT_STATE, ENVIRONMENT, INSTANCE, JOB, ROUTE, SERVICE, SEVERITY, VERSION},
    place::loopback,
    recordings::API_REQUEST_RATE,
    scraping::SERVICES_JOB,
};

pub(crate) fn all(place: &Place) -> (&'static str, Vec<Dashboard>) {
    let pages = [
        overview::PAGE,
        performance::PAGE,
        business::PAGE,
        service_levels::PAGE,
        errors::PAGE,
        monitoring::PAGE,
        postgresql::PAGE,
    ];
    ("crates/shop-monitoring/src/dashboards", pages.iter().map(|page| page.at(place)).collect())
}

/// The pages that Jaeger's page leads to: of everything, and of single routes.
pub(crate) fn reached_from_traces(place: &Place) -> (Dashboard, Dashboard) {
    (overview::PAGE.at(place), performance::PAGE.at(place))
}

/// What differs from dashboard to dashboard.
pub(crate) struct Page {
    pub(crate) uid: &'static str,
    pub(crate) title: &'static str,
    /// For whom it is, and which questions it answers.
    pub(crate) description: &'static str,
    pub(crate) range: Duration,
    /// Whether the reader can narrow it to routes.
    pub(crate) has_routes: bool,
    pub(crate) panels: fn() -> Vec<Placed>,
}

impl Page {
    fn at(&self, place: &Place) -> Dashboard {
        let targets = TARGET_UP.declaration.name;
        let mut variables = vec![choice(ENVIRONMENT, "Environment", targets), choice(SERVICE, "Service", targets)];
        if self.has_routes {
            variables.push(choice(ROUTE, "Route", API_REQUEST_RATE.name()));
        }
        Dashboard {
            uid: self.uid,
            title: self.title,
            description: self.description,
            refresh: place.refresh,
            range: self.range,
            variables,
            marks: marks(),
            traces: format!("http://{}", loopback(place.ports.jaeger)),
            panels: (self.panels)(),
        }
    }
}

fn choice<K: LabelKey>(key: Key<K>, title: &'static str, metric: &'static str) -> Variable {
    Variable { key: key.name(), title, metric }
}

/// Of an alert, whatever it is about; a column that no alert fills is not shown.
pub(crate) const ALERT_COLUMNS: &[Column] = &[
    column(ALERT_STATE, "State").wide(80),
    column(SEVERITY, "Severity").wide(90),
    column(ALERT_NAME, "Alert").wide(240),
    column(SERVICE, "Service"),
    column(ROUTE, "Route"),
    column(INSTANCE, "Host"),
];

/// The same as labels: alerts that differ only in others are one row.
pub(crate) const BY_ALERT: ByAlert = (ALERT_STATE, SEVERITY, ALERT_NAME, SERVICE, ROUTE, INSTANCE);
type ByAlert = (
    Key<labels::AlertState>,
    Key<labels::Severity>,
    Key<labels::AlertName>,
    Key<labels::Service>,
    Key<Route>,
    Key<labels::Instance>,
);

/// What explains a bend in a line: an alert, or another version.
fn marks() -> Vec<Mark> {
    let firing = value(&ALERTS).only(ALERT_STATE.is("firing"));
    let running = value(&BUILD_INFO).only(JOB.is(SERVICES_JOB)).by((ENVIRONMENT, SERVICE, VERSION));
    let ran = present_before(&BUILD_INFO, minutes(1)).over(minutes(10));
    vec![
        Mark { title: "Alert", query: firing.into(), says: "{alertname} {service}", colour: Colour::Bad },
        Mark {
            title: "Deployment",
            // A version that did not run a minute ago, and was not only out of sight for a while.
            query: running.exists().unless_on((ENVIRONMENT, SERVICE, VERSION), ran).into(),
            says: "{service} {version}",
            colour: Colour::Neutral,
        },
    ]
}
