//! Alerts on the monitoring itself: what is not seen cannot be told.

use std::time::Duration;

use faults::Kind;
use monitoring::{Alert, AlertGroup, Drill, Proof, Runbook, Severity, Subject, line};
use promql::{
    Condition, DOWN, Up, absent, always, count, hours, increase, minutes, per_second, percent, quantile, rate, share,
    value,
};
use shop::services::ServiceName;
use signals::monitoring::{EXPORT_DURATION, ITEMS, SERIES, SERIES_BUDGET, SPAN_QUEUE, UNBOUND_RECORDINGS};

use super::SHOP_TEAM;
use crate::{
    dashboards::monitoring as page,
    drills::{USUAL, at},
    foreign::{
        alertmanager::{ALERTMANAGER_RELOADED, NOTIFICATIONS, NOTIFICATIONS_FAILED},
        collector::{QUEUE_CAPACITY, QUEUE_SIZE, REFUSED_POINTS, REFUSED_SPANS, UNSENT_SPANS},
        prometheus::{
            ALERTMANAGERS, CONFIG_RELOADED, DUPLICATE_SAMPLES, LATE_SAMPLES, MISSED_EVALUATIONS, NOTIFICATION_ERRORS,
            NOTIFICATIONS_DROPPED, OVERSIZED_SCRAPES, RULE_DURATION, RULE_FAILURES, RULE_INTERVAL, SCRAPE_DURATION,
            TARGET_UP,
        },
    },
    labels::{
        BY_SERVICE, BY_TARGET, ByService, ENVIRONMENT, FAILURE_REASON, INSTANCE, INTEGRATION, JOB, ROAD, ROAD_RESULT,
        RULE_GROUP, SERVICE, SIGNAL,
    },
    place::Place,
    recordings::{API_REQUEST_RATE, SERVICE_REQUEST_RATE},
    roads,
    routing::WATCHDOG_ALERT,
    scraping::{self, ALERTMANAGER_JOB},
    windows::NOW,
};

pub const TARGETS: &str = "targets";
pub const SCRAPES: &str = "scrapes";
pub const RULES: &str = "rules";
pub const RULES_PACE: &str = "rules-pace";
pub const CONFIGURATION: &str = "configuration";
pub const NOTIFICATIONS_TOPIC: &str = "notifications";
pub const DELIVERY: &str = "delivery";
pub const COLLECTOR: &str = "collector";
pub const COLLECTOR_QUEUE: &str = "collector-queue";
pub const EXPORT: &str = "export";
pub const SERIES_TOPIC: &str = "series";
pub const RECORDINGS: &str = "recordings";
pub const ROADS: &str = "roads";
pub const PULSE: &str = "pulse";

const PROMETHEUS: &str = "prometheus";
const NO_FAULT_REACHES_IT: &str =
    "the vocabulary of faults does not reach the servers that watch; its rule test proves it";

/// The alerts of this file.
pub(crate) fn group(place: &Place) -> AlertGroup {
    AlertGroup {
        name: "monitoring",
        alerts: vec![
            watchdog(),
            target_down(),
            target_missing(place),
            samples_refused(),
            rules_failing(),
            rules_late(),
            configuration_rejected(),
            alertmanager_missing(),
            alerts_not_sent(),
            notifications_failing(),
            collector_refusing(),
            collector_queue_filling(),
            export_failing(),
            series_over_budget(),
            recordings_lost(),
            rates_not_recorded(place),
            roads_disagree(),
        ],
    }
}

/// Fires always, so that somebody outside notices when it stops.
fn watchdog() -> Alert {
    Alert {
        name: WATCHDOG_ALERT,
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: PULSE,
        about: Subject::Named(PROMETHEUS),
        when: always().into(),
        held: Duration::ZERO,
        summary: "The monitoring is alive",
        description: "This alert always fires. Whoever receives it outside raises an alarm when it stops coming: then Prometheus or \
            Alertmanager does not work, and no other alert would arrive either.",
        runbook: Runbook {
            meaning: "That it fires is good. That it no longer arrives means that the way from a rule to a receiver is broken somewhere.",
            impact: "None for customers. But while it is silent, nobody would hear of anything else.",
            diagnosis: "1. Does Prometheus run, and does it evaluate rules? See \"Rules that fail\" on the dashboard of the monitoring itself.\n\
                2. Does Alertmanager run, and does Prometheus know it? See \"Alertmanager\" there.\n\
                3. Do notifications leave? See \"Notifications\" there.",
            queries: || vec![line("Alertmanagers that Prometheus knows", value(&ALERTMANAGERS))],
            mitigation: "Bring back what does not run. Until then, look at Prometheus' alerts page by eye.",
        },
        shown_by: &page::TARGETS,
        proof: Proof::Stated("it fires always; a receiver outside proves it every two minutes"),
    }
}

