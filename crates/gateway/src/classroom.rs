//! Routes that fail on purpose, so that anyone can move a dashboard with a browser. Without faults enabled they answer 404.

use std::{future::pending, time::Duration};

use actix_web::HttpResponse;
use chassis::Mount;
use faults::{Fault, Kind};
use rand::Rng as _;
use serde_json::json;
use shop::{
    code::Code,
    routes::{
        Route,
        gateway::{ERROR, HEALTH, PANIC, SLOW},
    },
    services::ServiceName,
};
use telemetry::injection::strikes_anyway;

/// How long `/slow` may take, in place of the gateway's own deadline: nobody watches a browser for half a minute.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a fault of the classroom is called.
const NAME: &str = "classroom";

/// Mounts them.
pub(crate) fn mount(mount: &mut Mount, faults_enabled: bool) {
    let fault = |kind: Kind, route: &Route, share: f64| {
        kind.on(ServiceName::Gateway.as_str()).route(route.method.as_str(), route.path).share(share)
    };
    let ill = fault(Kind::HealthCheckFailing, &HEALTH, 0.2);
    mount.on(HEALTH.door(), move || {
        let answer = gate(faults_enabled).unwrap_or_else(|| {
            if strikes_anyway(NAME, &ill) { refuse(Code::HealthCheckFailed) } else { ok(&json!({ "healthy": true })) }
        });
        std::future::ready(answer)
    });

    let late = fault(Kind::Timeout, &SLOW, 0.3);
    mount.on(SLOW.door(), move || {
        let is_late = faults_enabled && strikes_anyway(NAME, &late);
        async move {
            match gate(faults_enabled) {
                Some(closed) => closed,
                None => tokio::time::timeout(PATIENCE, work(is_late)).await.unwrap_or_else(|_| refuse(Code::TimedOut)),
            }
        }
    });

    // Of those that are left, each takes its even share; the last takes the rest.
    let ways = [
        (Kind::DatabaseError, Code::DatabaseFailed, 0.25),
        (Kind::ValidationError, Code::Invalid, 1.0 / 3.0),
        (Kind::PermissionError, Code::PermissionDenied, 0.5),
        (Kind::UpstreamTimeout, Code::UpstreamTimedOut, 1.0),
    ];
    // Each with a seed of its own: with the same one, the traces that the first leaves out would not be new to the second.
    let ways = (1..).zip(ways).map(|(seed, (kind, code, share))| (fault(kind, &ERROR, share).seed(seed), code));
    let ways: Vec<(Fault, Code)> = ways.collect();
    mount.on(ERROR.door(), move || {
        let answer = gate(faults_enabled).unwrap_or_else(|| {
            let way = ways.iter().find(|(fault, _)| strikes_anyway(NAME, fault));
            refuse(way.map_or(Code::UpstreamTimedOut, |(_, code)| *code))
        });
        std::future::ready(answer)
    });

    mount.on(PANIC.door(), move || async move {
        if faults_enabled {
            panic!("someone asked for it at {}", PANIC.path);
        }
        refuse(Code::FaultsDisabled)
    });
}

/// What is answered where nothing may fail on purpose.
fn gate(faults_enabled: bool) -> Option<HttpResponse> {
    (!faults_enabled).then(|| refuse(Code::FaultsDisabled))
}

/// Takes between a tenth of a second and two, or never ends.
async fn work(is_late: bool) -> HttpResponse {
    if is_late {
        return pending().await;
    }
    let milliseconds = rand::rng().random_range(100..2_000);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    ok(&json!({ "took_ms": milliseconds }))
}

fn ok(body: &serde_json::Value) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

fn refuse(code: Code) -> HttpResponse {
    chassis::problem(code.outcome(), code.meaning(), None)
}
