//! Whether our ports are free, and who sits on one that is not.

use std::{
    fmt, fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
};

/// A port that somebody else holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The port on loopback.
    pub port: u16,
    /// Who of the stack wants it.
    pub wanted_by: String,
    /// Who listens there now, where the system tells.
    pub held_by: Option<String>,
    /// What the system said.
    reason: String,
}

/// Those of the wanted ports that cannot be listened on.
pub(crate) fn taken<'a>(wanted: impl IntoIterator<Item = (&'a str, u16)>) -> Vec<Taken> {
    let mut taken = Vec::new();
    for (wanted_by, port) in wanted {
        if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
            let held_by = if error.kind() == io::ErrorKind::AddrInUse { holder(port) } else { None };
            taken.push(Taken { port, wanted_by: wanted_by.to_owned(), held_by, reason: error.to_string() });
        }
    }
    taken
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} cannot be had for {}: ", self.port, self.wanted_by)?;
        match &self.held_by {
            Some(holder) => write!(f, "{holder} listens there already"),
            None => f.write_str(&self.reason),
        }
    }
}

/// The process that listens on a port, as `name (pid N)`; only our own processes are readable, unless we are root.
fn holder(port: u16) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| listening_inode(table, port))?;
    let socket = PathBuf::from(format!("socket:[{inode}]"));
    let holds = |process: &Path| {
        fs::read_dir(process.join("fd"))
            .is_ok_and(|fds| fds.flatten().any(|fd| fs::read_link(fd.path()).is_ok_and(|target| target == socket)))
    };
    let pids =
        fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let (pid, process) =
        pids.map(|pid| (pid, Path::new("/proc").join(pid.to_string()))).find(|(_, path)| holds(path))?;
    let name = fs::read_to_string(process.join("comm")).ok()?;
    Some(format!("{} (pid {pid})", name.trim()))
}

/// The socket in state LISTEN (0A) on a port: proc_net_tcp(5) has `local_address` second, `st` fourth, `inode` tenth.
fn listening_inode(table: &str, port: u16) -> Option<String> {
    let table = fs::read_to_string(table).ok()?;
    let local = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields.get(1)?.ends_with(&local) && *fields.get(3)? == "0A";
        listens.then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
    })
}
