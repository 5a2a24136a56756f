//! The async runtimes of the process: actix runs one on each worker thread, and each says here that it exists.

use std::sync::Mutex;

use signals::process::{RUNTIME_BUSY, RUNTIME_QUEUE, RUNTIME_TASKS, RUNTIME_WORKERS};
use tokio::runtime::{Handle, RuntimeMetrics};

static RUNTIMES: Mutex<Vec<Handle>> = Mutex::new(Vec::new());

/// Counts the runtime of this thread in. A second call from the same runtime changes nothing.
///
/// # Panics
/// Outside of a runtime.
pub fn watch_current() {
    let current = Handle::current();
    if let Ok(mut runtimes) = RUNTIMES.lock()
        && runtimes.iter().all(|known| known.id() != current.id())
    {
        runtimes.push(current);
    }
}

fn sum(of: impl Fn(&RuntimeMetrics) -> f64) -> f64 {
    RUNTIMES.lock().map_or(0.0, |runtimes| runtimes.iter().map(|runtime| of(&runtime.metrics())).sum())
}

#[expect(clippy::cast_precision_loss, reason = "numbers of threads and tasks are far below 2^52")]
pub(crate) fn observe() {
    RUNTIME_WORKERS.observe(|now| now.set(sum(|runtime| runtime.num_workers() as f64), ()));
    RUNTIME_TASKS.observe(|now| now.set(sum(|runtime| runtime.num_alive_tasks() as f64), ()));
    RUNTIME_QUEUE.observe(|now| now.set(sum(|runtime| runtime.global_queue_depth() as f64), ()));
    RUNTIME_BUSY.observe(|now| {
        let busy = |runtime: &RuntimeMetrics| {
            (0..runtime.num_workers()).map(|worker| runtime.worker_total_busy_duration(worker).as_secs_f64()).sum()
        };
        now.set(sum(busy), ());
    });
}
