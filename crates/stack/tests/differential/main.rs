//! Random queries on random worlds: a real Prometheus reads them as the checker does, whatever it answers lies within what is inferred, and
//! what is found is so.

mod generate;
mod judge;
mod node;
mod prometheus;
mod reading;
mod remote_write;
mod scribble;
mod shrink;
mod soundness;
mod tree;
mod world;
