//! What the catalog can be told from outside.

use std::fmt;

/// What we sell, and how much of it is left.
#[derive(Clone, clap::Parser)]
#[command(name = "catalog", version)]
pub struct Config {
    #[command(flatten)]
    pub chassis: chassis::Settings,

    /// Where the products and their stock are kept: sqlite:// and a file, or postgres:// and a server.
    #[arg(long, env, hide_env_values = true, default_value = "sqlite://target/vitrine/catalog.db")]
    pub database_url: String,
}

impl fmt::Debug for Config {
    /// Without the database's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").finish_non_exhaustive()
    }
}
