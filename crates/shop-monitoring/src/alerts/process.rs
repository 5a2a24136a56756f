//! Alerts on the services' processes, their databases, and the door as seen from outside.

use std::time::Duration;

use faults::{Kind, Latency};
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{
    DOWN, average, changes, count, count_of, increase, minutes, percent, quantile, rate, samples, seconds, times_up,
    value,
};
use shop::services::ServiceName;
use signals::{
    db::{CONNECTION_TIMEOUTS, CONNECTION_WAIT, CONNECTIONS, CONNECTIONS_MAX, CONNECTIONS_PENDING, OPERATION_DURATION},
    process::{OPEN_FILES, OPEN_FILES_LIMIT, START_TIME, UPTIME},
};

use super::{SHOP_TEAM, availability::AVAILABILITY};
use crate::{
    dashboards::{
        performance::{calls, database, process},
        postgresql,
    },
    drills::{USUAL, at},
    foreign::{
        blackbox::{PROBE_DURATION, PROBE_SUCCESS},
        postgres::POSTGRES_UP,
    },
    labels::{BY_PROCESS, BY_SERVICE, COLLECTION, CONNECTION_STATE, ENVIRONMENT, INSTANCE, OPERATION, POOL, SERVICE},
    place::Place,
    requests::ENOUGH_TRAFFIC,
    windows::NOW,
};

pub const RESTARTS: &str = "restarts";
pub const DESCRIPTORS: &str = "file-descriptors";
pub const STATEMENTS: &str = "statements";
pub const POOLS: &str = "pools";
pub const POOL_WAITS: &str = "pool-waits";
pub const DATABASE_SERVER: &str = "database-server";
pub const DATABASE_CONNECTIONS: &str = "database-connections";

/// The alerts of this file.
pub(crate) fn group(_: &Place) -> AlertGroup {
    AlertGroup {
        name: "processes",
        alerts: vec![
            api_unreachable(),
            restart_loop(),
            descriptors_running_out(),
            database_slow(),
            pool_exhausted(),
            pool_waits(),
            postgres_down(),
            postgres_connections(),
        ],
    }
}

/// From outside, the gateway does not answer often enough. One lost probe is chance; two are a reason.
fn api_unreachable() -> Alert {
    let window = minutes(10);
    let lost = samples(&PROBE_SUCCESS).over(window).minus(times_up(&PROBE_SUCCESS).over(window));
    let answered = average(&PROBE_SUCCESS).over(window).below(percent(99.0));
    Alert {
        name: "ApiUnreachable",
        severity: Severity::Critical,
        owner: SHOP_TEAM,
        topic: AVAILABILITY,
        about: Subject::Service,
        when: answered.and(lost.at_least(count(2.0))).into(),
        held: Duration::ZERO,
        summary: "Only {value} of the probes of {service} are answered",
        description: "Over the last ten minutes {value} of the probes of {instance} from outside were answered in time; {limit} is the limit.",
        runbook: Runbook {
            meaning: "Who asks the gateway from outside, as a customer would, is not always answered.",
            impact: "Customers meet errors, or nothing at all. What does not reach the gateway is counted nowhere else.",
            diagnosis: "1. Ask yourself, by the command below.\n\
                2. Does the gateway run? See \"Services\" on the overview.\n\
                3. If it runs, what is before it: a name, a load balancer, a full queue of connections?",
            queries: || vec![line("How long a probe takes", value(&PROBE_DURATION).max_by(SERVICE))],
            mitigation: "Start the gateway again, or go back to the version before. If something before it fails, go round it.",
        },
        shown_by: &calls::PROBES,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Gateway, Kind::ProcessStop)],
            traffic: USUAL,
            fires_within: minutes(2),
            clears_within: minutes(12),
        }),
    }
}

/// A process starts again and again.
fn restart_loop() -> Alert {
    Alert {
        name: "RestartLoop",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: RESTARTS,
        about: Subject::Service,
        when: changes(&START_TIME).over(minutes(15)).max_by(BY_PROCESS).above(count(2.0)).into(),
        held: Duration::ZERO,
        summary: "{service} started {value} times within fifteen minutes",
        description: "{service} at {instance} started {value} times within the last fifteen minutes. It dies again and again.",
        runbook: Runbook {
            meaning: "The time at which the process started changed more than twice within fifteen minutes.",
            impact: "Each time, what it was doing breaks off. Orders that were under way are taken up again; requests are not.",
            diagnosis: "1. Its last log lines name the cause: a taken port, a database that cannot be reached, a panic.\n\
                2. Was it killed for want of memory? See \"Processes killed for want of memory\" on the performance dashboard.",
            queries: || vec![line("Time since the start", value(&UPTIME).max_by((SERVICE, INSTANCE)))],
            mitigation: "After a bad release, go back to the version before. Otherwise mend what it needs to start.",
        },
        shown_by: &process::RUNNING,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Catalog, Kind::ProcessKill)],
            traffic: USUAL,
            fires_within: minutes(15),
            clears_within: minutes(17),
        }),
    }
}

