//! The gateway's process.

use std::process::ExitCode;

use gateway::{Config, Gateway, Upstreams};
use shop::services::ServiceName;

fn main() -> ExitCode {
    let name = ServiceName::Gateway;
    let doors = (name.doors().public, name.doors().admin);
    let identity =
        chassis::Identity { signals: name.signals(), doors, deadline: name.deadline(), trusts_callers: false };
    chassis::run(identity, start)
}

async fn start(config: Config, starting: chassis::Starting) -> anyhow::Result<chassis::Service> {
    let upstreams = Upstreams::new(&config).map_err(anyhow::Error::msg)?;
    let gateway = Gateway { upstreams, faults_enabled: starting.settings.faults_enabled };
    Ok(chassis::Service::new().routes(move |mount| gateway::routes(mount, &gateway)))
}
