//! What a door's failure means, in one sentence with the way out.

use std::time::Duration;

use shop::{code::Code, routes::Route, services::ServiceName};
use signals::http;

use super::State;
use crate::{arguments::Target, engine::Answer};

/// Why a door does not open.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    NoConnection(String),
    TimedOut(Duration),
    /// Said already in full.
    Said(String),
}

impl Trouble {
    pub(super) fn sentence(self, target: &Target, option: &str) -> String {
        match self {
            Trouble::NoConnection(why) => format!(
                "{target} cannot be reached ({why}); start the shop with `cargo xtask up`, or name another address with {option}."
            ),
            Trouble::TimedOut(time) => format!(
                "no answer within {:.1} s; the service behind {target} may be overloaded or stopped: read its log, or \
                 wait longer with --timeout.",
                time.as_secs_f64()
            ),
            Trouble::Said(sentence) => sentence,
        }
    }
}

/// What the wrong answer of a public door means.
pub(super) fn of_answer(route: &Route, answer: &Answer, objection: &str, trace: &str) -> (State, Trouble) {
    let behind = route.forwards_to.map_or(ServiceName::Gateway, |(service, _)| service);
    let code = answer.code.as_deref();
    let label = answer.label();
    let (state, sentence) = if code == Some(Code::UpstreamUnavailable.as_str())
        || code == Some(Code::UpstreamTimedOut.as_str())
        || code == Some(Code::UpstreamFailed.as_str())
    {
        let reason = format!("the gateway answers, but {behind} behind it does not serve ({label})");
        (State::Unreachable, format!("{reason}; start {behind}, or read its log."))
    } else if code == http::NOT_FOUND.error_type || code == http::METHOD_NOT_ALLOWED.error_type {
        let reason = format!("the gateway does not know this door ({label})");
        (State::Wrong, format!("{reason}; it is of another version than this tool: build both from the same commit."))
    } else if code.is_none() {
        let reason = format!("what answers ({label}) does not speak as the shop does: {objection}");
        (State::Wrong, format!("{reason}; look who listens there, or name another address with --target."))
    } else {
        (State::Wrong, format!("it answered {label}, {objection}; look for the trace {trace}, or read {behind}'s log."))
    };
    (state, Trouble::Said(sentence))
}

/// What the answer of an admin path means; nothing when it is in order.
pub(super) fn of_admin(path: &str, answer: &Answer) -> Option<(State, Trouble)> {
    let sentence = match answer.status {
        200 => return None,
        503 => {
            let body = String::from_utf8_lossy(&answer.body);
            format!("the gateway says that it is not in order: {}; read its log.", body.trim())
        }
        status => format!("{path} was answered with {status}; look whether --admin names the gateway's admin port."),
    };
    Some((State::Wrong, Trouble::Said(sentence)))
}
