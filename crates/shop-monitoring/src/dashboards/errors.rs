//! Errors and traffic: how much comes, how much of it fails, of which kind and where?

use monitoring::{Drawing, First, Panel, Placed, Steps, Unit, column, line};
use promql::{PerSecond, Query, minutes, rate, value};
use signals::{
    errors::ERRORS,
    faults::{ARMED as ARMED_FAULTS, INJECTED as INJECTED_FAULTS},
    units::{Each, Ratio},
};

use crate::{
    dashboards::Page,
    labels::{BY_ROUTE, BY_SERVICE, ByRoute, ByService, ENVIRONMENT, ERROR_TYPE, FAULT_KIND, ROUTE, SERVICE},
    recordings::{
        API_ERROR_RATE, API_REQUEST_RATE, API_RESPONSE_TIME_MEAN, API_RESPONSE_TIME_P95, SERVICE_ERROR_RATE,
        SERVICE_REQUEST_RATE,
    },
    requests::{failed, requests},
    windows::NOW,
};

pub static REQUESTS: Panel = Panel {
    title: "Request rate",
    description: "Requests a second to each service, over five minutes, without the probe's.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVICE_REQUEST_RATE))],
};

pub static TYPES: Panel = Panel {
    title: "Errors by type",
    description: "Errors a minute by type, counted where they arise, over five minutes; types that did not occur are left out. What \
        another service did to its caller is counted there as upstream_error or timeout_error.",
    unit: Unit::PerMinute,
    drawing: Drawing::Bars,
    lines: || {
        vec![line("{error_type}", rate(&ERRORS).over(NOW).by((ENVIRONMENT, ERROR_TYPE)).per_minute().without_zeros())]
    },
};

pub static ERROR_RATE: Panel = Panel {
    title: "Error rate now",
    description: "The share of requests to each service that fail, over five minutes. Red above 20 %: one of five is turned away.",
    unit: Unit::Share,
    drawing: Drawing::Gauge { most: 1.0, steps: Steps::HigherIsWorse { doubtful: 0.05, bad: 0.2 } },
    lines: || vec![line("{service}", value(&SERVICE_ERROR_RATE))],
};

pub static BY_ROUTE_NOW: Panel = Panel {
    title: "Error share by route",
    description: "The share of requests that fail, over five minutes, now: the ten routes where it is highest. Routes that nobody asks \
        for are left out.",
    unit: Unit::Share,
    drawing: Drawing::Ranking { steps: Steps::HigherIsWorse { doubtful: 0.02, bad: 0.05 } },
    lines: || vec![line("{service} {http_route}", asked_for().top(10))],
};

pub static PER_MINUTE: Panel = Panel {
    title: "Requests and errors a minute",
    description: "Requests to each service, and those of them that failed, a minute, over five minutes.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{service} requests", value(&SERVICE_REQUEST_RATE).per_minute()),
            line("{service} errors", failures().per_minute()),
        ]
    },
};

pub static STATISTICS: Panel = Panel {
    title: "Routes in figures",
    description: "For each route now, over five minutes: how often it is asked for, how much of it fails, and how long it takes. Routes \
        that nobody asks for are left out.",
    unit: Unit::Share,
    drawing: Drawing::Figures { columns: &[column(SERVICE, "Service"), column(ROUTE, "Route")], first: First::Highest },
    lines: || {
        vec![
            line("Requests", value(&API_REQUEST_RATE).per_minute().without_zeros()).of(Unit::PerMinute),
            line("Failing", asked_for()).of(Unit::Share),
            line("Mean time", value(&API_RESPONSE_TIME_MEAN).without_zeros()).of(Unit::Seconds),
            line("95th percentile", value(&API_RESPONSE_TIME_P95).without_zeros()).of(Unit::Seconds),
        ]
    },
};

pub static WHERE: Panel = Panel {
    title: "Errors by service and type",
    description: "How many errors of which type arise in each service, over five minutes, now. Zeros are left out.",
    unit: Unit::PerMinute,
    drawing: Drawing::Figures {
        columns: &[column(SERVICE, "Service"), column(ERROR_TYPE, "Type of error")],
        first: First::Highest,
    },
    lines: || {
        let errors = rate(&ERRORS).over(NOW).by((ENVIRONMENT, SERVICE, ERROR_TYPE)).per_minute();
        vec![line("Errors", errors.without_zeros())]
    },
};

pub static INJECTED: Panel = Panel {
    title: "Faults that struck",
    description: "How often a minute each kind of fault that was armed on purpose struck, over five minutes, by service. While there is         nothing here, the errors beside it are real.",
    unit: Unit::PerMinute,
    drawing: Drawing::Bars,
    lines: || {
        let struck = rate(&INJECTED_FAULTS).over(NOW).by((ENVIRONMENT, SERVICE, FAULT_KIND)).per_minute();
        vec![line("{service} {fault_kind}", struck.without_zeros())]
    },
};

pub static ARMED: Panel = Panel {
    title: "Armed faults",
    description: "The faults that are armed now, on purpose. Each ends by itself within a quarter of an hour unless somebody renews it.",
    unit: Unit::Count("faults"),
    drawing: Drawing::Figures {
        columns: &[column(SERVICE, "Service"), column(FAULT_KIND, "Kind of fault")],
        first: First::Highest,
    },
    lines: || vec![line("Armed", value(&ARMED_FAULTS).by((ENVIRONMENT, SERVICE, FAULT_KIND)).without_zeros())],
};

pub static ROUTES: Panel = Panel {
    title: "Failing requests by route",
    description: "Requests a minute that ended in 500 or above, over five minutes, by route. Routes on which none failed are left out.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || {
        let failing = rate(requests()).over(NOW).only(failed()).by(BY_ROUTE).per_minute();
        vec![line("{service} {http_route}", failing.without_zeros())]
    },
};

/// The share of failures, without the routes that have none since nobody asks for them.
fn asked_for() -> Query<Ratio, ByRoute> {
    value(&API_ERROR_RATE).where_any(value(&API_REQUEST_RATE))
}

fn failures() -> Query<PerSecond<Each>, ByService> {
    rate(requests()).over(NOW).only(failed()).by(BY_SERVICE)
}

pub(crate) const PAGE: Page = Page {
    uid: "errors",
    title: "Errors and traffic",
    description: "How much comes, how much of it fails, of which kind and where?",
    range: minutes(30),
    has_routes: true,
    panels: || {
        let panel = Placed::panel;
        vec![
            panel(&ERROR_RATE, 24, 6),
            panel(&REQUESTS, 12, 8),
            panel(&PER_MINUTE, 12, 8),
            panel(&TYPES, 12, 9),
            panel(&ROUTES, 12, 9),
            panel(&BY_ROUTE_NOW, 12, 14),
            panel(&WHERE, 12, 14),
            panel(&STATISTICS, 24, 14),
            panel(&INJECTED, 16, 8),
            panel(&ARMED, 8, 8),
        ]
    },
};
