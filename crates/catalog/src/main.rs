//! The catalog's process.

use std::process::ExitCode;

use catalog::{Config, Store};
use shop::services::ServiceName;

fn main() -> ExitCode {
    let name = ServiceName::Catalog;
    let doors = (name.doors().public, name.doors().admin);
    chassis::run(chassis::Identity { signals: name.signals(), doors, deadline: name.deadline() }, start)
}

async fn start(config: Config, _: chassis::Starting) -> anyhow::Result<chassis::Service> {
    let store = Store::open(&config.database_url).await?;
    store.fill().await?;
    tokio::spawn(catalog::watch(store.clone()));
    let database = store.clone();
    let answers = move || {
        let database = database.clone();
        async move { database.ping().await.map_err(|error| error.to_string()) }
    };
    Ok(chassis::Service::new().ready_when("database", answers).routes(move |mount| catalog::routes(mount, &store)))
}
