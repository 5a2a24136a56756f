//! A small gateway that answers as the contract says, or misbehaves on purpose once the customers know what it sells.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use shop::{code::Code, messages::PlaceOrder, routes::gateway};
use signals::{Outcome, http};

/// What it does with a request, other than the one that lists what it sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Answers as the contract says.
    Answers,
    /// Answers so, but later.
    AnswersAfter(Duration),
    /// Reads the request and never answers.
    Hangs,
    /// Resets the connection before the request is read.
    Resets,
    /// Breaks.
    Breaks,
    /// Cannot reach orders.
    LacksOrders,
    /// Closes its door once it was asked what it sells.
    Vanishes,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) line: String,
    pub(crate) traceparent: String,
    pub(crate) session: String,
    /// From when it was read until its answer was written; none while it is not.
    pub(crate) lasted: Option<Duration>,
}

pub(crate) struct FakeGateway {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeGateway {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::default();
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = stream.set_nodelay(true);
                if behaviour == Behaviour::Vanishes {
                    // The only connection there ever is; the listener ends with it.
                    drop(listener);
                    serve(stream, behaviour, &log);
                    return;
                }
                let log = Arc::clone(&log);
                thread::spawn(move || serve(stream, behaviour, &log));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that was read whole, but for those that asked what it sells.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A request as it came.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let mut words = line.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { method, path, headers, body: Vec::new() };
        let length = request.header("content-length").parse().unwrap_or(0);
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether customers ask what is sold, before a run.
    fn is_learning(&self) -> bool {
        self.path == format!("{}?limit=100", gateway::LIST_PRODUCTS.path)
    }
}

fn serve(stream: TcpStream, behaviour: Behaviour, log: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream);
    // Reads through the buffer's own stream: what was not read when the stream closes makes the system send a reset.
    let mut first = [0; 64];
    loop {
        if behaviour == Behaviour::Resets && reader.buffer().is_empty() {
            let Ok(count @ 1..) = reader.get_ref().peek(&mut first) else { return };
            if !String::from_utf8_lossy(&first[..count]).contains("limit=100") {
                return;
            }
        }
        let Some(request) = Request::read(&mut reader) else { return };
        let learning = request.is_learning();
        let at = Instant::now();
        let mut place = None;
        if !learning {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            place = Some(log.len());
            log.push(Seen {
                at,
                line: format!("{} {}", request.method, request.path),
                traceparent: request.header("traceparent").to_owned(),
                session: request.header("x-session").to_owned(),
                lasted: None,
            });
        }
        let (status, body) = match behaviour {
            _ if learning => answer(&request),
            Behaviour::Breaks => problem(http::INTERNAL),
            Behaviour::Hangs => {
                thread::sleep(Duration::from_secs(60));
                return;
            }
            Behaviour::LacksOrders if request.path.starts_with(gateway::PLACE_ORDER.path) => {
                problem(Code::UpstreamUnavailable.outcome())
            }
            Behaviour::AnswersAfter(time) => {
                thread::sleep(time);
                answer(&request)
            }
            Behaviour::Answers | Behaviour::LacksOrders | Behaviour::Resets | Behaviour::Vanishes => answer(&request),
        };
        let close = if behaviour == Behaviour::Vanishes { "connection: close\r\n" } else { "" };
        let head = format!("HTTP/1.1 {status} \r\ncontent-length: {}\r\n{close}\r\n", body.len());
        let is_written = reader.get_mut().write_all((head + &body).as_bytes()).is_ok();
        if let Some(place) = place {
            log.lock().unwrap_or_else(PoisonError::into_inner)[place].lasted = Some(at.elapsed());
        }
        if !is_written || !close.is_empty() {
            return;
        }
    }
}

/// As the contract says.
fn answer(request: &Request) -> (u16, String) {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let segments: Vec<&str> = path.trim_start_matches(gateway::PREFIX).split('/').skip(1).collect();
    let product = json!({"id": "p-001", "name": "Illustrated Atlas", "description": "An atlas.", "category": "books",
        "price": {"amount": 1999, "currency": "EUR"}, "available": 5});
    let unknown = |id: &str| id.starts_with("no-such");
    match (request.method.as_str(), &segments[..]) {
        ("GET", ["categories"]) => ok(&json!({"items": [{"category": "books", "products": 1}]})),
        ("GET", ["products"]) if query.contains("cursor=no") => problem(Code::InvalidCursor.outcome()),
        ("GET", ["products"]) => ok(&json!({"items": [product]})),
        ("DELETE", ["products"]) => problem(http::METHOD_NOT_ALLOWED),
        ("GET", ["products", id, ..]) if unknown(id) => problem(Code::ProductNotFound.outcome()),
        ("GET", ["products", _]) => ok(&product),
        ("GET", ["products", id, "stock"]) => ok(&json!({"product": id, "available": 5, "reserved": 0})),
        ("GET", ["search"]) => ok(&json!({"items": [product]})),
        ("GET", ["orders"]) => ok(&json!({"items": []})),
        ("GET", ["orders", _]) => problem(Code::OrderNotFound.outcome()),
        ("POST", ["orders"]) => order(&request.body),
        ("GET", ["openapi.json"]) => ok(&json!({"openapi": "3.1.0"})),
        ("GET", ["livez" | "readyz"]) => ok(&json!({})),
        ("GET", ["metrics"]) => (200, "build_info{version=\"1.2.3\"} 1\n".to_owned()),
        _ => problem(http::NOT_FOUND),
    }
}

fn order(body: &[u8]) -> (u16, String) {
    let Ok(wish) = serde_json::from_slice::<PlaceOrder>(body) else { return problem(Code::Invalid.outcome()) };
    match (wish.payment.method.as_str(), wish.payment.token.as_str()) {
        ("unknown", _) => problem(Code::UnknownPaymentMethod.outcome()),
        (_, "tok_declined") => problem(Code::PaymentDeclined.outcome()),
        _ if wish.lines[0].product.as_str().starts_with("no-such") => problem(Code::ProductNotFound.outcome()),
        (method, _) => {
            let order = json!({"id": "o-1", "customer": wish.customer, "status": "confirmed", "lines": [],
                "payment_method": method, "placed_at_ms": 0});
            (201, order.to_string())
        }
    }
}

fn ok(body: &serde_json::Value) -> (u16, String) {
    (200, body.to_string())
}

fn problem(outcome: Outcome) -> (u16, String) {
    let status = outcome.status.unwrap_or(500);
    (status, json!({"code": outcome.error_type, "title": "No.", "status": status}).to_string())
}
