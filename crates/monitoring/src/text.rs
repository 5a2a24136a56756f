//! How values that are typed here are written in the servers' files.

use std::{net::SocketAddr, time::Duration};

use promql::{go_duration, prometheus_duration};
use serde::Serializer;

pub(crate) fn prometheus<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&prometheus_duration(*duration))
}

pub(crate) fn go<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&go_duration(*duration))
}

pub(crate) fn address<S: Serializer>(address: &SocketAddr, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}
