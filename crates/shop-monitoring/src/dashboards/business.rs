//! The business: do people buy, do they get to the end, and is there something left to sell?

use monitoring::{Drawing, Panel, Placed, Unit, line};
use promql::{Query, count_of, hours, mean, quantile, rate, share, value};
use shop::{
    messages::OrderStatus,
    services::ServiceName,
    signals::{
        catalog::{PRODUCT_VIEWS, PRODUCTS, UNITS_SOLD},
        orders::{BASKET_SIZE, CHECKOUT_DURATION, OLDEST_UNFINISHED, ORDER_VALUE, ORDERS, UNFINISHED},
        payments::PAYMENTS,
    },
};
use signals::{
    http::{CLIENT_DURATION, SERVER_CONNECTIONS},
    units::Ratio,
};

use crate::{
    dashboards::Page,
    labels::{
        CATEGORY, CURRENCY, ENVIRONMENT, Environment, ORDER_STATUS, PAYMENT_EVENT, PAYMENT_METHOD, PEER, SERVICE,
        STOCK_STATE,
    },
    recordings::{ORDERS_HOURLY, REVENUE_HOURLY, VIEWS_HOURLY},
    requests::call_failed,
    windows::{HOUR, NOW},
};

pub static ORDER_STATES: Panel = Panel {
    title: "Orders by state",
    description: "Orders a minute by the state that they reached, over five minutes. Each order is created once and then confirmed, \
        failed or cancelled.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || vec![line("{status}", rate(&ORDERS).over(NOW).by((ENVIRONMENT, ORDER_STATUS)).per_minute())],
};

pub static PAID_WITH: Panel = Panel {
    title: "Confirmed orders by payment method",
    description: "Confirmed orders a minute by how they were paid, over five minutes.",
    unit: Unit::PerMinute,
    drawing: Drawing::Areas,
    lines: || {
        let confirmed = ORDER_STATUS.is(OrderStatus::Confirmed.as_str());
        let paid = rate(&ORDERS).over(NOW).only(confirmed).by((ENVIRONMENT, PAYMENT_METHOD));
        vec![line("{payment_method}", paid.per_minute())]
    },
};

pub static REVENUE_AN_HOUR: Panel = Panel {
    title: "Revenue of the last hour",
    description: "Money from the orders that were confirmed in the hour before each moment, by currency, in its major unit.",
    unit: Unit::Count,
    drawing: Drawing::Lines,
    lines: || vec![line("{currency}", value(&REVENUE_HOURLY).over_whole(HOUR))],
};

pub static AVERAGE_ORDER: Panel = Panel {
    title: "Average order",
    description: "What a confirmed order was worth on average, over the hour before each moment, in the currency's major unit.",
    unit: Unit::Count,
    drawing: Drawing::Lines,
    lines: || vec![line("{currency}", mean(&ORDER_VALUE).over(HOUR).by((ENVIRONMENT, CURRENCY)))],
};

pub static BASKETS: Panel = Panel {
    title: "Units in an order",
    description: "How many units a confirmed order held on average, over the hour before each moment.",
    unit: Unit::Count,
    drawing: Drawing::Lines,
    lines: || vec![line("units", mean(&BASKET_SIZE).over(HOUR).by(ENVIRONMENT))],
};

pub static CONVERSION: Panel = Panel {
    title: "Conversion",
    description: "Confirmed orders for each product that was looked at, over the hour before each moment. Above 100 % people order \
        without looking.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("orders for each view", conversion())],
};

pub static CHECKOUT_TIME: Panel = Panel {
    title: "Time that a checkout takes",
    description: "From the start of a checkout to its end, over five minutes: half of all, and all but one of twenty, end within this.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || {
        let within = |phi| quantile(phi, &CHECKOUT_DURATION).over(NOW).by(ENVIRONMENT);
        vec![line("median", within(0.5)), line("95th percentile", within(0.95))]
    },
};

pub static UNENDED: Panel = Panel {
    title: "Orders that have not ended",
    description: "Orders that were accepted and are neither paid nor undone yet. A few come and go; a growing number hangs on something.",
    unit: Unit::Count,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&UNFINISHED).max_by((ENVIRONMENT, SERVICE)))],
};

pub static OLDEST: Panel = Panel {
    title: "Age of the oldest order that has not ended",
    description: "How long the oldest order that was accepted and has not ended has waited. The promise is an end within two minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&OLDEST_UNFINISHED).max_by((ENVIRONMENT, SERVICE)))],
};

