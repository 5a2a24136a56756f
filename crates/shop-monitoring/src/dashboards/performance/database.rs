//! The services' statements and their connections to the database, whichever it is.

use monitoring::{Drawing, Panel, Unit, line};
use promql::{Key, count_of, minutes, quantile, rate, value};
use signals::db::{
    CONNECTION_TIMEOUTS, CONNECTION_WAIT, CONNECTIONS, CONNECTIONS_MAX, CONNECTIONS_PENDING, ConnectionState,
    OPERATION_DURATION, SLOW_QUERIES,
};

use crate::{
    labels::{
        BY_SERVICE, COLLECTION, CONNECTION_STATE, ENVIRONMENT, Environment, FAILURE, OPERATION, POOL, SERVICE, Service,
    },
    windows::NOW,
};

/// A service's pools of one name, all its processes together.
const BY_POOL: (Key<Environment>, Key<Service>, Key<signals::db::Pool>) = (ENVIRONMENT, SERVICE, POOL);

pub(super) fn panels() -> Vec<&'static Panel> {
    vec![&STATEMENTS, &STATEMENT_TIME, &STATEMENT_ERRORS, &GIVEN_UP, &POOLS, &POOL_USE, &WAITS, &WAITING]
}

pub static STATEMENTS: Panel = Panel {
    title: "Statements of the database",
    description: "Statements a second, by what they do and to which table, over five minutes. What did not occur is left out.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        let statements = rate(count_of(&OPERATION_DURATION)).over(NOW);
        let by_table = statements.by((ENVIRONMENT, SERVICE, OPERATION, COLLECTION));
        vec![line("{service} {db_operation_name} {db_collection_name}", by_table.without_zeros())]
    },
};

pub static STATEMENT_TIME: Panel = Panel {
    title: "95th percentile of statements",
    description: "All but one of twenty statements on a table take at most this, without the wait for a connection, over ten minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || {
        let within = quantile(0.95, &OPERATION_DURATION).over(minutes(10));
        vec![line("{service} {db_collection_name}", within.by((ENVIRONMENT, SERVICE, COLLECTION)))]
    },
};

pub static STATEMENT_ERRORS: Panel = Panel {
    title: "Statements that fail",
    description: "Statements a minute that failed, by how, over five minutes; what did not occur is left out. A conflict is two customers at once and is tried again; a \
        timeout and a connection_error are the database's.",
    unit: Unit::PerMinute,
    drawing: Drawing::Areas,
    lines: || {
        let failed = rate(count_of(&OPERATION_DURATION)).over(NOW).only(FAILURE.is_not(""));
        let by_kind = failed.by((ENVIRONMENT, SERVICE, FAILURE)).per_minute();
        vec![line("{service} {error_type}", by_kind.without_zeros())]
    },
};

pub static GIVEN_UP: Panel = Panel {
    title: "Slow statements, and waits that were given up",
    description: "Statements a minute that took longer than two seconds, and requests a minute that waited for a connection in vain, over \
        five minutes. Zero is good.",
    unit: Unit::PerMinute,
    drawing: Drawing::Lines,
    lines: || {
        let slow = rate(&SLOW_QUERIES).over(NOW).by(BY_SERVICE).per_minute();
        let in_vain = rate(&CONNECTION_TIMEOUTS).over(NOW).by(BY_SERVICE).per_minute();
        vec![line("{service}: slow statements", slow), line("{service}: waits given up", in_vain)]
    },
};

pub static POOLS: Panel = Panel {
    title: "Connections to the database",
    description: "Connections that each service holds by what they do, all its pools together, and the most that it may hold (dashed).",
    unit: Unit::Count("connections"),
    drawing: Drawing::Lines,
    lines: || {
        let held = value(&CONNECTIONS).by((ENVIRONMENT, SERVICE, CONNECTION_STATE));
        vec![
            line("{service} {db_client_connection_state}", held),
            line("{service} at most", value(&CONNECTIONS_MAX).by(BY_SERVICE)).dashed(),
        ]
    },
};

pub static POOL_USE: Panel = Panel {
    title: "Share of a pool's connections in use",
    description: "The connections of each pool that work, of the most that it may hold. At 100 % the next request waits. SQLite has one \
        connection that writes and several that read.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || {
        let used = value(&CONNECTIONS).only(CONNECTION_STATE.is(ConnectionState::Used.as_str())).by(BY_POOL);
        let most = || value(&CONNECTIONS_MAX).by(BY_POOL);
        vec![line("{service} {db_client_connection_pool_name}", used.divided_by(most()).where_any(most()))]
    },
};

pub static WAITING: Panel = Panel {
    title: "Requests that wait for a connection",
    description: "Requests that wait for a connection of a pool at the moment of the scrape. More than a few, scrape after scrape, mean \
        that the pool is too small or a statement too slow.",
    unit: Unit::Count("requests"),
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {db_client_connection_pool_name}", value(&CONNECTIONS_PENDING).by(BY_POOL))],
};

pub static WAITS: Panel = Panel {
    title: "Wait for a connection, 95th percentile",
    description: "All but one of twenty statements and transactions wait at most this long for a connection of the pool, over five minutes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || {
        let within = quantile(0.95, &CONNECTION_WAIT).over(NOW).by(BY_POOL);
        vec![line("{service} {db_client_connection_pool_name}", within)]
    },
};
