//! The hosts: processors, memory, disks, network and clock.

use monitoring::{Drawing, Panel, Unit, column, line};
use promql::{By, Key, Query, UP, increase, rate, value};
use signals::units::Ratio;

use crate::{
    foreign::node::{
        CLOCK_MAX_ERROR, CLOCK_OFFSET, CPU_MODE, CPU_TIME, CPU_WAITING, DEVICE, DISK_READ, DISK_WRITTEN, Device,
        FILE_SYSTEM_AVAILABLE, FILE_SYSTEM_SIZE, INODES, INODES_FREE, IO_STALLED, IO_WAITING, MEMORY_STALLED,
        MEMORY_WAITING, MOUNT_POINT, MountPoint, NETWORK_RECEIVED, NETWORK_SENT, OOM_KILLS, PACKETS_RECEIVED,
        PACKETS_SENT, READ_ONLY, RECEIVE_ERRORS, SEND_ERRORS, on_disk, outward,
    },
    labels::{BY_HOST, ENVIRONMENT, Environment, INSTANCE, Instance},
    recordings::{HOST_CPU, HOST_MEMORY},
    windows::{HOUR, NOW},
};

/// A file system of a host.
pub(crate) type ByFileSystem = By<(Environment, Instance, MountPoint)>;
pub(crate) const BY_FILE_SYSTEM: (Key<Environment>, Key<Instance>, Key<MountPoint>) =
    (ENVIRONMENT, INSTANCE, MOUNT_POINT);

/// A network card or a disk of a host.
pub(crate) type ByDevice = By<(Environment, Instance, Device)>;
pub(crate) const BY_DEVICE: (Key<Environment>, Key<Instance>, Key<Device>) = (ENVIRONMENT, INSTANCE, DEVICE);

pub(super) fn panels() -> Vec<&'static Panel> {
    vec![
        &PROCESSORS,
        &PROCESSOR_MODES,
        &PRESSURE,
        &MEMORY,
        &KILLS,
        &TIME,
        &DISK_SPACE,
        &FILES,
        &NOT_WRITABLE,
        &DISK_TRAFFIC,
        &NETWORK_TRAFFIC,
        &NETWORK_ERRORS,
    ]
}

pub static PROCESSORS: Panel = Panel {
    title: "Processors of the hosts",
    description: "The share of the time, over five minutes, that a host's processors worked. Near 100 % everything on it waits for a turn.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{instance}", value(&HOST_CPU))],
};

pub static PROCESSOR_MODES: Panel = Panel {
    title: "Processor time by mode",
    description: "What the processors of a host did, over five minutes, as a share of all their time. Much system means the kernel is at \
        work, iowait that a disk is waited for, steal that another guest of the same machine took the time.",
    unit: Unit::Share,
    drawing: Drawing::Areas,
    lines: || {
        let modes = rate(&CPU_TIME).over(NOW).only(CPU_MODE.is_not("idle"));
        vec![line("{instance} {mode}", modes.average_by((ENVIRONMENT, INSTANCE, CPU_MODE)))]
    },
};

pub static PRESSURE: Panel = Panel {
    title: "Waiting for processor, memory and disk",
    description: "The share of the time in which some task of the host waited for it, over five minutes (the kernel's pressure stall \
        information). It tells a busy host from one that has too little. Stalled means that no task got on at all.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{instance} processor", rate(&CPU_WAITING).over(NOW).average_by(BY_HOST)),
            line("{instance} memory", rate(&MEMORY_WAITING).over(NOW).average_by(BY_HOST)),
            line("{instance} memory, stalled", rate(&MEMORY_STALLED).over(NOW).average_by(BY_HOST)),
            line("{instance} disk", rate(&IO_WAITING).over(NOW).average_by(BY_HOST)),
            line("{instance} disk, stalled", rate(&IO_STALLED).over(NOW).average_by(BY_HOST)),
        ]
    },
};

pub static MEMORY: Panel = Panel {
    title: "Memory of the hosts",
    description: "The share of a host's memory that is in use. What caches would give back counts as free.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{instance}", value(&HOST_MEMORY))],
};

pub static KILLS: Panel = Panel {
    title: "Processes killed for want of memory",
    description: "How many processes the kernel killed in the hour before each moment, because no memory was left. Zero is good.",
    unit: Unit::Count("processes"),
    drawing: Drawing::Lines,
    lines: || vec![line("{instance}", increase(&OOM_KILLS).over(HOUR).max_by(BY_HOST))],
};

