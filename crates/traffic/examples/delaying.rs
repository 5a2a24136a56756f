//! A server that answers after a while and measures for itself how long that was, for `cargo xtask bench --load`: what a client says of it
//! can be held against that.
//!
//! Its argument is the time in milliseconds. It never sleeps, and so sees what comes as soon as it is there: to wake a core that rests takes
//! up to a tenth of a millisecond, and would be in the client's time and not in its own. When its input ends, it writes the median and
//! the 95th percentile in seconds.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;

const CATEGORIES: &str = r#"{"items":[{"category":"books","products":1}]}"#;
const PRODUCTS: &str = r#"{"items":[{"id":"p-001","name":"Illustrated Atlas","description":"An atlas.","category":"books","price":{"amount":1999,"currency":"EUR"},"available":5}]}"#;

fn main() -> anyhow::Result<()> {
    let milliseconds = std::env::args().nth(1).context("say how many milliseconds an answer takes")?.parse()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    say(&format!("http://{}", listener.local_addr()?));
    let is_over = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&is_over);
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        ends.store(true, Ordering::Relaxed);
    });
    let mut times = serve(&listener, Duration::from_millis(milliseconds), &is_over);
    times.sort_unstable();
    for percent in [50, 95] {
        let time = times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).context("nothing was asked")?;
        say(&time.as_secs_f64().to_string());
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it reads what it says")]
fn say(line: &str) {
    println!("{line}");
}

/// Looks at every connection in turn until it is over, and gives how long each request took.
fn serve(listener: &TcpListener, after: Duration, is_over: &AtomicBool) -> Vec<Duration> {
    let (mut times, mut connections) = (Vec::new(), Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        if let Ok((stream, _)) = listener.accept() {
            connections.extend(Connection::new(stream));
        }
        connections.retain_mut(|connection| match connection.look(after) {
            Ok(time) => {
                times.extend(time);
                true
            }
            Err(_) => false,
        });
    }
    times
}

/// A connection whose client waits for each answer before it asks again.
struct Connection {
    stream: TcpStream,
    /// When the request that is not answered yet came.
    asked: Option<Instant>,
}

impl Connection {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, asked: None })
    }

    /// Reads a request that is there or answers one that is due, and gives how long that took.
    fn look(&mut self, after: Duration) -> io::Result<Option<Duration>> {
        if let Some(asked) = self.asked {
            if asked.elapsed() < after {
                return Ok(None);
            }
            self.answer(CATEGORIES)?;
            self.asked = None;
            return Ok(Some(asked.elapsed()));
        }
        // A request without a body comes in one piece.
        let mut request = [0; 2048];
        match self.stream.read(&mut request) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            // What is sold is asked before a run, and is no part of it.
            Ok(read) if request[..read].starts_with(b"GET /api/v1/products") => self.answer(PRODUCTS).map(|()| None),
            Ok(_) => {
                self.asked = Some(Instant::now());
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn answer(&mut self, body: &str) -> io::Result<()> {
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        self.stream.write_all((head + body).as_bytes())
    }
}
