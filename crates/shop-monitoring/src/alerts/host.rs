//! Alerts on hosts. They carry the host's `instance` and no `service`: many services may live there.

use std::time::Duration;

use faults::Kind;
use monitoring::{Alert, AlertGroup, Drill, Line, Panel, Proof, Runbook, Severity, Subject, line};
use promql::{
    DOWN, Query, Threshold, UP, bytes, count, hours, increase, minutes, percent, predicted, present_before, rate,
    seconds, value,
};
use shop::services::ServiceName;
use signals::{process, units::Ratio};

use super::SHOP_TEAM;
use crate::{
    dashboards::performance::host,
    drills::{USUAL, at},
    foreign::node::{
        CLOCK_OFFSET, CLOCK_SYNCHRONISED, CPU_WAITING, DEVICE, FILE_SYSTEM_AVAILABLE, FILE_SYSTEM_SIZE, INODES,
        INODES_FREE, MEMORY_AVAILABLE, MEMORY_STALLED, MOUNT_POINT, OOM_KILLS, PACKETS_RECEIVED, READ_ONLY,
        RECEIVE_ERRORS, SEND_ERRORS, on_disk, outward,
    },
    labels::{BY_HOST, ByHost, INSTANCE, SERVICE},
    place::Place,
    recordings::{HOST_CPU, HOST_MEMORY},
    windows::NOW,
};

pub const CPU_TOPIC: &str = "cpu";
pub const MEMORY_TOPIC: &str = "memory";
pub const DISK_TOPIC: &str = "disk";
pub const INODES_TOPIC: &str = "inodes";
pub const FILE_SYSTEM_TOPIC: &str = "file-system";
pub const CLOCK_TOPIC: &str = "clock";
pub const KILLS_TOPIC: &str = "oom-kills";
pub const NETWORK_TOPIC: &str = "network";

/// No fault of the vocabulary reaches a machine's hardware or kernel.
const BEYOND_FAULTS: &str = "the vocabulary of faults ends at the processes; its rule test proves it";

/// The alerts of this file.
pub(crate) fn group(_: &Place) -> AlertGroup {
    AlertGroup {
        name: "hosts",
        alerts: vec![
            cpu("HostCpuSaturated", Severity::Critical, percent(95.0), minutes(10)),
            cpu("HostCpuHigh", Severity::Warning, percent(85.0), minutes(10)),
            cpu("HostCpuBusy", Severity::Info, percent(70.0), minutes(15)),
            memory("HostMemoryNearlyFull", Severity::Critical, percent(90.0), minutes(5)),
            memory("HostMemoryHigh", Severity::Warning, percent(80.0), minutes(10)),
            memory("HostMemoryFilling", Severity::Info, percent(70.0), minutes(15)),
            disk_filling(),
            inodes_filling(),
            file_system_read_only(),
            clock_skewed(),
            clock_not_set(),
            processes_killed(),
            network_errors(),
        ],
    }
}

fn cpu(name: &'static str, severity: Severity, limit: Threshold<Ratio>, held: Duration) -> Alert {
    Alert {
        name,
        severity,
        owner: SHOP_TEAM,
        topic: CPU_TOPIC,
        about: Subject::Host,
        when: value(&HOST_CPU).above(limit).into(),
        held,
        summary: "The processors of {instance} are {value} busy",
        description: "For {held} the processors of {instance} have been {value} busy, over five minutes; {limit} is the limit.",
        runbook: Runbook {
            meaning: "Over five minutes the host's processors worked for more of the time than the limit allows, all the while.",
            impact: "Everything on the host waits for its turn: answers become slow, first the slowest ones. At 95 % nothing is left for a peak.",
            diagnosis: "1. Who uses it? `top` on the host; the services' own share is on the performance dashboard, \"Processes\".\n\
                2. Is it more traffic, or more work for each request? Compare \"Requests by service\" on the overview with a week ago.\n\
                3. Do others wait? See the pressure on the performance dashboard, \"Hosts\".",
            queries: || {
                vec![
                    line(
                        "How long tasks wait for a processor, of each second",
                        rate(&CPU_WAITING).over(NOW).max_by(INSTANCE),
                    ),
                    line("Processor time of the services", rate(&process::CPU_TIME).over(NOW).by(SERVICE)),
                ]
            },
            mitigation: "Start further instances elsewhere, or move to a larger host. After a bad release, go back to the version before.",
        },
        shown_by: &host::PROCESSORS,
        proof: Proof::Drill(Drill {
            faults: || vec![at(ServiceName::Catalog, Kind::cpu_burn(64))],
            traffic: USUAL,
            fires_within: minutes(25),
            clears_within: minutes(10),
        }),
    }
}