pub static TIME: Panel = Panel {
    title: "Clocks of the hosts",
    description: "How far a host's clock is from the time that it is told, and how wrong it can be at most. The second grows to 16 s where \
        nobody sets the clock.",
    unit: Unit::Seconds,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{instance} off by", value(&CLOCK_OFFSET).max_by(BY_HOST)),
            line("{instance} off by at most", value(&CLOCK_MAX_ERROR).max_by(BY_HOST)),
        ]
    },
};

pub static DISK_SPACE: Panel = Panel {
    title: "Disk space in use",
    description: "The share of a file system's bytes that services cannot write any more.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{instance} {mountpoint}", disk_space_used())],
};

pub static FILES: Panel = Panel {
    title: "Inodes in use",
    description: "The share of the files that a file system can hold. It can be full of small files while there is space. File systems \
        without such a limit have no line.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{instance} {mountpoint}", inodes_used())],
};

pub static NOT_WRITABLE: Panel = Panel {
    title: "File systems that cannot be written",
    description: "File systems on a disk that are mounted read-only now. None is good: the kernel does this when a disk fails.",
    unit: Unit::State,
    drawing: Drawing::Table {
        columns: &[column(ENVIRONMENT, "Environment"), column(INSTANCE, "Host"), column(MOUNT_POINT, "Mounted at")],
    },
    lines: || {
        let read_only = value(&READ_ONLY).only(on_disk()).max_by(BY_FILE_SYSTEM);
        vec![line("{instance} {mountpoint}", read_only.equals(UP))]
    },
};

pub static DISK_TRAFFIC: Panel = Panel {
    title: "Disk reads and writes",
    description: "Bytes a second that each disk read and wrote, over five minutes.",
    unit: Unit::BytesPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{instance} {device} read", rate(&DISK_READ).over(NOW).by(BY_DEVICE)),
            line("{instance} {device} written", rate(&DISK_WRITTEN).over(NOW).by(BY_DEVICE)),
        ]
    },
};

pub static NETWORK_TRAFFIC: Panel = Panel {
    title: "Network traffic",
    description: "Bytes a second that each network card received and sent, over five minutes. What stays within the host is not counted.",
    unit: Unit::BytesPerSecond,
    drawing: Drawing::Lines,
    lines: || {
        vec![
            line("{instance} {device} received", rate(&NETWORK_RECEIVED).over(NOW).only(outward()).by(BY_DEVICE)),
            line("{instance} {device} sent", rate(&NETWORK_SENT).over(NOW).only(outward()).by(BY_DEVICE)),
        ]
    },
};

pub static NETWORK_ERRORS: Panel = Panel {
    title: "Share of packets that are broken",
    description: "Packets that arrived broken or could not be sent, of all packets of the network card, over five minutes. There is no \
        line for a card without packets.",
    unit: Unit::Share,
    drawing: Drawing::Lines,
    lines: || vec![line("{instance} {device}", broken_packets())],
};

/// The share of a file system that is taken.
pub(crate) fn disk_space_used() -> Query<Ratio, ByFileSystem> {
    let of = |room: Query<_, _>| room.only(on_disk()).min_by(BY_FILE_SYSTEM);
    of(value(&FILE_SYSTEM_AVAILABLE)).divided_by(of(value(&FILE_SYSTEM_SIZE))).complement()
}

/// The share of the files that a file system can hold.
pub(crate) fn inodes_used() -> Query<Ratio, ByFileSystem> {
    let of = |files: Query<_, _>| files.only(on_disk()).min_by(BY_FILE_SYSTEM);
    of(value(&INODES_FREE)).divided_by(of(value(&INODES))).complement()
}

/// The share of a card's packets that are lost in it.
pub(crate) fn broken_packets() -> Query<Ratio, ByDevice> {
    let broken = rate(&RECEIVE_ERRORS).over(NOW).only(outward()).by(BY_DEVICE);
    let broken = broken.plus(rate(&SEND_ERRORS).over(NOW).only(outward()).by(BY_DEVICE));
    broken.divided_by(packets())
}

/// A card's packets, in and out.
pub(crate) fn packets() -> Query<promql::PerSecond<signals::units::Each>, ByDevice> {
    let received = rate(&PACKETS_RECEIVED).over(NOW).only(outward()).by(BY_DEVICE);
    received.plus(rate(&PACKETS_SENT).over(NOW).only(outward()).by(BY_DEVICE))
}
