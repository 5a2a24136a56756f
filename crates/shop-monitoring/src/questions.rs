//! Ready questions for people who look into something: the queries page.

use monitoring::{Chapter, question};
use promql::{count_of, increase, mean, minutes, quantile, rate, seconds, share, sum_of, value, within};
use shop::signals::{catalog, orders, payments};
use signals::{db, errors, http, monitoring as telemetry, process};

use crate::{
    foreign::prometheus::TARGET_UP,
    labels::{
        CATEGORY, CHECKOUT_OUTCOME, COLLECTION, CURRENCY, ERROR_TYPE, FAILURE, INSTANCE, ORDER_STATUS, PAYMENT_EVENT,
        PAYMENT_METHOD, PEER, POOL, ROAD_RESULT, ROUTE, SERVICE, STATUS_CODE, STOCK_STATE,
    },
    recordings::{API_ERROR_RATE, API_REQUEST_RATE, API_RESPONSE_TIME_P95, API_RESPONSE_TIME_P99},
    requests::{answered_with_an_error, failed, requests},
    windows::NOW,
};

pub(crate) fn chapters() -> (&'static str, Vec<Chapter>) {
    let chapters =
        vec![requests_and_errors(), response_times(), calls(), databases(), business(), processes(), telemetry()];
    (file!(), chapters)
}

fn requests_and_errors() -> Chapter {
    let questions = vec![
        question(
            "Requests a second, by route",
            "Shows where the traffic is. A route that fell to zero is either not asked for or not reached: compare with the gateway's.",
            value(&API_REQUEST_RATE),
        ),
        question(
            "Requests in the last minute",
            "For people who think in minutes. It counts what arrived, whatever became of it; in the first minutes after a start it \
             is too low.",
            increase(requests()).over(minutes(1)).by(SERVICE),
        ),
        question(
            "Failed requests in the last minute",
            "Answers of 500 or above and outcomes that nobody declared. Fractions are right: Prometheus extends what it saw to the \
             whole minute.",
            increase(requests()).over(minutes(1)).only(failed()).by(SERVICE),
        ),
        question(
            "Share of requests that fail, by route",
            "Tells a route that is broken from a service that is. A route without traffic has no value, which is not zero.",
            value(&API_ERROR_RATE),
        ),
        question(
            "Share of requests that fail, overall",
            "One number for the whole shop. Each request weighs the same, so a quiet route that always fails hardly moves it.",
            share(failed()).of(requests()).over(NOW).overall(),
        ),
        question(
            "Answers with an error, by route and status code",
            "Below 500 the caller asked for something that cannot be had; from 500 on it is our fault. Which \
             service's, the errors by type tell.",
            rate(requests()).over(NOW).only(answered_with_an_error()).by((SERVICE, ROUTE, STATUS_CODE)),
        ),
        question(
            "Errors by type, where they arise",
            "The same words stand in the log and in the body of the answer, as its code. An error counts once, where it arises; \
             whoever called counts upstream_error or timeout_error.",
            rate(&errors::ERRORS).over(NOW).by((SERVICE, ERROR_TYPE)),
        ),
        question(
            "Requests that are being answered",
            "A level that rises while the traffic does not is a queue: something that the requests need has become slow.",
            value(&http::SERVER_ACTIVE),
        ),
        question(
            "Open connections of clients",
            "Far more of them than requests under way is normal, for clients keep them for the next request.",
            value(&http::SERVER_CONNECTIONS),
        ),
    ];
    Chapter { title: "Requests and errors", questions }
}

fn response_times() -> Chapter {
    let questions = vec![
        question(
            "95th percentile of response time, by route",
            "All but one of twenty requests are answered within this. It is estimated inside a bucket, and never above 60 s.",
            value(&API_RESPONSE_TIME_P95),
        ),
        question(
            "99th percentile of response time, by route",
            "What the unlucky meet. With fewer than a hundred requests in five minutes it is the slowest of them.",
            value(&API_RESPONSE_TIME_P99),
        ),
        question(
            "Median response time over an hour",
            "A calm number to compare with the same hour of another day.",
            quantile(0.5, &http::SERVER_DURATION).over(minutes(60)).by(SERVICE),
        ),
        question(
            "Share of requests answered within two seconds",
            "Counted exactly, for two seconds is the edge of a bucket. Failures that come quickly count as quick: read it beside the \
             share of requests that fail.",
            within(seconds(2.0), &http::SERVER_DURATION).over(NOW).by(SERVICE),
        ),
    ];
    Chapter { title: "Response times", questions }
}

