//! The orders service.

use std::process::ExitCode;

use anyhow::Context as _;
use orders::{Config, Orders, recovery, store, store::Store, upstream::Upstream};
use shop::services::ServiceName;
use telemetry::db::Database;

const SERVICE: ServiceName = ServiceName::Orders;

fn main() -> ExitCode {
    let doors = SERVICE.doors();
    let identity = chassis::Identity {
        signals: SERVICE.signals(),
        doors: (doors.public, doors.admin),
        deadline: SERVICE.deadline(),
        trusts_callers: true,
    };
    chassis::run(identity, start)
}

async fn start(config: Config, _: chassis::Starting) -> anyhow::Result<chassis::Service> {
    let upstream = Upstream::new(&config.catalog_url, &config.payments_url).map_err(anyhow::Error::msg)?;
    let database = Database::open(&config.database_url, SERVICE.as_str(), &store::MIGRATIONS).await?;
    let orders = Orders::new(Store::new(database.clone(), config.instance()), upstream);
    recovery::start(&orders, config.recovery_interval).await.context("cannot take up what an earlier life left")?;
    let ping = move || {
        let database = database.clone();
        async move { database.ping().await.map_err(|error| error.to_string()) }
    };
    Ok(chassis::Service::new().ready_when("database", ping).routes(move |mount| orders::routes(mount, &orders)))
}
