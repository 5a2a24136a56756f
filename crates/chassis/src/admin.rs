//! The admin port: the scrape and the health checks. Never shown to the public.

use actix_web::{
    HttpResponse,
    http::header::CONTENT_TYPE,
    web::{self, Data, ServiceConfig},
};
use faults::Kind;
use serde_json::json;
use signals::errors::{ERRORS, ErrorType, HEALTH_CHECK_FAILED};

use telemetry::injection;

use crate::health::Health;

pub(crate) fn routes(health: Data<Health>) -> impl Fn(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(health.clone())
            .route("/metrics", web::get().to(metrics))
            .route("/livez", web::get().to(live))
            .route("/startupz", web::get().to(started))
            .route("/readyz", web::get().to(ready));
    }
}

async fn metrics() -> HttpResponse {
    match telemetry::exposition() {
        Ok(text) => HttpResponse::Ok().insert_header((CONTENT_TYPE, telemetry::CONTENT_TYPE)).body(text),
        Err(why) => HttpResponse::InternalServerError().body(why),
    }
}

/// It answers, so it lives: nothing outside of the process is asked.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "live": true }))
}

async fn started(health: Data<Health>) -> HttpResponse {
    let started = health.has_started();
    let mut response = if started { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(json!({ "started": started }))
}

async fn ready(health: Data<Health>) -> HttpResponse {
    let mut obstacles = health.obstacles().await;
    if let Some(fault) = injection::of_process(|kind| kind == Kind::HealthCheckFailing) {
        obstacles.push(format!("fault: `{}` was armed", fault.name()));
    }
    if obstacles.is_empty() {
        return HttpResponse::Ok().json(json!({ "ready": true }));
    }
    // To be starting or ending is in order; only a check that fails is an error.
    if health.has_started() && !health.is_draining() {
        ERRORS.add(1, ErrorType(HEALTH_CHECK_FAILED));
        tracing::warn!(obstacles = obstacles.join("; "), "not ready");
    }
    HttpResponse::ServiceUnavailable().json(json!({ "ready": false, "obstacles": obstacles }))
}