fn memory(name: &'static str, severity: Severity, limit: Threshold<Ratio>, held: Duration) -> Alert {
    Alert {
        name,
        severity,
        owner: SHOP_TEAM,
        topic: MEMORY_TOPIC,
        about: Subject::Host,
        when: value(&HOST_MEMORY).above(limit).into(),
        held,
        summary: "{value} of the memory of {instance} is in use",
        description: "For {held} {value} of the memory of {instance} has been in use, beyond what caches would give back; {limit} is the limit.",
        runbook: Runbook {
            meaning: "Of the host's memory less can be had than the limit allows, all the while.",
            impact: "None until it is full. Then the kernel kills a process, most likely the largest.",
            diagnosis: "1. Who holds it? The services' own memory is on the performance dashboard, \"Processes\"; `ps aux --sort -rss` tells the rest.\n\
                2. Does it grow, or is it a step? A step comes from a release or a peak, a slope is a leak.",
            queries: || {
                vec![
                    line("Memory of the services", value(&process::MEMORY).by(SERVICE)),
                    line("Memory that can still be had", value(&MEMORY_AVAILABLE).by(INSTANCE)),
                    line(
                        "Time in which everything waited for memory, of each second",
                        rate(&MEMORY_STALLED).over(NOW).max_by(INSTANCE),
                    ),
                ]
            },
            mitigation: "Restart what leaks. Move a service elsewhere, or to a larger host.",
        },
        shown_by: &host::MEMORY,
        proof: Proof::Stated("filling a whole host's memory would take down what proves it; its rule test proves it"),
    }
}

/// What is filled up no longer fills: from here on it is told, however steady it is.
const NEARLY_FULL: Threshold<Ratio> = percent(3.0);

/// Sentences on a file system that fills.
const FILLING: Runbook = Runbook {
    meaning: "More than half of it is in use, and at the pace of the last six hours (of three at least) the rest is used up within four; or hardly anything \
        is left of it, whatever the pace.",
    impact: "None until it is full. Then databases stop writing, and orders fail.",
    diagnosis: "1. What grows? `du -xh / --max-depth=3 | sort -h | tail` on the host.\n\
        2. Is it Prometheus? It keeps 40 days; see \"Series in Prometheus\" on the dashboard of the monitoring itself.\n\
        3. Is it logs, or a database that is not cleaned up?",
    queries: disk_queries,
    mitigation: "Delete or move what is not needed: old logs first. Then give it more room, or find what made it grow.",
};

fn disk_queries() -> Vec<Line> {
    vec![line("Room that is left", value(&FILE_SYSTEM_AVAILABLE).only(on_disk()).min_by((INSTANCE, MOUNT_POINT)))]
}

fn disk_filling() -> Alert {
    let soon = predicted(&FILE_SYSTEM_AVAILABLE, hours(4)).over(hours(6)).only(on_disk()).min_by(host::BY_FILE_SYSTEM);
    let left = || {
        let available = value(&FILE_SYSTEM_AVAILABLE).only(on_disk()).min_by(host::BY_FILE_SYSTEM);
        available.divided_by(value(&FILE_SYSTEM_SIZE).only(on_disk()).max_by(host::BY_FILE_SYSTEM))
    };
    // A pace that was seen for minutes only is none to reckon hours with.
    let watched = present_before(&FILE_SYSTEM_AVAILABLE, hours(3)).over(hours(1)).max_by(host::BY_FILE_SYSTEM);
    let soon_full = left().below(percent(50.0)).and(soon.at_most(bytes(0.0))).and(watched);
    filling("DiskFilling", DISK_TOPIC, soon_full.or(left().below(NEARLY_FULL)).into(), &host::DISK_SPACE)
}

