//! What a process uses of the machine: memory and processor time, read from /proc.

use std::{fs, time::Duration};

/// Memory and processor time of a process and its children (PostgreSQL has a process for each connection).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory in bytes; memory that children share with each other is counted once.
    pub memory_bytes: u64,
    /// Processor time since the start, user and system.
    pub cpu: Duration,
}

impl Usage {
    /// What the process with this pid uses; none where /proc does not tell.
    pub fn of(pid: u32) -> Option<Self> {
        let mut usage = Self { memory_bytes: resident(pid)?, cpu: cpu(pid)? };
        for child in children(pid) {
            usage.memory_bytes += proportional(child).or_else(|| resident(child)).unwrap_or_default();
            usage.cpu += cpu(child).unwrap_or_default();
        }
        Some(usage)
    }
}

fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn resident(pid: u32) -> Option<u64> {
    kilobytes(&format!("/proc/{pid}/status"), "VmRSS:")
}

fn proportional(pid: u32) -> Option<u64> {
    kilobytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

fn kilobytes(file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// Fields 14 and 15 of proc(5)'s stat; the name in field 2 may hold spaces, so counting starts behind it.
fn cpu(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1)))
}
