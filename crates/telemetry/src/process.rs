//! The process as the kernel sees it. Where there is no `/proc`, what cannot be read stays at zero.

use std::{
    fs,
    sync::OnceLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use signals::process::{CPU_TIME, CpuMode, MEMORY, OPEN_FILES, OPEN_FILES_LIMIT, START_TIME, UPTIME};

static STARTED: OnceLock<(Instant, f64)> = OnceLock::new();

#[expect(clippy::cast_precision_loss, reason = "ticks, pages and descriptors stay far below 2^52")]
pub(crate) fn observe() {
    let since_1970 = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
    let (started, start_time) = *STARTED.get_or_init(|| (Instant::now(), since_1970()));
    UPTIME.observe(move |now| now.set(started.elapsed().as_secs_f64(), ()));
    START_TIME.observe(move |now| now.set(start_time, ()));

    let second = rustix::param::clock_ticks_per_second() as f64;
    CPU_TIME.observe(move |now| {
        if let Some((user, system)) = cpu_ticks() {
            now.set(user / second, CpuMode::User);
            now.set(system / second, CpuMode::System);
        }
    });
    let page = rustix::param::page_size() as f64;
    MEMORY.observe(move |now| {
        let pages = fs::read_to_string("/proc/self/statm").ok();
        let resident = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<f64>().ok());
        now.set(resident.unwrap_or_default() * page, ());
    });
    OPEN_FILES.observe(|now| now.set(fs::read_dir("/proc/self/fd").map_or(0.0, |files| files.count() as f64), ()));
    OPEN_FILES_LIMIT.observe(|now| {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        now.set(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default(), ());
    });
}

/// The processor time in user and system mode, in clock ticks: fields 14 and 15 of `/proc/self/stat` (proc(5)).
fn cpu_ticks() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The command's name may hold spaces and parentheses; the fields begin after the last one.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