/// Something that is to be scraped does not answer. That no instance of a service does is an alert of its own, and a graver one.
fn target_down() -> Alert {
    let down = value(&TARGET_UP).max_by(BY_TARGET).equals(DOWN);
    Alert {
        name: "TargetDown",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: TARGETS,
        about: Subject::Service,
        when: down.into(),
        held: minutes(5),
        summary: "{instance} ({service}, job {job}) does not answer its scrapes",
        description: "For {held} Prometheus has got no answer from {instance} ({service}, job {job}). What it measures is not known.",
        runbook: Runbook {
            meaning: "One instance of a service, or a server or an exporter that watches the shop, does not answer Prometheus. For the job \
                `probe` it is the blackbox exporter that does not answer, not the gateway that it probes.",
            impact: "The alerts that read its metrics are blind. Of a service's instances the others carry on; of one that has no other, \
                ApiDown tells.",
            diagnosis: "1. Does it run? Locally `cargo xtask up` says what died, with its last log lines.\n\
                2. Why is it not scraped? The list of targets, by the command below, shows each one's last error.",
            queries: || vec![line("Which targets answer", value(&TARGET_UP).max_by((JOB, INSTANCE)))],
            mitigation: "Start it again. If it moved, tell Prometheus its new address in the files of targets.",
        },
        shown_by: &page::TARGETS,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// Something that is to be scraped is no target any more.
fn target_missing(place: &Place) -> Alert {
    let missing = scraping::expected(place).map(|(job, service)| {
        let of_target = (ENVIRONMENT.is(place.environment), SERVICE.is(service), JOB.is(job));
        absent(&TARGET_UP, of_target)
    });
    let any = missing.reduce(Condition::or).unwrap_or_else(|| unreachable!("there are targets"));
    Alert {
        name: "TargetMissing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: TARGETS,
        about: Subject::Service,
        when: any.into(),
        held: minutes(5),
        summary: "Prometheus scrapes no {service} (job {job})",
        description: "For {held} Prometheus has had no target {service} in the job {job}. Alerts that read its metrics cannot fire.",
        runbook: Runbook {
            meaning: "A target that belongs to every stack is not among Prometheus' targets at all: its file of targets is gone or empty, \
                or discovery no longer finds it.",
            impact: "None for customers by itself. But the alerts that read its metrics are blind, and their silence looks like health.",
            diagnosis: "1. Which targets are known? The command below lists them.\n\
                2. Did a file of targets change? `cargo xtask render --check` compares it with its definition.",
            queries: || vec![line("Which targets there are", value(&TARGET_UP).max_by((JOB, SERVICE, INSTANCE)))],
            mitigation: "Bring the file of targets back with `cargo xtask render`; Prometheus notices by itself.",
        },
        shown_by: &page::TARGETS,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// Prometheus does not take what a target says.
fn samples_refused() -> Alert {
    let refused = increase(&DUPLICATE_SAMPLES)
        .over(minutes(10))
        .by(BY_SERVICE)
        .plus(increase(&LATE_SAMPLES).over(minutes(10)).by(BY_SERVICE))
        .plus(increase(&OVERSIZED_SCRAPES).over(minutes(10)).by(BY_SERVICE));
    Alert {
        name: "SamplesRefused",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: SCRAPES,
        about: Subject::Service,
        when: refused.above(count(0.0)).into(),
        held: minutes(5),
        summary: "Prometheus refused {value} samples",
        description: "Over the last ten minutes Prometheus refused {value} samples: two for one moment, one that came too late, or too many.",
        runbook: Runbook {
            meaning: "A target sends samples that Prometheus cannot take: two values of one series for one moment, samples older than \
                what is stored, or more than allowed.",
            impact: "None for customers. What is refused is missing in graphs and rules.",
            diagnosis: "1. Prometheus' log names the target and the series.\n\
                2. Is one target scraped twice, or do two bear the same labels? See \"Targets\" on the dashboard of the monitoring itself.",
            queries: || vec![line("How long scrapes take", value(&SCRAPE_DURATION).max_by((JOB, INSTANCE)))],
            mitigation: "Give each target labels of its own; let no two exporters write the same series.",
        },
        shown_by: &page::REFUSED,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// What evaluates the alerts is broken.
fn rules_failing() -> Alert {
    Alert {
        name: "RulesFailing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: RULES,
        about: Subject::Service,
        when: increase(&RULE_FAILURES).over(minutes(10)).by(BY_SERVICE).above(count(0.0)).into(),
        held: Duration::ZERO,
        summary: "{value} evaluations of rules failed",
        description: "Over the last ten minutes {value} evaluations of rules failed in {service}. An alert among them cannot fire.",
        runbook: Runbook {
            meaning: "A rule cannot be evaluated: two series become one by its labels, or a query is too heavy.",
            impact: "None for customers. But an alert that cannot be evaluated is silent whatever happens.",
            diagnosis: "1. Which rule? The command below gives each one's last error.\n\
                2. Did a rule change? `cargo xtask render --check` compares them with their definitions.",
            queries: || vec![line("Failures by group", increase(&RULE_FAILURES).over(hours(1)).by(RULE_GROUP))],
            mitigation: "Go back to the rules before the last change.",
        },
        shown_by: &page::RULE_FAILURES_PANEL,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// Rules take longer than the time between two evaluations.
fn rules_late() -> Alert {
    let late = value(&RULE_DURATION).divided_by(value(&RULE_INTERVAL)).max_by(BY_SERVICE);
    Alert {
        name: "RulesLate",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: RULES_PACE,
        about: Subject::Service,
        when: late.above(percent(80.0)).into(),
        held: minutes(10),
        summary: "Rules take {value} of the time between two evaluations",
        description: "A group of rules in {service} takes {value} of the time until it is to be evaluated again; {limit} is the limit. Beyond \
            all of it evaluations are left out, and alerts come late.",
        runbook: Runbook {
            meaning: "A group of rules is too heavy for its interval.",
            impact: "None for customers. Alerts come late, and windows have holes.",
            diagnosis: "1. Which group? See \"Time that rules take\" on the dashboard of the monitoring itself.\n\
                2. Did the number of series grow? See \"Series in Prometheus\" there.",
            queries: || {
                vec![line(
                    "Evaluations that were left out",
                    increase(&MISSED_EVALUATIONS).over(hours(1)).by(RULE_GROUP),
                )]
            },
            mitigation: "Find what made the series grow. Give Prometheus more of the machine, or evaluate the group less often.",
        },
        shown_by: &page::RULE_TIME,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// A new configuration was read and could not be used.
fn configuration_rejected() -> Alert {
    let prometheus = value(&CONFIG_RELOADED).max_by(BY_SERVICE).equals(DOWN);
    let alertmanager = value(&ALERTMANAGER_RELOADED).max_by(BY_SERVICE).equals(DOWN);
    Alert {
        name: "ConfigurationRejected",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: CONFIGURATION,
        about: Subject::Service,
        when: prometheus.or(alertmanager).into(),
        held: minutes(5),
        summary: "{service} could not use its new configuration",
        description: "For {held} {service} has been running on an old configuration, because the new one has a mistake. At its next start \
            it will not run at all.",
        runbook: Runbook {
            meaning: "The configuration was read again and refused; the one before is still in use.",
            impact: "None yet. After a restart there would be no monitoring.",
            diagnosis: "1. Its log names the file and the line.\n\
                2. `cargo xtask test --only validate` has the servers' own checkers read what is rendered.",
            queries: || {
                vec![
                    line("Whether Prometheus could use it", value(&CONFIG_RELOADED)),
                    line("Whether Alertmanager could", value(&ALERTMANAGER_RELOADED)),
                ]
            },
            mitigation: "Go back to the configuration before, or mend the mistake; then let it be read again.",
        },
        shown_by: &page::RELOADS,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// Prometheus knows nobody to send alerts to, or those that it knows do not answer.
fn alertmanager_missing() -> Alert {
    let unknown = value(&ALERTMANAGERS).min_by(BY_SERVICE).below(count(1.0));
    let silent = value(&TARGET_UP).only(JOB.is(ALERTMANAGER_JOB)).max_by(BY_SERVICE).equals(DOWN);
    Alert {
        name: "AlertmanagerMissing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: NOTIFICATIONS_TOPIC,
        about: Subject::Service,
        when: unknown.or(silent).into(),
        held: minutes(5),
        summary: "There is no Alertmanager to send alerts to",
        description: "For {held} Prometheus has known no Alertmanager, or none of those that it knows has answered. No alert arrives, and \
            neither does this one: the watchdog's silence is what tells.",
        runbook: Runbook {
            meaning: "The list of Alertmanagers in Prometheus' configuration is empty, nothing of it was found, or no Alertmanager runs.",
            impact: "None for customers. But nobody hears of anything.",
            diagnosis: "1. Which are known? The command below lists them.\n\
                2. Does Alertmanager run? See \"Targets\" on the dashboard of the monitoring itself.",
            queries: || vec![line("Alertmanagers that are known", value(&ALERTMANAGERS))],
            mitigation: "Bring Alertmanager back, or its address in Prometheus' configuration.",
        },
        shown_by: &page::NOTIFYING,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// Alerts leave Prometheus and do not arrive at Alertmanager.
fn alerts_not_sent() -> Alert {
    let lost = increase(&NOTIFICATION_ERRORS)
        .over(minutes(10))
        .by(BY_SERVICE)
        .plus(increase(&NOTIFICATIONS_DROPPED).over(minutes(10)).by(BY_SERVICE));
    Alert {
        name: "AlertsNotSent",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: DELIVERY,
        about: Subject::Service,
        when: lost.above(count(0.0)).into(),
        held: minutes(5),
        summary: "{value} alerts did not reach Alertmanager",
        description: "Over the last ten minutes {value} alerts could not be handed to Alertmanager, or were given up.",
        runbook: Runbook {
            meaning: "Alertmanager does not answer, answers with an error, or Prometheus has more alerts than it can send.",
            impact: "None for customers. Alerts come late or never.",
            diagnosis: "1. Prometheus' log names the error.\n\
                2. Does Alertmanager run? See \"Targets\" on the dashboard of the monitoring itself.",
            queries: || vec![line("Alertmanagers that are known", value(&ALERTMANAGERS))],
            mitigation: "Bring Alertmanager back. Alerts that still hold are sent again by themselves.",
        },
        shown_by: &page::NOTIFYING,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// Alertmanager cannot reach a receiver.
fn notifications_failing() -> Alert {
    let window = minutes(15);
    let failed = increase(&NOTIFICATIONS_FAILED).over(window).by(BY_SERVICE);
    let share = failed.clone().divided_by(increase(&NOTIFICATIONS).over(window).by(BY_SERVICE));
    Alert {
        name: "NotificationsFailing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: NOTIFICATIONS_TOPIC,
        about: Subject::Service,
        when: share.above(percent(5.0)).and(failed.above(count(0.0))).into(),
        held: Duration::ZERO,
        summary: "{value} of the notifications fail",
        description: "Over the last fifteen minutes {value} of the notifications of {service} could not be sent; {limit} is the limit.",
        runbook: Runbook {
            meaning: "A receiver (the pager, the ticket system, the chat) does not take what Alertmanager sends.",
            impact: "None for customers. But somebody who should know does not.",
            diagnosis: "1. Alertmanager's log names the receiver and its answer.\n\
                2. Which kind? See \"Notifications\" on the dashboard of the monitoring itself.",
            queries: || {
                vec![line(
                    "Failures by kind and reason",
                    increase(&NOTIFICATIONS_FAILED).over(hours(1)).by((INTEGRATION, FAILURE_REASON)),
                )]
            },
            mitigation: "Mend the receiver's address or its access. Notifications that still hold are tried again.",
        },
        shown_by: &page::NOTIFICATION_FAILURES,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// The collector does not take what the services push.
fn collector_refusing() -> Alert {
    let refused = rate(&REFUSED_SPANS).over(NOW).by(BY_SERVICE).plus(rate(&REFUSED_POINTS).over(NOW).by(BY_SERVICE));
    Alert {
        name: "CollectorRefusing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: COLLECTOR,
        about: Subject::Service,
        when: refused.above(per_second(0.0)).into(),
        held: minutes(5),
        summary: "{service} refuses {value} items a second",
        description: "For {held} {service} has refused {value} spans and metric points a second: it is at its limit of memory, or what comes \
            cannot be read.",
        runbook: Runbook {
            meaning: "The collector's memory limiter, or its receiver, refuses what the services push.",
            impact: "None for customers. Traces have holes; the second copy of the metrics lags. Alerts read the first.",
            diagnosis: "1. How much memory does it hold? See \"Collector\" on the dashboard of the monitoring itself.\n\
                2. Does it get rid of what it takes? See its queue there, and whether Jaeger answers.",
            queries: || vec![line("Batches that wait", value(&QUEUE_SIZE).max_by(SERVICE))],
            mitigation: "Bring back what it hands on to. If there is simply more than before, give it more memory or sample less.",
        },
        shown_by: &page::COLLECTOR_ITEMS,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// What the collector hands on does not leave it as fast as it comes.
fn collector_queue_filling() -> Alert {
    let full = value(&QUEUE_SIZE).divided_by(value(&QUEUE_CAPACITY)).max_by(BY_SERVICE).above(percent(80.0));
    let failing = rate(&UNSENT_SPANS).over(NOW).by(BY_SERVICE).above(per_second(0.0));
    Alert {
        name: "CollectorQueueFilling",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: COLLECTOR_QUEUE,
        about: Subject::Service,
        when: full.or(failing).into(),
        held: minutes(5),
        summary: "What {service} hands on does not leave it",
        description: "For {held} the queue of {service} has been nearly full, or what it handed on was not taken. What does not fit is lost.",
        runbook: Runbook {
            meaning: "Jaeger does not take the spans, or not as fast as they come.",
            impact: "None for customers. Traces are lost, just when one may need them.",
            diagnosis: "1. Does Jaeger answer? See \"Targets\" on the dashboard of the monitoring itself.\n\
                2. The collector's log names the error.",
            queries: || vec![line("Spans that could not be handed on", rate(&UNSENT_SPANS).over(NOW).by(SERVICE))],
            mitigation: "Bring Jaeger back. If there is simply more than before, sample less.",
        },
        shown_by: &page::COLLECTOR_QUEUE_PANEL,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// A service cannot get rid of what it measured.
fn export_failing() -> Alert {
    let lost = ROAD_RESULT.any_of(["failed", "dropped"]);
    let lost = share(lost).of(&ITEMS).over(minutes(10)).only(ROAD.is("otlp")).by((ENVIRONMENT, SERVICE, SIGNAL));
    Alert {
        name: "ExportFailing",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: EXPORT,
        about: Subject::Service,
        when: lost.above(percent(5.0)).into(),
        held: Duration::ZERO,
        summary: "{value} of the {telemetry_signal} that {service} pushes are lost",
        description: "Over the last ten minutes {value} of the {telemetry_signal} that {service} pushed to the collector failed or found its \
            queue full; {limit} is the limit.",
        runbook: Runbook {
            meaning: "The collector does not answer the service, or not fast enough.",
            impact: "None for customers: a push never holds up a request. Traces have holes.",
            diagnosis: "1. Does the collector run? See \"Targets\" on the dashboard of the monitoring itself.\n\
                2. How long do pushes take? See \"Time that a push takes\" there.\n\
                3. The service's log tells each failure once.",
            queries: || {
                vec![
                    line("Spans that wait", value(&SPAN_QUEUE).max_by(SERVICE)),
                    line(
                        "How long pushes take, 95th percentile",
                        quantile(0.95, &EXPORT_DURATION).over(NOW).by((SERVICE, SIGNAL)),
                    ),
                ]
            },
            mitigation: "Bring the collector back. Metrics catch up with the next push; spans that were dropped are gone.",
        },
        shown_by: &page::LOST_ITEMS,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}

/// A service can have more series than was agreed.
fn series_over_budget() -> Alert {
    Alert {
        name: "SeriesOverBudget",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: SERIES_TOPIC,
        about: Subject::Service,
        when: value(&SERIES).max_by(BY_SERVICE).exceeds(value(&SERIES_BUDGET).max_by(BY_SERVICE)).into(),
        held: minutes(5),
        summary: "{service} has {value} series, more than its budget",
        description: "{service} can have {value} series, counted from its declarations: more than its budget. Prometheus' memory and \
            every query grow with them.",
        runbook: Runbook {
            meaning: "A declaration has more label values than was reckoned with.",
            impact: "None for customers. Prometheus needs more memory, and rules take longer.",
            diagnosis: "1. Which signal? The catalogue of signals says how many series each can have.\n\
                2. What was added since the last release?",
            queries: || vec![line("Series against budgets", value(&SERIES).max_by(SERVICE))],
            mitigation: "Declare fewer outcomes or labels, or raise the budget in the service's row, knowingly.",
        },
        shown_by: &page::BUDGETS,
        proof: Proof::Stated("a test refuses such a service before it is built; its rule test proves the alert"),
    }
}

/// Measurements that found no series.
fn recordings_lost() -> Alert {
    Alert {
        name: "RecordingsLost",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: RECORDINGS,
        about: Subject::Service,
        when: increase(&UNBOUND_RECORDINGS).over(minutes(15)).by(BY_SERVICE).above(count(0.0)).into(),
        held: Duration::ZERO,
        summary: "{service} measured {value} times what has no series",
        description: "Over the last fifteen minutes {service} recorded {value} measurements for which it has no series. They are not counted \
            anywhere else.",
        runbook: Runbook {
            meaning: "A signal was recorded that the service does not bind, or with a label value that its row does not have.",
            impact: "None for customers. A number is too low, and nobody knows which but the log.",
            diagnosis: "1. Which place? A build with debug assertions stops there.\n\
                2. What was added since the last release?",
            queries: || vec![line("By service", increase(&UNBOUND_RECORDINGS).over(hours(1)).by(SERVICE))],
            mitigation: "Add the value to the service's row, or record the signal in the service that declares it.",
        },
        shown_by: &page::LOST_RECORDINGS,
        proof: Proof::Stated("only a mistake in the code makes it; its rule test proves the alert"),
    }
}

/// The recorded rates that dashboards and alerts read are not there.
fn rates_not_recorded(place: &Place) -> Alert {
    let of_gateway = || (ENVIRONMENT.is(place.environment), SERVICE.is(ServiceName::Gateway.as_str()));
    let missing: Condition<Up, ByService> =
        absent(&SERVICE_REQUEST_RATE, of_gateway()).or(absent(&API_REQUEST_RATE, of_gateway()));
    Alert {
        name: "RatesNotRecorded",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: super::traffic::ABSENCE,
        about: Subject::Service,
        when: missing.into(),
        held: minutes(5),
        summary: "The rates of {service} are not recorded",
        description: "For {held} there has been no recorded request rate of {service}. Dashboards are empty, and alerts on errors and latency \
            are blind.",
        runbook: Runbook {
            meaning: "The recording rules are not evaluated, or what they read is gone.",
            impact: "None for customers, as far as is known.",
            diagnosis: "1. Is the service scraped? See \"Services\" on the overview.\n\
                2. Do the rules evaluate? See \"Rules that fail\" on the dashboard of the monitoring itself.",
            queries: || vec![line("Which targets answer", value(&TARGET_UP).max_by((JOB, INSTANCE)))],
            mitigation: "Bring the target or the rules back.",
        },
        shown_by: &page::RULE_FAILURES_PANEL,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Gateway, Kind::ProcessKill)],
            traffic: USUAL,
            fires_within: minutes(12),
            clears_within: minutes(3),
        }),
    }
}

/// The two roads of the same measurements tell different numbers.
fn roads_disagree() -> Alert {
    Alert {
        name: "RoadsDisagree",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: ROADS,
        about: Subject::Service,
        when: roads::disagreement().above(percent(5.0)).and(roads::enough_pulled()).into(),
        held: minutes(10),
        summary: "The pulled and the pushed numbers of {service} differ by {value}",
        description: "For {held} the requests of {service} that Prometheus scraped and those that came through the collector have differed by \
            {value}; {limit} is the limit. One of the two roads lies.",
        runbook: Runbook {
            meaning: "Both roads leave one pipeline, so they must tell the same. One of them loses data, doubles it or mixes services up.",
            impact: "None for customers. But a number that people rely on is wrong.",
            diagnosis: "1. Is export failing? See \"What is lost on the way\" on the dashboard of the monitoring itself.\n\
                2. Does the collector refuse or drop? See \"Collector\" there.\n\
                3. Do two processes bear the same name? See \"Targets\" there.",
            queries: || vec![line("How far they are apart", roads::disagreement())],
            mitigation: "Alerts read the scraped numbers: compare those with a service's own `/metrics` first. Then mend the other road.",
        },
        shown_by: &page::DISAGREEMENT,
        proof: Proof::Stated(NO_FAULT_REACHES_IT),
    }
}
