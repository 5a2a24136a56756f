//! Each route's rate, errors and duration, and how much is going on at once.

use monitoring::{Drawing, Panel, Placed, Unit, line};
use promql::{rate, value};
use signals::http::{SERVER_ACTIVE, SERVER_CONNECTIONS};

use crate::{
    labels::{BY_SERVICE, ENVIRONMENT, ROUTE, SERVICE, STATUS_CODE},
    recordings::{
        API_ERROR_RATE, API_REQUEST_RATE, API_RESPONSE_TIME_MEAN, API_RESPONSE_TIME_P50, API_RESPONSE_TIME_P95,
        API_RESPONSE_TIME_P99,
    },
    requests::{answered_with_an_error, requests},
    windows::NOW,
};

pub(super) fn panels() -> Vec<Placed> {
    let panel = Placed::panel;
    vec![
        panel(&RATE, 12, 9),
        panel(&ERROR_SHARE, 12, 9),
        panel(&ERRORS, 24, 9),
        panel(&MEAN, 12, 9),
        panel(&MEDIAN, 12, 9),
        panel(&P95, 12, 9),
        panel(&P99, 12, 9),
        panel(&IN_FLIGHT, 12, 7),
        panel(&CONNECTIONS, 12, 7),
    ]
}

pub static RATE: Panel = Panel {
    title: "Requests by route",
    description: "Requests a second to each route, over five minutes. One request to the gateway makes more behind it. Routes that nobody asks \
        for are left out, here and below.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {http_route}", value(&API_REQUEST_RATE).without_zeros())],
};

pub static ERRORS: Panel = Panel {
    title: "Errors by route and status code",
    description: "Requests a second to each route that were answered with 400 or above, over five minutes; what did not \
        occur is left out. From 500 on it is our fault; _OTHER is an outcome that nobody declared.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Areas,
    lines: || {
        let errors = rate(requests()).over(NOW).only(answered_with_an_error());
        let by_code = errors.by((ENVIRONMENT, SERVICE, ROUTE, STATUS_CODE));
        vec![line("{service} {http_route} {http_response_status_code}", by_code.without_zeros())]
    },
};

pub static ERROR_SHARE: Panel = Panel {
    title: "Share of a route's requests that fail",
    description: "Requests that ended in 500 or above, of all requests to the route, over five minutes. There is no line while there \
        are no requests.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {http_route}", value(&API_ERROR_RATE).where_any(value(&API_REQUEST_RATE)))],
};

pub static MEAN: Panel = Panel {
    title: "Mean response time by route",
    description: "All time spent on a route's answers, divided by their number, over five minutes. A few slow ones move it far.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {http_route}", value(&API_RESPONSE_TIME_MEAN).where_any(value(&API_REQUEST_RATE)))],
};

pub static MEDIAN: Panel = Panel {
    title: "Median response time by route",
    description: "Half of a route's requests are answered within this, over five minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {http_route}", value(&API_RESPONSE_TIME_P50).where_any(value(&API_REQUEST_RATE)))],
};

pub static P95: Panel = Panel {
    title: "95th percentile of response time by route",
    description: "All but one of twenty requests to a route are answered within this, over five minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {http_route}", value(&API_RESPONSE_TIME_P95).where_any(value(&API_REQUEST_RATE)))],
};

pub static P99: Panel = Panel {
    title: "99th percentile of response time by route",
    description: "All but one of a hundred requests to a route are answered within this, over five minutes. A route with few requests \
        jumps: one slow answer is its percentile.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {http_route}", value(&API_RESPONSE_TIME_P99).where_any(value(&API_REQUEST_RATE)))],
};

pub static IN_FLIGHT: Panel = Panel {
    title: "Requests in flight",
    description: "Requests whose answer is not finished, at the moment of the scrape. It rises when answers take longer than requests \
        come.",
    unit: Unit::Count("requests"),
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVER_ACTIVE).by(BY_SERVICE))],
};

pub static CONNECTIONS: Panel = Panel {
    title: "Open connections",
    description: "Connections that clients hold open to each service. Behind the gateway the clients are the shop's own services, which \
        keep theirs.",
    unit: Unit::Count("connections"),
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SERVER_CONNECTIONS).by(BY_SERVICE))],
};
