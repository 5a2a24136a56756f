//! What the gateway makes of a request and of whatever comes back, before a small upstream that does as it is told.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use shop::{routes::Method, services::ServiceName};

const PATIENCE: Duration = Duration::from_secs(20);

/// What the upstream does with a request once it was read.
#[derive(Clone)]
enum Reply {
    /// Sends these bytes and closes.
    Bytes(String),
    /// Sends nothing and keeps the connection.
    Hang,
}

/// An answer as a service behind the gateway would give it, with headers of its own.
fn reply(status: u16, content_type: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nset-cookie: a=b\r\nserver: inner\r\nconnection: close\r\n\r\n{body}"
    ))
}

fn problem(status: u16, code: &str) -> Reply {
    let body = format!(r#"{{"code":"{code}","title":"It says.","status":{status},"detail":"the inner words"}}"#);
    reply(status, "application/problem+json", &body)
}

/// A gateway process, and the upstream that both of its ways lead to. Dropped, it is killed.
struct Gateway {
    child: Child,
    public: SocketAddr,
    admin: SocketAddr,
    /// Every request that the upstream read.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    fn before(reply: Reply) -> Self {
        let upstream = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = upstream.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = seen.clone();
        thread::spawn(move || {
            for stream in upstream.incoming() {
                let (mut stream, keep, reply) = (stream.expect("a connection"), keep.clone(), reply.clone());
                thread::spawn(move || {
                    keep.lock().expect("seen").push(read_request(&mut stream));
                    match reply {
                        Reply::Bytes(bytes) => drop(stream.write_all(bytes.as_bytes())),
                        Reply::Hang => thread::sleep(PATIENCE),
                    }
                });
            }
        });
        Self::at(at, seen)
    }

    fn at(upstream: SocketAddr, seen: Arc<Mutex<Vec<String>>>) -> Self {
        Self::start(upstream, seen, &[])
    }

    fn start(upstream: SocketAddr, seen: Arc<Mutex<Vec<String>>>, environment: &[(&str, &str)]) -> Self {
        // Both are held until both are known, so that they differ.
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let [public, admin] = listeners.map(|listener| listener.local_addr().expect("an address"));
        let child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .env_clear()
            .envs([("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "prometheus")])
            .envs(environment.iter().copied())
            .args([format!("--public-addr={public}"), format!("--admin-addr={admin}")])
            .args([format!("--catalog-url=http://{upstream}"), format!("--orders-url=http://{upstream}/")])
            .stdout(Stdio::null())
            .spawn()
            .expect("the gateway starts");
        let gateway = Self { child, public, admin, seen };
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(admin).is_err() || answer(admin, &get("/readyz")).0 != 200 {
            assert!(Instant::now() < end, "the gateway never became ready");
            thread::sleep(Duration::from_millis(5));
        }
        gateway
    }

    fn ask(&self, request: &str) -> (u16, String) {
        answer(self.public, request)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("seen").clone()
    }

    /// The samples of a metric that are not zero.
    fn samples(&self, name: &str) -> Vec<String> {
        let metrics = answer(self.admin, &get("/metrics")).1;
        let samples = metrics.lines().filter(|line| line.starts_with(&format!("{name}{{")) && !line.ends_with(" 0"));
        samples.map(str::to_owned).collect()
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let (mut text, mut piece) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece).unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&piece[..read]));
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        match text.split_once("\r\n\r\n") {
            Some((_, body)) if body.len() >= length.unwrap_or(0) => return text,
            _ if read == 0 => return text,
            _ => {}
        }
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
}

/// The status of an answer, and its text with its head.
fn answer(at: SocketAddr, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(at).expect("the door is open");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), text)
}

