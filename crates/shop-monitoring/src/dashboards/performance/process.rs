//! The services' processes and their async runtime.

use monitoring::{Drawing, Panel, Unit, line};
use promql::{Query, rate, value};
use signals::{
    process::{
        CPU_TIME, MEMORY, OPEN_FILES, OPEN_FILES_LIMIT, RUNTIME_BUSY, RUNTIME_QUEUE, RUNTIME_TASKS, RUNTIME_WORKERS,
        UPTIME,
    },
    units::Ratio,
};

use crate::{
    labels::{BY_PROCESS, ByProcess},
    windows::NOW,
};

pub(super) fn panels() -> Vec<&'static Panel> {
    vec![&PROCESSOR, &RESIDENT, &DESCRIPTORS, &RUNNING, &RUNTIME, &TASKS]
}

pub static PROCESSOR: Panel = Panel {
    title: "Processor time of the services",
    description: "How much of one processor each process used, over five minutes. 200 % are two processors.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {instance}", rate(&CPU_TIME).over(NOW).by(BY_PROCESS))],
};

pub static RESIDENT: Panel = Panel {
    title: "Memory of the services",
    description: "Physical memory that each process holds. It rises after the start and then stays; a line that only rises is a leak.",
    unit: Unit::Bytes,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {instance}", value(&MEMORY).by(BY_PROCESS))],
};

pub static DESCRIPTORS: Panel = Panel {
    title: "File descriptors in use",
    description: "Files and connections that a process holds open, of those that it may. At 100 % it takes no further connection.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {instance}", descriptors_used())],
};

pub static RUNNING: Panel = Panel {
    title: "Uptime",
    description: "How long each process has run. A line that falls to zero is a restart.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {instance}", value(&UPTIME).max_by(BY_PROCESS))],
};

pub static RUNTIME: Panel = Panel {
    title: "Busy threads of the runtime",
    description: "The share of the time, over five minutes, that the threads which run a process's tasks were busy. Near 100 % every \
        request waits for a thread.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{service} {instance}", runtime_busy())],
};

pub static TASKS: Panel = Panel {
    title: "Tasks of the runtime",
    description: "Tasks of a process that are not finished, and those handed over by other threads that wait to be run. A queue that does \
        not empty means that the threads are too few, or blocked.",
    unit: Unit::Count("tasks"),
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{service} {instance} alive", value(&RUNTIME_TASKS).by(BY_PROCESS)),
            line("{service} {instance} waiting", value(&RUNTIME_QUEUE).by(BY_PROCESS)),
        ]
    },
};

/// The share of the descriptors that a process may hold open.
pub(crate) fn descriptors_used() -> Query<Ratio, ByProcess> {
    value(&OPEN_FILES).by(BY_PROCESS).divided_by(value(&OPEN_FILES_LIMIT).by(BY_PROCESS))
}

/// The share of their time that the threads of a process's runtime are busy.
pub(crate) fn runtime_busy() -> Query<Ratio, ByProcess> {
    rate(&RUNTIME_BUSY).over(NOW).by(BY_PROCESS).share_of_time_of(value(&RUNTIME_WORKERS).by(BY_PROCESS))
}
