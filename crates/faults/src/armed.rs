//! What a service says of the faults that are armed in it: the messages of its admin port's `/faults`.

use serde::{Deserialize, Serialize};

use crate::Fault;

/// Where the faults of a service are, on its admin port: `GET` lists them, `PUT /faults/{name}` arms one or renews its lease,
/// `DELETE /faults/{name}` ends one and `DELETE /faults` all.
pub const PATH: &str = "/faults";

/// A fault that is armed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Armed {
    /// What whoever armed it calls it.
    pub name: String,
    pub fault: Fault,
    /// How long it still lives unless it is renewed, in milliseconds.
    pub ends_in_ms: u64,
    /// How often it has hit. A fault of the whole process hits once, when it begins.
    pub hits: u64,
}

/// The faults of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    pub service: String,
    /// In the order in which they were armed.
    pub faults: Vec<Armed>,
}
