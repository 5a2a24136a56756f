//! A service's life, seen from outside: the probe of `serving/` is started as a process and told to end.

mod faults;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running probe. Dropped, it is killed.
struct Probe {
    child: Option<Child>,
    public: u16,
    admin: u16,
}

impl Drop for Probe {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Probe {
    /// Starts one on free ports, without a collector unless `arguments` name one as `NAME=value`.
    fn spawn(arguments: &[&str]) -> Self {
        // Both are held until both are known, so that they differ.
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let [public, admin] = listeners.map(|listener| listener.local_addr().expect("an address").port());
        Self::spawn_at(public, admin, arguments)
    }

    fn spawn_at(public: u16, admin: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chassis-probe"));
        command
            .env_clear()
            .envs([("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "prometheus")])
            .args([format!("--public-addr=127.0.0.1:{public}"), format!("--admin-addr=127.0.0.1:{admin}")]);
        for argument in arguments {
            match argument.split_once('=').filter(|(name, _)| !name.starts_with('-')) {
                Some((name, value)) => command.env(name, value),
                None => command.arg(argument),
            };
        }
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the probe starts");
        Self { child: Some(child), public, admin }
    }

    /// Starts one and waits until it is ready.
    fn start(arguments: &[&str]) -> Self {
        let probe = Self::spawn(arguments);
        eventually("it is ready", || probe.health("/readyz").0 == 200);
        probe
    }

    /// The status and the body of an admin page; status 0 while nobody listens.
    fn health(&self, path: &str) -> (u16, String) {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.admin)) else { return (0, String::new()) };
        answer(send(stream, &get(path)))
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.public)).expect("the public port is open")
    }

    fn ask(&self, request: &str) -> (u16, String) {
        answer(send(self.connect(), request))
    }

    /// Sends a request whose answer is awaited on a thread, and returns once it is in flight.
    fn ask_slowly(&self, path: &str, number: usize) -> Vec<thread::JoinHandle<(u16, String)>> {
        let asked = (0..number).map(|_| send(self.connect(), &get(path))).collect::<Vec<_>>();
        let in_flight = format!("http_server_active_requests {number}\n");
        eventually("the requests are in flight", || self.health("/metrics").1.contains(&in_flight));
        asked.into_iter().map(|stream| thread::spawn(|| answer(stream))).collect()
    }

    fn tell_to_end(&self) {
        let child = self.child.as_ref().expect("it runs");
        kill_process(Pid::from_child(child), Signal::TERM).expect("it can be told");
    }

    /// Waits for its end: its exit code, what it logged and what it said, and how long that took.
    fn ended(mut self) -> (Option<i32>, String, String, Duration) {
        let child = self.child.take().expect("it runs");
        let (pid, began) = (Pid::from_child(&child), Instant::now());
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(child.wait_with_output()));
        let output = told.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let _ = kill_process(pid, Signal::KILL);
            panic!("it did not end within {PATIENCE:?}")
        });
        let Output { status, stdout, stderr } = output.expect("its output");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (status.code(), text(stdout), text(stderr), began.elapsed())
    }
}

#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never became true that {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n")
}

fn post(path: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn send(mut stream: TcpStream, request: &str) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream.write_all(request.as_bytes()).expect("it is sent");
    stream
}

/// Everything until the server closes: the status (0 without one), and the text with its head.
fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_default(), text)
}

#[test]
fn the_health_checks_follow_the_start() {
    let probe = Probe::spawn(&["--start-delay", "2s"]);
    eventually("it lives", || probe.health("/livez").0 == 200);
    assert_eq!(probe.health("/startupz").0, 503);
    let (status, why) = probe.health("/readyz");
    assert!(status == 503 && why.contains("starting"), "{why}");
    assert!(TcpStream::connect(("127.0.0.1", probe.public)).is_err(), "the public door is open before the start");
    eventually("it has started", || probe.health("/startupz").0 == 200);
    assert_eq!(probe.health("/readyz").0, 200);
    assert_eq!(probe.ask(&get("/sleep/0")).0, 200);
    let metrics = probe.health("/metrics").1;
    assert!(metrics.contains("errors_total{error_type=\"health_check_failed\"} 0\n"), "to be starting is no error");
}