#[test]
fn a_refusal_is_handed_on_as_it_is_and_counted_where_it_arose() {
    let gateway = Gateway::before(problem(404, "product_not_found"));
    let (status, text) = gateway.ask(&get("/api/v1/products/p-999"));
    assert_eq!(status, 404);
    assert!(text.contains("content-type: application/problem+json\r\n"), "{text}");
    assert!(text.contains(r#""code":"product_not_found""#) && text.contains("the inner words"), "{text}");
    let requests = gateway.samples("http_server_request_duration_seconds_count");
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert!(requests[0].contains(r#"error_type="product_not_found""#), "{requests:#?}");
    assert_eq!(gateway.samples("errors_total"), [""; 0]);
}

#[test]
fn a_failure_behind_the_gateway_becomes_a_clean_problem() {
    #[track_caller]
    fn check(reply: Reply, expect: (u16, &str)) {
        check_at(&Gateway::before(reply), expect);
    }
    #[track_caller]
    fn check_at(gateway: &Gateway, (status, code): (u16, &str)) {
        let (answered, text) = gateway.ask(&get("/api/v1/products/p-001"));
        assert_eq!(answered, status, "{text}");
        assert!(text.contains("content-type: application/problem+json\r\n"), "{text}");
        assert!(text.contains(&format!(r#""code":"{code}""#)) && !text.contains("inner"), "{text}");
        assert_eq!(gateway.samples("errors_total"), [format!("errors_total{{error_type=\"{code}\"}} 1")]);
    }
    let failed = (502, "upstream_error");
    check(reply(500, "text/html", "the inner stack trace"), failed);
    check(problem(502, "upstream_error"), failed);
    check(reply(200, "application/json", &"x".repeat(9 * 1024 * 1024)), failed);
    let unavailable = (503, "upstream_unavailable");
    check(problem(503, "database_error"), unavailable);
    check(Reply::Bytes(String::new()), unavailable);
    check(Reply::Bytes("no HTTP at all, inner words\r\n\r\n".to_owned()), unavailable);
    check(Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf of the inner".to_owned()), unavailable);
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    check_at(&Gateway::at(nobody, Arc::default()), unavailable);
    let timed_out = (504, "timeout_error");
    check(problem(504, "timeout"), timed_out);
    check(Reply::Hang, timed_out);
}

#[test]
fn only_what_is_agreed_travels_inward_and_back() {
    let gateway = Gateway::before(reply(201, "application/json", "{\"id\":1}"));
    let headers = "content-type: application/json\r\naccept: application/json\r\nidempotency-key: k-1\r\nx-session: journey\r\n\
        traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ncookie: a=b\r\nauthorization: Basic x\r\n\
        x-forwarded-for: 10.0.0.1\r\nx-deadline-ms: 4000\r\nte: trailers\r\n";
    let (status, text) = gateway.ask(&post("/api/v1/orders", headers, "{\"customer\":\"ada\"}"));
    assert_eq!(status, 201, "{text}");
    assert!(text.ends_with("\r\n\r\n{\"id\":1}") && text.contains("content-type: application/json\r\n"), "{text}");
    assert!(text.contains("x-trace-id: 0af7651916cd43dd8448eb211c80319c\r\n"), "the caller's trace goes on: {text}");
    assert!(!text.contains("set-cookie") && !text.contains("server: inner"), "{text}");

    let [inner] = gateway.seen().try_into().expect("one request");
    assert!(inner.starts_with("POST /orders HTTP/1.1\r\n") && inner.ends_with("{\"customer\":\"ada\"}"), "{inner}");
    for header in
        ["content-type: application/json", "accept: application/json", "idempotency-key: k-1", "x-session: journey"]
    {
        assert!(inner.contains(&format!("{header}\r\n")), "{header}: {inner}");
    }
    for name in ["cookie", "authorization", "x-forwarded-for", "te:", "host: shop"] {
        assert!(!inner.contains(name), "{name}: {inner}");
    }
    assert!(inner.contains("traceparent: 00-0af7651916cd43dd8448eb211c80319c-"), "{inner}");
    assert!(!inner.contains("b7ad6b7169203331"), "the gateway is the caller now: {inner}");
    let left = inner.lines().find_map(|line| line.strip_prefix("x-deadline-ms: ")).expect("the time left travels");
    assert!(left.parse::<u64>().is_ok_and(|left| left > 4000), "a stranger's impatience is not handed on: {left}");
}

#[test]
fn the_query_travels_as_it_was_written() {
    let gateway = Gateway::before(reply(200, "application/json", "[]"));
    assert_eq!(gateway.ask(&get("/api/v1/search?q=tea%20pot&q=a+b&empty=&odd=%zz&path=../x")).0, 200);
    let inner = gateway.seen().remove(0);
    assert!(inner.starts_with("GET /search?q=tea%20pot&q=a+b&empty=&odd=%zz&path=../x HTTP/1.1\r\n"), "{inner}");
}

#[test]
fn no_path_leads_to_another_door_than_its_own() {
    let gateway = Gateway::before(reply(200, "application/json", "{}"));
    for path in ["/products/..", "/products/%2e%2E/stock", "/products/.%2e", "/products/.", r"/products/a\..\..\x"] {
        let (status, text) = gateway.ask(&get(&format!("/api/v1{path}")));
        assert!(status == 400 && text.contains("validation_error"), "{path}: {text}");
    }
    assert_eq!(gateway.seen(), [""; 0]);
    assert_eq!(gateway.ask(&get("/api/v1/products/a..b%2Fc")).0, 200);
    assert!(gateway.seen()[0].starts_with("GET /products/a..b%2Fc HTTP/1.1\r\n"));
}

#[test]
fn a_body_that_is_too_large_never_gets_through() {
    let gateway = Gateway::before(reply(201, "application/json", "{}"));
    let (status, text) =
        gateway.ask(&post("/api/v1/orders", "content-type: application/json\r\n", &"x".repeat(70_000)));
    assert!(status == 413 && text.contains("body_too_large"), "{text}");
    assert_eq!(gateway.seen(), [""; 0]);
}

#[test]
fn every_route_is_described_and_every_described_one_is_mounted() {
    let gateway = Gateway::before(reply(200, "application/json", "{}"));
    let (status, text) = gateway.ask(&get("/api/v1/openapi.json"));
    assert_eq!(status, 200, "{text}");
    let (_, body) = text.split_once("\r\n\r\n").expect("a body");
    let document: Value = serde_json::from_str(body).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    for route in ServiceName::Gateway.routes() {
        let described = paths.get(route.path).and_then(|path| path.get(route.method.as_str().to_lowercase()));
        assert!(described.is_some(), "{:?} {} is not described", route.method, route.path);
        let path = route.path.replace("{id}", "x");
        let request = if route.method == Method::Get { get(&path) } else { post(&path, "", "{}") };
        let (status, text) = gateway.ask(&request);
        let mounted = status == 200 || text.contains(r#""code":"faults_disabled""#);
        assert!(mounted, "{:?} {} is not mounted: {text}", route.method, route.path);
    }
    let described: usize = paths.values().map(|path| path.as_object().expect("operations").len()).sum();
    assert_eq!(described, ServiceName::Gateway.routes().len(), "{paths:#?}");
}

#[test]
fn wrong_addresses_are_reported_together() {
    let output = Command::new(env!("CARGO_BIN_EXE_gateway"))
        .env_clear()
        .args(["--catalog-url", "catalog:8081", "--orders-url", "http://orders?x"])
        .output()
        .expect("it runs");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("CATALOG_URL") && said.contains("ORDERS_URL"), "{said}");
}

/// The statuses and codes of as many requests, each of a trace of its own.
fn classroom(gateway: &Gateway, path: &str, requests: u32) -> Vec<String> {
    let ask = |trace: u32| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ntraceparent: 00-{trace:032x}-00000000000000aa-01\r\n\r\n"
        );
        let (status, text) = answer(gateway.public, &request);
        let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
        let code =
            serde_json::from_str::<Value>(body).ok().and_then(|body| Some(body.get("code")?.as_str()?.to_owned()));
        format!("{status} {}", code.unwrap_or_default()).trim().to_owned()
    };
    thread::scope(|scope| {
        let asked: Vec<_> = (1..=requests).map(|trace| scope.spawn(move || ask(trace))).collect();
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    })
}

#[test]
fn the_classroom_fails_as_often_as_it_says() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let gateway = Gateway::start(nobody, Arc::default(), &[("FAULTS_ENABLED", "true"), ("FAULTS_TOKEN", "a-word")]);
    for (path, endings) in [
        ("/health", &[("200", 0.8), ("503 health_check_failed", 0.2)][..]),
        ("/slow", &[("200", 0.7), ("504 timeout", 0.3)]),
        (
            "/error",
            &[
                ("503 database_error", 0.25),
                ("400 validation_error", 0.25),
                ("403 permission_error", 0.25),
                ("504 timeout_error", 0.25),
            ],
        ),
    ] {
        let answers = classroom(&gateway, path, 200);
        assert!(answers.iter().all(|answer| endings.iter().any(|(ending, _)| ending == answer)), "{path}: {answers:?}");
        for (ending, share) in endings {
            let got = answers.iter().filter(|answer| answer == ending).count() as f64 / 200.0;
            // Three standard deviations of 200 draws are below 0.1.
            assert!((got - share).abs() < 0.1, "{path}: {got} of {ending}");
        }
        assert_eq!(classroom(&gateway, path, 20), answers[..20], "the same traces end alike");
    }
    let counted = gateway.samples("errors_total");
    for error_type in
        ["health_check_failed", "timeout", "database_error", "validation_error", "permission_error", "timeout_error"]
    {
        let label = format!("error_type=\"{error_type}\"");
        assert!(counted.iter().any(|sample| sample.contains(&label)), "{error_type}: {counted:?}");
    }
}

#[test]
fn without_faults_the_classroom_is_closed() {
    let gateway = Gateway::at(SocketAddr::from(([127, 0, 0, 1], 1)), Arc::default());
    for path in ["/health", "/slow", "/error", "/panic"] {
        assert_eq!(classroom(&gateway, path, 3), ["404 faults_disabled"; 3], "{path}");
    }
}
