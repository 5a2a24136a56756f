//! Payments: does the provider answer, and what does it say?

use std::time::Duration;

use faults::Kind;
use monitoring::{Alert, Colour, Drawing, Drill, Panel, Placed, Proof, Runbook, Severity, Subject, Unit, line};
use promql::{count_of, minutes, percent, rate, share};
use shop::{
    services::ServiceName,
    signals::{
        orders::ORDERS,
        payments::{PAYMENTS, PaymentEvent},
    },
};
use signals::http::CLIENT_DURATION;

use super::Section;
use crate::{
    alerts::SHOP_TEAM,
    drills::{USUAL, at},
    labels::{BY_SERVICE, ENVIRONMENT, ORDER_STATUS, PAYMENT_EVENT, PEER, SERVICE},
    requests::{ENOUGH_TRAFFIC, call_failed},
    windows::NOW,
};

pub const PAYMENTS_TOPIC: &str = "payments";

pub(super) const SECTION: Section = Section {
    heading: "Payments",
    panels: || vec![Placed::panel(&PAYMENT_EVENTS, 12, 8), Placed::panel(&PAYMENT_CALLS, 12, 8)],
    alerts: || vec![payments_failing()],
};

pub static PAYMENT_EVENTS: Panel = Panel {
    title: "Payments by what became of them",
    description: "Payments a minute at the provider, over five minutes. Authorised sets money aside, captured takes it, voided gives it back.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || {
        let payments = |event: PaymentEvent| {
            let happened = rate(&PAYMENTS).over(NOW).only(PAYMENT_EVENT.is(event.as_str()));
            line(event.as_str(), happened.by(ENVIRONMENT).per_minute())
        };
        vec![
            payments(PaymentEvent::Authorised).coloured(Colour::Neutral),
            payments(PaymentEvent::Captured).coloured(Colour::Good),
            payments(PaymentEvent::Voided).coloured(Colour::Noted),
            payments(PaymentEvent::Declined).coloured(Colour::Doubtful),
        ]
    },
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
        shown_by: &PAYMENT_CALLS,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Payments, Kind::DatabaseError).share(0.5)],
            traffic: USUAL,
            fires_within: minutes(4),
            clears_within: minutes(12),
        }),
    }
}
