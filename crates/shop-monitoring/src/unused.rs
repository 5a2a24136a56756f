//! Signals that nothing here asks for, each with the reason. One that something asks for does not belong here.

use monitoring::Unused;
use signals::{Declaration, process};

pub(crate) fn all() -> (&'static str, Vec<Unused>) {
    let unused = vec![
        because(
            &process::START_TIME.declaration,
            "the time since the start is asked for instead; this is the name that Prometheus' own tools expect of a process.",
        ),
        because(
            &process::RUNTIME_TASKS.declaration,
            "work waits in the queue and in open connections, which are asked for; this is there to look for tasks that never end.",
        ),
    ];
    (file!(), unused)
}

const fn because(signal: &'static Declaration, reason: &'static str) -> Unused {
    Unused { signal, reason }
}
