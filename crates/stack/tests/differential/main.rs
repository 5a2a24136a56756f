//! Random queries on random worlds: whatever a real Prometheus answers lies within what the checker infers, and what the checker finds is so.

mod generate;
mod judge;
mod node;
mod prometheus;
mod remote_write;
mod shrink;
mod soundness;
mod world;
