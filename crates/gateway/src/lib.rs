//! The one public door: every request of the world comes in here and is handed on.

mod classroom;
mod config;
mod forward;

use actix_web::{HttpResponse, http::header::CONTENT_TYPE};
use chassis::Mount;
use shop::{routes::gateway as routes, services::ServiceName};

pub use config::Config;
pub use forward::Upstreams;

/// What the gateway serves with.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// The ways to the services behind it. None is asked at the start: the gateway is ready when they are not, and says so to each client.
    pub upstreams: Upstreams,
    /// Whether the routes exist that fail on purpose.
    pub faults_enabled: bool,
}

/// Mounts every public route.
pub fn routes(mount: &mut Mount, gateway: &Gateway) {
    mount.data(gateway.upstreams.clone());
    for route in routes::ROUTES.iter().filter(|route| route.forwards_to.is_some()) {
        forward::mount(mount, route);
    }
    let document = serde_json::json!(shop::openapi::document(ServiceName::Gateway)).to_string();
    mount.on(routes::OPENAPI.door(), move || {
        let answer = HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(document.clone());
        std::future::ready(answer)
    });
    classroom::mount(mount, gateway.faults_enabled);
}