#[test]
fn readiness_goes_first_and_requests_in_flight_finish() {
    let probe = Probe::start(&["--drain-delay", "1s"]);
    let slow = probe.ask_slowly("/sleep/1800", 2);
    probe.tell_to_end();
    eventually("it is not ready", || probe.health("/readyz").0 == 503);
    assert!(probe.health("/readyz").1.contains("draining"));
    assert_eq!(probe.health("/livez").0, 200);
    let (status, head) = probe.ask("GET /sleep/0 HTTP/1.1\r\nhost: probe\r\n\r\n");
    assert!(status == 200 && head.contains("connection: close"), "whoever comes is served and sent away: {head}");
    for slow in slow {
        assert_eq!(slow.join().expect("no panic").0, 200);
    }
    let (code, log, ..) = probe.ended();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let probe = Probe::start(&[]);
    let mut idle = send(probe.connect(), "GET /sleep/0 HTTP/1.1\r\nhost: probe\r\n\r\n");
    assert!(idle.read(&mut [0; 1024]).expect("an answer") > 0);
    probe.tell_to_end();
    let (code, log, _, lasted) = probe.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(lasted < Duration::from_secs(5), "{lasted:?}");
}

#[test]
fn a_second_signal_ends_the_drain_at_once() {
    let probe = Probe::start(&["--drain-delay", "1m"]);
    probe.tell_to_end();
    eventually("it drains", || probe.health("/readyz").0 == 503);
    probe.tell_to_end();
    let (_, log, said, lasted) = probe.ended();
    assert!(lasted < Duration::from_secs(5), "{lasted:?}: {log}");
    assert!(said.contains("a second time"), "{said}");
}

#[test]
fn a_second_signal_ends_the_wait_for_a_collector_that_never_answers() {
    let collector = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("OTEL_EXPORTER_OTLP_ENDPOINT=http://{}", collector.local_addr().expect("an address"));
    let probe = Probe::start(&[&endpoint, "OTEL_METRICS_EXPORTER=otlp", "--flush-timeout", "1m"]);
    probe.tell_to_end();
    collector.accept().expect("the last metrics are on their way");
    probe.tell_to_end();
    let (_, log, _, lasted) = probe.ended();
    assert!(lasted < Duration::from_secs(5), "{lasted:?}: {log}");
    assert!(log.contains("told to end once more"), "{log}");
}

#[test]
fn what_is_broken_off_at_the_end_is_counted_and_leaves_with_the_last_telemetry() {
    let collector = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("OTEL_EXPORTER_OTLP_ENDPOINT=http://{}", collector.local_addr().expect("an address"));
    let probe = Probe::start(&[&endpoint, "OTEL_TRACES_EXPORTER=otlp", "--drain-timeout", "50ms", "--workers", "4"]);
    let received = thread::spawn(move || {
        let (mut stream, _) = collector.accept().expect("the spans come");
        receive(&mut stream)
    });
    let slow = probe.ask_slowly("/sleep/1900", 100);
    probe.tell_to_end();
    let (code, log, ..) = probe.ended();
    assert_eq!(code, Some(0), "{log}");
    let broken_off = slow.into_iter().filter_map(|slow| slow.join().ok()).filter(|(status, _)| *status == 0).count();
    let spans = received.join().expect("received");
    assert!(broken_off > 0, "{log}");
    assert_eq!(spans.matches("GET /sleep/{ms}").count(), 100, "{log}");
    assert!(log.contains("all telemetry was delivered"), "{log}");
}

/// Takes one push, and answers that it arrived.
fn receive(stream: &mut TcpStream) -> String {
    let (mut text, mut piece) = (String::new(), [0; 65_536]);
    loop {
        let read = stream.read(&mut piece).expect("it comes");
        text.push_str(&piece[..read].iter().map(|byte| char::from(*byte)).collect::<String>());
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.chars().count() >= length.expect("a length").parse::<usize>().expect("a number") {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("it is answered");
            return text;
        }
    }
}

