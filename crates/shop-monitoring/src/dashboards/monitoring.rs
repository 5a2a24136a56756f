//! The monitoring itself: does it see, does it remember, does it tell, and do its two roads agree?

use monitoring::{Drawing, First, Panel, Placed, Steps, Unit, column, line};
use promql::{hours, increase, minutes, quantile, rate, value};
use signals::monitoring::{BUILD_INFO, EXPORT_DURATION, ITEMS, SERIES, SERIES_BUDGET, SPAN_QUEUE, UNBOUND_RECORDINGS};

use crate::{
    dashboards::Page,
    foreign::{
        alertmanager::{ALERTMANAGER_RELOADED, ALERTS_HELD, NOTIFICATIONS, NOTIFICATIONS_FAILED},
        collector::{
            ACCEPTED_POINTS, ACCEPTED_SPANS, COLLECTOR_MEMORY, QUEUE_CAPACITY, QUEUE_SIZE, REFUSED_POINTS,
            REFUSED_SPANS, SENT_SPANS, UNSENT_SPANS,
        },
        prometheus::{
            ALERTMANAGERS, CONFIG_RELOADED, DUPLICATE_SAMPLES, HEAD_SERIES, LATE_SAMPLES, NOTIFICATION_ERRORS,
            RULE_DURATION, RULE_FAILURES, SCRAPE_DURATION, SCRAPE_SAMPLES, TARGET_UP,
        },
    },
    labels::{
        ALERTMANAGER_STATE, BY_SERVICE, ENVIRONMENT, INTEGRATION, JOB, ROAD, ROAD_RESULT, RULE_GROUP, SERVICE, SIGNAL,
        VERSION,
    },
    roads,
    scraping::SERVICES_JOB,
    windows::NOW,
};

pub static TARGETS: Panel = Panel {
    title: "Targets",
    description: "Whether every instance of each service, and of each other job, answered Prometheus' last scrape. The job probe is the \
        gateway seen from outside, otlp what came through the collector.",
    unit: Unit::State,
    drawing: Drawing::States { good: "UP", bad: "DOWN" },
    lines: || {
        let services = value(&TARGET_UP).only(JOB.is(SERVICES_JOB)).min_by((ENVIRONMENT, SERVICE));
        let others = value(&TARGET_UP).only(JOB.is_not(SERVICES_JOB)).min_by((ENVIRONMENT, JOB));
        vec![line("{service}", services), line("{job}", others)]
    },
};

pub static SCRAPES: Panel = Panel {
    title: "Time that a scrape takes",
    description: "How long the slowest scrape of each job took. It must stay far below the time between two scrapes.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{job}", value(&SCRAPE_DURATION).max_by((ENVIRONMENT, JOB)))],
};

pub static SAMPLES: Panel = Panel {
    title: "Samples of a scrape",
    description: "How many samples a scrape of each job brings. A step up is a new signal, a slope is a leak of series.",
    unit: Unit::Count("samples"),
    drawing: Drawing::Lines,
    lines: || vec![line("{job}", value(&SCRAPE_SAMPLES).by((ENVIRONMENT, JOB)))],
};

pub static HEAD: Panel = Panel {
    title: "Series in Prometheus",
    description: "How many series Prometheus holds in memory.",
    unit: Unit::Count("series"),
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&HEAD_SERIES).max_by(BY_SERVICE))],
};

pub static REFUSED: Panel = Panel {
    title: "Samples refused",
    description: "Samples a second that Prometheus could not take: two for one moment, or older than what is stored. It should be nothing.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("twice", rate(&DUPLICATE_SAMPLES).over(NOW).by(BY_SERVICE)),
            line("late", rate(&LATE_SAMPLES).over(NOW).by(BY_SERVICE)),
        ]
    },
};

pub static RULE_TIME: Panel = Panel {
    title: "Time that rules take",
    description: "How long the last evaluation of each group of rules took. It must stay below the group's interval.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{rule_group}", value(&RULE_DURATION).max_by((ENVIRONMENT, RULE_GROUP))).by_its_last_part()],
};

pub static RULE_FAILURES_PANEL: Panel = Panel {
    title: "Rules that fail",
    description: "Evaluations that failed in the last ten minutes, by group. It should be nothing.",
    unit: Unit::Count("evaluations"),
    drawing: Drawing::Lines,
    lines: || {
        let failed = increase(&RULE_FAILURES).over(2 * NOW).by((ENVIRONMENT, RULE_GROUP));
        vec![line("{rule_group}", failed).by_its_last_part()]
    },
};

