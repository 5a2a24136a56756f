//! Every kind of fault, armed in the running shop: what the customer gets, the number, the trace, the log, and its end by itself.

use std::{fs, time::Duration};

use faults::{Fault, Kind, Latency, Listing};
use serde_json::{Value, json};
use shop::services::{SERVICES, ServiceName};
use stack::{Database, Member, Server};

use crate::world::{Shop, eventually, samples};

pub(crate) const TOKEN: &str = "a-word-of-the-tests";
const WITHIN: Duration = Duration::from_secs(20);

/// A fault, what is asked while it is armed, and what the customer gets instead of an answer.
struct Case {
    fault: Fault,
    method: &'static str,
    path: &'static str,
    /// None where the connection breaks.
    status: Option<u16>,
    /// How it is counted where it strikes.
    error_type: Option<&'static str>,
}

/// A fault that strikes in requests at the catalog, seen by who looks at a product.
fn case(kind: Kind, status: u16) -> Case {
    case_at(kind, ServiceName::Catalog, Some(status))
}

fn case_at(kind: Kind, service: ServiceName, status: Option<u16>) -> Case {
    Case {
        fault: kind.on(service.as_str()),
        method: "GET",
        path: "/api/v1/products/p-001",
        status,
        error_type: kind.error_type(),
    }
}

fn cases() -> Vec<Case> {
    let brief = Latency::fixed(Duration::from_millis(300));
    let order = |case: Case| Case { method: "POST", path: "/api/v1/orders", ..case };
    let mut cases = vec![
        case(Kind::DatabaseError, 503),
        case(Kind::SlowQuery(brief), 200),
        case(Kind::Timeout, 504),
        case(Kind::ValidationError, 400),
        case(Kind::PermissionError, 403),
        case(Kind::Latency(brief), 200),
        case_at(Kind::UpstreamError, ServiceName::Gateway, Some(502)),
        case_at(Kind::UpstreamTimeout, ServiceName::Gateway, Some(504)),
        case_at(Kind::ConnectionDrop, ServiceName::Gateway, None),
        order(case_at(Kind::UpstreamError, ServiceName::Orders, Some(502))),
        order(case_at(Kind::DatabaseError, ServiceName::Orders, Some(503))),
        order(case_at(Kind::PermissionError, ServiceName::Payments, Some(502))),
    ];
    cases[9].fault = cases[9].fault.clone().peer(ServiceName::Catalog.as_str());
    cases
}

impl Shop {
    pub(crate) async fn arm(&self, name: &str, fault: &Fault) {
        let url = format!("{}{}/{name}", self.admin_of(&fault.place.service), faults::PATH);
        let answer = self.http.put(url).bearer_auth(TOKEN).json(fault).send().await.expect("the admin port answers");
        assert_eq!(answer.status(), 201, "{name}: {}", answer.text().await.unwrap_or_default());
    }

    async fn armed(&self, service: &str) -> Listing {
        let url = format!("{}{}", self.admin_of(service), faults::PATH);
        let answer = self.http.get(url).bearer_auth(TOKEN).send().await.expect("the admin port answers");
        answer.json().await.expect("a listing")
    }

    /// The sum of a service's series of this name, of those with this value of a label if one is named.
    async fn number(&self, service: &str, name: &str, label: &str, value: &str) -> f64 {
        let label = if label.is_empty() { String::new() } else { format!("{label}=\"{value}\"") };
        let text = self.text(format!("{}/metrics", self.admin_of(service))).await;
        samples(&text, &[name, &label]).iter().sum()
    }

