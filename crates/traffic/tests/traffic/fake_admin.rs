//! A small admin port that keeps faults as the contract says.

use std::{
    collections::BTreeMap,
    io::{BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use faults::{Armed, Fault, Listing, PATH};
use serde_json::json;

use crate::fake_gateway::Request;

pub(crate) const TOKEN: &str = "open-sesame";

/// How the service behind it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    WithFaults,
    WithoutFaults,
}

/// A fault and when its lease ends.
type Kept = BTreeMap<String, (Fault, Instant)>;

pub(crate) struct FakeAdmin {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl FakeAdmin {
    pub(crate) fn start(service: &'static str, started: Started) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let kept = Arc::<Mutex<Kept>>::default();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, service, started, &shared));
            }
        });
        Self { address, kept }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What lives now.
    pub(crate) fn armed(&self) -> Vec<(String, Fault)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, ends)| *ends > Instant::now());
        kept.iter().map(|(name, (fault, _))| (name.clone(), fault.clone())).collect()
    }

    /// How long the longest lease still is.
    pub(crate) fn longest(&self) -> Duration {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.values().map(|(_, ends)| ends.saturating_duration_since(Instant::now())).max().unwrap_or_default()
    }
}

fn serve(stream: TcpStream, service: &str, started: Started, kept: &Mutex<Kept>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let (status, body) = match started {
            Started::WithoutFaults => (404, String::new()),
            Started::WithFaults if request.header("authorization") != format!("Bearer {TOKEN}") => {
                problem(401, "unauthorized", "The token is wrong.")
            }
            Started::WithFaults => answer(&request, service, &mut kept.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        let head = format!("HTTP/1.1 {status} \r\ncontent-length: {}\r\n\r\n", body.len());
        if reader.get_mut().write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(request: &Request, service: &str, kept: &mut Kept) -> (u16, String) {
    kept.retain(|_, (_, ends)| *ends > Instant::now());
    let name = request.path.strip_prefix(PATH).unwrap_or_default().trim_start_matches('/');
    match (request.method.as_str(), name) {
        ("GET", "") => (200, listing(service, kept)),
        ("DELETE", "") => {
            let ended = listing(service, kept);
            kept.clear();
            (200, ended)
        }
        ("DELETE", name) => match kept.remove(name) {
            Some(_) => (204, String::new()),
            None => problem(404, "fault_not_found", "There is no such fault."),
        },
        ("PUT", name) => {
            let fault: Fault = match serde_json::from_slice(&request.body) {
                Ok(fault) => fault,
                Err(error) => return problem(400, "invalid", &error.to_string()),
            };
            let is_new = !kept.contains_key(name);
            let ends = Instant::now() + fault.lease.duration();
            let body = serde_json::to_string(&told(name, &fault, ends)).expect("it serialises");
            kept.insert(name.to_owned(), (fault, ends));
            (if is_new { 201 } else { 200 }, body)
        }
        _ => problem(405, "method_not_allowed", "No."),
    }
}

fn listing(service: &str, kept: &Kept) -> String {
    let faults = kept.iter().map(|(name, (fault, ends))| told(name, fault, *ends)).collect();
    serde_json::to_string(&Listing { service: service.to_owned(), faults }).expect("it serialises")
}

fn told(name: &str, fault: &Fault, ends: Instant) -> Armed {
    let left = ends.saturating_duration_since(Instant::now()).as_millis();
    let ends_in_ms = u64::try_from(left).expect("a short time");
    Armed { name: name.to_owned(), fault: fault.clone(), ends_in_ms, hits: 3 }
}

fn problem(status: u16, code: &str, title: &str) -> (u16, String) {
    (status, json!({"code": code, "title": title, "status": status}).to_string())
}
