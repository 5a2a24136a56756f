//! The blackbox exporter's configuration: in which ways it knocks at a door
//! (<https://github.com/prometheus/blackbox_exporter/blob/v0.28.0/CONFIGURATION.md>).

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::text;

/// The whole of `blackbox.yml`.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    modules: BTreeMap<&'static str, Module>,
}

#[derive(Clone, Debug, Serialize)]
struct Module {
    prober: &'static str,
    #[serde(serialize_with = "text::prometheus")]
    timeout: Duration,
    http: Http,
}

#[derive(Clone, Debug, Serialize)]
struct Http {
    method: &'static str,
    valid_status_codes: Vec<u16>,
    follow_redirects: bool,
    preferred_ip_protocol: &'static str,
}

impl Configuration {
    /// One way under this name: an HTTP GET that must be answered with 200 in time, by the door itself and not by another that it
    /// sends on to.
    pub fn http(name: &'static str, timeout: Duration) -> Self {
        let http = Http {
            method: "GET",
            valid_status_codes: vec![200],
            follow_redirects: false,
            preferred_ip_protocol: "ip4",
        };
        Self { modules: BTreeMap::from([(name, Module { prober: "http", timeout, http })]) }
    }
}