pub static RELOADS: Panel = Panel {
    title: "Configuration",
    description: "Whether the configuration that was read last could be used. If it was refused, an older one is in use.",
    unit: Unit::State,
    drawing: Drawing::States { good: "LOADED", bad: "REFUSED" },
    lines: || {
        vec![line(
            "{service}",
            value(&CONFIG_RELOADED).max_by(BY_SERVICE).or_else(value(&ALERTMANAGER_RELOADED).max_by(BY_SERVICE)),
        )]
    },
};

pub static NOTIFYING: Panel = Panel {
    title: "Alertmanagers, and alerts that they did not take",
    description: "Alertmanagers that Prometheus knows, and alerts that could not be handed to them in the last ten minutes.",
    unit: Unit::Count("Alertmanagers, alerts"),
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("known", value(&ALERTMANAGERS).max_by(BY_SERVICE)),
            line("alerts not taken", increase(&NOTIFICATION_ERRORS).over(2 * NOW).by(BY_SERVICE)),
        ]
    },
};

pub static ALERTS_PANEL: Panel = Panel {
    title: "Alerts at Alertmanager",
    description: "Alerts that Alertmanager holds, by whether they are told (active) or kept quiet (suppressed).",
    unit: Unit::Count("alerts"),
    drawing: Drawing::Areas,
    lines: || vec![line("{state}", value(&ALERTS_HELD).max_by((ENVIRONMENT, ALERTMANAGER_STATE)))],
};

pub static NOTIFICATIONS_PANEL: Panel = Panel {
    title: "Notifications",
    description: "Notifications that were sent in the last hour, by kind of receiver, also those that failed. Kinds that were not used are \
        left out; locally nobody is told.",
    unit: Unit::Count("notifications"),
    drawing: Drawing::Lines,
    lines: || {
        let sent = increase(&NOTIFICATIONS).over(hours(1)).by((ENVIRONMENT, INTEGRATION));
        vec![line("{integration}", sent.without_zeros())]
    },
};

pub static NOTIFICATION_FAILURES: Panel = Panel {
    title: "Notifications that failed",
    description: "Notifications that could not be sent in the last hour, by kind of receiver. It should be none.",
    unit: Unit::Count("notifications"),
    drawing: Drawing::Lines,
    lines: || {
        let failed = increase(&NOTIFICATIONS_FAILED).over(hours(1)).by((ENVIRONMENT, INTEGRATION));
        vec![line("{integration}", failed.without_zeros())]
    },
};

pub static ITEMS_PANEL: Panel = Panel {
    title: "Metrics and spans on both roads",
    description: "Metric points and spans that leave the services, a second: by which road (prometheus is the scrape, otlp the push to \
        the collector), and what became of them.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![line(
            "{telemetry_signal} by {telemetry_road}: {telemetry_result}",
            rate(&ITEMS).over(NOW).by((ENVIRONMENT, ROAD, SIGNAL, ROAD_RESULT)),
        )]
    },
};

pub static LOST_ITEMS: Panel = Panel {
    title: "What is lost on the way",
    description: "Spans and metric points that failed or were dropped, a second, by service. It should be nothing.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![line("{service}", rate(&ITEMS).over(NOW).only(ROAD_RESULT.any_of(["failed", "dropped"])).by(BY_SERVICE))]
    },
};

pub static PUSHES: Panel = Panel {
    title: "Time that a push takes",
    description: "All but one of twenty pushes to the collector end within this, by service.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", quantile(0.95, &EXPORT_DURATION).over(NOW).by(BY_SERVICE))],
};

pub static QUEUES: Panel = Panel {
    title: "Spans that wait",
    description: "Spans that ended and wait in each service to be pushed. When the queue is full, further ones are dropped.",
    unit: Unit::Count("spans"),
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&SPAN_QUEUE).max_by(BY_SERVICE))],
};

pub static DISAGREEMENT: Panel = Panel {
    title: "How far the two roads are apart",
    description: "By how much the requests that were scraped and those that came through the collector differ, of the scraped ones, over ten minutes.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", roads::disagreement())],
};

