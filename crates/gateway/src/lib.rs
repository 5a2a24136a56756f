//! The one public door: every request of the world comes in here and is handed on.

mod config;
mod forward;

use actix_web::{HttpResponse, http::header::CONTENT_TYPE};
use anyhow::Context;
use chassis::{Identity, Mount, Service, Starting};
use shop::{code::Code, routes::gateway as routes, services::ServiceName};

pub use config::Config;
use forward::Upstreams;

/// Who the gateway is.
pub fn identity() -> Identity {
    let (name, doors) = (ServiceName::Gateway, ServiceName::Gateway.doors());
    Identity { signals: name.signals(), doors: (doors.public, doors.admin), deadline: name.deadline() }
}

/// Makes the ways to the other services. None of them is asked: the gateway is ready when they are not, and says so to each client.
///
/// # Errors
/// When an address is none.
pub async fn start(config: Config, starting: Starting) -> anyhow::Result<Service> {
    let upstreams = Upstreams::new(&config).map_err(anyhow::Error::msg)?;
    let document = shop::openapi::document(ServiceName::Gateway);
    let document = serde_json::to_string_pretty(&document).context("the OpenAPI document cannot be written")?;
    let faults = starting.settings.faults_enabled;
    Ok(Service::new().routes(move |mount| mount_all(mount, &upstreams, &document, faults)))
}

fn mount_all(mount: &mut Mount, upstreams: &Upstreams, document: &str, faults_enabled: bool) {
    mount.data(upstreams.clone());
    for route in routes::ROUTES.iter().filter(|route| route.forwards_to.is_some()) {
        forward::mount(mount, route);
    }
    let document = document.to_owned();
    mount.on(routes::OPENAPI.door(), move || {
        let answer = HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(document.clone());
        std::future::ready(answer)
    });
    mount.on(routes::PANIC.door(), move || async move {
        if faults_enabled {
            panic!("someone asked for it at {}", routes::PANIC.path);
        }
        chassis::problem(Code::FaultsDisabled.outcome(), Code::FaultsDisabled.meaning(), None)
    });
}
