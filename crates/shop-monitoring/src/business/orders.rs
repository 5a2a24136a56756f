//! Orders: do people buy, and do they get to the end?

use faults::Kind;
use monitoring::{Alert, Colour, Drawing, Drill, Line, Panel, Placed, Proof, Runbook, Severity, Subject, Unit, line};
use promql::{By, Matcher, Query, count_of, mean, minutes, quantile, rate, seconds, value};
use shop::{
    messages::OrderStatus,
    money::Currency,
    services::ServiceName,
    signals::{
        orders::{BASKET_SIZE, CHECKOUT_DURATION, OLDEST_UNFINISHED, ORDER_VALUE, ORDERS, UNFINISHED},
        payments::PAYMENTS,
    },
};
use signals::{
    http::{CLIENT_DURATION, SERVER_CONNECTIONS},
    units::{Each, Ratio},
};

use super::Section;
use crate::{
    alerts::{SHOP_TEAM, errors::in_past_weeks},
    drills::{USUAL, at},
    labels::{
        BY_SERVICE, CURRENCY, ENVIRONMENT, Environment, ORDER_STATUS, PAYMENT_EVENT, PAYMENT_METHOD, PEER, SERVICE,
        STATUS_CODE,
    },
    recordings::{ORDERS_HOURLY, REVENUE_HOURLY, VIEWS_HOURLY},
    requests::ENOUGH_TRAFFIC,
    windows::{HOUR, NOW},
};

pub const ORDERS_TOPIC: &str = "orders";
pub const CONVERSION_TOPIC: &str = "conversion";

pub(super) const SECTION: Section = Section {
    heading: "Orders",
    panels: || {
        vec![
            Placed::panel(&ORDER_STATES, 8, 8),
            Placed::panel(&PAID_WITH, 8, 8),
            Placed::panel(&CONNECTIONS, 8, 8),
            Placed::panel(&REVENUE_AN_HOUR, 8, 8),
            Placed::panel(&AVERAGE_ORDER, 8, 8),
            Placed::panel(&BASKETS, 8, 8),
            Placed::panel(&CONVERSION, 12, 8),
            Placed::panel(&CHECKOUT_TIME, 12, 8),
            Placed::panel(&UNENDED, 12, 8),
            Placed::panel(&OLDEST, 12, 8),
        ]
    },
    alerts: || vec![orders_stuck(), conversion_falling()],
};

pub static ORDER_STATES: Panel = Panel {
    title: "Orders by state",
    description: "Orders a minute by the state that they reached, over five minutes. Each order is created once and then confirmed, \
        failed or cancelled.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || {
        let orders = |status: OrderStatus| {
            let reached = rate(&ORDERS).over(NOW).only(ORDER_STATUS.is(status.as_str()));
            line(status.as_str(), reached.by(ENVIRONMENT).per_minute())
        };
        vec![
            orders(OrderStatus::Created).coloured(Colour::Neutral),
            orders(OrderStatus::Confirmed).coloured(Colour::Good),
            orders(OrderStatus::Cancelled).coloured(Colour::Doubtful),
            orders(OrderStatus::Failed).coloured(Colour::Bad),
        ]
    },
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

pub static CONNECTIONS: Panel = Panel {
    title: "Open connections of customers",
    description: "Connections that clients hold open at the gateway: how many people are there at once, roughly.",
    unit: Unit::Count("connections"),
    drawing: Drawing::Lines,
    lines: || {
        let gateway = SERVICE.is(ServiceName::Gateway.as_str());
        vec![line("{service}", value(&SERVER_CONNECTIONS).only(gateway).by((ENVIRONMENT, SERVICE)))]
    },
};

pub static REVENUE_AN_HOUR: Panel = Panel {
    title: "Revenue of the last hour",
    description: "Money from the orders that were confirmed in the hour before each moment, by currency. Currencies without an order \
        are left out.",
    unit: Unit::Money("EUR"),
    drawing: Drawing::Lines,
    lines: || of_each_currency(|currency| value(&REVENUE_HOURLY).only(currency).over_whole(HOUR)),
};

pub static AVERAGE_ORDER: Panel = Panel {
    title: "Average order",
    description: "What a confirmed order was worth on average, over the hour before each moment, by currency.",
    unit: Unit::Money("EUR"),
    drawing: Drawing::Lines,
    lines: || of_each_currency(|currency| mean(&ORDER_VALUE).over(HOUR).only(currency).by((ENVIRONMENT, CURRENCY))),
};

