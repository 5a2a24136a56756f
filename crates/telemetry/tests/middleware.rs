//! Every request whose head was read is counted exactly once, whatever becomes of it, and nothing a client sends makes a series.
//!
//! One process has one pipeline, so each test counts on a route that no other test asks.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    error::ErrorImATeapot,
    middleware::from_fn,
    rt,
    web::{self, Bytes},
};
use futures_util::{StreamExt, stream};
use signals::{
    Bounded, Outcome, Route, Service,
    http::{self, RouteIndex},
    signals,
};
use telemetry::middleware::{Ended, Telemetry, in_flight, mark};

const PATHS: [&str; 12] = [
    "/answered",
    "/refused",
    "/undeclared",
    "/elsewhere",
    "/cancelled",
    "/half-closed",
    "/panics",
    "/streams",
    "/breaks-off",
    "/shut-down",
    "/reused/{id}",
    "/traced",
];
const OUT_OF_TEA: Outcome = Outcome::error(418, "out_of_tea");

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let routes = PATHS.map(|path| Route::new("GET", path, [Outcome::ok(200), OUT_OF_TEA]));
    Service::new("probe", "1", 10_000).with_routes(routes).with_errors(["out_of_tea"])
});

fn pipeline() {
    static GUARD: OnceLock<telemetry::Guard> = OnceLock::new();
    GUARD.get_or_init(|| {
        let settings = telemetry::Settings {
            push_traces: false,
            push_metrics: false,
            push_interval: Duration::from_secs(60),
            traces_timeout: Duration::from_secs(10),
            metrics_timeout: Duration::from_secs(10),
            sampler: telemetry::Sampler::AlwaysOff,
            span_queue: 16,
        };
        telemetry::init(&SERVICE, &settings).expect("the first pipeline of this process")
    });
}

struct Server {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// A server of its own for each test, on a free port.
fn serve() -> Server {
    pipeline();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async move {
            let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
            let address = server.addrs()[0];
            let server = server.run();
            tell.send(Server { address, handle: server.handle() }).expect("the test waits");
            server.await.expect("serves");
        });
    });
    told.recv().expect("the server starts")
}

fn app() -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let at = |path: &'static str| {
        let index = PATHS.iter().position(|known| *known == path).expect("in the table");
        web::get().guard(mark(RouteIndex(index as u16)))
    };
    let pieces = || {
        stream::iter(0..6).then(|_| async {
            rt::time::sleep(Duration::from_millis(50)).await;
            Ok::<_, actix_web::Error>(Bytes::from_static(b"piece"))
        })
    };
    let refuse = || async {
        let mut response = HttpResponse::ImATeapot().finish();
        response.extensions_mut().insert(Ended::here(OUT_OF_TEA));
        response
    };
    let slowly = || async {
        rt::time::sleep(Duration::from_millis(500)).await;
        HttpResponse::Ok().body("late")
    };
    App::new()
        .service(web::resource("/answered").route(at("/answered").to(|| async { HttpResponse::Ok().body("well") })))
        .service(web::resource("/refused").route(at("/refused").to(refuse)))
        .service(
            web::resource("/undeclared")
                .route(at("/undeclared").to(|| async { HttpResponse::PaymentRequired().finish() })),
        )
        .service(
            web::resource("/elsewhere").route(at("/elsewhere").to(HttpResponse::Ok)).wrap(from_fn(
                |request: actix_web::dev::ServiceRequest,
                 next: actix_web::middleware::Next<actix_web::body::BoxBody>| async move {
                    drop(next.call(request).await?);
                    Err::<actix_web::dev::ServiceResponse, _>(ErrorImATeapot("a middleware refuses"))
                },
            )),
        )
        .service(web::resource("/cancelled").route(at("/cancelled").to(slowly)))
        .service(web::resource("/half-closed").route(at("/half-closed").to(slowly)))
        .service(web::resource("/panics").route(at("/panics").to(|| async {
            if true {
                panic!("on purpose");
            }
            HttpResponse::Ok().finish()
        })))
        .service(
            web::resource("/streams")
                .route(at("/streams").to(move || async move { HttpResponse::Ok().streaming(pieces()) })),
        )
        .service(
            web::resource("/breaks-off")
                .route(at("/breaks-off").to(move || async move { HttpResponse::Ok().streaming(pieces()) })),
        )
        .service(web::resource("/shut-down").route(at("/shut-down").to(slowly)))
        .service(web::resource("/reused/{id}").route(at("/reused/{id}").to(HttpResponse::Ok)))
        .service(
            web::resource("/traced")
                .route(at("/traced").to(|| async {
                    HttpResponse::Ok().body(telemetry::trace::current_trace_id().unwrap_or_default())
                })),
        )
        .wrap(Telemetry::new(&SERVICE))
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("sets a time-out");
    stream
}