fn calls() -> Chapter {
    let questions = vec![
        question(
            "Calls to other services a second, by how they ended",
            "As the caller saw it. Calls without a status got no answer; their error type says why.",
            rate(count_of(&http::CLIENT_DURATION)).over(NOW).by((SERVICE, PEER, STATUS_CODE, ERROR_TYPE)),
        ),
        question(
            "95th percentile of calls to other services",
            "Compare it with the response time of the service that was called: the difference is the network, or a wait for a \
             connection.",
            quantile(0.95, &http::CLIENT_DURATION).over(NOW).by((SERVICE, PEER)),
        ),
        question(
            "Calls that were repeated",
            "Some are normal after a restart of the other. Many together with failures make an overload worse.",
            rate(&http::CLIENT_RETRIES).over(NOW).by((SERVICE, PEER)),
        ),
    ];
    Chapter { title: "Calls between services", questions }
}

fn databases() -> Chapter {
    let questions = vec![
        question(
            "Slow statements in the last hour",
            "Statements that took longer than two seconds. The log has each with its text and trace.",
            increase(&db::SLOW_QUERIES).over(minutes(60)).by(SERVICE),
        ),
        question(
            "95th percentile of statements, by table",
            "Without the wait for a connection, which has a question of its own.",
            quantile(0.95, &db::OPERATION_DURATION).over(NOW).by((SERVICE, COLLECTION)),
        ),
        question(
            "Statements that fail, by table and type",
            "A conflict is two transactions that wanted the same row and is repeated; a connection_error is the server.",
            rate(count_of(&db::OPERATION_DURATION)).over(NOW).by((SERVICE, COLLECTION, FAILURE)),
        ),
        question(
            "Connections of each pool",
            "Used ones near the maximum for long, and requests wait.",
            value(&db::CONNECTIONS),
        ),
        question(
            "The most connections of each pool",
            "What the used ones are to be compared with.",
            value(&db::CONNECTIONS_MAX),
        ),
        question(
            "Requests that wait for a connection",
            "Above zero for more than a moment, the pool is too small or a statement holds its connection too long.",
            value(&db::CONNECTIONS_PENDING).max_by((SERVICE, POOL)),
        ),
        question(
            "Mean wait for a connection",
            "All waits together, divided by their number. It is part of every response time.",
            mean(&db::CONNECTION_WAIT).over(NOW).by((SERVICE, POOL)),
        ),
        question(
            "Waits for a connection that were given up",
            "Each of them is a request that failed.",
            increase(&db::CONNECTION_TIMEOUTS).over(minutes(60)).by((SERVICE, POOL)),
        ),
    ];
    Chapter { title: "Databases", questions }
}

fn business() -> Chapter {
    let hour = minutes(60);
    let questions = vec![
        question(
            "Orders in the last hour, by state",
            "An order passes `created` and then one other state. Of those that were created, the others are under way or \
             stuck. One that names no known way to pay fails before it is created.",
            increase(&orders::ORDERS).over(hour).by(ORDER_STATUS),
        ),
        question(
            "Orders in the last hour, by how they are paid",
            "Split by state and payment method, it shows whether one method fails more than the others.",
            increase(&orders::ORDERS).over(hour).by((PAYMENT_METHOD, ORDER_STATUS)),
        ),
        question(
            "Revenue of the last hour, by currency",
            "Of confirmed orders, in each currency's major unit. Currencies are not added up.",
            increase(&orders::REVENUE).over(hour).by(CURRENCY),
        ),
        question(
            "Mean order value of the last hour",
            "Revenue divided by orders, a currency each. One large order moves it far in a quiet hour.",
            mean(&orders::ORDER_VALUE).over(hour).by(CURRENCY),
        ),
        question(
            "Mean units in an order",
            "How full the baskets of confirmed orders were.",
            mean(&orders::BASKET_SIZE).over(hour).overall(),
        ),
        question(
            "95th percentile of checkout time, by outcome",
            "From the order's acceptance to its end. Refused checkouts are quick; broken ones take as long as the deadline of what broke.",
            quantile(0.95, &orders::CHECKOUT_DURATION).over(NOW).by(CHECKOUT_OUTCOME),
        ),
        question(
            "Orders that have not ended",
            "A few are under way at any moment. A level that stays is stuck.",
            value(&orders::UNFINISHED),
        ),
        question(
            "Age of the oldest order that has not ended",
            "The promise is an end within two minutes.",
            value(&orders::OLDEST_UNFINISHED),
        ),
        question(
            "Payments in the last hour, by what happened",
            "Authorised ones that are neither captured nor voided keep a customer's money from them.",
            increase(&payments::PAYMENTS).over(hour).by((PAYMENT_EVENT, PAYMENT_METHOD)),
        ),
        question(
            "Product pages looked at in the last hour",
            "By category: what people are interested in.",
            increase(&catalog::PRODUCT_VIEWS).over(hour).by(CATEGORY),
        ),
        question(
            "Units sold in the last hour",
            "By category. Beside the views it tells interest from purchase.",
            increase(&catalog::UNITS_SOLD).over(hour).by(CATEGORY),
        ),
        question(
            "Products by how much is left",
            "Whatever is `out` cannot be sold; `low` is ten or fewer.",
            value(&catalog::PRODUCTS).max_by((CATEGORY, STOCK_STATE)),
        ),
    ];
    Chapter { title: "Orders and products", questions }
}

