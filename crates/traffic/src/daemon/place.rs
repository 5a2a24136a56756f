//! Where the daemon of a target keeps its pid, its socket and its log, and whether one lives there.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
};

use anyhow::{Context as _, bail};
use shop::local;

use crate::arguments::Target;

/// The longest path that a socket of Linux can have; other systems allow a little less.
const LONGEST_SOCKET: usize = 107;

/// The files of one target's daemon.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Holds the pid, and is locked for as long as the daemon lives: the number alone would soon be somebody else's.
    pid: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) log: PathBuf,
    /// The log of the daemon before.
    pub(super) former_log: PathBuf,
}

/// What was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nobody,
    /// One has died without clearing up; its pid.
    Remains(Option<u32>),
    /// One lives; its pid.
    Alive(Option<u32>),
}

/// The right to be the daemon of a target, until it is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    place: Place,
    _locked: File,
}

impl Place {
    /// The place of a target's daemon, in the user's state folder.
    ///
    /// # Errors
    /// When there is no such folder, or its name is too long for a socket.
    pub(super) fn of(target: &Target) -> anyhow::Result<Self> {
        let state = local::state_folder().context("there is no home folder; name one with XDG_STATE_HOME")?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&state)
            .with_context(|| format!("cannot make {}", state.display()))?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let name: String = target.to_string().trim_start_matches("http://").chars().map(plain).collect();
        let file = |kind: &str| state.join(format!("daemon-{name}.{kind}"));
        let place = Self { pid: file("pid"), socket: file("sock"), log: file("log"), former_log: file("log.1") };
        if place.socket.as_os_str().len() > LONGEST_SOCKET {
            bail!(
                "{} is too long for a socket; name a shorter state folder with XDG_STATE_HOME",
                place.socket.display()
            );
        }
        Ok(place)
    }

    /// Who is there.
    pub(super) fn look(&self) -> anyhow::Result<Found> {
        let mut file = match File::open(&self.pid) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nobody),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.pid.display())),
        };
        let mut text = String::new();
        // What cannot be read is no pid.
        let _ = file.read_to_string(&mut text);
        let pid = text.trim().parse().ok();
        match file.try_lock_shared() {
            Ok(()) => Ok(Found::Remains(pid)),
            Err(TryLockError::WouldBlock) => Ok(Found::Alive(pid)),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", self.pid.display()))
            }
        }
    }

    /// Takes the place for this process; nothing when somebody has it.
    pub(super) fn claim(&self) -> anyhow::Result<Option<Claim>> {
        let path = || format!("cannot write {}", self.pid.display());
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.pid)
            .with_context(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error).with_context(path),
        }
        file.set_len(0).and_then(|()| file.rewind()).with_context(path)?;
        writeln!(file, "{}", std::process::id()).with_context(path)?;
        // One that died has left it behind; it would be in the way.
        if let Err(error) = fs::remove_file(&self.socket)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error).with_context(|| format!("cannot remove {}", self.socket.display()));
        }
        Ok(Some(Claim { place: self.clone(), _locked: file }))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Place { pid, socket, .. } = &self.place;
        // In this order, so that whoever finds the pid file finds a socket too, or a file that nobody has locked.
        let _ = fs::remove_file(pid);
        let _ = fs::remove_file(socket);
    }
}
