//! Faults are armed, held, listed and ended as they are told.

use std::{
    env, fs, process,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Told,
    fake_admin::{FakeAdmin, Started, TOKEN},
    fake_gateway::{Behaviour, FakeGateway},
    traffic, wait_until,
};

/// A shop of admin ports: the first two with faults, the third without, the fourth absent.
struct Shop {
    orders: FakeAdmin,
    catalog: FakeAdmin,
    gateway: FakeAdmin,
}

impl Shop {
    fn open() -> Self {
        Self {
            orders: FakeAdmin::start("orders", Started::WithFaults),
            catalog: FakeAdmin::start("catalog", Started::WithFaults),
            gateway: FakeAdmin::start("gateway", Started::WithoutFaults),
        }
    }

    fn begin(&self, arguments: &[&str], token: &str) -> Child {
        let mut command = traffic(&["fault"]);
        command.args(arguments).env("FAULTS_TOKEN", token);
        for (service, admin) in [("orders", &self.orders), ("catalog", &self.catalog), ("gateway", &self.gateway)] {
            command.args(["--admin", &format!("{service}={}", admin.url())]);
        }
        command.args(["--admin", "payments=http://127.0.0.1:1"]).spawn().expect("it starts")
    }

    fn tell(&self, arguments: &[&str]) -> Told {
        Told::by(self.begin(arguments, TOKEN))
    }
}

fn is_armed(admin: &FakeAdmin, name: &str) -> bool {
    admin.armed().iter().any(|(armed, _)| armed == name)
}

#[test]
fn a_fault_that_is_detached_is_armed_for_its_whole_time_and_ended_by_name() {
    let shop = Shop::open();
    let set = ["set", "latency", "--on", "orders", "--route", "POST /api/v1/orders", "--delay", "2s", "--name", "slow"];
    let told = shop.tell(&[&set[..], &["--for", "5m", "--detach", "--share", "0.2"]].concat());
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stdout.contains("2s of added latency on orders, POST /orders (20 %)"), "{}", told.stdout);
    assert!(is_armed(&shop.orders, "slow") && shop.orders.longest() > Duration::from_secs(290));

    let told = shop.tell(&["rm", "slow"]);
    assert!(told.stdout.contains("`slow` is ended in orders"), "{} {}", told.stdout, told.stderr);
    assert_eq!(shop.orders.armed(), []);
    let told = shop.tell(&["rm", "slow", "--on", "orders"]);
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("`slow` is not armed in orders"), "{}", told.stderr);
}

#[test]
fn a_fault_that_is_held_is_renewed_and_ends_with_an_interrupt() {
    let shop = Shop::open();
    let child = shop.begin(&["set", "database_error", "--on", "catalog", "--name", "down"], TOKEN);
    wait_until("it is armed", || is_armed(&shop.catalog, "down"));
    let (mut lease, mut was_renewed) = (shop.catalog.longest(), false);
    assert!(lease <= Duration::from_secs(10), "{lease:?}");
    wait_until("its lease is renewed", || {
        let now = shop.catalog.longest();
        was_renewed |= now > lease;
        lease = now;
        was_renewed
    });
    kill_process(Pid::from_child(&child), Signal::INT).expect("it lives");
    let told = Told::by(child);
    assert_eq!(told.code, 130, "{}", told.stderr);
    assert_eq!(shop.catalog.armed(), []);
    assert!(told.stdout.contains("`down` hit 3 times"), "{}", told.stdout);
}