fn ask(server: &Server, head: &str) -> (TcpStream, Instant) {
    let mut stream = connect(server);
    write!(stream, "{head} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n").expect("sends");
    (stream, Instant::now())
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

/// A client that goes away without a word: its kernel sends a reset.
fn reset(stream: TcpStream) {
    let socket = socket2::Socket::from(stream);
    socket.set_linger(Some(Duration::ZERO)).expect("lingers not");
}

type Counts = BTreeMap<String, u64>;

/// What the scrape says of a route: a count for each status and error type that is not zero.
fn counts(route: &str) -> Counts {
    let text = String::from_utf8(telemetry::exposition().expect("a pipeline")).expect("UTF-8");
    let mut counts = Counts::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("http_server_request_duration_seconds_count{")) {
        let (labels, count) = line.split_once("} ").expect("a sample");
        let label = |key: &str| {
            labels
                .split(',')
                .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
                .unwrap_or("-")
                .trim_matches('"')
        };
        let count: u64 = count.parse().expect("a count");
        if count > 0 && label("http_route") == route {
            counts.insert(format!("{} {}", label("http_response_status_code"), label("error_type")), count);
        }
    }
    counts
}

#[track_caller]
fn check_counts(route: &str, expected: &[(&str, u64)]) {
    let expected: Counts = expected.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
    eventually(
        &format!("{route} is counted as {expected:?}"),
        || counts(route) == expected,
        || format!("{:?}", counts(route)),
    );
    // A count that comes twice comes late.
    thread::sleep(Duration::from_millis(50));
    assert_eq!(counts(route), expected, "{route} was counted again");
}

#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool, now: impl Fn() -> String) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < end, "it never came true that {what}; now: {}", now());
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_answer_is_counted_once() {
    let server = serve();
    assert!(answer(ask(&server, "GET /answered").0).ends_with("well"));
    check_counts("/answered", &[("200 -", 1)]);
}

#[test]
fn a_refusal_is_counted_with_its_word() {
    let server = serve();
    answer(ask(&server, "GET /refused").0);
    check_counts("/refused", &[("418 out_of_tea", 1)]);
}

#[test]
fn what_was_not_declared_shares_one_series() {
    let server = serve();
    answer(ask(&server, "GET /undeclared").0);
    check_counts("/undeclared", &[("_OTHER _OTHER", 1)]);
}

#[test]
fn a_failure_in_another_middleware_is_counted() {
    let server = serve();
    assert!(answer(ask(&server, "GET /elsewhere").0).starts_with("HTTP/1.1 418"));
    check_counts("/elsewhere", &[("_OTHER _OTHER", 1)]);
}

#[test]
fn a_client_that_goes_away_is_counted_as_cancelled() {
    let server = serve();
    for _ in 0..20 {
        let (stream, _) = ask(&server, "GET /cancelled");
        eventually("the request is in flight", || in_flight() > 0, || in_flight().to_string());
        thread::sleep(Duration::from_millis(20));
        reset(stream);
    }
    check_counts("/cancelled", &[("- cancelled", 20)]);
    eventually("nothing is in flight", || in_flight() == 0, || in_flight().to_string());
}

#[test]
fn a_client_that_only_stops_sending_is_answered() {
    let server = serve();
    let (stream, _) = ask(&server, "GET /half-closed");
    stream.shutdown(Shutdown::Write).expect("half closes");
    answer(stream);
    let ended = |counts: Counts| counts.values().sum::<u64>();
    eventually("it is counted", || ended(counts("/half-closed")) == 1, || format!("{:?}", counts("/half-closed")));
}

#[test]
fn a_panic_is_counted_and_nothing_stays_in_flight() {
    let server = serve();
    for _ in 0..3 {
        answer(ask(&server, "GET /panics").0);
    }
    check_counts("/panics", &[("500 panic", 3)]);
    eventually("nothing is in flight", || in_flight() == 0, || in_flight().to_string());
}

#[test]
fn a_stream_lasts_until_its_last_byte() {
    let server = serve();
    let (stream, asked) = ask(&server, "GET /streams");
    assert_eq!(answer(stream).matches("piece").count(), 6);
    let lasted = asked.elapsed().as_secs_f64();
    check_counts("/streams", &[("200 -", 1)]);
    let text = String::from_utf8(telemetry::exposition().expect("a pipeline")).expect("UTF-8");
    let sum = text.lines().find(|line| {
        line.starts_with("http_server_request_duration_seconds_sum{")
            && line.contains("/streams")
            && line.contains("200")
    });
    let sum: f64 = sum.expect("a sum").rsplit_once(' ').expect("a sample").1.parse().expect("a number");
    assert!(sum > 0.25 && sum <= lasted + 0.1, "recorded {sum} s of {lasted} s");
}

#[test]
fn a_stream_that_is_not_read_to_its_end_is_cancelled() {
    let server = serve();
    let (mut stream, _) = ask(&server, "GET /breaks-off");
    let mut some = [0; 64];
    assert!(stream.read(&mut some).expect("the head comes") > 0);
    reset(stream);
    check_counts("/breaks-off", &[("- cancelled", 1)]);
}

