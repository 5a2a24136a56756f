//! The shop on real servers, end to end: what a customer does is what Jaeger and Prometheus say.

mod burst;
mod collector;
mod faults;
mod links;
mod load;
mod order;
mod runbooks;
mod stock;
mod watched;
mod world;
