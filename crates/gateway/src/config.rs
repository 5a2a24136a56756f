//! What can be set on the gateway.

use shop::services::ServiceName;

/// The one public door of the shop.
#[derive(clap::Parser, Clone, Debug)]
pub struct Config {
    #[command(flatten)]
    pub chassis: chassis::Settings,

    /// Where the catalog is.
    #[arg(long, env, default_value_t = at(ServiceName::Catalog), value_parser = telemetry::client::address)]
    pub catalog_url: String,

    /// Where orders is.
    #[arg(long, env, default_value_t = at(ServiceName::Orders), value_parser = telemetry::client::address)]
    pub orders_url: String,
}

fn at(service: ServiceName) -> String {
    format!("http://127.0.0.1:{}", service.doors().public)
}