fn processes() -> Chapter {
    let questions = vec![
        question(
            "Targets that answer",
            "1 if the last scrape was answered. The label `instance` says which process.",
            value(&TARGET_UP),
        ),
        question(
            "Processors in use, by instance",
            "1 is one processor, fully used.",
            rate(&process::CPU_TIME).over(NOW).by((SERVICE, INSTANCE)),
        ),
        question(
            "Memory, by instance",
            "Physical memory. A line that only climbs over days is a leak.",
            value(&process::MEMORY),
        ),
        question(
            "Open file descriptors",
            "Sockets count, too. At the limit no connection can be taken.",
            value(&process::OPEN_FILES),
        ),
        question(
            "Limit of file descriptors",
            "What the open ones are to be compared with.",
            value(&process::OPEN_FILES_LIMIT),
        ),
        question("Time since the start", "A saw-tooth is a restart loop.", value(&process::UPTIME)),
        question(
            "Busy threads of the runtime",
            "As many as there are workers, and tasks wait for a thread. A thread that is busy for long is blocked.",
            rate(&process::RUNTIME_BUSY).over(NOW).by((SERVICE, INSTANCE)),
        ),
        question(
            "Threads of the runtime",
            "What the busy ones are to be compared with.",
            value(&process::RUNTIME_WORKERS),
        ),
        question(
            "Tasks that wait for a thread",
            "Above zero for long, the runtime is overloaded.",
            value(&process::RUNTIME_QUEUE),
        ),
    ];
    Chapter { title: "Processes", questions }
}

fn telemetry() -> Chapter {
    let questions = vec![
        question(
            "Spans and data points by what became of them",
            "Whatever is `failed` or `dropped` is missing from the traces or from the pushed copy of the metrics.",
            rate(&telemetry::ITEMS).over(NOW).by((SERVICE, ROAD_RESULT)),
        ),
        question(
            "Time spent on exports",
            "Seconds a second: near 1 the pushes take as long as the pause between them.",
            rate(sum_of(&telemetry::EXPORT_DURATION)).over(NOW).by(SERVICE),
        ),
        question(
            "Spans that wait to be pushed",
            "Spans that find the queue full are dropped.",
            value(&telemetry::SPAN_QUEUE),
        ),
        question(
            "Series of each service",
            "Counted from the declarations; it does not change while a process lives.",
            value(&telemetry::SERIES),
        ),
        question(
            "Series that each service may have",
            "Its budget: what the series are to be compared with.",
            value(&telemetry::SERIES_BUDGET),
        ),
        question(
            "Recordings that found no series",
            "Above zero, something is recorded that was never declared, and is lost. It is a mistake in the service.",
            increase(&telemetry::UNBOUND_RECORDINGS).over(minutes(60)).by(SERVICE),
        ),
        question(
            "Running versions",
            "One line an instance; two versions of a service are a rollout under way.",
            value(&telemetry::BUILD_INFO),
        ),
    ];
    Chapter { title: "The monitoring itself", questions }
}