fn inodes_filling() -> Alert {
    let soon = predicted(&INODES_FREE, hours(4)).over(hours(6)).only(on_disk()).min_by(host::BY_FILE_SYSTEM);
    let left = || {
        let free = value(&INODES_FREE).only(on_disk()).min_by(host::BY_FILE_SYSTEM);
        free.divided_by(value(&INODES).only(on_disk()).max_by(host::BY_FILE_SYSTEM))
    };
    let watched = present_before(&INODES_FREE, hours(3)).over(hours(1)).max_by(host::BY_FILE_SYSTEM);
    let soon_full = left().below(percent(50.0)).and(soon.at_most(count(0.0))).and(watched);
    filling("InodesFilling", INODES_TOPIC, soon_full.or(left().below(NEARLY_FULL)).into(), &host::FILES)
}

fn filling(name: &'static str, topic: &'static str, when: promql::AnyQuery, shown_by: &'static Panel) -> Alert {
    Alert {
        name,
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic,
        about: Subject::Host,
        when,
        held: minutes(15),
        summary: "{mountpoint} of {instance} is full, or will be within four hours: {value} is left",
        description: "{value} of the file system at {mountpoint} of {instance} is left. At the pace of the last six hours it is full \
            within four hours, or it already is.",
        runbook: FILLING,
        shown_by,
        proof: Proof::Stated(BEYOND_FAULTS),
    }
}

fn file_system_read_only() -> Alert {
    Alert {
        name: "FileSystemReadOnly",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: FILE_SYSTEM_TOPIC,
        about: Subject::Host,
        when: value(&READ_ONLY).only(on_disk()).max_by(host::BY_FILE_SYSTEM).equals(UP).into(),
        held: minutes(5),
        summary: "{mountpoint} of {instance} can only be read",
        description: "For {held} nothing could be written to the file system at {mountpoint} of {instance}.",
        runbook: Runbook {
            meaning: "The kernel has made a file system read-only, as it does after an error of the disk, or it was mounted so.",
            impact: "What keeps its state there fails at the next write.",
            diagnosis: "1. `dmesg | tail -50` on the host tells the disk's error.\n2. Is it meant so? Then leave it out of the exporter's file systems.",
            queries: disk_queries,
            mitigation: "Move what writes there to another host. Check the disk before it is mounted again.",
        },
        shown_by: &host::NOT_WRITABLE,
        proof: Proof::Stated(BEYOND_FAULTS),
    }
}

fn clock_skewed() -> Alert {
    Alert {
        name: "ClockSkewed",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: CLOCK_TOPIC,
        about: Subject::Host,
        when: value(&CLOCK_OFFSET).magnitude().max_by(BY_HOST).above(seconds(0.05)).into(),
        held: minutes(10),
        summary: "The clock of {instance} is off by {value}",
        description: "For {held} the clock of {instance} has been {value} away from the time that it is told; {limit} is the limit.",
        runbook: Runbook {
            meaning: "The host's clock follows its source of time too slowly, or the source jumped.",
            impact: "Deadlines end too early or too late, samples are refused, and traces of several hosts do not line up.",
            diagnosis: "1. Does something set it? `timedatectl` or `chronyc tracking` on the host.\n2. Can it reach its source of time?",
            queries: || vec![line("How far it is off", value(&CLOCK_OFFSET).magnitude().max_by(INSTANCE))],
            mitigation: "Start the service that sets the clock, or let it reach its source.",
        },
        shown_by: &host::TIME,
        proof: Proof::Stated(BEYOND_FAULTS),
    }
}

