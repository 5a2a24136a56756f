//! Service levels: is each promise kept, how much of its budget is left, and how fast is it spent?

use monitoring::{BUDGET_LIMITS, BURN_LIMITS, Colour, Column, Drawing, Limit, Panel, Placed, Unit, column, line};
use promql::{days, hours, minutes, value};
use shop::services::ServiceName;

use crate::{
    dashboards::{BY_ALERT, Page},
    foreign::prometheus::ALERTS,
    labels::{ALERT_NAME, ALERT_STATE, SERVICE, SEVERITY, TOPIC},
    promises::{AVAILABILITY, CHECKOUT, QUICK, RESPONSIVE},
    recordings::SERVICE_REQUEST_RATE,
};

/// Of the alerts on one promise, which differ in no more.
const GUARD_COLUMNS: &[Column] =
    &[column(ALERT_STATE, "State").wide(80), column(SEVERITY, "Severity").wide(90), column(ALERT_NAME, "Alert")];

/// The panels of one promise, in a module of its own.
macro_rules! promise {
    ($module:ident, $PROMISE:ident, $of:literal) => {
        pub mod $module {
            //! The panels of one promise.

            use super::*;

            pub static BUDGET: Panel = Panel {
                title: concat!("Budget left: ", $of),
                description: "The share of the error budget of thirty days that is left. At 0 % the promise is broken; below, the budget is \
                    overdrawn.",
                unit: Unit::Share,
                drawing: Drawing::Limited { limits: &BUDGET_LIMITS },
                lines: || vec![line("{service}", $PROMISE.budget_left())],
            };

            pub static BURNING: Panel = Panel {
                title: concat!("Burn rate: ", $of),
                description: "How many times faster than allowed the budget is spent, over windows of different length. At 1 it lasts \
                    exactly thirty days. The dashed lines are where somebody is told: a page at 14.4 over an hour or 6 over six hours, a \
                    ticket at 3 over a day, a note at 1 over three days.",
                unit: Unit::Factor,
                drawing: Drawing::Limited { limits: &BURN_LIMITS },
                lines: || {
                    vec![
                        line("one hour", $PROMISE.burn_rate(hours(1))),
                        line("six hours", $PROMISE.burn_rate(hours(6))),
                        line("one day", $PROMISE.burn_rate(days(1))),
                        line("three days", $PROMISE.burn_rate(days(3))),
                    ]
                },
            };

            pub static HISTORY: Panel = Panel {
                title: concat!("Bad events: ", $of),
                description: "The share of all events that were bad, over five minutes and over an hour.",
                unit: Unit::Share,
                drawing: Drawing::Lines,
                lines: || {
                    vec![
                        line("five minutes", $PROMISE.bad_share(minutes(5))),
                        line("one hour", $PROMISE.bad_share(hours(1))),
                    ]
                },
            };

            pub static GUARDS: Panel = Panel {
                title: concat!("Alerts: ", $of),
                description: "The alerts that guard the promise and are pending or firing now. None is good.",
                unit: Unit::State,
                drawing: Drawing::Table { columns: GUARD_COLUMNS },
                lines: || {
                    let active = value(&ALERTS).only((TOPIC.is($PROMISE.topic), ALERT_STATE.any_of(["firing", "pending"])));
                    vec![line("{alertname}", active.max_by(BY_ALERT))]
                },
            };
        }
    };
}

promise!(availability, AVAILABILITY, "requests are answered");
promise!(quick, QUICK, "answers within 2 s");
promise!(responsive, RESPONSIVE, "answers within 5 s");
promise!(checkout, CHECKOUT, "checkouts end within 2 min");

/// Requests a minute that the shop sustains with every promise kept.
const SUSTAINED: f64 = 1000.0;

pub static THROUGHPUT: Panel = Panel {
    title: "Requests a minute at the gateway",
    description: "The shop promises to keep all other promises at more than 1,000 requests a minute (dashed), the probe's left \
        out. A load test shows it.",
    unit: Unit::PerMinute,
    drawing: Drawing::Limited { limits: &[Limit { value: SUSTAINED, colour: Colour::Good }] },
    lines: || {
        let arriving = value(&SERVICE_REQUEST_RATE).only(SERVICE.is(ServiceName::Gateway.as_str()));
        vec![line("{service}", arriving.per_minute())]
    },
};

pub(crate) const PAGE: Page = Page {
    uid: "service-levels",
    title: "Service levels",
    description: "Is each promise kept, how much of its budget is left, and how fast is it spent?",
    range: hours(6),
    has_routes: false,
    panels: || {
        let panel = Placed::panel;
        let of = |promise, budget, burning, history, guards| {
            [
                Placed::Heading(promise),
                panel(budget, 6, 7),
                panel(burning, 6, 7),
                panel(history, 6, 7),
                panel(guards, 6, 7),
            ]
        };
        let promises = [
            of(
                AVAILABILITY.promise,
                &availability::BUDGET,
                &availability::BURNING,
                &availability::HISTORY,
                &availability::GUARDS,
            ),
            of(QUICK.promise, &quick::BUDGET, &quick::BURNING, &quick::HISTORY, &quick::GUARDS),
            of(
                RESPONSIVE.promise,
                &responsive::BUDGET,
                &responsive::BURNING,
                &responsive::HISTORY,
                &responsive::GUARDS,
            ),
            of(CHECKOUT.promise, &checkout::BUDGET, &checkout::BURNING, &checkout::HISTORY, &checkout::GUARDS),
        ];
        let throughput =
            [Placed::Heading("All of this at more than 1,000 requests a minute"), panel(&THROUGHPUT, 24, 7)];
        promises.into_iter().flatten().chain(throughput).collect()
    },
};
