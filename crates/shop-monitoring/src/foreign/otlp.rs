//! The copies of our own metrics that came by the second road: pushed, through the collector.

use promql::{Exporter, foreign};
use shop::{
    messages::{OrderStatus, PaymentMethod},
    services::{SERVICES, ServiceName},
};
use signals::{
    errors::ErrorType,
    http::{Method, Route, StatusCode},
    units::Each,
};

/// Whoever measured them: each service of the shop.
const MEASURED_BY: [&str; SERVICES.len()] = {
    let mut names = [""; SERVICES.len()];
    let mut i = 0;
    while i < SERVICES.len() {
        names[i] = SERVICES[i].name.as_str();
        i += 1;
    }
    names
};

/// They bear the labels of whoever measured them.
pub(crate) const SECOND_ROAD: Exporter = Exporter {
    service: Some(ServiceName::Gateway.as_str()),
    also_of: &MEASURED_BY,
    page: "https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/prometheusexporter",
};

foreign! {
    of SECOND_ROAD;

    /// Requests, as they were pushed.
    pub PUSHED_REQUESTS: Counter<Each> = "otlp_http_server_request_duration_seconds_count" {
        Method: ["GET"], Route: ["/api/v1/products"], StatusCode: ["200", ""], ErrorType: ["timeout", ""]
    }, healthy 10.0;

    /// Orders, as they were pushed.
    pub PUSHED_ORDERS: Counter<Each> = "otlp_orders_total" { OrderStatus: ["created"], PaymentMethod: ["card"] }, healthy 1.0;
}