    fn admin_of(&self, service: &str) -> String {
        self.stack.admin_url(row(service))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_seen_by_its_customer_in_the_numbers_in_its_trace_and_in_the_log() {
    let plan = Shop::plan("faults", Database::Sqlite).faults(TOKEN);
    let shop = Shop::open(plan, &Server::WATCHING).await;
    let mut told = Vec::new();
    for (number, Case { fault, method, path, status, error_type }) in (1_u128..).zip(cases()) {
        let (kind, service) = (fault.kind, fault.place.service.clone());
        let name = format!("it-{number}");
        let before = shop.number(&service, "faults_injected_total", "fault_kind", kind.as_str()).await;
        let errors = match error_type {
            Some(error_type) => shop.number(&service, "errors_total", "error_type", error_type).await,
            None => 0.0,
        };
        // It would live for a minute; nobody has to wait for that, since each strikes but once.
        shop.arm(&name, &fault.clone().at_most(1)).await;
        let trace_id = format!("{:032x}", number << 64 | 0xfa);
        let request = match method {
            "POST" => shop.http.post(shop.gateway(path)).json(&order()),
            _ => shop.http.get(shop.gateway(path)),
        };
        let answer = request.header("traceparent", format!("00-{trace_id}-00000000000000aa-01")).send().await;
        assert_eq!(answer.ok().map(|answer| answer.status().as_u16()), status, "{fault}");

        let after = shop.number(&service, "faults_injected_total", "fault_kind", kind.as_str()).await;
        assert_eq!(after - before, 1.0, "{fault}");
        if let Some(error_type) = error_type {
            let look = async || shop.number(&service, "errors_total", "error_type", error_type).await;
            eventually(&format!("{fault} is counted as {error_type}"), WITHIN, look, |now| *now >= errors + 1.0).await;
        }
        let log = log(&shop, &service);
        let line = log.lines().find(|line| line.contains("a fault was injected") && line.contains(&name));
        let line = line.unwrap_or_else(|| panic!("{fault} is not in the log"));
        assert!(line.contains(kind.as_str()) && line.contains(&trace_id), "{line}");
        told.push((fault, name, trace_id));
    }
    // The collector takes seconds to decide which traces it keeps, so they are looked for at the end.
    for (fault, name, trace_id) in told {
        let kind = fault.kind;
        let url = format!("{}/api/v3/traces/{trace_id}", shop.stack.server_url(Server::Jaeger));
        let look = async || shop.http.get(&url).send().await.ok()?.text().await.ok();
        let marked = |trace: &Option<String>| {
            let trace = trace.as_deref().unwrap_or_default();
            trace.contains("fault.kind") && trace.contains(kind.as_str()) && trace.contains(&name)
        };
        eventually(&format!("{fault} is marked in its trace"), WITHIN, look, marked).await;
    }
    let struck = async || shop.prometheus("sum(faults_injected_total)").await;
    let expected = cases().len() as f64;
    eventually("Prometheus has counted them all", WITHIN, struck, |seen| *seen == Some(expected)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_whole_process_are_felt_and_end_when_nobody_renews_them() {
    let plan = Shop::plan("faults-of-processes", Database::Sqlite).faults(TOKEN);
    let shop = Shop::open(plan, &[]).await;
    let lease = Duration::from_secs(6);
    let catalog = shop.stack.admin_url(ServiceName::Catalog);
    let ready = async || shop.http.get(format!("{catalog}/readyz")).send().await.map_or(0, |it| it.status().as_u16());
    let product = shop.gateway("/api/v1/products/p-001");
    let look = async || shop.http.get(&product).send().await.map_or(0, |it| it.status().as_u16());

    shop.arm("ill", &Kind::HealthCheckFailing.on("catalog").lease(lease)).await;
    assert_eq!(ready().await, 503);
    assert_eq!(look().await, 200, "who is not ready may answer all the same");

    shop.arm("full", &Kind::PoolExhausted.on("catalog").lease(lease)).await;
    eventually("requests wait for a connection in vain", WITHIN, look, |status| *status == 503).await;
    assert!(shop.number("catalog", "db_client_connection_timeouts_total", "", "").await >= 1.0);
    assert!(shop.number("catalog", "errors_total", "error_type", "database_error").await >= 1.0);

    shop.arm("hot", &Kind::cpu_burn(1).on("catalog").lease(lease)).await;
    shop.arm("fat", &Kind::memory_growth(1 << 30, 64 << 20).on("catalog").lease(lease)).await;
    assert_eq!(shop.number("catalog", "faults_armed", "fault_kind", "memory_growth").await, 1.0);

    // Whoever armed them is gone: nothing but their leases ends them.
    let left = async || shop.armed("catalog").await.faults.len();
    eventually("all have ended by themselves", lease + WITHIN, left, |left| *left == 0).await;
    eventually("the catalog is ready again", WITHIN, ready, |status| *status == 200).await;
    eventually("products are shown again", WITHIN, look, |status| *status == 200).await;
    let log = log(&shop, "catalog");
    for name in ["ill", "full", "hot", "fat"] {
        let told = |what: &str| log.lines().any(|line| line.contains(what) && line.contains(&format!("\"{name}\"")));
        assert!(
            told("a fault was armed") && told("a fault was injected") && told("a fault has ended"),
            "{name}\n{log}"
        );
    }
    for kind in ["health_check_failing", "pool_exhausted", "cpu_burn", "memory_growth"] {
        assert_eq!(shop.number("catalog", "faults_injected_total", "fault_kind", kind).await, 1.0, "{kind}");
        assert_eq!(shop.number("catalog", "faults_armed", "fault_kind", kind).await, 0.0, "{kind}");
    }
}

#[tokio::test]
async fn without_faults_every_door_to_them_is_closed() {
    let shop = Shop::open(Shop::plan("no-faults", Database::Sqlite), &[]).await;
    for row in SERVICES {
        let url = format!("{}{}", shop.stack.admin_url(row.name), faults::PATH);
        for url in [url.clone(), format!("{url}/it")] {
            let asked = [shop.http.get(&url), shop.http.put(&url).json(&json!({})), shop.http.delete(&url)];
            for request in asked {
                let answer = request.bearer_auth(TOKEN).send().await.expect("the admin port answers");
                assert_eq!(answer.status(), 404, "{}", row.name);
            }
        }
    }
    for path in ["/health", "/slow", "/error", "/panic"] {
        let answer = shop.http.get(shop.gateway(path)).send().await.expect("the gateway answers");
        assert_eq!(answer.status(), 404, "{path}");
    }
}

fn order() -> Value {
    json!({
        "customer": "ada",
        "lines": [{ "product": "p-001", "quantity": 1 }],
        "payment": { "method": "card", "token": "tok_ok" },
    })
}

fn log(shop: &Shop, service: &str) -> String {
    fs::read_to_string(shop.stack.log(Member::Service(row(service)))).expect("a log")
}

fn row(service: &str) -> ServiceName {
    SERVICES.iter().find(|row| row.name.as_str() == service).expect("a service").name
}
