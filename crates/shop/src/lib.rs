//! The contract that the services share: who there is, where they listen, what they say to each other, what they measure.

pub mod ports;
pub mod services;