pub static COLLECTOR_ITEMS: Panel = Panel {
    title: "Spans and points through the collector",
    description: "Spans and metric points a second that the collector, and Jaeger, which is built on it, take in, hand on and refuse.",
    unit: Unit::EventsPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{service}: spans in", rate(&ACCEPTED_SPANS).over(NOW).by(BY_SERVICE)),
            line("{service}: spans out", rate(&SENT_SPANS).over(NOW).by(BY_SERVICE)),
            line("{service}: points in", rate(&ACCEPTED_POINTS).over(NOW).by(BY_SERVICE)),
            line("{service}: spans refused", rate(&REFUSED_SPANS).over(NOW).by(BY_SERVICE)),
            line("{service}: points refused", rate(&REFUSED_POINTS).over(NOW).by(BY_SERVICE)),
            line("{service}: spans not taken by the next", rate(&UNSENT_SPANS).over(NOW).by(BY_SERVICE)),
        ]
    },
};

pub static COLLECTOR_QUEUE_PANEL: Panel = Panel {
    title: "How full the collector's queue is",
    description: "How full the queue to Jaeger is. What does not fit is lost.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || {
        vec![line(
            "{service}",
            value(&QUEUE_SIZE).max_by(BY_SERVICE).divided_by(value(&QUEUE_CAPACITY).max_by(BY_SERVICE)),
        )]
    },
};

pub static COLLECTOR_MEMORY_PANEL: Panel = Panel {
    title: "Memory of the collector and of Jaeger",
    description: "Memory that the collector, and Jaeger, which is built on it, hold.",
    unit: Unit::Bytes,
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", value(&COLLECTOR_MEMORY).max_by(BY_SERVICE))],
};

pub static BUDGETS: Panel = Panel {
    title: "Series against budgets",
    description: "How many series each service can have, of how many it may have.",
    unit: Unit::Share,
    drawing: Drawing::Ranking { steps: Steps::HigherIsWorse { doubtful: 0.9, bad: 1.0 } },
    lines: || {
        vec![line("{service}", value(&SERIES).max_by(BY_SERVICE).divided_by(value(&SERIES_BUDGET).max_by(BY_SERVICE)))]
    },
};

pub static LOST_RECORDINGS: Panel = Panel {
    title: "Measurements without a series",
    description: "Measurements of the last ten minutes for which a service has no series. It should be nothing.",
    unit: Unit::Count("measurements"),
    drawing: Drawing::Lines,
    lines: || vec![line("{service}", increase(&UNBOUND_RECORDINGS).over(2 * NOW).by(BY_SERVICE))],
};

pub static VERSIONS: Panel = Panel {
    title: "Running versions",
    description: "How many instances of each service run which version.",
    unit: Unit::Count("instances"),
    drawing: Drawing::Figures {
        columns: &[column(SERVICE, "Service"), column(VERSION, "Version")],
        first: First::Highest,
    },
    lines: || vec![line("Instances", value(&BUILD_INFO).only(JOB.is(SERVICES_JOB)).by((SERVICE, VERSION)))],
};

pub(crate) const PAGE: Page = Page {
    uid: "monitoring",
    title: "The monitoring itself",
    description: "Does it see, does it remember, does it tell, and do its two roads agree?",
    range: minutes(30),
    has_routes: false,
    panels: || {
        let panel = Placed::panel;
        vec![
            panel(&TARGETS, 24, 5),
            Placed::Heading("Prometheus"),
            panel(&SCRAPES, 8, 8),
            panel(&SAMPLES, 8, 8),
            panel(&HEAD, 8, 8),
            panel(&RULE_TIME, 12, 9),
            panel(&RULE_FAILURES_PANEL, 12, 9),
            panel(&RELOADS, 8, 6),
            panel(&REFUSED, 16, 6),
            Placed::Heading("Alertmanager"),
            panel(&NOTIFYING, 12, 8),
            panel(&ALERTS_PANEL, 12, 8),
            panel(&NOTIFICATIONS_PANEL, 12, 6),
            panel(&NOTIFICATION_FAILURES, 12, 6),
            Placed::Heading("Both roads"),
            panel(&ITEMS_PANEL, 12, 9),
            panel(&LOST_ITEMS, 12, 9),
            panel(&PUSHES, 8, 8),
            panel(&QUEUES, 8, 8),
            panel(&DISAGREEMENT, 8, 8),
            Placed::Heading("Collector"),
            panel(&COLLECTOR_ITEMS, 24, 8),
            panel(&COLLECTOR_QUEUE_PANEL, 12, 7),
            panel(&COLLECTOR_MEMORY_PANEL, 12, 7),
            Placed::Heading("Series and versions"),
            panel(&BUDGETS, 8, 8),
            panel(&LOST_RECORDINGS, 8, 8),
            panel(&VERSIONS, 8, 8),
        ]
    },
};
