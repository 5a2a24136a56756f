//! Starts the shop's services and the real servers that watch them, and leaves nothing behind, whatever happens.

mod binaries;
mod configuration;
mod error;
mod log;
mod member;
mod port;
mod postgres;
mod process;
mod stack;
pub mod tools;
mod usage;

pub use binaries::{Binaries, Profile, cargo, target_folder, workspace_root};
pub use error::Error;
pub use member::{Member, Server};
pub use port::Taken;
pub use process::{Death, Ending, Launch, Process, Ready};
pub use rustix::process::Signal;
pub use stack::{Database, Plan, Stack};
pub use usage::Usage;
