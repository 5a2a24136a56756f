//! What the node exporter says of a host.

use promql::{Exporter, Key, Matcher, Up, foreign, label_keys};
use signals::units::{Bytes, Each, Seconds};

label_keys! {
    /// A processor's number.
    pub Cpu = "cpu";
    /// What a processor did.
    pub CpuMode = "mode";
    /// A disk, a partition or a network card.
    pub Device = "device";
    /// The path at which a file system is.
    pub MountPoint = "mountpoint";
    /// Which kind of file system it is.
    pub FileSystemType = "fstype";
}

pub const CPU: Key<Cpu> = Key::new();
pub const CPU_MODE: Key<CpuMode> = Key::new();
pub const DEVICE: Key<Device> = Key::new();
pub const MOUNT_POINT: Key<MountPoint> = Key::new();
pub const FILE_SYSTEM_TYPE: Key<FileSystemType> = Key::new();

/// A processor that waits for a disk has nothing to do.
pub fn idle() -> Matcher<CpuMode> {
    CPU_MODE.any_of(["idle", "iowait"])
}

/// File systems that keep something: not those in memory, and not those that are images, which are full and read-only by nature.
pub fn on_disk() -> Matcher<FileSystemType> {
    FILE_SYSTEM_TYPE.none_of(["tmpfs", "ramfs", "overlay", "squashfs", "erofs", "iso9660", "fuse.*", "nsfs"])
}

/// Network cards that lead out of the host.
pub fn outward() -> Matcher<Device> {
    DEVICE.none_of(["lo", "veth.*", "ifb.*", "docker.*", "br-.*", "cali.*", "cni.*"])
}

const NODE: Exporter = Exporter {
    service: Some("node"),
    also_of: &[],
    page: "https://github.com/prometheus/node_exporter/blob/v1.12.1/README.md",
};

foreign! {
    of NODE;

    /// Time that each processor spent in each mode.
    pub CPU_TIME: Counter<Seconds> = "node_cpu_seconds_total" { Cpu: ["0"], CpuMode: ["idle", "user"] }, healthy 0.5;

    /// Memory that the host has.
    pub MEMORY_TOTAL: Gauge<Bytes> = "node_memory_MemTotal_bytes" {}, healthy 8e9;

    /// Memory that can be had without swapping: what is free, and what caches would give back.
    pub MEMORY_AVAILABLE: Gauge<Bytes> = "node_memory_MemAvailable_bytes" {}, healthy 6e9;

    /// Times that the kernel killed a process because no memory was left.
    pub OOM_KILLS: Counter<Each> = "node_vmstat_oom_kill" {}, healthy 0.0;

    /// Time in which at least one task waited for a processor.
    pub CPU_WAITING: Counter<Seconds> = "node_pressure_cpu_waiting_seconds_total" {}, healthy 0.05;

    /// Time in which at least one task waited for memory.
    pub MEMORY_WAITING: Counter<Seconds> = "node_pressure_memory_waiting_seconds_total" {}, healthy 0.0;

    /// Time in which no task got on, since all waited for memory.
    pub MEMORY_STALLED: Counter<Seconds> = "node_pressure_memory_stalled_seconds_total" {}, healthy 0.0;

    /// Time in which at least one task waited for a disk.
    pub IO_WAITING: Counter<Seconds> = "node_pressure_io_waiting_seconds_total" {}, healthy 0.01;

    /// Time in which no task got on, since all waited for a disk.
    pub IO_STALLED: Counter<Seconds> = "node_pressure_io_stalled_seconds_total" {}, healthy 0.01;

    /// Bytes that a file system can hold.
    pub FILE_SYSTEM_SIZE: Gauge<Bytes> = "node_filesystem_size_bytes" {
        Device: ["/dev/vda"], FileSystemType: ["ext4"], MountPoint: ["/"]
    }, healthy 1e11;

    /// Bytes that processes without privileges can still write.
    pub FILE_SYSTEM_AVAILABLE: Gauge<Bytes> = "node_filesystem_avail_bytes" {
        Device: ["/dev/vda"], FileSystemType: ["ext4"], MountPoint: ["/"]
    }, healthy 8e10;

    /// Files that a file system can hold (inodes); 0 where there is no such limit.
    pub INODES: Gauge<Each> = "node_filesystem_files" {
        Device: ["/dev/vda"], FileSystemType: ["ext4"], MountPoint: ["/"]
    }, healthy 6e6;

    /// Files for which there is still an inode.
    pub INODES_FREE: Gauge<Each> = "node_filesystem_files_free" {
        Device: ["/dev/vda"], FileSystemType: ["ext4"], MountPoint: ["/"]
    }, healthy 5e6;

    /// Whether a file system can only be read.
    pub READ_ONLY: Gauge<Up> = "node_filesystem_readonly" {
        Device: ["/dev/vda"], FileSystemType: ["ext4"], MountPoint: ["/"]
    }, healthy 0.0;

    /// Bytes read from a disk.
    pub DISK_READ: Counter<Bytes> = "node_disk_read_bytes_total" { Device: ["vda"] }, healthy 1e5;

    /// Bytes written to a disk.
    pub DISK_WRITTEN: Counter<Bytes> = "node_disk_written_bytes_total" { Device: ["vda"] }, healthy 1e5;

    /// Bytes that a network card received.
    pub NETWORK_RECEIVED: Counter<Bytes> = "node_network_receive_bytes_total" { Device: ["eth0"] }, healthy 1e5;

    /// Bytes that a network card sent.
    pub NETWORK_SENT: Counter<Bytes> = "node_network_transmit_bytes_total" { Device: ["eth0"] }, healthy 1e5;

    /// Packets that a network card received.
    pub PACKETS_RECEIVED: Counter<Each> = "node_network_receive_packets_total" { Device: ["eth0"] }, healthy 100.0;

    /// Packets that a network card sent.
    pub PACKETS_SENT: Counter<Each> = "node_network_transmit_packets_total" { Device: ["eth0"] }, healthy 100.0;

    /// Packets that arrived broken.
    pub RECEIVE_ERRORS: Counter<Each> = "node_network_receive_errs_total" { Device: ["eth0"] }, healthy 0.0;

    /// Packets that could not be sent.
    pub SEND_ERRORS: Counter<Each> = "node_network_transmit_errs_total" { Device: ["eth0"] }, healthy 0.0;

    /// How far the clock is from the time that it is told.
    pub CLOCK_OFFSET: Gauge<Seconds> = "node_timex_offset_seconds" {}, healthy 0.0;

    /// How wrong the clock can be at most. Without anybody who sets it, it grows to 16 seconds.
    pub CLOCK_MAX_ERROR: Gauge<Seconds> = "node_timex_maxerror_seconds" {}, healthy 0.1;

    /// Whether somebody keeps setting the clock.
    pub CLOCK_SYNCHRONISED: Gauge<Up> = "node_timex_sync_status" {}, healthy 1.0;
}