#[test]
fn a_shutdown_in_the_middle_is_counted() {
    let server = serve();
    let (stream, _) = ask(&server, "GET /shut-down");
    eventually("the request is in flight", || in_flight() > 0, || in_flight().to_string());
    thread::sleep(Duration::from_millis(50));
    drop(server);
    drop(answer(stream));
    check_counts("/shut-down", &[("- cancelled", 1)]);
}

#[test]
fn requests_of_one_connection_are_counted_each() {
    let server = serve();
    let mut stream = connect(&server);
    for id in 0..10 {
        let last = if id == 9 { "close" } else { "keep-alive" };
        write!(stream, "GET /reused/{id} HTTP/1.1\r\nhost: probe\r\nconnection: {last}\r\n\r\n").expect("sends");
    }
    assert_eq!(answer(stream).matches("HTTP/1.1 200").count(), 10);
    check_counts("/reused/{id}", &[("200 -", 10)]);
}

#[test]
fn a_callers_trace_goes_on_and_is_named_in_the_answer() {
    let server = serve();
    let mut stream = connect(&server);
    let id = "0af7651916cd43dd8448eb211c80319c";
    write!(
        stream,
        "GET /traced HTTP/1.1\r\nhost: probe\r\nconnection: close\r\ntraceparent: 00-{id}-b7ad6b7169203331-01\r\n\r\n"
    )
    .expect("sends");
    let text = answer(stream);
    assert!(text.contains(&format!("x-trace-id: {id}")) && text.ends_with(id), "{text}");
}

#[test]
fn an_attack_with_random_paths_methods_and_hosts_makes_no_series() {
    let series = || {
        String::from_utf8(telemetry::exposition().expect("a pipeline"))
            .expect("UTF-8")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count()
    };
    let server = serve();
    let (before, unmatched) = (series(), counts(http::OTHER).values().sum::<u64>());
    let mut stream = connect(&server);
    let mut drain = stream.try_clone().expect("clones");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        let _ = drain.read_to_string(&mut text);
        text.matches("HTTP/1.1 ").count()
    });
    for i in 0_u64..5_000 {
        let noise = i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let method = ["GET", "BREW", "PROPFIND", "POST", "DELETE", "XYZZY"][(noise % 6) as usize];
        let last = if i == 4_999 { "close" } else { "keep-alive" };
        write!(stream, "{method} /{noise:x}/{i} HTTP/1.1\r\nhost: h{noise:x}.example\r\ncontent-length: 0\r\nconnection: {last}\r\n\r\n").expect("sends");
    }
    assert_eq!(reader.join().expect("reads"), 5_000);
    let now = || counts(http::OTHER).values().sum::<u64>();
    eventually("each of them is counted", || now() == unmatched + 5_000, || now().to_string());
    assert_eq!(series(), before, "an attack made series");
}

/// Whoever asks most.
struct Asker(usize);

impl Bounded for Asker {
    const SLOTS: usize = 3;
    const KEYS: &'static [&'static str] = &["asker.name"];

    fn values(&self) -> Vec<String> {
        vec![format!("asker {}", self.0)]
    }
}

signals! {
    recorded by signals::every_service;

    /// Requests of those who ask most.
    ASKERS: SlotGauge<Asker> = "askers" in "{request}";
}

#[test]
fn a_slot_is_one_series_whatever_passes_through_it() {
    pipeline();
    static ROUND: AtomicUsize = AtomicUsize::new(0);
    ASKERS.observe(|now| {
        let round = ROUND.load(Ordering::Relaxed);
        // The first round leaves a slot empty, later ones have more than fits.
        for nth in 0..2 + round {
            now.fill(nth as f64 + 1.0, &Asker(10 * round + nth));
        }
    });
    let slots = |round| {
        ROUND.store(round, Ordering::Relaxed);
        let text = String::from_utf8(telemetry::exposition().expect("a pipeline")).expect("UTF-8");
        let mut slots: Vec<_> = text.lines().filter_map(|line| Some(line.strip_prefix("askers")?.to_owned())).collect();
        slots.sort();
        slots
    };
    let expected = [r#"{asker_name="asker 0",slot="1"} 1"#, r#"{asker_name="asker 1",slot="2"} 2"#, r#"{slot="3"} 0"#];
    assert_eq!(slots(0), expected);
    for round in 1..10 {
        let expected: Vec<_> = (0..3)
            .map(|nth| format!("{{asker_name=\"asker {}\",slot=\"{}\"}} {}", 10 * round + nth, nth + 1, nth + 1))
            .collect();
        assert_eq!(slots(round), expected);
    }
}

#[test]
fn every_series_on_the_scrape_is_declared_and_every_declared_one_is_there() {
    pipeline();
    let text = String::from_utf8(telemetry::exposition().expect("a pipeline")).expect("UTF-8");
    let scraped = text.lines().filter(|line| !line.starts_with('#')).count();
    let families: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let mut declared: Vec<String> =
        signals::of_service(&SERVICE).iter().map(|signal| signal.declaration().prometheus_name()).collect();
    declared.sort();
    assert_eq!(families, declared);
    assert_eq!(scraped, signals::series_of(&SERVICE));
}
