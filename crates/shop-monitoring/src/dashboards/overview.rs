//! The overview: is the shop well, and if not, where does it hurt?

use monitoring::{Drawing, Panel, Placed, Steps, Unit, line};
use promql::{minutes, rate, spread, value, weeks};
use signals::http::SERVER_DURATION;

use crate::{
    dashboards::{ALERT_COLUMNS, BY_ALERT, Page},
    foreign::prometheus::{ALERTS, TARGET_UP},
    labels::{ALERT_NAME, ALERT_STATE, JOB, SERVICE, STATUS_CODE},
    promises::{AVAILABILITY, CHECKOUT, QUICK, RESPONSIVE},
    recordings::{
        API_REQUEST_RATE, API_RESPONSE_TIME_P95, SERVICE_ERROR_RATE, SERVICE_REQUEST_RATE, SERVICE_REQUESTS_HOURLY,
        SERVICE_RESPONSE_TIME_MEAN, SERVICE_RESPONSE_TIME_P50, SERVICE_RESPONSE_TIME_P95,
    },
    requests::{answered_with_an_error, requests},
    routing::WATCHDOG_ALERT,
    scraping::SERVICES_JOB,
    windows::{CELL, NOW},
};

pub static STATES: Panel = Panel {
    title: "Services",
    description: "Whether at least one instance of each service answered Prometheus' last scrape.",
    unit: Unit::State,
    drawing: Drawing::States { good: "UP", bad: "DOWN" },
    lines: || vec![line("{service}", value(&TARGET_UP).only(JOB.is(SERVICES_JOB)).max_by(SERVICE))],
};

pub static REQUEST_RATE: Panel = Panel {
    title: "Requests by service",
    description: "Requests a second to each service, over five minutes, without the probe's. One request to the gateway makes more behind it.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVICE_REQUEST_RATE))],
};

pub static ERRORS: Panel = Panel {
    title: "Errors by status code",
    description: "Requests a second that were answered with 400 or above, over five minutes, by status code; codes that did \
        not occur are left out. From 500 on it is our fault; _OTHER is an outcome that nobody declared.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Areas,
    lines: || {
        let errors = rate(requests()).over(NOW).only(answered_with_an_error());
        vec![line("{service} {http_response_status_code}", errors.by((SERVICE, STATUS_CODE)).without_zeros())]
    },
};

pub static ERROR_SHARE: Panel = Panel {
    title: "Share of requests that fail",
    description: "Requests that ended in 500 or above, of all requests to the service, over five minutes. There is no line while there are no requests.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVICE_ERROR_RATE))],
};

pub static ACTIVE_ALERTS: Panel = Panel {
    title: "Active alerts",
    description: "What is wrong now (firing), or will be if it goes on (pending). None is good. The watchdog, which always fires, is left out.",
    unit: Unit::State,
    drawing: Drawing::Table { columns: ALERT_COLUMNS },
    lines: || {
        let active = (ALERT_STATE.any_of(["firing", "pending"]), ALERT_NAME.is_not(WATCHDOG_ALERT));
        vec![line("{alertname}", value(&ALERTS).only(active).max_by(BY_ALERT))]
    },
};

pub static MEAN: Panel = Panel {
    title: "Mean response time",
    description: "All time spent on answers, divided by the number of answers, over five minutes. A few slow ones move it far.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVICE_RESPONSE_TIME_MEAN))],
};

pub static MEDIAN: Panel = Panel {
    title: "Median response time",
    description: "Half of the requests are answered within this, over five minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVICE_RESPONSE_TIME_P50))],
};

pub static P95: Panel = Panel {
    title: "95th percentile of response time",
    description: "All but one of twenty requests are answered within this, over five minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVICE_RESPONSE_TIME_P95))],
};

pub static SLOWEST_ROUTES: Panel = Panel {
    title: "Slowest routes",
    description: "The 95th percentile of response time, over five minutes, at each moment of the five routes where it is highest: all \
        but one of twenty requests to them are answered within this.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || {
        vec![line("{service} {http_route}", value(&API_RESPONSE_TIME_P95).where_any(value(&API_REQUEST_RATE)).top(5))]
    },
};

pub static HEAT_MAP: Panel = Panel {
    title: "Spread of response times",
    description: "How many requests to any service took how long: each cell counts those of a minute. Two bands are two kinds of \
        requests; a band that rises is a queue.",
    unit: Unit::Seconds,
    drawing: Drawing::HeatMap,
    lines: || vec![line("{le}", spread(&SERVER_DURATION).over(CELL).overall())],
};

pub static LAST_WEEK: Panel = Panel {
    title: "Requests, now and a week ago",
    description: "Requests a second to each service, without the probe's, over the hour before each moment, and at the same hour of the week before (dashed). \
        Customers have habits: what differs much from last week has a reason. Without a week of history there is no dashed line.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{service}", value(&SERVICE_REQUESTS_HOURLY)),
            line("{service} a week ago", value(&SERVICE_REQUESTS_HOURLY).ago(weeks(1))).dashed(),
        ]
    },
};

pub static BUDGETS: Panel = Panel {
    title: "Error budgets left",
    description: "What may still go wrong in these thirty days without breaking a promise, as a share of what may go wrong in all. Orange: \
        under a tenth is left. Red: the promise is broken.",
    unit: Unit::Share,
    drawing: Drawing::Stat { steps: Steps::LowerIsWorse { doubtful: 0.0, good: 0.1 } },
    lines: || {
        vec![
            line("Requests are answered", AVAILABILITY.budget_left()),
            line("Answers within 2 s", QUICK.budget_left()),
            line("Answers within 5 s", RESPONSIVE.budget_left()),
            line("Checkouts end within 2 min", CHECKOUT.budget_left()),
        ]
    },
};

pub(crate) const PAGE: Page = Page {
    uid: "overview",
    title: "Overview",
    description: "Is the shop well, and if not, where does it hurt?",
    range: minutes(30),
    has_routes: true,
    panels: || {
        let panel = Placed::panel;
        vec![
            panel(&STATES, 12, 5),
            panel(&BUDGETS, 12, 5),
            panel(&ACTIVE_ALERTS, 24, 7),
            panel(&REQUEST_RATE, 12, 8),
            panel(&LAST_WEEK, 12, 8),
            panel(&ERROR_SHARE, 12, 9),
            panel(&ERRORS, 12, 9),
            panel(&MEAN, 8, 8),
            panel(&MEDIAN, 8, 8),
            panel(&P95, 8, 8),
            panel(&SLOWEST_ROUTES, 12, 9),
            panel(&HEAT_MAP, 12, 9),
        ]
    },
};