pub static PAYMENT_EVENTS: Panel = Panel {
    title: "Payments by what became of them",
    description: "Payments a minute at the provider, over five minutes. Authorised sets money aside, captured takes it, voided gives it back.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || vec![line("{event}", rate(&PAYMENTS).over(NOW).by((ENVIRONMENT, PAYMENT_EVENT)).per_minute())],
};

pub static PAYMENT_CALLS: Panel = Panel {
    title: "Calls to the payment provider that fail",
    description: "The share of calls that the provider answered with a failure of its own, too late or not at all, over ten minutes. \
        A declined card is an answer.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || {
        let calls = share(call_failed()).of(count_of(&CLIENT_DURATION)).over(2 * NOW);
        vec![line("{service}", calls.only(PEER.is(ServiceName::Payments.as_str())).by((ENVIRONMENT, SERVICE)))]
    },
};

pub static VIEWS: Panel = Panel {
    title: "Products looked at",
    description: "Products looked at one by one, a minute, by category, over five minutes.",
    unit: Unit::PerMinute,
    drawing: Drawing::Areas,
    lines: || vec![line("{category}", rate(&PRODUCT_VIEWS).over(NOW).by((ENVIRONMENT, CATEGORY)).per_minute())],
};

pub static SOLD: Panel = Panel {
    title: "Units sold",
    description: "Units sold, a minute, by category, over five minutes.",
    unit: Unit::PerMinute,
    drawing: Drawing::Areas,
    lines: || vec![line("{category}", rate(&UNITS_SOLD).over(NOW).by((ENVIRONMENT, CATEGORY)).per_minute())],
};

pub static STOCK_STATES: Panel = Panel {
    title: "Products by how much is left",
    description: "How many products have enough in stock (ok), ten or fewer (low), or none (out).",
    unit: Unit::Count,
    drawing: Drawing::Areas,
    lines: || {
        vec![line(
            "{state}",
            value(&PRODUCTS).max_by((ENVIRONMENT, CATEGORY, STOCK_STATE)).by((ENVIRONMENT, STOCK_STATE)),
        )]
    },
};

pub static SCARCE: Panel = Panel {
    title: "Categories by how much is left",
    description: "The same by category, now: where something must be ordered.",
    unit: Unit::Count,
    drawing: Drawing::Table { columns: &["category", "state"] },
    lines: || vec![line("{category} {state}", value(&PRODUCTS).max_by((CATEGORY, STOCK_STATE)))],
};

pub static CONNECTIONS: Panel = Panel {
    title: "Open connections of customers",
    description: "Connections that clients hold open at the gateway: how many people are there at once, roughly.",
    unit: Unit::Count,
    drawing: Drawing::Lines,
    lines: || {
        let gateway = SERVICE.is(ServiceName::Gateway.as_str());
        vec![line("{service}", value(&SERVER_CONNECTIONS).only(gateway).by((ENVIRONMENT, SERVICE)))]
    },
};

/// Orders that are paid for each product that is looked at, over the last hour.
pub(crate) fn conversion() -> Query<Ratio, promql::By<(Environment,)>> {
    let confirmed = value(&ORDERS_HOURLY).only(ORDER_STATUS.is(OrderStatus::Confirmed.as_str())).by(ENVIRONMENT);
    confirmed.divided_by(value(&VIEWS_HOURLY).by(ENVIRONMENT))
}

pub(crate) const PAGE: Page = Page {
    uid: "business",
    title: "Business",
    description: "Do people buy, do they get to the end, and is there something left to sell?",
    range: hours(3),
    has_routes: false,
    panels: || {
        let panel = Placed::panel;
        vec![
            panel(&ORDER_STATES, 8, 8),
            panel(&PAID_WITH, 8, 8),
            panel(&REVENUE_AN_HOUR, 8, 8),
            panel(&AVERAGE_ORDER, 8, 8),
            panel(&BASKETS, 8, 8),
            panel(&CONVERSION, 8, 8),
            panel(&CHECKOUT_TIME, 8, 8),
            panel(&UNENDED, 8, 8),
            panel(&OLDEST, 8, 8),
            panel(&PAYMENT_EVENTS, 12, 8),
            panel(&PAYMENT_CALLS, 12, 8),
            panel(&VIEWS, 8, 8),
            panel(&SOLD, 8, 8),
            panel(&CONNECTIONS, 8, 8),
            panel(&STOCK_STATES, 12, 8),
            panel(&SCARCE, 12, 8),
        ]
    },
};
