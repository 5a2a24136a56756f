//! PostgreSQL, where the shop keeps its state in it: a page of its own, so that no other has empty panels beside SQLite.

use monitoring::{Drawing, Panel, Placed, Unit, line};
use promql::{By, Key, Matcher, PerSecond, Query, hours, increase, rate, value};
use signals::units::{Each, Ratio};

use crate::{
    dashboards::Page,
    foreign::postgres::{
        BACKEND_STATE, BACKENDS, BACKENDS_MAX, BLOCKS_CACHED, BLOCKS_READ, COMMITS, DATABASE_NAME, DATABASE_SIZE,
        DEADLOCKS, DatabaseName, LOCK_MODE, LOCKS, OLDEST_TRANSACTION, POSTGRES_UP, REPLICATION_LAG, ROLLBACKS,
    },
    labels::{BY_SERVICE, ByService, ENVIRONMENT, Environment, SERVICE, Service},
    windows::{HOUR, NOW},
};

/// A database of a server.
const BY_DATABASE: (Key<Environment>, Key<Service>, Key<DatabaseName>) = (ENVIRONMENT, SERVICE, DATABASE_NAME);

pub static ANSWERS: Panel = Panel {
    title: "PostgreSQL",
    description: "Whether the server let its exporter in at the last scrape.",
    unit: Unit::State,
    drawing: Drawing::States { good: "UP", bad: "DOWN" },
    lines: || vec![line("{service}", value(&POSTGRES_UP).min_by(BY_SERVICE))],
};

pub static CONNECTIONS: Panel = Panel {
    title: "Connections that are taken",
    description: "The share of the connections that the server takes at most. At 100 % it refuses every further one, and a service that \
        starts cannot.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", connections_used())],
};

pub static STATES: Panel = Panel {
    title: "Connections by what they do",
    description: "Connections of the server by their state. Idle in transaction is a transaction that was begun and waits for its client.",
    unit: Unit::Count("connections"),
    drawing: Drawing::Areas,
    lines: || vec![line("{state}", value(&BACKENDS).by((ENVIRONMENT, SERVICE, BACKEND_STATE)))],
};

pub static TRANSACTIONS: Panel = Panel {
    title: "Transactions",
    description: "Transactions a second of each database that were committed, and that were undone, over five minutes.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{datname} committed", rate(&COMMITS).over(NOW).only(used()).by(BY_DATABASE)),
            line("{datname} undone", rate(&ROLLBACKS).over(NOW).only(used()).by(BY_DATABASE)),
        ]
    },
};

pub static OLDEST: Panel = Panel {
    title: "Age of the oldest transaction",
    description: "A transaction that stays open holds its locks, and keeps the server from clearing away what others deleted.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{datname}", value(&OLDEST_TRANSACTION).only(used()).max_by(BY_DATABASE))],
};

pub static KNOTS: Panel = Panel {
    title: "Deadlocks",
    description: "Transactions in the hour before each moment that the server broke off since they waited for each other. The shop takes \
        its locks in one order, so there are none.",
    unit: Unit::Count("transactions"),
    drawing: Drawing::Lines,
    lines: || vec![line("{datname}", increase(&DEADLOCKS).over(HOUR).only(used()).by(BY_DATABASE))],
};

pub static HELD: Panel = Panel {
    title: "Locks",
    description: "Locks that are held or waited for, by how strong they are. Many of the exclusive ones make others wait.",
    unit: Unit::Count("locks"),
    drawing: Drawing::Lines,
    lines: || vec![line("{mode}", value(&LOCKS).by((ENVIRONMENT, SERVICE, LOCK_MODE)))],
};

pub static CACHED: Panel = Panel {
    title: "Blocks found in memory",
    description: "The share of the blocks that did not have to be read from the disk, over five minutes. Below 99 % the memory is small for \
        what is asked. There is no line while nothing is read.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{datname}", cached())],
};

pub static SIZE: Panel = Panel {
    title: "Size of the databases",
    description: "Bytes that each database takes on its disk.",
    unit: Unit::Bytes,
    drawing: Drawing::Lines,
    lines: || vec![line("{datname}", value(&DATABASE_SIZE).only(used()).max_by(BY_DATABASE))],
};

pub static BEHIND: Panel = Panel {
    title: "How far replicas are behind",
    description: "How old the last change is that a replica has repeated; 0 at the primary.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&REPLICATION_LAG).max_by(BY_SERVICE))],
};

/// Databases that somebody uses: not those from which others are made.
fn used() -> Matcher<DatabaseName> {
    DATABASE_NAME.none_of(["template.*"])
}

/// The share of the server's connections that are taken.
pub(crate) fn connections_used() -> Query<Ratio, ByService> {
    value(&BACKENDS).by(BY_SERVICE).divided_by(value(&BACKENDS_MAX).by(BY_SERVICE))
}

/// The share of blocks that were in the server's memory.
fn cached() -> Query<Ratio, By<(Environment, Service, DatabaseName)>> {
    let found = || -> Query<PerSecond<Each>, _> { rate(&BLOCKS_CACHED).over(NOW).only(used()).by(BY_DATABASE) };
    found().divided_by(found().plus(rate(&BLOCKS_READ).over(NOW).only(used()).by(BY_DATABASE)))
}

pub(crate) const PAGE: Page = Page {
    uid: "postgresql",
    title: "PostgreSQL",
    description: "How is the database server? Empty where the shop keeps its state in SQLite.",
    range: hours(1),
    has_routes: false,
    panels: || {
        let panel = Placed::panel;
        vec![
            panel(&ANSWERS, 24, 4),
            panel(&CONNECTIONS, 8, 8),
            panel(&STATES, 8, 8),
            panel(&TRANSACTIONS, 8, 8),
            panel(&OLDEST, 8, 8),
            panel(&HELD, 8, 8),
            panel(&KNOTS, 8, 8),
            panel(&CACHED, 8, 8),
            panel(&SIZE, 8, 8),
            panel(&BEHIND, 8, 8),
        ]
    },
};
