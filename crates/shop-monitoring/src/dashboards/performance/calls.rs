//! Calls between services, and the gateway as it is seen from outside.

use monitoring::{Drawing, Panel, Unit, line};
use promql::{Key, average, count_of, minutes, quantile, rate, share, value};
use signals::http::{CLIENT_DURATION, CLIENT_RETRIES};

use crate::{
    foreign::blackbox::{PHASE, PROBE_PHASES, PROBE_SUCCESS},
    labels::{BY_SERVICE, ENVIRONMENT, ERROR_TYPE, Environment, PEER, SERVICE, STATUS_CODE, Service},
    requests::call_failed,
    windows::NOW,
};

/// Who calls whom.
const BY_CALLER: (Key<Environment>, Key<Service>, Key<signals::http::Peer>) = (ENVIRONMENT, SERVICE, PEER);

pub(super) fn panels() -> Vec<&'static Panel> {
    vec![&CALLS, &FAILURES, &P95, &RETRIES, &PROBES, &PROBE_TIME]
}

pub static CALLS: Panel = Panel {
    title: "Calls between services",
    description: "Calls a second from each service to another, by how they ended, over five minutes: the status of the answer, or why \
        there was none. What did not occur is left out.",
    unit: Unit::RequestsPerSecond,
    drawing: Drawing::Areas,
    lines: || {
        let calls = || rate(count_of(&CLIENT_DURATION)).over(NOW);
        let answered = calls().only(STATUS_CODE.is_not("")).by((ENVIRONMENT, SERVICE, PEER, STATUS_CODE));
        let without_answer = calls().only(STATUS_CODE.is("")).by((ENVIRONMENT, SERVICE, PEER, ERROR_TYPE));
        vec![
            line("{service} to {server_address}: {http_response_status_code}", answered.without_zeros()),
            line("{service} to {server_address}: {error_type}", without_answer.without_zeros()),
        ]
    },
};

pub static FAILURES: Panel = Panel {
    title: "Share of calls between services that fail",
    description: "Calls that the other answered with a failure of its own, too late or not at all, of all calls to it, over five minutes. \
        A refusal such as 404 is an answer. There is no line while nobody calls.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || {
        let failing = share(call_failed()).of(count_of(&CLIENT_DURATION)).over(NOW).by(BY_CALLER);
        vec![line("{service} to {server_address}", failing)]
    },
};

pub static P95: Panel = Panel {
    title: "95th percentile of calls between services",
    description: "All but one of twenty calls are answered within this, as the caller measures it, over five minutes. What is longer than \
        the other's own response time was spent between the two.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || {
        let within = quantile(0.95, &CLIENT_DURATION).over(NOW).by(BY_CALLER);
        vec![line("{service} to {server_address}", within)]
    },
};

pub static RETRIES: Panel = Panel {
    title: "Calls that were repeated",
    description: "Calls a minute that were sent once more after a failure, over five minutes. Zero is good; many hide that the other fails.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || {
        let repeated = rate(&CLIENT_RETRIES).over(NOW).by(BY_CALLER);
        vec![line("{service} to {server_address}", repeated.per_minute())]
    },
};

pub static PROBES: Panel = Panel {
    title: "Probes of the gateway that succeed",
    description: "The share of the probes from outside in the last ten minutes that the gateway answered with 200 in time. They go on when \
        no customer comes.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", average(&PROBE_SUCCESS).over(minutes(10)).min_by(BY_SERVICE))],
};

pub static PROBE_TIME: Panel = Panel {
    title: "Time that a probe of the gateway takes",
    description: "The time of the last probe, part by part: finding the address (resolve), connecting, TLS, waiting for the answer \
        (processing), reading it (transfer).",
    unit: Unit::Seconds,
    drawing: Drawing::Areas,
    lines: || vec![line("{phase}", value(&PROBE_PHASES).max_by((ENVIRONMENT, SERVICE, PHASE)))],
};