fn descriptors_running_out() -> Alert {
    let used = value(&OPEN_FILES).max_by(BY_PROCESS).divided_by(value(&OPEN_FILES_LIMIT).max_by(BY_PROCESS));
    Alert {
        name: "FileDescriptorsRunningOut",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: DESCRIPTORS,
        about: Subject::Service,
        when: used.above(percent(80.0)).into(),
        held: minutes(5),
        summary: "{service} uses {value} of its file descriptors",
        description: "For {held} {service} at {instance} has used {value} of the file descriptors that it may have; {limit} is the limit. \
            Without one it accepts no connection.",
        runbook: Runbook {
            meaning: "The process holds nearly as many files and connections open as it may.",
            impact: "None yet. At the limit it accepts nobody any more.",
            diagnosis: "1. Connections or files? `ls -l /proc/PID/fd | head` on the host.\n\
                2. Do connections grow? See \"Open connections\" on the performance dashboard.",
            queries: || vec![line("Open files and connections", value(&OPEN_FILES).max_by(SERVICE))],
            mitigation: "Restart what leaks. Raise the limit (`ulimit -n`), or start further instances.",
        },
        shown_by: &process::DESCRIPTORS,
        proof: Proof::Stated("no fault opens files; its rule test proves it"),
    }
}

/// One statement of twenty takes longer than two seconds.
fn database_slow() -> Alert {
    let window = minutes(10);
    let by = (ENVIRONMENT, SERVICE, COLLECTION);
    let slow = quantile(0.95, &OPERATION_DURATION).over(window).by(by).above(seconds(2.0));
    let enough = rate(count_of(&OPERATION_DURATION)).over(window).by(by).above(ENOUGH_TRAFFIC);
    Alert {
        name: "DatabaseSlow",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: STATEMENTS,
        about: Subject::Service,
        when: slow.and(enough).into(),
        held: Duration::ZERO,
        summary: "Statements of {service} on {db_collection_name} take {value} (95th percentile)",
        description: "Over the last ten minutes one statement of twenty of {service} on {db_collection_name} took {value} or longer; {limit} is \
            the limit.",
        runbook: Runbook {
            meaning: "The 95th percentile of the time that statements on the table take, without the wait for a connection, is above two seconds.",
            impact: "Whatever needs the table is slow, and connections are held longer: soon others wait too.",
            diagnosis: "1. Which statement? The service's log tells each slow one, with its trace id.\n\
                2. Does it wait for a lock, or read too much? On PostgreSQL see the server's dashboard, or `SELECT * FROM pg_stat_activity`.\n\
                3. Is the disk slow? See \"Waiting for processor, memory and disk\" on the performance dashboard.",
            queries: || {
                let statements = quantile(0.95, &OPERATION_DURATION).over(NOW).by((SERVICE, OPERATION, COLLECTION));
                vec![line("The 95th percentile by statement", statements)]
            },
            mitigation: "Stop what sends the statement, or end its transaction. After a bad release, go back to the version before.",
        },
        shown_by: &database::STATEMENT_TIME,
        proof: Proof::Drill(Drill {
            faults: || {
                vec![at(ServiceName::Catalog, Kind::SlowQuery(Latency::fixed(Duration::from_secs(3)))).share(0.3)]
            },
            traffic: USUAL,
            fires_within: minutes(6),
            clears_within: minutes(12),
        }),
    }
}

/// No connection is left, or waits for one are given up.
fn pool_exhausted() -> Alert {
    let by = (ENVIRONMENT, SERVICE, POOL);
    let used = value(&CONNECTIONS).only(CONNECTION_STATE.is("used")).max_by(by);
    let all_used = used.divided_by(value(&CONNECTIONS_MAX).max_by(by)).at_least(percent(100.0));
    // A pool of one connection, as SQLite has for its writer, is in full use whenever it is in use.
    let wanted = value(&CONNECTIONS_PENDING).max_by(by).at_least(count(1.0));
    let given_up = increase(&CONNECTION_TIMEOUTS).over(NOW).by(by).above(count(0.0));
    Alert {
        name: "PoolExhausted",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: POOLS,
        about: Subject::Service,
        when: all_used.and(wanted).or(given_up).into(),
        held: minutes(2),
        summary: "{service} has no connection left in its pool {db_client_connection_pool_name}",
        description: "For {held} every connection of the pool {db_client_connection_pool_name} of {service} has been in use while more were \
            wanted, or waits for one were given up.",
        runbook: Runbook {
            meaning: "All connections to the database are in use, and somebody waits for one. After a time they give up.",
            impact: "Requests that need the database are slow, then they fail.",
            diagnosis: "1. Are statements slow? See \"95th percentile of statements\" on the performance dashboard: a slow one holds its connection.\n\
                2. Is it more traffic? See \"Requests by route\" there.\n\
                3. Look at a slow trace in Jaeger: the wait for a connection is a gap before the statement.",
            queries: || {
                vec![line("Waits that were given up", increase(&CONNECTION_TIMEOUTS).over(NOW).by((SERVICE, POOL)))]
            },
            mitigation: "Stop what is slow. Give the pool more connections only if the server has room for them.",
        },
        shown_by: &database::POOLS,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Orders, Kind::PoolExhausted)],
            traffic: USUAL,
            fires_within: minutes(5),
            clears_within: minutes(8),
        }),
    }
}