/// An offset is known only while something compares the clock with a source of time.
fn clock_not_set() -> Alert {
    Alert {
        name: "ClockNotSet",
        severity: Severity::Info,
        owner: SHOP_TEAM,
        topic: CLOCK_TOPIC,
        about: Subject::Host,
        when: value(&CLOCK_SYNCHRONISED).min_by(BY_HOST).equals(DOWN).into(),
        held: minutes(15),
        summary: "Nothing sets the clock of {instance}",
        description: "For {held} nothing has compared the clock of {instance} with a source of time. How far it is off is not known.",
        runbook: Runbook {
            meaning: "The kernel says that its clock is not synchronised: no service sets it, or the service does not reach its source.",
            impact: "None yet. The clock drifts by seconds a week: deadlines, traces of several hosts and the alert on a skewed clock \
                become unreliable.",
            diagnosis: "1. Does something set it? `timedatectl` or `chronyc tracking` on the host.\n\
                2. A virtual machine's host may set it past the kernel. Then the alert may be silenced there, knowingly.",
            queries: || vec![line("Whether it is set", value(&CLOCK_SYNCHRONISED).min_by(INSTANCE))],
            mitigation: "Start the service that sets the clock, or let it reach its source.",
        },
        shown_by: &host::TIME,
        proof: Proof::Stated(BEYOND_FAULTS),
    }
}

fn processes_killed() -> Alert {
    Alert {
        name: "ProcessKilledForMemory",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: KILLS_TOPIC,
        about: Subject::Host,
        when: increase(&OOM_KILLS).over(minutes(10)).by(BY_HOST).above(count(0.0)).into(),
        held: Duration::ZERO,
        summary: "The kernel of {instance} killed {value} processes for want of memory",
        description: "Over the last ten minutes the kernel of {instance} killed {value} processes because no memory was left.",
        runbook: Runbook {
            meaning: "Memory ran out, of the host or of a container, and the kernel chose a process to end.",
            impact: "Whatever it served was broken off. If it starts again it may be killed again.",
            diagnosis: "1. `dmesg | grep -i 'killed process'` names it.\n2. Did a service restart? See \"Uptime\" on the performance dashboard.",
            queries: || vec![line("Memory of the services", value(&process::MEMORY).by(SERVICE))],
            mitigation: "Give it more memory, or find what holds it. A leak restarts itself in the meantime.",
        },
        shown_by: &host::KILLS,
        proof: Proof::Stated(BEYOND_FAULTS),
    }
}

fn network_errors() -> Alert {
    let broken = || {
        rate(&RECEIVE_ERRORS)
            .over(NOW)
            .only(outward())
            .by(BY_HOST)
            .plus(rate(&SEND_ERRORS).over(NOW).only(outward()).by(BY_HOST))
    };
    let share: Query<Ratio, ByHost> =
        broken().divided_by(rate(&PACKETS_RECEIVED).over(NOW).only(outward()).by(BY_HOST));
    Alert {
        name: "NetworkErrors",
        severity: Severity::Warning,
        owner: SHOP_TEAM,
        topic: NETWORK_TOPIC,
        about: Subject::Host,
        when: share.above(percent(1.0)).into(),
        held: minutes(10),
        summary: "{value} of the packets of {instance} are broken",
        description: "For {held} {value} as many packets as {instance} received were broken, or could not be sent; {limit} is the limit.",
        runbook: Runbook {
            meaning: "A network card reports errors: a cable, a port, a driver.",
            impact: "Calls become slow, since packets are sent again, and some break.",
            diagnosis: "1. Which card? See \"Hosts\" on the performance dashboard.\n2. `ip -s link` and `ethtool -S` on the host tell which kind of error.",
            queries: || {
                vec![line("Broken packets a second, by card", rate(&RECEIVE_ERRORS).over(NOW).by((INSTANCE, DEVICE)))]
            },
            mitigation: "Move the services to another host. Change the cable or the port.",
        },
        shown_by: &host::NETWORK_ERRORS,
        proof: Proof::Stated(BEYOND_FAULTS),
    }
}
