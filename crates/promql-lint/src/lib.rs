//! The checker as a command: reads rule files, manifests, dashboards and routes, and says what cannot be true in them.

pub mod command;
pub mod document;
pub mod explain;
mod lint;
pub mod report;
pub mod sources;

pub use lint::lint;
