//! Where something fails.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where something fails: everything that all the parts that are there agree with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The service in whose process it is injected.
    pub service: String,
    /// Only requests to this route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Only calls to this other service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// Only statements on this table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// Only requests whose header `x-session` says this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// A method on a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// In capitals, such as `POST`.
    pub method: String,
    /// The template, such as `/api/v1/orders/{id}`.
    pub path: String,
}

/// As a sentence tells it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, route, peer, collection, session } = self;
        write!(f, "{service}")?;
        if let Some(Route { method, path }) = route {
            write!(f, ", {method} {path}")?;
        }
        if let Some(peer) = peer {
            write!(f, ", calls to {peer}")?;
        }
        if let Some(collection) = collection {
            write!(f, ", table {collection}")?;
        }
        if let Some(session) = session {
            write!(f, ", session {session}")?;
        }
        Ok(())
    }
}
