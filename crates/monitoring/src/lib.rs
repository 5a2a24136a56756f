//! placeholder
pub mod alertmanager;
pub mod collector;
pub mod jaeger;
pub mod prometheus;
mod rendered;
mod text;

pub use rendered::{File, json, note, yaml};
