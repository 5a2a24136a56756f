//! Alerts on orders, payments and stock.

use std::time::Duration;

use faults::Kind;
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{count, count_of, minutes, percent, rate, seconds, share, value};
use shop::{
    messages::OrderStatus,
    services::ServiceName,
    signals::{
        catalog::{LOW_STOCK, PRODUCTS, StockState},
        orders::{OLDEST_UNFINISHED, ORDERS, UNFINISHED},
        payments::PAYMENTS,
    },
};
use signals::http::CLIENT_DURATION;

use super::{SHOP_TEAM, errors::in_past_weeks};
use crate::{
    dashboards::business,
    drills::{USUAL, at},
    labels::{BY_SERVICE, CATEGORY, ENVIRONMENT, ORDER_STATUS, PAYMENT_EVENT, PEER, SERVICE, STATUS_CODE, STOCK_STATE},
    place::Place,
    recordings::{ORDERS_HOURLY, VIEWS_HOURLY},
    requests::{ENOUGH_TRAFFIC, call_failed},
    windows::{HOUR, NOW},
};

pub const ORDERS_TOPIC: &str = "orders";
pub const PAYMENTS_TOPIC: &str = "payments";
pub const STOCK: &str = "stock";
pub const CONVERSION: &str = "conversion";

/// The alerts of this file.
pub(crate) fn group(_: &Place) -> AlertGroup {
    AlertGroup { name: "orders", alerts: vec![orders_stuck(), payments_failing(), stock_low(), conversion_falling()] }
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
        shown_by: &business::OLDEST,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Payments, Kind::ProcessStop)],
            traffic: USUAL,
            fires_within: minutes(5),
            clears_within: minutes(4),
        }),
    }
}

/// The payment provider does not answer as it should. A declined card is an answer.
pub fn payments_failing() -> Alert {
    let window = minutes(10);
    let to_payments = || (SERVICE.is(ServiceName::Orders.as_str()), PEER.is(ServiceName::Payments.as_str()));
    let failing = share(call_failed()).of(count_of(&CLIENT_DURATION)).over(window).only(to_payments()).by(BY_SERVICE);
    let enough = rate(count_of(&CLIENT_DURATION)).over(window).only(to_payments()).by(BY_SERVICE).above(ENOUGH_TRAFFIC);
    Alert {
        name: "PaymentsFailing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: PAYMENTS_TOPIC,
        about: Subject::Service,
        when: failing.above(percent(5.0)).and(enough).into(),
        held: Duration::ZERO,
        summary: "{value} of the calls to the payment provider fail",
        description: "Over the last ten minutes {value} of the calls from {service} to the payment provider failed or were not \
            answered in time; {limit} is the limit. Declined payments are not counted: they are answers.",
        runbook: Runbook {
            meaning: "The provider answered with a failure of its own, too late, or not at all, for more than one call of twenty.",
            impact: "Orders are refused or undone, though customers could pay. Those that wait for the provider wait long.",
            diagnosis: "1. Which way do they fail? See \"Calls between services\" on the performance dashboard: a time-out, no \
                connection, or a status of 500 and above.\n\
                2. Look at a trace of `POST /api/v1/orders` with an error in Jaeger: the call to payments is a span of its own.\n\
                3. What does the provider itself say of its state?",
            queries: || {
                vec![
                    line("What became of payments", rate(&PAYMENTS).over(NOW).by(PAYMENT_EVENT)),
                    line("How orders end", rate(&ORDERS).over(NOW).by(ORDER_STATUS)),
                ]
            },
            mitigation: "Tell the provider. Until it is well, nothing is lost: what was begun is undone, and what was captured is kept.",
        },
        shown_by: &business::PAYMENT_CALLS,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Payments, Kind::DatabaseError).share(0.5)],
            traffic: USUAL,
            fires_within: minutes(4),
            clears_within: minutes(12),
        }),
    }
}

/// Some products are nearly gone, or gone.
pub fn stock_low() -> Alert {
    let scarce = STOCK_STATE.any_of([StockState::Low, StockState::Out].map(StockState::as_str));
    // Each instance tells the whole stock.
    let products = value(&PRODUCTS).only(scarce).max_by((ENVIRONMENT, SERVICE, CATEGORY, STOCK_STATE));
    const _: () = assert!(LOW_STOCK == 10, "the sentences below say ten");
    Alert {
        name: "StockLow",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: STOCK,
        about: Subject::Service,
        when: products.by((ENVIRONMENT, SERVICE, CATEGORY)).above(count(0.0)).into(),
        held: minutes(15),
        summary: "{value} products of the category {category} are nearly gone",
        description: "Of {value} products of the category {category} at most ten are left, or none.",
        runbook: Runbook {
            meaning: "Ten or fewer of a product are left.",
            impact: "Soon customers will be refused for it. Those who search for it find it and cannot buy it.",
            diagnosis: "1. Which ones? `curl -s 'http://127.0.0.1:8080/api/v1/products?limit=100'` lists how many are left of each.\n\
                2. Was it sold, or is it held by orders that have not ended? See \"Orders that have not ended\" on the business \
                dashboard.",
            queries: || vec![line("Products by how much is left", value(&PRODUCTS).max_by((CATEGORY, STOCK_STATE)))],
            mitigation: "Order more, or take the product out of campaigns.",
        },
        shown_by: &business::STOCK_STATES,
        proof: Proof::Stated("selling out is no fault; buying all of a product makes it fire"),
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
        topic: CONVERSION,
        about: Subject::Named(ServiceName::Orders.as_str()),
        when: business::conversion().falls_below(usual.times(0.67)).and(views().above(ENOUGH_TRAFFIC)).into(),
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
        shown_by: &business::CONVERSION,
        proof: Proof::Stated("it compares with four weeks, which no drill has; its rule test proves it"),
    }
}
