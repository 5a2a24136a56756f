//! What others measure and we read, one file an exporter or server.

pub mod prometheus;
