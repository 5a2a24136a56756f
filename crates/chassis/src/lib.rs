//! What every service is made of: configuration, two ports, health, limits, problems, and an orderly end.
//!
//! A service's `main` names itself and says how it starts; all else is here, and so alike in every service. What is absent on
//! purpose: anything of the shop, and any route of its own on the public port.

mod admin;
mod config;
mod connection;
mod extract;
mod faults;
mod health;
mod mount;
mod problem;
mod protect;
mod serve;
mod service;

pub use config::{Identity, Settings, duration};
pub use extract::{Body, Json, Path, Query};
pub use mount::Mount;
pub use problem::{Refusal, invalid, problem, relayed};
pub use serve::run;
pub use service::{Service, Starting};
