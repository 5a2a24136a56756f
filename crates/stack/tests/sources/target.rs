//! A target to be scraped: a server that says the same to everybody.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

pub(crate) struct Target {
    /// Host and port on loopback.
    pub address: String,
}

impl Target {
    /// Serves a text until the test's process ends; one that ends as OpenMetrics does is said to be that.
    pub(crate) fn serving(text: &str) -> Self {
        let kind = if text.ends_with("# EOF\n") {
            "application/openmetrics-text; version=1.0.0"
        } else {
            "text/plain; version=0.0.4"
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answered(stream, &answer);
            }
        });
        Self { address }
    }
}

fn answered(mut stream: TcpStream, answer: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    stream.write_all(answer.as_bytes())
}
