//! Wishes, the faults that they make, and the sentences of mistakes.

use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    wish: Wish,
}

fn wish(arguments: &str) -> Result<Fault, String> {
    let words = ["set"].into_iter().chain(arguments.split('|').map(str::trim));
    let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
    line.wish.fault(Lease::DEFAULT).map_err(|mistake| mistake.to_string())
}

#[track_caller]
fn check(arguments: &str, fault: Fault) {
    assert_eq!(wish(arguments), Ok(fault));
}

#[track_caller]
fn check_mistake(arguments: &str, sentences: &[&str]) {
    let mistake = wish(arguments).expect_err("a mistake");
    for sentence in sentences {
        assert!(mistake.contains(sentence), "{arguments}: {mistake}");
    }
}

#[test]
fn a_wish_makes_the_fault_that_it_says() {
    check("database_error|--on|catalog", Kind::DatabaseError.on("catalog"));
    check(
        "latency|--on|orders|--delay|2s|--share|20%|--at-most|7|--seed|9|--session|run-1",
        Kind::Latency(Latency::fixed(Duration::from_secs(2)))
            .on("orders")
            .share(0.2)
            .at_most(7)
            .seed(9)
            .session("run-1"),
    );
    let (from, to) = (Duration::from_millis(100), Duration::from_millis(900));
    check(
        "slow-query|--on|catalog|--uniform|100ms..900ms|--collection|products",
        Kind::SlowQuery(Latency::uniform(from, to)).on("catalog").collection("products"),
    );
    check(
        "latency|--on|orders|--log-normal|200ms,0.5|--peer|payments",
        Kind::Latency(Latency::log_normal(Duration::from_millis(200), 0.5)).on("orders").peer("payments"),
    );
    check("cpu_burn|--on|gateway|--threads|2", Kind::cpu_burn(2).on("gateway"));
    check(
        "memory_growth|--on|gateway|--growth|2MiB/s|--most|64MiB",
        Kind::memory_growth(2 << 20, 64 << 20).on("gateway"),
    );
}

#[test]
fn a_route_may_be_named_as_the_world_or_as_the_service_sees_it() {
    let fault = Kind::Timeout.on("orders").route("POST", "/orders");
    check("timeout|--on|orders|--route|POST /orders", fault.clone());
    check("timeout|--on|orders|--route|POST  /api/v1/orders", fault);
    check(
        "timeout|--on|gateway|--route|POST /api/v1/orders",
        Kind::Timeout.on("gateway").route("POST", "/api/v1/orders"),
    );
}

#[test]
fn a_mistake_names_what_was_probably_meant() {
    check_mistake("databse_error|--on|catalog", &["similar value exists", "database_error"]);
    check_mistake("database_error|--on|catalogue", &["similar value exists", "catalog"]);
    check_mistake(
        "timeout|--on|orders|--route|POST /order",
        &["orders has no route `POST /order`", "did you mean `POST /orders`?"],
    );
    check_mistake("latency|--on|orders|--delay|1s|--peer|payment", &["did you mean `payments`?"]);
    check_mistake("database_error|--on|catalog|--collection|product", &["did you mean `products`?"]);
}

#[test]
fn what_does_not_belong_together_is_said_in_a_sentence() {
    check_mistake("latency|--on|orders", &["--delay 2s"]);
    check_mistake("database_error|--on|catalog|--delay|2s", &["database_error takes no --delay"]);
    check_mistake("database_error|--on|gateway|--collection|orders", &["gateway has no database"]);
    check_mistake("timeout|--on|payments|--peer|orders", &["payments calls nobody"]);
    check_mistake("timeout|--on|orders|--peer|catalog", &["--peer must be left out"]);
    check_mistake("cpu_burn|--on|orders|--share|0.5", &["--share must be left out"]);
    check_mistake("latency|--on|orders|--delay|2m", &["a minute"]);
    check_mistake("latency|--on|orders|--uniform|900ms..100ms", &["no less than"]);
    check_mistake("timeout|--on|orders|--share|120%", &["0.2 or 20%"]);
    check_mistake("memory_growth|--on|orders|--growth|1MB/s", &["1MiB"]);
}

#[test]
fn a_process_is_stopped_and_killed_from_outside() {
    check_mistake("process_stop|--on|orders", &["kill -STOP", "kill -CONT"]);
    check_mistake("process-kill|--on|orders", &["kill -KILL"]);
}
