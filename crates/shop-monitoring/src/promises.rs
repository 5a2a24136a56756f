//! What the shop promises over thirty days, and how good and bad are told apart.

use std::time::Duration;

use faults::{Kind, Latency};
use monitoring::{BurnAlerts, Drill, Proof, Slo, Target, Texts, line};
use promql::{Matcher, PerSecond, Query, Rule, Threshold, count_of, minutes, quantile, rate, seconds, up_to, value};
use shop::{
    messages::OrderStatus,
    routes::gateway::PLACE_ORDER,
    services::ServiceName,
    signals::orders::{CHECKOUT_DURATION, CheckoutOutcome, OLDEST_UNFINISHED, ORDERS, UNFINISHED},
};
use signals::{
    errors::ERRORS,
    http::{CANCELLED, Route, SERVER_DURATION},
    units::{Each, Seconds},
};

use crate::{
    alerts::SHOP_TEAM,
    dashboards::service_levels::{availability, checkout, quick, responsive},
    drills::{USUAL, at, at_route},
    labels::{BY_SERVICE, ByService, CHECKOUT_OUTCOME, ERROR_TYPE, ORDER_STATUS, ROUTE, SERVICE, STATUS_CODE, Service},
    requests::{failed, of_customers, requests, succeeded},
    windows::NOW,
};

pub const AVAILABILITY_BUDGET: &str = "availability-budget";
pub const QUICK_BUDGET: &str = "quick-budget";
pub const RESPONSIVE_BUDGET: &str = "responsive-budget";
pub const CHECKOUT_BUDGET: &str = "checkout-budget";

/// A customer who leaves sooner changed their mind; one who leaves later gave up on us.
const GIVES_UP: Threshold<Seconds> = seconds(5.0);
/// A page within this feels quick.
const IS_QUICK: Threshold<Seconds> = seconds(2.0);
/// After this most people are gone.
const IS_RESPONSIVE: Threshold<Seconds> = seconds(5.0);
/// By then a checkout has ended, one way or the other.
const CHECKOUT_ENDS: Threshold<Seconds> = seconds(120.0);

/// Fewer bad requests than this in the long window are no reason to tell anybody.
const A_FEW: f64 = 10.0;

/// Requests of customers that also match.
fn with_customers<K>(also: Matcher<K>) -> (Matcher<Service>, Matcher<Route>, Matcher<K>) {
    let (gateway, not_probed) = of_customers();
    (gateway, not_probed, also)
}

/// Requests that the client gave up only after it had waited long.
fn given_up(window: Duration) -> Query<PerSecond<Each>, ByService> {
    let cancelled = || with_customers(ERROR_TYPE.is(CANCELLED.error_type.unwrap_or_default()));
    let all = rate(requests()).over(window).only(cancelled()).by(BY_SERVICE);
    all.minus(rate(up_to(GIVES_UP, &SERVER_DURATION)).over(window).only(cancelled()).by(BY_SERVICE))
}

fn unavailable(window: Duration) -> Query<PerSecond<Each>, ByService> {
    let failed = rate(requests()).over(window).only(with_customers(failed())).by(BY_SERVICE);
    failed.plus(given_up(window))
}

/// Requests but those that the client gave up soon: they say nothing about us.
fn meant(window: Duration) -> Query<PerSecond<Each>, ByService> {
    let not_cancelled = ERROR_TYPE.is_not(CANCELLED.error_type.unwrap_or_default());
    let kept = rate(requests()).over(window).only(with_customers(not_cancelled)).by(BY_SERVICE);
    kept.plus(given_up(window))
}

/// A page that fails quickly must not look like a quick page.
fn successful(window: Duration) -> Query<PerSecond<Each>, ByService> {
    rate(requests()).over(window).only(with_customers(succeeded())).by(BY_SERVICE)
}

fn slower_than(bound: Threshold<Seconds>, window: Duration) -> Query<PerSecond<Each>, ByService> {
    let within = rate(up_to(bound, &SERVER_DURATION)).over(window);
    let within = within.only(with_customers(succeeded())).by(BY_SERVICE);
    successful(window).minus(within)
}

fn accepted(window: Duration) -> Query<PerSecond<Each>, ByService> {
    rate(&ORDERS).over(window).only(ORDER_STATUS.is(OrderStatus::Created.as_str())).by(BY_SERVICE)
}

