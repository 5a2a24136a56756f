//! The checker as a command: reads rule files, manifests, dashboards and routes, and says what cannot be true in them.

pub mod document;
pub mod sources;
pub mod report;
