//! What orders can be told from outside.

use std::{fmt, time::Duration};

use shop::services::ServiceName;

/// Checkout, and the order's life.
#[derive(Clone, clap::Parser)]
#[command(name = "orders", version)]
pub struct Config {
    #[command(flatten)]
    pub chassis: chassis::Settings,

    /// Where the orders are kept: sqlite:// and a file, or postgres:// and a server.
    #[arg(long, env, hide_env_values = true, default_value = "sqlite://target/vitrine/orders.db")]
    pub database_url: String,

    /// Where the catalog is.
    #[arg(long, env, default_value_t = address(ServiceName::Catalog), value_parser = telemetry::client::address)]
    pub catalog_url: String,

    /// Where the payment provider is.
    #[arg(long, env, default_value_t = address(ServiceName::Payments), value_parser = telemetry::client::address)]
    pub payments_url: String,

    /// How often to look for orders that nobody works on, to finish or undo them.
    #[arg(long, env, default_value = "2s", value_parser = chassis::duration)]
    pub recovery_interval: Duration,

    /// The name of this instance, which no other running one has and a restart keeps: with it, a restart takes up at once what
    /// its earlier life left. The machine's name with the public address unless told.
    #[arg(long, env)]
    pub instance: Option<String>,
}

impl Config {
    /// The name of this instance.
    pub fn instance(&self) -> String {
        let machine = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        self.instance.clone().unwrap_or_else(|| format!("{} {}", machine(), self.chassis.public_addr))
    }
}

impl fmt::Debug for Config {
    /// Without the database's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").finish_non_exhaustive()
    }
}

fn address(service: ServiceName) -> String {
    format!("http://127.0.0.1:{}", service.doors().public)
}