/// Accepted orders that did not end well in time: they broke, they took longer, or they are stuck and never reach their end.
///
/// One that has just been accepted counts too, until it ends: then there is one more that ended than was accepted. Over a window these
/// cancel out, which they would not if a number below zero were cut off here.
fn ended_badly(window: Duration) -> Query<PerSecond<Each>, ByService> {
    let well = [CheckoutOutcome::Confirmed, CheckoutOutcome::Refused].map(CheckoutOutcome::as_str);
    let ended_well = rate(up_to(CHECKOUT_ENDS, &CHECKOUT_DURATION)).over(window).only(CHECKOUT_OUTCOME.any_of(well));
    accepted(window).minus(ended_well.by(BY_SERVICE))
}

/// Requests at the gateway are answered.
pub static AVAILABILITY: Slo<ByService> = Slo {
    name: "availability",
    promise: "99.9 % of the requests at the gateway neither fail nor are given up after 5 s",
    bad_events: "requests that failed or were given up",
    target: Target::percent(99.9),
    bad: unavailable,
    all: meant,
    least_bad: A_FEW,
    owner: SHOP_TEAM,
    topic: AVAILABILITY_BUDGET,
    alerts: BurnAlerts {
        fastest: "AvailabilityBurnsFastest",
        fast: "AvailabilityBurnsFast",
        steady: "AvailabilityBurnsSteadily",
        slow: "AvailabilityBurnsSlowly",
        spent: "AvailabilityBudgetSpent",
        low: "AvailabilityBudgetLow",
    },
    impact: "Customers see errors, or wait until they leave. While the budget is spent, releases that carry a risk wait.",
    diagnosis: "1. Which route, and which status? See \"Share of requests that fail\" and \"Errors by status code\" on the overview.\n\
        2. Where did the error arise? The second query below tells the service.\n\
        3. Look at traces with an error in Jaeger: the deepest failed span names the cause.",
    queries: || {
        vec![
            line(
                "Which routes fail",
                rate(requests()).over(NOW).only(with_customers(failed())).by((ROUTE, STATUS_CODE)),
            ),
            line("Which kind of error, where it arose", rate(&ERRORS).over(NOW).by((SERVICE, ERROR_TYPE))),
        ]
    },
    mitigation: "After a bad release, go back to the version before. If a database or a service behind the gateway fails, see to \
        that first. A slow burn is no emergency: find the route that leaks and put it on the team's list.",
    burning: &availability::BURNING,
    budget: &availability::BUDGET,
    proof: Proof::Drill(Drill {
        faults: || vec![at(ServiceName::Orders, Kind::DatabaseError).share(0.5)],
        traffic: USUAL,
        fires_within: minutes(8),
        // The failures leave the short window.
        clears_within: minutes(7),
    }),
    texts: Texts::new(),
};

/// Most pages feel quick.
pub static QUICK: Slo<ByService> = Slo {
    name: "quick",
    promise: "95 % of the successful requests at the gateway are answered within 2 s",
    bad_events: "successful requests that took longer than 2 s",
    target: Target::percent(95.0),
    bad: |window| slower_than(IS_QUICK, window),
    all: successful,
    least_bad: A_FEW,
    owner: SHOP_TEAM,
    topic: QUICK_BUDGET,
    alerts: BurnAlerts {
        fastest: "QuickAnswersBurnFastest",
        fast: "QuickAnswersBurnFast",
        steady: "QuickAnswersBurnSteadily",
        slow: "QuickAnswersBurnSlowly",
        spent: "QuickAnswersBudgetSpent",
        low: "QuickAnswersBudgetLow",
    },
    impact: "Customers wait for pages, and some leave. At a promise of 95 % the fastest burn needs 72 % of all answers to be slow, \
        so it pages only when nearly everything is; the alerts on the 95th percentile come sooner.",
    diagnosis: "1. Is it one route or all? See \"Slowest routes\" on the overview.\n\
        2. Look at a slow trace in Jaeger: the longest span without children is where the time goes.\n\
        3. Is it the database? See the database's panels on the performance dashboard.",
    queries: || {
        vec![line(
            "The 95th percentile by route",
            quantile(0.95, &SERVER_DURATION).over(NOW).only(of_customers()).by(ROUTE),
        )]
    },
    mitigation: "After a bad release, go back to the version before. If one statement is slow, stop what sends it; if a machine is \
        busy, start further instances.",
    burning: &quick::BURNING,
    budget: &quick::BUDGET,
    proof: Proof::Drill(Drill {
        faults: || vec![at(ServiceName::Gateway, Kind::Latency(Latency::fixed(Duration::from_secs(3)))).share(0.95)],
        traffic: USUAL,
        fires_within: minutes(60),
        clears_within: minutes(7),
    }),
    texts: Texts::new(),
};

