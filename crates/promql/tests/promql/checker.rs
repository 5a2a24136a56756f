//! For each kind of mistake the smallest wrong query and its right twin, a file a subject.

mod comparisons;
mod conditions;
mod correct;
mod labels;
mod measures;
mod quotients;
mod reading;
mod sides;
mod values;
mod windows;

use std::time::Duration;

use promql::{
    By, Checker, Code, Exporter, Finding, Key, PerSecond, Recording, Settings, Severity, Symbols, Unit, Up, count_of,
    foreign, label_keys, minutes, quantile, rate, share, target_labels,
};
use signals::{
    Bounded, Call, Outcome, Route, Service, Signal, Slot, carries, db, errors, every_service, http, process, signals,
    units::{Bytes, Each, Ratio, Seconds},
};

target_labels! {
    /// Which service.
    pub ServiceLabel = "service";
}

label_keys! {
    /// What a processor did.
    pub Mode = "mode";
    /// A disk.
    pub Device = "device";
    /// What is known of some things only.
    pub Remark = "remark";
}

foreign! {
    of TARGETS;

    /// Whether a target answered.
    pub TARGET_UP: Gauge<Up> = "up" {}, healthy 1.0;
}

signals! {
    recorded by every_service;

    /// Units of the products that are bought most.
    TOP_SALES: SlotGauge<Ranked> = "top_sales" in "{unit}";
}

signals::label_keys! {
    /// What a product is called.
    Product = "product";
}

carries!(Ranked: Slot, Product);

/// A product that is bought a lot.
struct Ranked(String);

impl Bounded for Ranked {
    const SLOTS: usize = 20;
    const KEYS: &'static [&'static str] = &["product"];

    fn values(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

foreign! {
    of NODE;

    /// What the processors did.
    pub CPU: Counter<Seconds> = "node_cpu_seconds_total" { Mode: ["idle"] }, healthy 0.5;

    /// What was read from a disk.
    pub READ: Counter<Bytes> = "node_disk_read_bytes_total" { Device: ["vda"] }, healthy 1.0;

    /// The host's memory.
    pub MEMORY: Gauge<Bytes> = "node_memory_MemTotal_bytes" {}, healthy 1.0;

    /// A temperature, whose sensor may have a name.
    pub HEAT: Gauge<Each> = "node_hwmon_temp_celsius" { Remark: ["core", ""] }, healthy 40.0;
}

foreign! {
    of SERVERS;

    /// When a server started, which our own services say under the same name.
    pub SERVER_START_TIME: Gauge<Seconds> = "process_start_time_seconds" {}, healthy 0.0;
}

const PAGE: &str = "https://example.org";
const TARGETS: Exporter = Exporter { service: None, also_of: &[], page: PAGE };
const NODE: Exporter = Exporter { service: Some("node"), also_of: &[], page: PAGE };
const SERVERS: Exporter = Exporter { service: Some("prometheus"), also_of: &["alertmanager"], page: PAGE };
const SERVICE: Key<ServiceLabel> = Key::new();
const ROUTE: Key<http::Route> = Key::new();
const STATUS_CODE: Key<http::StatusCode> = Key::new();

static P95: Recording<Seconds, By<(ServiceLabel, http::Route)>> = Recording::new("api:p95", "By route.", || {
    quantile(0.95, &http::SERVER_DURATION).over(minutes(5)).by((SERVICE, ROUTE))
});
static ERRORS: Recording<PerSecond<Each>, By<(ServiceLabel,)>> =
    Recording::new("api:errors", "By service.", || rate(&errors::ERRORS).over(minutes(5)).by(SERVICE));
static ERROR_SHARE: Recording<Ratio, By<(ServiceLabel,)>> = Recording::new("api:error_share", "By service.", || {
    share(STATUS_CODE.any_of(["5.."])).of(count_of(&http::SERVER_DURATION)).over(minutes(5)).by(SERVICE)
});

pub(crate) fn symbols() -> Symbols {
    let shop = Service::new("shop", "1", 1000)
        .with_routes([
            Route::new("GET", "/things", [Outcome::ok(200)]),
            Route::new("POST", "/orders", [Outcome::ok(201), Outcome::error(409, "sold_out")]),
        ])
        .with_calls([Call::new("store", "GET", [Outcome::ok(200)])])
        .with_errors(["sold_out"]);
    let store = Service::new("store", "1", 1000)
        .with_routes([Route::new("GET", "/stock", [Outcome::ok(200)])])
        .with_calls([Call::new("bank", "POST", [Outcome::ok(201)])])
        .with_database([], &["main"])
        .with_errors([]);
    let mut symbols = Symbols::new(["service", "instance"]);
    let signals: [&dyn Signal; 9] = [
        &http::SERVER_DURATION,
        &http::CLIENT_DURATION,
        &errors::ERRORS,
        &process::MEMORY,
        &process::CPU_TIME,
        &process::START_TIME,
        &db::CONNECTIONS,
        &db::SLOW_QUERIES,
        &TOP_SALES,
    ];
    for signal in signals {
        symbols.declare(signal.declaration(), &[&shop, &store]);
    }
    let foreign = [
        &TARGET_UP.declaration,
        &CPU.declaration,
        &READ.declaration,
        &MEMORY.declaration,
        &HEAT.declaration,
        &SERVER_START_TIME.declaration,
    ];
    for metric in foreign {
        symbols.foreign(metric);
    }
    symbols.record(&P95.rule());
    symbols.record(&ERRORS.rule());
    symbols.record(&ERROR_SHARE.rule());
    symbols
}

fn findings(query: &str) -> Vec<Finding> {
    Checker::new(&symbols()).check("alert Test", query)
}

#[track_caller]
fn refused(query: &str, code: Code, says: &str) {
    let findings = findings(query);
    let found: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found, [code], "{query}: {findings:#?}");
    let text = findings[0].to_string();
    assert!(text.contains(says), "{text}\ndoes not say: {says}");
}

/// Doubtful, not certainly wrong.
#[track_caller]
fn doubted(query: &str, code: Code, says: &str) {
    refused(query, code, says);
    assert_eq!(findings(query)[0].severity, Severity::Warning, "{query}");
}

#[track_caller]
fn accepted(query: &str) {
    let findings = findings(query);
    assert!(findings.is_empty(), "{query}: {findings:#?}");
}
