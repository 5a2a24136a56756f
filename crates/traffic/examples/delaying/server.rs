//! Answers after a while, and measures for itself how long that was; `tests/clocks.rs` has it in its own process.

#[path = "../../src/engine/stamped/stamps.rs"]
mod stamps;

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

const CATEGORIES: &str = r#"{"items":[{"category":"books","products":1}]}"#;
const PRODUCTS: &str = r#"{"items":[{"id":"p-001","name":"Illustrated Atlas","description":"An atlas.","category":"books","price":{"amount":1999,"currency":"EUR"},"available":5}]}"#;

/// Answers after a while and measures for itself how long that was, from when the system stamped the request. It never sleeps: to wake a
/// core that rests takes up to a tenth of a millisecond.
pub(crate) struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    serving: JoinHandle<Vec<Duration>>,
}

impl Server {
    /// Begins to answer on a free port of this machine, each request so long after it came.
    pub(crate) fn start(after: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (comes, accepted) = mpsc::channel();
        // Not by looking for a connection again and again: each time the system makes a socket in vain, and clears up for milliseconds.
        thread::spawn(move || listener.incoming().flatten().try_for_each(|stream| comes.send(stream)));
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let serving = thread::spawn(move || serve(&accepted, after, &ends));
        Ok(Self { address, is_over, serving })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it, and gives how long each request took, the shortest first.
    pub(crate) fn end(self) -> Vec<Duration> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut times = self.serving.join().unwrap_or_default();
        // Whoever waits for a connection finds that nobody wants it.
        let _ = TcpStream::connect(self.address);
        times.sort_unstable();
        times
    }
}

/// The time that so many of a hundred do not exceed.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> Option<Duration> {
    times.get((times.len() * percent).div_ceil(100).checked_sub(1)?).copied()
}

/// Looks at every connection in turn until it is over, and gives how long each request took.
fn serve(accepted: &Receiver<TcpStream>, after: Duration, is_over: &AtomicBool) -> Vec<Duration> {
    let (mut times, mut connections) = (Vec::new(), Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        connections.extend(accepted.try_iter().flat_map(Connection::new));
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
    stamps: stamps::Stamps,
    /// When the request that is not answered yet came.
    asked: Option<Instant>,
}

impl Connection {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { stamps: stamps::Stamps::of(&stream), stream, asked: None })
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
        match self.stamps.receive(&self.stream, &mut request) {
            Ok((0, _)) => Err(io::ErrorKind::UnexpectedEof.into()),
            // What is sold is asked before a run, and is no part of it.
            Ok((read, _)) if request[..read].starts_with(b"GET /api/v1/products") => {
                self.answer(PRODUCTS).map(|()| None)
            }
            Ok((_, came)) => {
                self.asked = Some(came);
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