/// Nearly no page takes so long that people leave.
pub static RESPONSIVE: Slo<ByService> = Slo {
    name: "responsive",
    promise: "99 % of the successful requests at the gateway are answered within 5 s",
    bad_events: "successful requests that took longer than 5 s",
    target: Target::percent(99.0),
    bad: |window| slower_than(IS_RESPONSIVE, window),
    all: successful,
    least_bad: A_FEW,
    owner: SHOP_TEAM,
    topic: RESPONSIVE_BUDGET,
    alerts: BurnAlerts {
        fastest: "ResponsiveAnswersBurnFastest",
        fast: "ResponsiveAnswersBurnFast",
        steady: "ResponsiveAnswersBurnSteadily",
        slow: "ResponsiveAnswersBurnSlowly",
        spent: "ResponsiveAnswersBudgetSpent",
        low: "ResponsiveAnswersBudgetLow",
    },
    impact: "Customers wait longer than most people do. Many leave, some press again and make it worse.",
    diagnosis: "1. Is it one route or all? See \"Slowest routes\" on the overview.\n\
        2. Look at a slow trace in Jaeger: the longest span without children is where the time goes.\n\
        3. Do requests wait for a connection to the database? See the pools on the performance dashboard.",
    queries: || {
        vec![line(
            "The 99th percentile by route",
            quantile(0.99, &SERVER_DURATION).over(NOW).only(of_customers()).by(ROUTE),
        )]
    },
    mitigation: "After a bad release, go back to the version before. If a payment provider or another dependency hangs, its calls \
        end at their deadline: lower it, or leave the dependency out, until it is well.",
    burning: &responsive::BURNING,
    budget: &responsive::BUDGET,
    proof: Proof::Drill(Drill {
        faults: || {
            vec![
                at_route(ServiceName::Gateway, &PLACE_ORDER, Kind::Latency(Latency::fixed(Duration::from_secs(6))))
                    .share(0.9),
            ]
        },
        traffic: USUAL,
        fires_within: minutes(60),
        clears_within: minutes(7),
    }),
    texts: Texts::new(),
};

/// Who orders soon knows how it ended.
pub static CHECKOUT: Slo<ByService> = Slo {
    name: "checkout",
    promise: "99.9 % of the accepted orders end paid, or cleanly refused, within 2 minutes",
    bad_events: "orders that broke, took longer than 2 minutes or are stuck",
    target: Target::percent(99.9),
    bad: ended_badly,
    all: accepted,
    least_bad: 5.0,
    owner: SHOP_TEAM,
    topic: CHECKOUT_BUDGET,
    alerts: BurnAlerts {
        fastest: "CheckoutBurnsFastest",
        fast: "CheckoutBurnsFast",
        steady: "CheckoutBurnsSteadily",
        slow: "CheckoutBurnsSlowly",
        spent: "CheckoutBudgetSpent",
        low: "CheckoutBudgetLow",
    },
    impact: "Customers do not know whether they have bought. Some order twice, some leave; goods and money may be held meanwhile.",
    diagnosis: "1. Do they break or are they stuck? See the orders' panels on the business dashboard, and how many are unfinished.\n\
        2. Look at traces of `POST /api/v1/orders` with an error in Jaeger: the step that failed is a span of its own.\n\
        3. Do catalog and payments answer? See the calls between services on the performance dashboard.",
    queries: || {
        vec![
            line("How orders end", rate(&ORDERS).over(NOW).by(ORDER_STATUS)),
            line("How many have not ended", value(&UNFINISHED).max_by(SERVICE)),
            line("How long the oldest of them waits", value(&OLDEST_UNFINISHED).max_by(SERVICE)),
            line(
                "How long checkouts take, 95th percentile",
                quantile(0.95, &CHECKOUT_DURATION).over(NOW).by(CHECKOUT_OUTCOME),
            ),
            line("How many checkouts end, a second", rate(count_of(&CHECKOUT_DURATION)).over(NOW).by(CHECKOUT_OUTCOME)),
        ]
    },
    mitigation: "Unfinished orders are taken up again every few seconds, and undone or finished; nothing needs to be done by hand \
        once the dependency answers. If orders itself is at fault, go back to the version before: a restart takes them up too.",
    burning: &checkout::BURNING,
    budget: &checkout::BUDGET,
    proof: Proof::Drill(Drill {
        faults: || vec![at(ServiceName::Payments, Kind::Timeout).share(0.5)],
        traffic: USUAL,
        fires_within: minutes(10),
        clears_within: minutes(10),
    }),
    texts: Texts::new(),
};

/// Every promise.
pub static PROMISES: [&Slo<ByService>; 4] = [&AVAILABILITY, &QUICK, &RESPONSIVE, &CHECKOUT];

/// The recording rules of all promises.
pub(crate) fn rules() -> Vec<Rule> {
    PROMISES.iter().flat_map(|promise| promise.rules()).collect()
}
