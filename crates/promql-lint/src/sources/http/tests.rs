//! What is said of servers that do not answer as they should.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use super::*;

/// A server that answers every request so, and tells the head of each request after the answer's first line.
fn server(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = String::new();
            let mut lines = BufReader::new(stream.try_clone().expect("the same stream"));
            while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).is_ok_and(|read| read > 0) {}
            let _ = stream.write_all(&answer(&head));
            // An answer that breaks off is followed by silence.
            let _ = stream.take(1).read(&mut [0]);
        }
    });
    url
}

fn answering(status: &'static str, body: &'static str) -> String {
    server(move |_| format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

fn refused(url: &str) -> String {
    fetch(url, &Access::default()).expect_err("is to be refused").to_string()
}

#[test]
fn credentials_are_never_shown() {
    let shown = without_credentials;
    assert_eq!(shown("http://me:secret@host:9090/a@b"), "http://host:9090/a@b");
    assert_eq!(shown("https://host/metrics"), "https://host/metrics");
    let access = Access::default().with_header("Authorization: Bearer secret").expect("a header");
    assert_eq!(format!("{access:?}"), "[\"authorization\"]");
    for wrong in ["Authorization", "a b: c", "A: b\nc"] {
        let why = Access::default().with_header(wrong).expect_err("is to be refused");
        assert!(why.contains("'Authorization: Bearer TOKEN'"), "{why}");
    }
}

#[test]
fn metrics_are_read_where_prometheus_would_read_them() {
    let url = server(|head| {
        let body = if head.starts_with("GET /metrics ") && head.contains("openmetrics-text") { "a 1\n" } else { "b{" };
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    });
    for url in [url.clone(), format!("{url}/"), format!("{url}/metrics")] {
        let all = fetch(&url, &Access::default()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(all[0].name, "a");
    }
    let why = refused(&format!("{url}/other"));
    assert!(why.ends_with("/other:1:3: the line ends before a label's name"), "{why}");
}

#[test]
fn credentials_are_sent_and_asked_for() {
    let url = server(|head| {
        let head = head.to_ascii_lowercase();
        // `me:secret`, as RFC 7617 writes it.
        let is_known =
            head.contains("authorization: bearer token") || head.contains("authorization: basic bwu6c2vjcmv0");
        let status = if is_known { "200 OK" } else { "401 Unauthorized" };
        format!("HTTP/1.1 {status}\r\ncontent-length: 4\r\n\r\na 1\n").into_bytes()
    });
    let why = refused(&url);
    assert!(why.contains("401 Unauthorized") && why.contains("--metrics http://USER:PASSWORD@HOST"), "{why}");
    let access = Access::default().with_header("Authorization: Bearer TOKEN").expect("a header");
    assert_eq!(fetch(&url, &access).map(|all| all.len()), Ok(1));
    let with_user = url.replace("http://", "http://me:secret@");
    assert_eq!(fetch(&with_user, &Access::default()).map(|all| all[0].source.clone()), Ok(format!("{url}/metrics")));
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let why = refused(&answering("404 Not Found", ""));
    assert!(why.contains("404 Not Found") && why.contains("/metrics"), "{why}");
    let why = refused(&answering("422 Unprocessable Entity", "{\"status\":\"error\",\"error\":\"too many\"}"));
    assert!(why.contains("too many"), "{why}");
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let why = refused(&format!("http://{nobody}"));
    assert!(why.contains("does the server run?"), "{why}");
    assert!(refused("http://").contains("http://HOST:PORT"), "{}", refused("http://"));
}

#[test]
fn time_and_size_have_bounds() {
    let ask = |url: &str, most| Client::new(url, &Access::default(), Duration::from_millis(300)).get(url, "*/*", most);
    let url = answering("200 OK", "0123456789");
    assert_eq!(ask(&url, 10).map(|body| body.len()), Ok(10));
    let why = ask(&url, 9).expect_err("is too long").to_string();
    assert!(why.contains("the answer is longer than"), "{why}");
    let slow = server(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01".to_vec());
    let began = Instant::now();
    let why = ask(&slow, 10).expect_err("is never complete").to_string();
    assert!(why.contains("no complete answer"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
}
