//! The smallest service, for the tests of the chassis to start.

use std::{process::ExitCode, sync::LazyLock, time::Duration};

use actix_web::{HttpResponse, rt::time::sleep};
use chassis::{Body, Json, Mount, Path, Service, Starting};
use signals::{Outcome, Route};

/// A service to try the chassis with.
#[derive(clap::Parser, Clone, Debug)]
struct Config {
    #[command(flatten)]
    chassis: chassis::Settings,

    /// How long the start takes.
    #[arg(long, env, default_value = "0s", value_parser = chassis::duration)]
    start_delay: Duration,

    /// Whether a handler is forgotten.
    #[arg(long, env)]
    forgetful: bool,
}

static SIGNALS: LazyLock<signals::Service> = LazyLock::new(|| {
    let routes = [("GET", "/sleep/{ms}"), ("POST", "/add"), ("POST", "/body"), ("GET", "/panic")];
    let routes = routes.map(|(method, path)| Route::new(method, path, [Outcome::ok(200)]));
    signals::Service::new("probe", "1", 2_000).with_routes(routes).with_errors([])
});

fn main() -> ExitCode {
    let identity = chassis::Identity {
        signals: &SIGNALS,
        doors: (8089, 9473),
        deadline: Duration::from_secs(2),
        trusts_callers: true,
    };
    chassis::run(identity, start)
}

async fn start(config: Config, _: Starting) -> Result<Service, String> {
    sleep(config.start_delay).await;
    Ok(Service::new().routes(move |mount| routes(mount, config.forgetful)))
}

fn routes(mount: &mut Mount, forgetful: bool) {
    mount.on(("GET", "/sleep/{ms}"), |ms: Path<u64>| async move {
        sleep(Duration::from_millis(ms.0)).await;
        HttpResponse::Ok().body("slept")
    });
    mount.on(("POST", "/add"), |numbers: Json<[i32; 2]>| async move {
        HttpResponse::Ok().json(numbers.0[0] + numbers.0[1])
    });
    mount.on(("POST", "/body"), |body: Body| async move { HttpResponse::Ok().body(body.0) });
    if !forgetful {
        mount.on(("GET", "/panic"), || async { panic!("as asked") as HttpResponse });
    }
}
