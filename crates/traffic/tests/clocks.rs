//! Whether the client's clock agrees with the server's where it is hardest: at a millisecond. It stands alone, since both sides want a core;
//! what takes longer is held in `tests/traffic/load.rs`, beside other tests.

#[path = "../examples/delaying/server.rs"]
mod server;

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use server::{Server, percentile};

/// How far the client's 95th percentile may be from the server's, as a share of it.
const APART: f64 = 0.05;
/// On a machine that does other things meanwhile, it is looked at again for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// From when a request left, on any machine. From when it was due, too, unless the machine is so busy that the server was not done in
/// time, either; then the report must say that the generator was late.
#[test]
fn the_clients_p95_is_the_servers_at_a_millisecond() {
    let start = Instant::now();
    let delay = Duration::from_millis(1);
    loop {
        let Measured { server, latency, service, lag } = measure(delay);
        let is_near = |client: f64| (client / server - 1.0).abs() <= APART;
        if is_near(service) && is_near(latency) {
            return;
        }
        if start.elapsed() > PATIENCE {
            let is_busy = server > delay.as_secs_f64() * (1.0 + APART);
            let said =
                format!("the client says {latency} s, {service} s of it after a lag of {lag} s, the server {server} s");
            assert!(is_near(service) && is_busy && lag > server * APART, "{said}");
            return;
        }
    }
}

/// The 95th percentiles of a run, in seconds.
struct Measured {
    /// By the server itself; the others are the client's.
    server: f64,
    latency: f64,
    service: f64,
    lag: f64,
}

fn measure(delay: Duration) -> Measured {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clocks");
    fs::create_dir_all(&place).expect("a folder for reports");
    let server = Server::start(delay).expect("a free port");
    let arguments = ["--busy-poll", "--only", "browse categories", "--stages", "2s:500", "--slo", "p95<30s"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_traffic"));
    command.args(["load", "--format", "json", "--target", &server.url()]).args(arguments);
    let told = command.env("XDG_STATE_HOME", &place).output().expect("it starts");
    let server = percentile(&server.end(), 95).expect("it was asked").as_secs_f64();
    // 4: it was itself too late.
    assert!([Some(0), Some(4)].contains(&told.status.code()), "{}", String::from_utf8_lossy(&told.stderr));
    let report: Value = serde_json::from_slice(&told.stdout).expect("a report");
    let p95 = |name: &str| report[name]["p95"].as_f64().expect("it was told");
    Measured { server, latency: p95("latency_seconds"), service: p95("service_seconds"), lag: p95("lag_seconds") }
}
