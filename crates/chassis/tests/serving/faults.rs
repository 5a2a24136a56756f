//! Faults on purpose, armed from outside: each strikes where it should, is told, and ends.

use std::time::{Duration, Instant};

use super::{Probe, answer, eventually, get, send};

const TOKEN: &str = "a-word";

fn probe() -> Probe {
    Probe::start(&["FAULTS_ENABLED=true", "FAULTS_TOKEN=a-word"])
}

impl Probe {
    fn faults(&self, method: &str, name: &str, token: &str, body: &str) -> (u16, String) {
        let stream = std::net::TcpStream::connect(("127.0.0.1", self.admin)).expect("the admin port is open");
        let (length, path) = (body.len(), if name.is_empty() { String::new() } else { format!("/{name}") });
        answer(send(
            stream,
            &format!(
                "{method} /faults{path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}"
            ),
        ))
    }

    #[track_caller]
    fn arm(&self, name: &str, kind: &str, rest: &str) {
        let fault = format!(r#"{{"kind":{kind},"place":{{"service":"probe"}},"lease_ms":60000{rest}}}"#);
        let (status, text) = self.faults("PUT", name, TOKEN, &fault);
        assert_eq!(status, 201, "{text}");
    }

    fn number(&self, series: &str) -> Option<f64> {
        let text = self.health("/metrics").1;
        let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    #[track_caller]
    fn has_counted(&self, kind: &str, times: f64) {
        assert_eq!(self.number(&format!("faults_injected_total{{fault_kind=\"{kind}\"}}")), Some(times), "{kind}");
    }
}

#[test]
fn while_faults_are_disabled_nobody_finds_them() {
    let probe = Probe::start(&["FAULTS_TOKEN=a-word"]);
    for (method, name) in [("GET", ""), ("DELETE", ""), ("PUT", "slow"), ("DELETE", "slow")] {
        assert_eq!(probe.faults(method, name, TOKEN, "").0, 404, "{method} {name}");
    }
}

#[test]
fn without_a_token_faults_cannot_be_enabled() {
    let (code, _, said, _) = Probe::spawn(&["FAULTS_ENABLED=true"]).ended();
    assert_eq!(code, Some(2));
    assert!(said.contains("FAULTS_TOKEN"), "{said}");
}

#[test]
fn only_the_token_opens_the_faults() {
    let probe = probe();
    for (method, name) in [("GET", ""), ("DELETE", ""), ("PUT", "slow"), ("DELETE", "slow")] {
        let (status, text) = probe.faults(method, name, "another-word", "{}");
        assert_eq!(status, 401, "{method} {name}: {text}");
    }
    assert_eq!(probe.faults("GET", "", TOKEN, "").0, 200);
    assert!(!probe.health("/metrics").1.contains(TOKEN));
}

#[test]
fn what_cannot_be_armed_is_refused_with_the_reason() {
    let probe = probe();
    for (fault, why) in [
        (r#"{"kind":"latency""#, "line 1 column"),
        (r#"{"kind":"timeout","place":{"service":"other"},"lease_ms":1000}"#, "this is probe, not other"),
        (r#"{"kind":"timeout","place":{"service":"probe"},"lease_ms":900001}"#, "lease_ms"),
        (r#"{"kind":"process_kill","place":{"service":"probe"},"lease_ms":1000}"#, "from inside"),
        (r#"{"kind":"database_error","place":{"service":"probe"},"lease_ms":1000}"#, "has no database"),
        (r#"{"kind":"pool_exhausted","place":{"service":"probe"},"lease_ms":1000}"#, "has no pool"),
        (r#"{"kind":"upstream_error","place":{"service":"probe"},"lease_ms":1000}"#, "calls nobody"),
        (
            r#"{"kind":"timeout","place":{"service":"probe","route":{"method":"GET","path":"/nowhere"}},"lease_ms":1000}"#,
            "GET /nowhere",
        ),
    ] {
        let (status, text) = probe.faults("PUT", "it", TOKEN, fault);
        assert_eq!(status, 400, "{fault}");
        assert!(text.contains(why), "{text}");
    }
    assert!(probe.faults("GET", "", TOKEN, "").1.contains(r#""faults":[]"#));
}

#[test]
fn requests_are_refused_held_up_and_dropped() {
    let probe = probe();
    for (kind, status, code) in
        [("validation_error", 400, "validation_error"), ("permission_error", 403, "permission_error")]
    {
        probe.arm("it", &format!("\"{kind}\""), r#","at_most":1"#);
        let (got, text) = probe.ask(&get("/sleep/0"));
        assert_eq!(got, status);
        assert!(text.contains(code), "{text}");
        assert_eq!(probe.ask(&get("/sleep/0")).0, 200, "it was to strike once");
        probe.has_counted(kind, 1.0);
        assert_eq!(probe.number(&format!("errors_total{{error_type=\"{code}\"}}")), Some(1.0));
        assert_eq!(probe.faults("DELETE", "it", TOKEN, "").0, 204);
    }

    probe.arm("slow", r#"{"latency":{"fixed":{"delay_ms":300}}}"#, "");
    let began = Instant::now();
    assert_eq!(probe.ask(&get("/sleep/0")).0, 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
    probe.faults("DELETE", "slow", TOKEN, "");

    // The probe's deadline is two seconds.
    probe.arm("never", "\"timeout\"", "");
    let (status, text) = probe.ask(&get("/sleep/0"));
    assert_eq!(status, 504, "{text}");
    probe.faults("DELETE", "never", TOKEN, "");

    probe.arm("drop", "\"connection_drop\"", "");
    let began = Instant::now();
    assert_eq!(probe.ask(&get("/sleep/0")), (0, String::new()));
    assert!(began.elapsed() < Duration::from_secs(1));
    probe.faults("DELETE", "drop", TOKEN, "");

    let metrics = probe.health("/metrics").1;
    let of_the_route = |ending: &str| {
        let of_it = |line: &&str| {
            line.starts_with("http_server_request_duration_seconds_count{") && line.contains("/sleep/{ms}")
        };
        metrics.lines().filter(of_it).any(|line| line.contains(ending) && line.ends_with(" 1"))
    };
    for ending in ["error_type=\"timeout\"", "error_type=\"cancelled\"", "error_type=\"permission_error\""] {
        assert!(of_the_route(ending), "{ending}\n{metrics}");
    }
    probe.has_counted("latency", 1.0);
    assert_eq!(
        probe.faults("GET", "", TOKEN, "").1.split("\r\n\r\n").nth(1),
        Some(r#"{"service":"probe","faults":[]}"#)
    );
}

#[test]
fn a_fault_hits_its_place_and_its_share() {
    let probe = probe();
    let fault = r#"{"kind":"permission_error","place":{"service":"probe","session":"drill-1","route":{"method":"GET","path":"/sleep/{ms}"}},"share":0.5,"lease_ms":60000}"#;
    assert_eq!(probe.faults("PUT", "half", TOKEN, fault).0, 201);
    let ask = |session: &str, trace: u32| {
        let head = format!(
            "GET /sleep/0 HTTP/1.1\r\nhost: probe\r\nconnection: close\r\nx-session: {session}\r\ntraceparent: 00-{trace:032x}-00000000000000aa-01\r\n\r\n"
        );
        probe.ask(&head).0
    };
    let hit: Vec<u16> = (1..=40).map(|trace| ask("drill-1", trace)).collect();
    let refused = hit.iter().filter(|status| **status == 403).count();
    assert!((8..=32).contains(&refused), "{refused} of 40");
    // The same traces are hit again, and nobody else is.
    assert_eq!((1..=40).map(|trace| ask("drill-1", trace)).collect::<Vec<_>>(), hit);
    assert!((1..=40).all(|trace| ask("drill-2", trace) == 200));
}

#[test]
fn a_lease_runs_out_unless_it_is_renewed() {
    let probe = probe();
    let fault = r#"{"kind":"permission_error","place":{"service":"probe"},"lease_ms":700}"#;
    assert_eq!(probe.faults("PUT", "brief", TOKEN, fault).0, 201);
    let until = Instant::now() + Duration::from_millis(1500);
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(probe.faults("PUT", "brief", TOKEN, fault).0, 200, "it lives still");
    }
    assert_eq!(probe.ask(&get("/sleep/0")).0, 403);
    assert_eq!(probe.number("faults_armed{fault_kind=\"permission_error\"}"), Some(1.0));
    eventually("nobody renews it, so it ends", || probe.ask(&get("/sleep/0")).0 == 200);
    assert_eq!(probe.number("faults_armed{fault_kind=\"permission_error\"}"), Some(0.0));
    assert_eq!(probe.faults("PUT", "brief", TOKEN, fault).0, 201, "it is new again");
    assert!(probe.faults("DELETE", "", TOKEN, "").1.contains("brief"));
    probe.tell_to_end();
    let logged = probe.ended().1;
    for line in ["a fault was armed", "a fault was injected", "a fault has ended"] {
        assert!(logged.contains(line), "{line}: {logged}");
    }
}

#[test]
fn faults_of_the_whole_process_are_felt_and_end() {
    let probe = probe();
    probe.arm("ill", "\"health_check_failing\"", "");
    let (status, text) = probe.health("/readyz");
    assert_eq!(status, 503);
    assert!(text.contains("`ill` was armed"), "{text}");
    assert!(probe.number("errors_total{error_type=\"health_check_failed\"}") >= Some(1.0));
    probe.faults("DELETE", "ill", TOKEN, "");
    assert_eq!(probe.health("/readyz").0, 200);

    let memory = || probe.number("process_memory_usage_bytes").expect("it is measured");
    let before = memory();
    let most = 64.0 * 1024.0 * 1024.0;
    probe.arm("fat", r#"{"memory_growth":{"bytes_per_second":1073741824,"most_bytes":67108864}}"#, "");
    eventually("the memory has grown", || memory() - before > 0.9 * most);
    probe.faults("DELETE", "fat", TOKEN, "");
    eventually("the memory is given back", || memory() - before < 0.5 * most);

    let cpu = || probe.number("process_cpu_time_seconds_total{cpu_mode=\"user\"}").expect("it is measured");
    let before = cpu();
    probe.arm("hot", r#"{"cpu_burn":{"threads":1}}"#, "");
    eventually("it burns", || cpu() - before > 0.3);
    probe.faults("DELETE", "hot", TOKEN, "");
    for kind in ["health_check_failing", "memory_growth", "cpu_burn"] {
        probe.has_counted(kind, 1.0);
    }
}
