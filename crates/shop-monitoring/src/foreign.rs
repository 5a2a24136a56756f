//! What others measure and we read, one file an exporter or server. Names and labels are as the servers themselves write them; a live
//! test asks each of them.

pub mod alertmanager;
pub mod blackbox;
pub mod collector;
pub mod node;
pub mod otlp;
pub mod postgres;
pub mod prometheus;