#[test]
fn every_refusal_is_a_problem_with_a_code() {
    #[track_caller]
    fn check(probe: &Probe, request: &str, expect: (u16, &str), told: &str) {
        let (status, text) = probe.ask(request);
        assert_eq!(status, expect.0, "{text}");
        assert!(text.contains("content-type: application/problem+json"), "{text}");
        assert!(text.contains(&format!("\"code\":\"{}\"", expect.1)), "{text}");
        assert!(text.contains("\"trace_id\":\"") && text.contains("x-trace-id: "), "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
    let probe = Probe::start(&["--body-limit", "100", "--body-timeout", "200ms"]);
    let json = "application/json";
    assert!(probe.ask(&post("/add", "application/json; charset=utf-8", "[1, 2]")).1.ends_with("\r\n\r\n3"));
    check(&probe, &post("/add", json, "[1,\n 2x]"), (400, "validation_error"), "line 2 column 3");
    check(&probe, &post("/add", "text/plain", "[1, 2]"), (400, "validation_error"), "must be application/json");
    check(&probe, &post("/body", json, &"x".repeat(101)), (413, "body_too_large"), "at most 100 bytes");
    let endless = "POST /body HTTP/1.1\r\nhost: probe\r\nconnection: close\r\ncontent-length: 9\r\n\r\nslow";
    check(&probe, endless, (408, "body_timeout"), "200ms");
    check(&probe, &get("/sleep/soon"), (400, "validation_error"), "path: ");
    check(&probe, &get("/sleep/10000"), (504, "timeout"), "");
    let hurried = get("/sleep/1900").replace("host:", "x-deadline-ms: 50\r\nhost:");
    check(&probe, &hurried, (504, "timeout"), "");
    check(&probe, &get("/nowhere"), (404, "route_not_found"), "");
    check(&probe, &get("/body"), (405, "method_not_allowed"), "allow: POST\r\n");
    check(&probe, &get("/panic"), (500, "panic"), "");
    let metrics = probe.health("/metrics").1;
    for (error_type, times) in [("validation_error", 3), ("timeout", 2), ("panic", 1), ("body_timeout", 1)] {
        assert!(metrics.contains(&format!("errors_total{{error_type=\"{error_type}\"}} {times}\n")), "{error_type}");
    }
    probe.tell_to_end();
    let (_, log, ..) = probe.ended();
    let panicked = log.lines().find(|line| line.contains("\"panicked\"")).expect("a line");
    assert!(panicked.contains("\"why\":\"as asked\"") && panicked.contains("probe.rs:"), "{panicked}");
}

#[test]
fn a_slow_body_is_the_clients_doing_even_where_the_deadline_is_shorter() {
    let probe = Probe::start(&["--body-timeout", "10s"]);
    let endless = "POST /body HTTP/1.1\r\nhost: probe\r\nconnection: close\r\ncontent-length: 9\r\n\r\nslow";
    assert_eq!(probe.ask(endless).0, 408);
}

#[test]
fn a_route_without_a_handler_is_no_start() {
    let (code, _, said, _) = Probe::spawn(&["--forgetful"]).ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("GET /panic is in the table, but has no handler"), "{said}");
}

#[test]
fn a_taken_port_is_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let free = Probe::spawn(&[]).admin;
    for (public, admin, variable) in [(port, free, "PUBLIC_ADDR"), (free, port, "ADMIN_ADDR")] {
        let (code, _, said, _) = Probe::spawn_at(public, admin, &[]).ended();
        assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.contains(&format!("cannot listen on 127.0.0.1:{port}")) && said.contains(variable), "{said}");
    }
}

#[test]
fn every_mistake_of_the_configuration_is_reported_at_once() {
    let mistakes =
        ["--workers=0", "--drain-timeout=soon", "BODY_LIMIT=big", "RUST_LOG=probe=loud", "OTEL_TRACES_SAMPLER=often"];
    let (code, _, said, _) = Probe::spawn(&mistakes).ended();
    assert_eq!((code, said.matches("\n  - ").count()), (Some(2), 5), "{said}");
    for setting in ["WORKERS", "DRAIN_TIMEOUT", "BODY_LIMIT", "RUST_LOG", "OTEL_TRACES_SAMPLER"] {
        assert!(said.contains(setting), "{setting} is not named: {said}");
    }
}
