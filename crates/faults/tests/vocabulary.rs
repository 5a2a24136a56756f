//! What is read, what is refused and with which words, and which requests are hit.

use std::time::Duration;

use faults::{AtMost, Fault, Kind, Latency, Lease, Share};

const MINUTE: Duration = Duration::from_secs(60);

/// As many trace ids as wanted, each other than the rest.
fn traces(count: u64) -> impl Iterator<Item = [u8; 16]> {
    (0..count).map(|number| u128::from(number).to_be_bytes())
}

fn one_of_each_kind() -> Vec<Kind> {
    let latency = Latency::uniform(Duration::from_millis(100), Duration::from_millis(900));
    vec![
        Kind::HealthCheckFailing,
        Kind::DatabaseError,
        Kind::SlowQuery(Latency::log_normal(Duration::from_secs(2), 0.5)),
        Kind::PoolExhausted,
        Kind::Timeout,
        Kind::ValidationError,
        Kind::PermissionError,
        Kind::UpstreamError,
        Kind::UpstreamTimeout,
        Kind::Latency(latency),
        Kind::ConnectionDrop,
        Kind::cpu_burn(2),
        Kind::memory_growth(1 << 20, 1 << 28),
        Kind::ProcessStop,
        Kind::ProcessKill,
    ]
}

#[test]
fn every_kind_survives_the_way_over_the_wire_and_is_spelled_as_it_says() {
    for kind in one_of_each_kind() {
        let fault = kind.on("orders").lease(MINUTE).seed(3);
        let written = serde_json::to_string(&fault).expect("written");
        assert_eq!(serde_json::from_str::<Fault>(&written).expect("read"), fault, "{written}");
        let value = serde_json::to_value(kind).expect("written");
        let name = value.as_str().or_else(|| value.as_object()?.keys().next().map(String::as_str));
        assert_eq!(name, Some(kind.as_str()));
    }
}

#[test]
fn an_error_is_counted_under_a_type_that_every_service_declares() {
    for kind in one_of_each_kind() {
        if let Some(error_type) = kind.error_type() {
            assert!(signals::errors::ANY_SERVICE.contains(&error_type), "{kind:?} leads to {error_type}");
        }
    }
    assert_eq!(Kind::Timeout.error_type(), Some("timeout"));
    assert_eq!(Kind::UpstreamTimeout.error_type(), Some("timeout_error"));
    assert_eq!(Kind::ValidationError.error_type(), Some("validation_error"));
    assert_eq!(Kind::ProcessKill.error_type(), None);
}

#[test]
fn a_fault_is_told_in_words() {
    let fault = Kind::Latency(Latency::fixed(Duration::from_secs(12)))
        .on("orders")
        .route("POST", "/api/v1/orders")
        .share(0.2)
        .at_most(5);
    assert_eq!(fault.to_string(), "12s of added latency on orders, POST /api/v1/orders (20 %, at most 5 times)");
    assert_eq!(Kind::ProcessKill.on("catalog").to_string(), "a killed process on catalog");
}

#[track_caller]
fn check_refused(written: &str, says: &str) {
    let error = serde_json::from_str::<Fault>(written).expect_err("is to be refused").to_string();
    assert!(error.starts_with(says), "{error}");
}

