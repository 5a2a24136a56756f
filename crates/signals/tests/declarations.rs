//! What a declaration comes to as data, and what does not compile.

use signals::{Bounded, Kind, Outcome, Query, Route, Service, Unit, db, every_service, http, labels, signals};

labels! {
    /// How a parcel left.
    pub enum Carrier = "carrier" { Bicycle = "bicycle", Van = "van" }

    /// Who opened.
    pub enum Hand = "parcel.hand" { Left = "left", Right = "right" }
}

/// Somebody who waits for parcels.
struct Receiver(&'static str);

impl Bounded for Receiver {
    const SLOTS: usize = 3;
    const KEYS: &'static [&'static str] = &["receiver.name"];

    fn values(&self) -> Vec<String> {
        vec![self.0.to_owned()]
    }
}

fn parcels(service: &Service) -> bool {
    service.name == "parcels"
}

signals! {
    recorded by parcels;

    /// Parcels handed over.
    /// Returned ones count again.
    pub PARCELS: Counter<(Carrier, Hand)> = "parcels" in "{parcel}";

    /// Time to the door.
    pub WAY: Histogram<Carrier> = "parcel.way" in Seconds, buckets &[1.0, 60.0, 3600.0];

    /// How full the van is.
    pub LOAD: Gauge<()> = "van.load" in Ratio;

    /// Parcels of those who wait for most of them.
    pub WAITING: SlotGauge<Receiver> = "parcels.waiting" in "{parcel}";

    /// What is on its way.
    pub ON_THE_WAY: UpDownCounter<()> = "parcels.underway" in "{parcel}";
}

signals! {
    recorded by every_service;

    /// Times the door bell rang.
    pub BELL: Counter<()> = "bell" in "{ring}";
}

fn service() -> Service {
    Service::new("parcels", "1", 1_000)
        .with_routes([
            Route::new("GET", "/parcels/{id}", [Outcome::ok(200), Outcome::error(404, "parcel_not_found")]),
            Route::new("POST", "/parcels", [Outcome::ok(201)]),
        ])
        .with_database([Query { operation: db::Operation::Select, collection: "parcels" }], &["write", "read"])
        .with_errors(["parcel_not_found"])
}

#[test]
fn a_declaration_is_data() {
    let d = &PARCELS.declaration;
    assert_eq!((d.name, d.kind, d.unit), ("parcels", Kind::Counter, Unit::Each("{parcel}")));
    assert_eq!(d.help, "Parcels handed over. Returned ones count again.");
    assert_eq!(d.prometheus_keys(), ["carrier", "parcel_hand"]);
    assert!(d.file.ends_with("declarations.rs") && d.line > 0);
}

#[track_caller]
fn check_name(declaration: &signals::Declaration, expected: &str) {
    assert_eq!(declaration.prometheus_name(), expected);
}

#[test]
fn names_come_out_as_the_exporter_makes_them() {
    check_name(&PARCELS.declaration, "parcels_total");
    check_name(&WAY.declaration, "parcel_way_seconds");
    check_name(&LOAD.declaration, "van_load_ratio");
    check_name(&ON_THE_WAY.declaration, "parcels_underway");
    check_name(&http::SERVER_DURATION.declaration, "http_server_request_duration_seconds");
    check_name(&signals::process::UPTIME.declaration, "process_uptime_seconds");
    check_name(&signals::process::CPU_TIME.declaration, "process_cpu_time_seconds_total");
    check_name(&signals::process::MEMORY.declaration, "process_memory_usage_bytes");
    check_name(&signals::monitoring::BUILD_INFO.declaration, "build_info");
    check_name(&signals::errors::ERRORS.declaration, "errors_total");
}

#[test]
fn the_list_gathers_itself_and_a_service_records_its_own() {
    let names =
        |service: &Service| -> Vec<_> { signals::of_service(service).iter().map(|s| s.declaration().name).collect() };
    let (own, other) = (names(&service()), names(&Service::new("other", "1", 0)));
    assert!(own.contains(&"parcels") && own.contains(&"bell") && own.contains(&"http.server.request.duration"));
    assert!(!other.contains(&"parcels") && other.contains(&"bell"));
    assert!(own.contains(&"db.client.operation.duration") && !other.contains(&"db.client.operation.duration"));
    assert!(own.is_sorted());
}

#[test]
fn every_value_has_its_own_place_among_the_points() {
    use signals::LabelSet;
    let service = service();
    let points = <(Carrier, Hand)>::points(&service);
    assert_eq!(points.len(), <(Carrier, Hand)>::count(&service));
    for carrier in Carrier::ALL {
        for hand in Hand::ALL {
            let point = &points[(*carrier, *hand).index(&service)];
            let values: Vec<&str> = point.iter().map(|label| &*label.value).collect();
            assert_eq!(values, [carrier.as_str(), hand.as_str()]);
        }
    }
}

#[test]
fn a_request_is_a_sum_of_what_can_happen() {
    use signals::{
        LabelSet,
        http::{RouteIndex, ServerRequest},
    };
    let service = service();
    let points = ServerRequest::points(&service);
    let place = |route, outcome| ServerRequest { route: RouteIndex(route), outcome }.index(&service);
    let declared: usize = service.routes().iter().map(|route| route.outcomes().len()).sum();
    assert_eq!(points.len(), declared);
    // A declared outcome has a place of its own, an undeclared one shares the route's last, an unknown route is the unmatched one.
    let found = &points[place(0, Outcome::error(404, "parcel_not_found"))];
    assert!(found.iter().any(|label| label.value == "404") && found.iter().any(|label| label.value == "/parcels/{id}"));
    let undeclared = &points[place(1, Outcome::ok(299))];
    assert!(undeclared.iter().filter(|label| label.value == http::OTHER).count() == 2, "{undeclared:?}");
    let unmatched = &points[place(700, http::NOT_FOUND)];
    assert!(unmatched.iter().filter(|label| label.value == http::OTHER).count() == 2, "{unmatched:?}");
    // A cancelled request got no status.
    let cancelled = &points[place(0, http::CANCELLED)];
    assert!(cancelled.iter().all(|label| label.key != http::STATUS_CODE), "{cancelled:?}");
}

#[test]
fn series_are_counted_from_the_declarations() {
    let service = service();
    assert_eq!(PARCELS.declaration.series(&service), 4);
    // Two carriers, and for each three bounds, +Inf, the sum and the count.
    assert_eq!(WAY.declaration.series(&service), 2 * 6);
}

#[test]
fn slots_are_counted_whatever_fills_them() {
    let (service, d) = (service(), &WAITING.declaration);
    assert_eq!((d.prometheus_name().as_str(), d.kind, d.series(&service)), ("parcels_waiting", Kind::Gauge, 3));
    assert_eq!(d.prometheus_keys(), ["slot", "receiver_name"]);
    assert!(d.is_open("receiver_name") && !d.is_open("slot"));
    let points = (d.points)(&service);
    let slots: Vec<_> = points.iter().flatten().map(|label| (label.key, &*label.value)).collect();
    assert_eq!(slots, [("slot", "1"), ("slot", "2"), ("slot", "3")]);
    assert!(!PARCELS.declaration.is_open("carrier"));
}

#[test]
fn what_is_wrong_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