/// Requests wait for a connection all the time.
fn pool_waits() -> Alert {
    let by = (ENVIRONMENT, SERVICE, POOL);
    let long = quantile(0.95, &CONNECTION_WAIT).over(NOW).by(by).above(seconds(0.5));
    let enough = rate(count_of(&CONNECTION_WAIT)).over(NOW).by(by).above(ENOUGH_TRAFFIC);
    Alert {
        name: "PoolWaits",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: POOL_WAITS,
        about: Subject::Service,
        when: long.and(enough).into(),
        held: minutes(5),
        summary: "{service} waits {value} for a connection (95th percentile)",
        description: "For {held} one statement of twenty of {service} has waited {value} or longer for a connection of the pool \
            {db_client_connection_pool_name}; {limit} is the limit.",
        runbook: Runbook {
            meaning: "Connections are in use most of the time, and requests queue for them.",
            impact: "Answers are slower by the wait.",
            diagnosis: "1. How full is the pool? See \"Connections to the database\" on the performance dashboard.\n\
                2. Are statements slow? A slow one holds its connection.",
            queries: || vec![line("Who waits now", value(&CONNECTIONS_PENDING).max_by((SERVICE, POOL)))],
            mitigation: "Stop what is slow. Give the pool more connections only if the server has room for them.",
        },
        shown_by: &database::WAITS,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Orders, Kind::SlowQuery(Latency::fixed(Duration::from_secs(1))))],
            traffic: USUAL,
            fires_within: minutes(12),
            clears_within: minutes(8),
        }),
    }
}

fn postgres_down() -> Alert {
    Alert {
        name: "PostgresDown",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: DATABASE_SERVER,
        about: Subject::Service,
        when: value(&POSTGRES_UP).max_by(BY_SERVICE).equals(DOWN).into(),
        held: minutes(1),
        summary: "PostgreSQL lets nobody in",
        description: "For {held} the exporter of {service} has not been let into the database server. The services' own alerts say how far \
            customers notice.",
        runbook: Runbook {
            meaning: "The database server does not answer, or refuses the exporter's role.",
            impact: "If it is down, every service that keeps state fails: APIHighErrorRate tells. If only the exporter is refused, nobody notices.",
            diagnosis: "1. `pg_isready` on the server.\n2. Do the services reach it? See \"Statements that fail\" on the performance dashboard.",
            queries: || vec![line("Who is let in", value(&POSTGRES_UP).max_by(SERVICE))],
            mitigation: "Start the server, or fail over to a replica. Mend the role's password or its rights.",
        },
        shown_by: &postgresql::ANSWERS,
        proof: Proof::Stated("the vocabulary of faults does not reach the database server; its rule test proves it"),
    }
}

fn postgres_connections() -> Alert {
    Alert {
        name: "PostgresConnectionsRunningOut",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: DATABASE_CONNECTIONS,
        about: Subject::Service,
        when: postgresql::connections_used().above(percent(80.0)).into(),
        held: minutes(5),
        summary: "{value} of PostgreSQL's connections are taken",
        description: "For {held} {value} of the connections that the database server of {service} takes have been in use; {limit} is the limit. \
            At the end nobody gets in.",
        runbook: Runbook {
            meaning: "The server takes a fixed number of connections, and most are in use.",
            impact: "None yet. At the limit services cannot open a connection, and fail.",
            diagnosis: "1. Who holds them? `SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2`.\n\
                2. How many may each pool hold, and how many instances run?",
            queries: || vec![line("Connections of the services' pools", value(&CONNECTIONS_MAX).by(SERVICE))],
            mitigation: "Let pools hold fewer, stop what leaks them, or put a pooler before the server.",
        },
        shown_by: &postgresql::CONNECTIONS,
        proof: Proof::Stated("the vocabulary of faults does not reach the database server; its rule test proves it"),
    }
}
