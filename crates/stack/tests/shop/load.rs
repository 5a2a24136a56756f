//! `traffic` against the real shop: both sides count the same, and a guard stops the load within the time that it promised.

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    process::{Output, Stdio},
    sync::LazyLock,
    time::Duration,
};

use ::faults::{Kind, Latency};
use serde_json::Value;
use shop::{
    routes::{Route, gateway},
    services::ServiceName,
};
use signals::http;
use stack::{Binaries, Database, Member, Profile, Server, Signal};
use tokio::{process::Command, time::Instant};

use crate::{
    faults::TOKEN,
    world::{Shop, eventually, samples},
};

/// How many requests both sides count; more by this variable, such as 100000.
const REQUESTS: &str = "TRAFFIC_TEST_REQUESTS";

/// What was answered, by method, route and status.
type Counts = BTreeMap<(String, String, String), u64>;

fn traffic(name: &str, arguments: &[&str]) -> Command {
    // Once: a build would be in the way of what is measured.
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let binaries = Binaries::build(Profile::Dev).expect("the services build");
        binaries.named("traffic").expect("the customers").to_path_buf()
    });
    let mut command = Command::new(&*PROGRAM);
    command.args(arguments).args(["--format", "json"]).env("XDG_STATE_HOME", state(name));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn state(name: &str) -> String {
    format!("{}/{name}/state", env!("CARGO_TARGET_TMPDIR"))
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What the gateway counted, but for what nobody asked.
async fn of_the_gateway(shop: &Shop) -> Counts {
    let scrape = shop.text(format!("{}/metrics", shop.stack.admin_url(ServiceName::Gateway))).await;
    let mut counts = Counts::new();
    for line in scrape.lines() {
        let Some(rest) = line.strip_prefix("http_server_request_duration_seconds_count{") else { continue };
        let (labels, value) = rest.rsplit_once("} ").expect("a sample");
        let label = |key: &str| {
            let found = labels.split(',').find_map(|label| label.strip_prefix(&format!("{key}=\"")));
            found.map_or(String::new(), |value| value.trim_end_matches('"').to_owned())
        };
        // Who finds no route has no method either.
        let method = Some(label("http_request_method")).filter(|_| label("http_route") != "_OTHER").unwrap_or_default();
        let route = label("http_route").replace("_OTHER", "");
        let value: u64 = value.parse().expect("a count");
        *counts.entry((method, route, label("http_response_status_code"))).or_default() += value;
    }
    counts.retain(|_, count| *count > 0);
    counts
}

fn of_the_client(report: &Value) -> Counts {
    let mut counts = Counts::new();
    for counted in report["routes"].as_array().expect("routes") {
        let (method, route) =
            counted["route"].as_str().map_or(("", ""), |it| it.split_once(' ').expect("method, path"));
        let status = counted["status"].as_u64().expect("an answer").to_string();
        let requests = counted["requests"].as_u64().expect("a count");
        *counts.entry((method.to_owned(), route.to_owned(), status)).or_default() += requests;
    }
    // What it learned with, before the start.
    let learned = ("GET".to_owned(), "/api/v1/products".to_owned(), "200".to_owned());
    *counts.entry(learned).or_default() += report["requests_before_the_start"].as_u64().expect("a count");
    counts
}

#[tokio::test]
async fn both_sides_count_the_same_by_route_and_status() {
    let requests: u32 = env::var(REQUESTS).map_or(2_000, |count| count.parse().expect("a number"));
    let shop = Shop::open(Shop::plan("counted", Database::Sqlite), &[]).await;
    let before = of_the_gateway(&shop).await;
    assert_eq!(before, Counts::new(), "somebody was there before");
    let seconds = (requests / 100).to_string();
    let gateway = shop.gateway("");
    let arguments = ["run", "--target", &gateway, "-n", &requests.to_string(), "-t", &seconds, "--in-flight", "2000"];
    let output = traffic("counted", &arguments).output().await.expect("it runs");
    let report = report(&output);
    assert_eq!(report["sum"], report["intended"]);
    assert_eq!(report["done"].as_u64(), Some(requests.into()), "{}", report["ended"]);
    assert_eq!(of_the_client(&report), of_the_gateway(&shop).await);
}

/// How long a route's requests took by the gateway's own histogram: how many there were, their sum in seconds, and how many were within
/// each bound.
struct Recorded {
    count: f64,
    sum: f64,
    within: Vec<(f64, f64)>,
}

impl Recorded {
    async fn at(shop: &Shop, route: &Route) -> Self {
        let text = shop.text(format!("{}/metrics", shop.stack.admin_url(ServiceName::Gateway))).await;
        let method = format!("http_request_method=\"{}\"", route.method.as_str());
        let path = format!("http_route=\"{}\"", route.path);
        let sum = |name: &str, le: &str| -> f64 {
            let name = format!("http_server_request_duration_seconds_{name}");
            samples(&text, &[&name, &method, &path, le]).iter().sum()
        };
        let within = http::DURATION_BUCKETS.iter().map(|bound| (*bound, sum("bucket{", &format!("le=\"{bound}\""))));
        Self { count: sum("count{", ""), sum: sum("sum{", ""), within: within.collect() }
    }

    /// The mean of those since then, and the bounds between which the 95th of a hundred lies.
    fn since(&self, then: &Self) -> (f64, f64, f64) {
        let count = self.count - then.count;
        let within = self.within.iter().zip(&then.within).map(|((bound, now), (_, then))| (*bound, now - then));
        let (below, above): (Vec<_>, Vec<_>) = within.partition(|(_, within)| *within < 0.95 * count);
        let bound = |of: Option<&(f64, f64)>, otherwise| of.map_or(otherwise, |(bound, _)| *bound);
        ((self.sum - then.sum) / count, bound(below.last(), 0.0), bound(above.first(), f64::INFINITY))
    }
}

/// Sends a hundred requests to a route whose answers take so long, and says what the gateway recorded otherwise than its customers waited.
async fn recorded_otherwise(shop: &Shop, milliseconds: u64, route: &'static Route, step: &str) -> Option<String> {
    let name = format!("waited-{milliseconds}");
    let then = Recorded::at(shop, route).await;
    let gateway = shop.gateway("");
    let arguments = ["load", "--target", &gateway, "--only", step, "--stages", "5s:20", "--slo", "p95<30s"];
    let output = traffic(&name, &arguments).output().await.expect("it runs");
    let waited = &report(&output)["latency_seconds"];
    let of = |key: &str| waited[key].as_f64().unwrap_or_else(|| panic!("no {key}: {waited}"));
    let (mean, p95, delay) = (of("mean"), of("p95"), Duration::from_millis(milliseconds).as_secs_f64());
    let now = Recorded::at(shop, route).await;
    assert_eq!(now.count - then.count, 100.0, "{name}");
    let (recorded, above, to) = now.since(&then);
    assert!(recorded >= delay && mean >= recorded, "{name}: recorded {recorded} s, waited {mean} s");
    let is_same = mean <= recorded * 1.05 && p95 >= above && p95 <= to * 1.05;
    (!is_same).then(|| format!("{name}: recorded {recorded} s, p95 in {above}..{to} s; waited {mean} s, p95 {p95} s"))
}

/// What the gateway's histogram holds is what its customers waited: the mean, to a twentieth, and the bucket of the 95th percentile. On a busy
/// machine a customer waits for a core as well, and so it is looked at again; what clocks or buckets get wrong is wrong each time.
#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_histogram_holds_what_its_customers_waited() {
    let shop = Shop::open(Shop::plan("waited", Database::Sqlite).faults(TOKEN), &[]).await;
    let tries = [
        (50, &gateway::LIST_CATEGORIES, "browse categories"),
        (700, &gateway::SEARCH, "search words"),
        (3_000, &gateway::LIST_ORDERS, "look at own orders"),
        (12_000, &gateway::GET_STOCK, "look at stock"),
    ];
    for (milliseconds, route, _) in tries {
        let latency = Kind::Latency(Latency::fixed(Duration::from_millis(milliseconds)));
        let fault = latency.on("gateway").route(route.method.as_str(), route.path).lease(Duration::from_secs(600));
        shop.arm(&format!("late-{milliseconds}"), &fault).await;
    }
    let shop = &shop;
    let all = tries.map(async |(milliseconds, route, step)| {
        let mut said = None;
        let end = Instant::now() + Duration::from_secs(180);
        while Instant::now() < end {
            said = recorded_otherwise(shop, milliseconds, route, step).await;
            if said.is_none() {
                return;
            }
        }
        panic!("{}", said.unwrap_or_default());
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_guard_stops_the_load_within_the_time_that_it_promised() {
    let mut shop = Shop::open(Shop::plan("guarded", Database::Sqlite), &[Server::Prometheus]).await;
    let (gateway, prometheus) = (shop.gateway(""), shop.stack.server_url(Server::Prometheus));
    let requests = "http_server_request_duration_seconds_count{service=\"gateway\"}";
    // A rate takes two scrapes.
    let is_scraped = format!("count(rate({requests}[15s])) > 0");
    let scraped = eventually(
        "Prometheus has scraped the gateway twice",
        Duration::from_secs(30),
        || shop.prometheus(&is_scraped),
        Option::is_some,
    );
    scraped.await;
    let failed = requests.replace('}', ",http_response_status_code=~\"5..\"}");
    let guard = format!("sum(rate({failed}[15s])) / sum(rate({requests}[15s])) > 0.05");
    let arguments =
        ["load", "--target", &gateway, "--stages", "120s:40", "--prometheus", &prometheus, "--guard", &guard];
    let load = traffic("guarded", &arguments).spawn().expect("it starts");
    let began = Instant::now();

    let asked = "it is asked";
    eventually(
        asked,
        Duration::from_secs(20),
        || shop.scrape(ServiceName::Gateway, &["seconds_count", "status_code=\"201\""]),
        |samples| samples.iter().sum::<f64>() > 0.0,
    )
    .await;
    shop.stack.process(Member::Service(ServiceName::Catalog)).expect("it runs").signal(Signal::KILL).expect("it lives");
    let broke_at = began.elapsed().as_secs_f64();
    let output = load.wait_with_output().await.expect("it ends");
    let report = report(&output);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(told.contains("stops within 23 s of errors that last"), "{told}");

    let guard = &report["guards"][0];
    let promised = guard["stops_within_seconds"].as_f64().expect("a time");
    let stopped_at = report["stop"]["at_seconds"].as_f64().expect("a time");
    // The load began a little after its process, so this is a little less than it took.
    let took = stopped_at - broke_at;
    assert!((0.0..=promised).contains(&took), "it took {took} s, and had promised {promised} s");
    assert_eq!((guard["tripped"].as_bool(), report["sum"] == report["intended"]), (Some(true), true));
    let last = guard["last"].as_array().and_then(|last| last.last()).expect("a value");
    assert!(last["worst"].as_f64() > Some(0.05), "{guard}");
    assert!(report["ended"]["not_sent"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_prometheus_that_falls_silent_stops_the_load_and_one_that_is_violated_lets_none_begin() {
    let mut shop = Shop::open(Shop::plan("silent", Database::Sqlite), &[Server::Prometheus]).await;
    let (gateway, prometheus) = (shop.gateway(""), shop.stack.server_url(Server::Prometheus));
    let up = "up{job=\"services\"}";
    let are_up = format!("count({up} == 1) == 4");
    eventually("it is scraped", Duration::from_secs(30), || shop.prometheus(&are_up), Option::is_some).await;
    let load = |guard: &str| {
        let arguments =
            ["load", "--target", &gateway, "--stages", "60s:20", "--prometheus", &prometheus, "--guard", guard];
        traffic("silent", &arguments)
    };
    for (guard, why) in [
        (format!("{up} > 0.5"), "is violated before the start: 1 of {"),
        ("no_such_metric > 1".to_owned(), "has no series for `no_such_metric`"),
        ("rate(up[1s:1s]) + on () group_left () vector(1) > 9".to_owned(), "guard "),
    ] {
        let output = load(&guard).output().await.expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
        assert!(told.contains(why), "{told}");
    }
    let started = load(&format!("{up} < 0.5")).spawn().expect("it starts");
    tokio::time::sleep(Duration::from_secs(4)).await;
    let server = shop.stack.process(Member::Server(Server::Prometheus)).expect("it runs");
    server.signal(Signal::KILL).expect("it lives");
    let output = started.wait_with_output().await.expect("it ends");
    assert_eq!(output.status.code(), Some(5));
    let report = report(&output);
    let why = report["stop"]["why"].as_str().expect("a reason");
    assert!(why.contains("cannot be reached") && why.contains("3 polls in a row"), "{why}");
}