#[test]
fn what_is_out_of_its_bounds_is_refused_with_the_field_and_the_bounds() {
    let with = |rest: &str| format!(r#"{{ "kind": "timeout", "place": {{ "service": "a" }}, {rest} }}"#);
    let share = "expected `share`, a number from 0 to 1";
    check_refused(&with(r#""lease_ms": 1, "share": 1.5"#), &format!("invalid value: floating point `1.5`, {share}"));
    check_refused(&with(r#""lease_ms": 1, "share": -1"#), &format!("invalid value: integer `-1`, {share}"));
    check_refused(&with(r#""lease_ms": 1, "share": "all""#), &format!("invalid type: string \"all\", {share}"));
    let lease = "expected `lease_ms`, a whole number of milliseconds from 1 to 900000 (15 minutes)";
    check_refused(&with(r#""lease_ms": 900001"#), &format!("invalid value: integer `900001`, {lease}"));
    check_refused(&with(r#""lease_ms": 0"#), &format!("invalid value: integer `0`, {lease}"));
    check_refused(&with(r#""lease_ms": 1.5"#), &format!("invalid value: floating point `1.5`, {lease}"));
    check_refused(&with(r#""share": 1"#), "missing field `lease_ms`");
    check_refused(&with(r#""lease_ms": 1, "at_most": 0"#), "invalid value: integer `0`, expected `at_most`, a whole");
    check_refused(&with(r#""lease_ms": 1, "for_ms": 1"#), "unknown field `for_ms`, expected one of `kind`, `place`");
}

#[test]
fn a_latency_has_bounds_too() {
    let with = |latency: &str| {
        format!(r#"{{ "kind": {{ "latency": {latency} }}, "place": {{ "service": "a" }}, "lease_ms": 1 }}"#)
    };
    let minute = "expected `delay_ms`, a whole number of milliseconds from 0 to 60000 (a minute)";
    check_refused(&with(r#"{ "fixed": { "delay_ms": 60001 } }"#), &format!("invalid value: integer `60001`, {minute}"));
    check_refused(&with(r#"{ "uniform": { "from_ms": 2, "to_ms": 1 } }"#), "`to_ms` must be no less than `from_ms`");
    check_refused(
        &with(r#"{ "log_normal": { "median_ms": 2, "sigma": 3.1 } }"#),
        "invalid value: floating point `3.1`, expected `sigma`, a number from 0 to 3",
    );
    check_refused(&with(r#"{ "fixed": { "delay_ms": 1, "sigma": 1 } }"#), "unknown field `sigma`");
}

#[test]
fn what_wears_out_the_machine_has_bounds_too() {
    let with = |kind: &str| format!(r#"{{ "kind": {{ {kind} }}, "place": {{ "service": "a" }}, "lease_ms": 1 }}"#);
    check_refused(
        &with(r#""cpu_burn": { "threads": 257 }"#),
        "invalid value: integer `257`, expected `threads`, a whole number from 1 to 256",
    );
    check_refused(
        &with(r#""memory_growth": { "bytes_per_second": 1, "most_bytes": 0 }"#),
        "invalid value: integer `0`, expected `most_bytes`, a whole number of bytes from 1 to 68719476736",
    );
}

#[test]
fn a_place_that_the_kind_does_not_have_is_refused() {
    let fault = |kind: &str, place: &str| format!(r#"{{ "kind": {kind}, "place": {{ {place} }}, "lease_ms": 1 }}"#);
    let route = r#""service": "a", "route": { "method": "GET", "path": "/p" }"#;
    check_refused(&fault(r#""process_kill""#, route), "`route` must be left out where the whole process is concerned");
    let peer = r#""service": "a", "peer": "b""#;
    check_refused(&fault(r#""database_error""#, peer), "`peer` must be left out, unless calls fail");
    let collection = r#""service": "a", "collection": "b""#;
    check_refused(&fault(r#""upstream_error""#, collection), "`collection` must be left out, unless statements fail");
    check_refused(&fault(r#""timeout""#, r#""service": """#), "`service` must be a service's name");
    let path = r#""service": "a", "route": { "method": "GET", "path": "p" }"#;
    check_refused(&fault(r#""timeout""#, path), "`path` must be a path's template");
    let method = r#""service": "a", "route": { "method": "get", "path": "/p" }"#;
    check_refused(&fault(r#""timeout""#, method), "`method` must be a method in capitals");
    check_refused(&fault(r#""timeout""#, r#""service": "a", "host": "b""#), "unknown field `host`");
}

#[test]
fn a_number_out_of_its_bounds_cannot_be_made() {
    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(Share::new(share).is_err(), "{share}");
    }
    assert_eq!(Lease::of(MINUTE * 15).map(Lease::duration), Ok(MINUTE * 15));
    assert!(Lease::of(MINUTE * 15 + Duration::from_nanos(1)).is_err());
    assert!(Lease::of(Duration::ZERO).is_err());
    assert!(Lease::of(Duration::MAX).is_err());
    assert!(AtMost::new(0).is_err());
}

#[test]
fn a_share_hits_as_many_as_it_says() {
    for share in [0.01_f64, 0.2, 0.5, 0.99] {
        for seed in [0, 1, u64::MAX] {
            let fault = Kind::Timeout.on("orders").share(share).seed(seed);
            let hits = traces(20_000).filter(|trace| fault.hits(*trace)).count();
            // Five standard deviations: one run of two million would fall outside by chance, and these numbers never change.
            let (expect, most) = (20_000.0 * share, 5.0 * (20_000.0 * share * (1.0 - share)).sqrt());
            #[expect(clippy::cast_precision_loss, reason = "20,000 fit")]
            let off = (hits as f64 - expect).abs();
            assert!(off < most, "{hits} of 20000 are hit at a share of {share} with seed {seed}");
        }
    }
}

#[test]
fn all_are_hit_none_and_always_the_same() {
    let fault = Kind::Timeout.on("orders");
    assert!(traces(1000).all(|trace| fault.hits(trace)));
    assert!(!traces(1000).any(|trace| fault.clone().share(0.0).hits(trace)));
    let hit_with = |seed| {
        let fault = fault.clone().share(0.5).seed(seed);
        traces(1000).map(|trace| fault.hits(trace)).collect::<Vec<_>>()
    };
    assert_eq!(hit_with(1), hit_with(1));
    let alike = hit_with(1).iter().zip(hit_with(2)).filter(|(one, other)| **one == *other).count();
    assert!((400..600).contains(&alike), "two seeds agree on {alike} of 1000");
}

#[test]
fn who_is_hit_does_not_change_from_version_to_version() {
    // A drill that was recorded must hit the same requests again.
    let fault = Kind::Timeout.on("orders").share(0.2).seed(7);
    let hit: Vec<_> =
        traces(40).enumerate().filter(|(_, trace)| fault.hits(*trace)).map(|(number, _)| number).collect();
    assert_eq!(hit, [3, 17, 25, 35, 36, 38]);
}

fn delays(latency: Latency) -> Vec<Duration> {
    let fault = Kind::Latency(latency).on("orders");
    let mut delays: Vec<_> = traces(10_000).map(|trace| fault.delay(trace).expect("a delay")).collect();
    delays.sort_unstable();
    delays
}

#[track_caller]
fn check_near(delay: Duration, expect: Duration) {
    let off = delay.as_secs_f64() / expect.as_secs_f64() - 1.0;
    assert!(off.abs() < 0.05, "{delay:?} is not near {expect:?}");
}

#[test]
fn delays_are_spread_as_their_shape_says() {
    let ms = Duration::from_millis;
    let fixed = delays(Latency::fixed(ms(12)));
    assert_eq!((fixed[0], fixed[9_999]), (ms(12), ms(12)));
    let uniform = delays(Latency::uniform(ms(100), ms(900)));
    assert!(uniform[0] >= ms(100) && uniform[9_999] < ms(900));
    check_near(uniform[2_500], ms(300));
    check_near(uniform[7_500], ms(700));
    let log_normal = delays(Latency::log_normal(ms(200), 0.5));
    check_near(log_normal[5_000], ms(200));
    // exp(1.645 * 0.5), from the normal distribution's 95th percentile.
    check_near(log_normal[9_500], ms(455));
    assert!(delays(Latency::log_normal(ms(60_000), 3.0))[9_999] <= MINUTE);
    assert_eq!(Kind::Timeout.on("orders").delay([0; 16]), None);
}

#[test]
#[should_panic(expected = "a number from 0 to 1")]
fn a_share_in_the_source_is_looked_at_too() {
    let _ = Kind::Timeout.on("orders").share(20.0);
}

#[test]
#[should_panic(expected = "1 to 900000 (15 minutes)")]
fn so_is_a_lease() {
    let _ = Kind::Timeout.on("orders").lease(MINUTE * 16);
}