#[test]
fn a_fault_that_is_held_ends_in_its_time() {
    let shop = Shop::open();
    let begun = Instant::now();
    let told = shop.tell(&["set", "timeout", "--on", "orders", "--for", "1s", "--format", "json"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!((told.json()["ended"].as_str(), told.json()["hits"].as_u64()), (Some("in time"), Some(3)));
    assert_eq!(shop.orders.armed(), []);
}

#[test]
fn a_fault_ends_soon_after_whoever_held_it_was_killed() {
    let shop = Shop::open();
    let mut child = shop.begin(&["set", "timeout", "--on", "orders", "--for", "10m", "--name", "orphan"], TOKEN);
    wait_until("it is armed", || is_armed(&shop.orders, "orphan"));
    child.kill().expect("it lives");
    child.wait().expect("it is gone");
    assert!(shop.orders.longest() <= Duration::from_secs(10), "{:?}", shop.orders.longest());
    let deadline = Instant::now() + Duration::from_secs(11);
    while is_armed(&shop.orders, "orphan") {
        assert!(Instant::now() < deadline, "it outlived its lease");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_listing_says_what_is_armed_and_why_a_service_says_nothing() {
    let shop = Shop::open();
    shop.tell(&["set", "slow_query", "--on", "catalog", "--uniform", "100ms..900ms", "--name", "slow", "--detach"]);
    let told = shop.tell(&["ls"]);
    assert_eq!(told.code, 3, "payments is absent");
    let line = |service: &str| {
        let line = told.stdout.lines().find(|line| line.starts_with(service));
        line.unwrap_or_else(|| panic!("no {service}: {}", told.stdout)).to_owned()
    };
    assert!(line("catalog").contains("slow") && line("catalog").contains("statements that take 100ms to 900ms longer"));
    assert!(line("orders").ends_with('-'), "{}", told.stdout);
    assert!(line("gateway").contains("disabled") && line("payments").contains("UNREACHABLE"), "{}", told.stdout);
    for sentence in ["FAULTS_ENABLED=true", "cargo xtask up", "--admin payments=URL"] {
        assert!(told.stdout.contains(sentence), "{}", told.stdout);
    }

    let refused = Told::by(shop.begin(&["ls"], "wrong"));
    assert!(
        refused.stdout.contains("REFUSES THE TOKEN") && refused.stdout.contains("FAULTS_TOKEN"),
        "{}",
        refused.stdout
    );
}

#[test]
fn a_halt_ends_every_fault_everywhere() {
    let shop = Shop::open();
    for (service, name) in [("orders", "one"), ("orders", "two"), ("catalog", "three")] {
        let told = shop.tell(&["set", "timeout", "--on", service, "--name", name, "--detach"]);
        assert_eq!(told.code, 0, "{}", told.stderr);
    }
    let told = shop.tell(&["halt"]);
    assert!(told.stdout.contains("ended in orders: one, two"), "{}", told.stdout);
    assert_eq!(told.code, 3, "payments could not be told: {}", told.stderr);
    assert!(shop.orders.armed().is_empty() && shop.catalog.armed().is_empty());
}

#[test]
fn a_load_that_a_guard_stops_ends_the_faults() {
    let shop = Shop::open();
    let gateway = FakeGateway::start(Behaviour::Breaks);
    let told = shop.tell(&["set", "timeout", "--on", "orders", "--name", "doomed", "--detach"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let mut command =
        traffic(&["load", "--stages", "60s:20", "--stop-when", "errors > 20%", "--target", &gateway.url()]);
    for (service, admin) in [("orders", &shop.orders), ("catalog", &shop.catalog), ("gateway", &shop.gateway)] {
        command.args(["--admin", &format!("{service}={}", admin.url())]);
    }
    let told = Told::by(command.env("FAULTS_TOKEN", TOKEN).spawn().expect("it starts"));
    assert_eq!(told.code, 5, "{}", told.stderr);
    assert!(told.stderr.contains("the fault `doomed` of orders is ended"), "{}", told.stderr);
    assert_eq!(shop.orders.armed(), []);
}

#[test]
fn the_token_is_found_where_the_shop_leaves_it() {
    let shop = Shop::open();
    let state = env::temp_dir().join(format!("traffic-token-{}", process::id()));
    let folder = state.join("vitrine");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("faults-8080.token"), format!("{TOKEN}\n")).expect("a file");
    let orders = format!("orders={}", shop.orders.url());
    let mut command = traffic(&["fault", "set", "timeout", "--on", "orders", "--detach", "--admin", &orders]);
    let child = command.env_remove("FAULTS_TOKEN").env("XDG_STATE_HOME", &state).spawn().expect("it starts");
    let told = Told::by(child);
    fs::remove_dir_all(&state).expect("it is ours");
    assert_eq!((told.code, shop.orders.armed().len()), (0, 1), "{}", told.stderr);
}

#[test]
fn a_wish_that_cannot_be_is_said_in_a_sentence() {
    let shop = Shop::open();
    for (arguments, sentence) in [
        (&["database_eror", "--on", "catalog"][..], "database_error"),
        (&["timeout", "--on", "order"], "orders"),
        (&["timeout", "--on", "orders", "--route", "POST /order"], "did you mean `POST /orders`?"),
        (&["timeout", "--on", "orders", "--for", "20m", "--detach"], "15 minutes at most"),
        (&["latency", "--on", "orders"], "--delay 2s"),
        (&["process_kill", "--on", "orders"], "kill -KILL"),
        (&["timeout", "--on", "orders", "--name", "a/b"], "letters, digits"),
    ] {
        let told = shop.tell(&[&["set"], arguments].concat());
        assert_eq!(told.code, 2, "{arguments:?}: {}", told.stderr);
        assert!(told.stderr.contains(sentence), "{arguments:?}: {}", told.stderr);
    }
    assert_eq!(shop.orders.armed(), []);
}
