//! The contract that the services share: who there is, where they listen, what they say to each other, what they measure.

pub mod code;
pub mod deadlines;
pub mod ids;
pub mod local;
pub mod messages;
pub mod money;
pub mod openapi;
pub mod ports;
pub mod routes;
pub mod services;
pub mod signals;
