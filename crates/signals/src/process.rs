//! The process and its async runtime (<https://opentelemetry.io/docs/specs/semconv/system/process-metrics/>).

use crate::{every_service, labels, signals};

labels! {
    /// On whose behalf the processor worked.
    pub enum CpuMode = "cpu.mode" { User = "user", System = "system" }
}

signals! {
    recorded by every_service;

    /// Processor time that the process used.
    pub CPU_TIME: ObservedCounter<CpuMode> = "process.cpu.time" in Seconds;

    /// Physical memory that the process holds.
    pub MEMORY: ObservedGauge<()> = "process.memory.usage" in Bytes;

    /// File descriptors that the process holds open.
    pub OPEN_FILES: ObservedGauge<()> = "process.open_file_descriptor.count" in "{file_descriptor}";

    /// File descriptors that the process may hold open.
    pub OPEN_FILES_LIMIT: ObservedGauge<()> = "process.open_file_descriptor.limit" in "{file_descriptor}";

    /// Time since the process started.
    pub UPTIME: ObservedGauge<()> = "process.uptime" in Seconds;

    /// When the process started, as seconds since 1970. It changes at a restart.
    pub START_TIME: ObservedGauge<()> = "process.start_time" in Seconds;

    /// Threads that run the process's tasks.
    pub RUNTIME_WORKERS: ObservedGauge<()> = "tokio.runtime.workers" in "{thread}";

    /// Time that the runtime's threads spent running tasks.
    pub RUNTIME_BUSY: ObservedCounter<()> = "tokio.runtime.busy_time" in Seconds;

    /// Tasks that other threads handed to a runtime and that wait for it.
    pub RUNTIME_QUEUE: ObservedGauge<()> = "tokio.runtime.queue_depth" in "{task}";

    /// Tasks of the runtimes themselves that have not finished; connections run beside them and are counted as open connections.
    pub RUNTIME_TASKS: ObservedGauge<()> = "tokio.runtime.alive_tasks" in "{task}";
}
