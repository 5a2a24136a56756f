//! The payment provider's process.

use std::process::ExitCode;

use payments::{Config, Store};
use shop::services::ServiceName;

fn main() -> ExitCode {
    let name = ServiceName::Payments;
    let doors = (name.doors().public, name.doors().admin);
    let identity =
        chassis::Identity { signals: name.signals(), doors, deadline: name.deadline(), trusts_callers: true };
    chassis::run(identity, start)
}

async fn start(config: Config, _: chassis::Starting) -> anyhow::Result<chassis::Service> {
    let store = Store::open(&config.database_url).await?;
    let checked = store.clone();
    Ok(chassis::Service::new()
        .ready_when("database", move || checked.clone().check())
        .routes(move |mount| payments::routes(mount, &store)))
}