pub static BASKETS: Panel = Panel {
    title: "Units in an order",
    description: "How many units a confirmed order held on average, over the hour before each moment.",
    unit: Unit::Count("units"),
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
    unit: Unit::Count("orders"),
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

/// A line for each currency, with an axis in it.
fn of_each_currency(amount: impl Fn(Matcher<Currency>) -> Query<Each, By<(Environment, Currency)>>) -> Vec<Line> {
    let of = |currency: &Currency| {
        let name = currency.as_str();
        line(name, amount(CURRENCY.is(name)).without_zeros()).of(Unit::Money(name))
    };
    Currency::ALL.iter().map(of).collect()
}

/// Orders that are paid for each product that is looked at, over the last hour.
pub(crate) fn conversion() -> Query<Ratio, By<(Environment,)>> {
    let confirmed = value(&ORDERS_HOURLY).only(ORDER_STATUS.is(OrderStatus::Confirmed.as_str())).by(ENVIRONMENT);
    confirmed.divided_by(value(&VIEWS_HOURLY).by(ENVIRONMENT))
}

/// An order was accepted long ago and has not ended.
pub fn orders_stuck() -> Alert {
    // Each instance tells the whole backlog.
    let oldest = value(&OLDEST_UNFINISHED).max_by(BY_SERVICE);
    Alert {
        name: "OrdersStuck",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: ORDERS_TOPIC,
        about: Subject::Service,
        when: oldest.above(seconds(120.0)).into(),
        held: minutes(1),
        summary: "An order has waited {value} for its end",
        description: "The oldest order that {service} accepted and has neither finished nor undone is {value} old; {limit} is the limit.",
        runbook: Runbook {
            meaning: "An order is neither paid nor refused. The recovery takes it up every few seconds, and has not got it any further.",
            impact: "A customer does not know whether they have bought. Their goods are held, and perhaps their money.",
            diagnosis: "1. How many are there, and since when? See \"Orders that have not ended\" on the business dashboard.\n\
                2. Does it hang on a dependency? See whether calls from orders to catalog and payments fail.\n\
                3. The log of orders names the order and the step that fails, with a trace id to look up in Jaeger.",
            queries: || {
                vec![
                    line("How many have not ended", value(&UNFINISHED).max_by(SERVICE)),
                    line(
                        "Calls of orders, by whom and how they ended",
                        rate(count_of(&CLIENT_DURATION))
                            .over(NOW)
                            .only(SERVICE.is(ServiceName::Orders.as_str()))
                            .by((PEER, STATUS_CODE)),
                    ),
                ]
            },
            mitigation: "Bring the dependency back; the recovery then finishes or undoes the orders by itself. If it does not, \
                restart orders: it takes them up at its start.",
        },
        shown_by: &OLDEST,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Payments, Kind::ProcessStop)],
            traffic: USUAL,
            fires_within: minutes(5),
            clears_within: minutes(4),
        }),
    }
}

/// Fewer of those who look buy than at the same hour of the last weeks.
pub fn conversion_falling() -> Alert {
    let confirmed = || value(&ORDERS_HOURLY).only(ORDER_STATUS.is(OrderStatus::Confirmed.as_str())).by(ENVIRONMENT);
    let views = || value(&VIEWS_HOURLY).by(ENVIRONMENT);
    let usual = in_past_weeks(confirmed).divided_by(in_past_weeks(views));
    Alert {
        name: "ConversionFalling",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: CONVERSION_TOPIC,
        about: Subject::Named(ServiceName::Orders.as_str()),
        when: conversion().falls_below(usual.times(0.67)).and(views().above(ENOUGH_TRAFFIC)).into(),
        held: minutes(15),
        summary: "Only {value} orders for each product view, well below what is usual at this hour",
        description: "Over the last hour customers confirmed {value} orders for each product that they looked at: less than two thirds \
            of the same hour of the last four weeks.",
        runbook: Runbook {
            meaning: "The orders that were confirmed, divided by the products that were looked at, are less than two thirds of what they \
                were at the same hour of the last four weeks together.",
            impact: "People look and do not buy. Either something keeps them from it, or other people come than usual.",
            diagnosis: "1. Do orders fail? See \"Orders by state\" on the business dashboard: failed ones beside confirmed ones.\n\
                2. Do they give up? Compare \"Time that a checkout takes\" with a week ago.\n\
                3. Do others come? A campaign, or a robot that reads the whole catalog, raises the views alone.",
            queries: || {
                vec![
                    line("Orders by state, a second", rate(&ORDERS).over(HOUR).by(ORDER_STATUS)),
                    line("What became of payments", rate(&PAYMENTS).over(HOUR).by(PAYMENT_EVENT)),
                ]
            },
            mitigation: "No haste if nothing fails. If a price, a text or a step of the checkout was changed, look at it as a customer.",
        },
        shown_by: &CONVERSION,
        proof: Proof::Stated("it compares with four weeks, which no drill has; its rule test proves it"),
    }
}
