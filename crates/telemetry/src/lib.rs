//! Records and exports: one pipeline for metrics with two roads out, traces, logs, and the layers that leave them behind.
//!
//! What is absent on purpose: any knowledge of a service (its row comes in as [`signals::Service`]), and any way for the
//! outside to slow a request down: exporting happens on threads of its own, through bounded queues, and what does not get
//! out is counted.

pub mod client;
pub mod db;
pub mod deadline;
pub mod injection;
pub mod log;
pub mod middleware;
pub mod trace;

mod export;
mod exposition;
mod pipeline;
mod process;
pub mod runtime;
mod settings;

pub use exposition::{CONTENT_TYPE, exposition};
pub use pipeline::{Guard, Undelivered, init};
pub use settings::{Sampler, Settings};
