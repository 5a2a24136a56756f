//! The catalog and the payment provider as small servers that keep their contract, and fail on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, mpsc},
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::StatusCode,
    rt,
    web::{self, Data},
};
use serde_json::{Value, json};

/// Stock of each product before anything is sold.
pub(crate) const STOCK: i64 = 1_000_000;
/// What each costs, in minor units.
pub(crate) const PRICE: i64 = 1_250;

/// A kind of call, by what it is for.
pub(crate) type Call = &'static str;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It never gets there, and is never answered.
    LostBefore,
    /// It has its effect, and is never answered.
    LostAfter,
    /// It is never answered, and has its effect only when [`World::deliver`] is called.
    HeldUp,
    /// It waits for [`World::open_gate`], and then goes well.
    Gate,
    /// It is refused without any effect.
    Refused(u16, &'static str),
    /// It has its effect, but the answer is an error.
    FailedAfter(u16),
}

struct Planned {
    call: Call,
    trouble: Trouble,
    /// How many more calls it befalls.
    times: usize,
}

/// Units by product.
type Lines = Vec<(String, i64)>;

#[derive(Default)]
struct State {
    available: BTreeMap<String, i64>,
    reserved: BTreeMap<String, i64>,
    reservations: BTreeMap<String, (&'static str, Lines)>,
    payments: BTreeMap<String, (&'static str, Option<Value>)>,
    planned: Vec<Planned>,
    held_up: Vec<(Call, String, Value)>,
    calls: Vec<(Call, String)>,
    troubled: usize,
    gate_is_open: bool,
    slow: Duration,
}

/// Both services; dropping it ends them.
pub(crate) struct World {
    shared: Arc<Shared>,
    pub(crate) url: String,
    server: actix_web::dev::ServerHandle,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the world")
    }

    fn lose(&self, for_now: bool, call: Call, key: &str, body: &Value) {
        let mut state = self.state();
        if for_now {
            state.held_up.push((call, key.to_owned(), body.clone()));
        }
        state.troubled += 1;
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let shared = Arc::new(Shared::default());
        let (tell, told) = mpsc::channel();
        let data = Data::from(shared.clone());
        thread::spawn(move || {
            rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(data.clone())
                        .route("/products/{id}", web::get().to(product))
                        .route("/reservations/{key}", web::put().to(reserve))
                        .route("/reservations/{key}/commit", web::post().to(commit))
                        .route("/reservations/{key}/release", web::post().to(release))
                        .route("/payments/{key}", web::put().to(authorise))
                        .route("/payments/{key}", web::get().to(payment))
                        .route("/payments/{key}/capture", web::post().to(capture))
                        .route("/payments/{key}/void", web::post().to(void))
                });
                let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
                let address = server.addrs()[0];
                let server = server.shutdown_timeout(0).run();
                tell.send((address, server.handle())).expect("the test waits");
                let _ = server.await;
            });
        });
        let (address, server) = told.recv().expect("the server starts");
        Self { shared, url: format!("http://{address}"), server }
    }

    /// Lets the next calls of a kind go wrong.
    pub(crate) fn plan(&self, call: Call, trouble: Trouble, times: usize) {
        self.shared.state().planned.push(Planned { call, trouble, times });
    }

    /// From now on all goes well.
    pub(crate) fn heal(&self) {
        self.shared.state().planned.clear();
    }

    /// How long each call takes.
    pub(crate) fn slow_down(&self, pause: Duration) {
        self.shared.state().slow = pause;
    }

    pub(crate) fn open_gate(&self) {
        self.shared.state().gate_is_open = true;
    }

    /// How many calls met trouble.
    pub(crate) fn troubled(&self) -> usize {
        self.shared.state().troubled
    }

    /// Waits, without holding up the caller's tasks, until so many calls have met trouble.
    pub(crate) async fn until_troubled(&self, times: usize) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.troubled() < times {
            assert!(Instant::now() < end, "only {} calls met trouble, and not {times}", self.troubled());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Lets the calls that were held up have their effect.
    pub(crate) fn deliver(&self) {
        let mut state = self.shared.state();
        for (call, key, body) in std::mem::take(&mut state.held_up) {
            let _ = state.effect(call, &key, &body);
        }
    }

    /// How many calls of a kind were made.
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.shared.state().calls.iter().filter(|(made, _)| *made == call).count()
    }

    /// Lets the money go behind the shop's back, as a provider may.
    pub(crate) fn void_all(&self) {
        for payment in self.shared.state().payments.values_mut() {
            payment.0 = "voided";
        }
    }

    /// Takes the money behind the shop's back.
    pub(crate) fn capture_all(&self) {
        for payment in self.shared.state().payments.values_mut() {
            payment.0 = "captured";
        }
    }

    /// The orders whose money was taken.
    pub(crate) fn captured(&self) -> Vec<String> {
        let state = self.shared.state();
        state.payments.iter().filter(|(_, (state, _))| *state == "captured").map(|(key, _)| key.clone()).collect()
    }

    /// The orders whose money is set aside.
    pub(crate) fn authorised(&self) -> Vec<String> {
        let state = self.shared.state();
        state.payments.iter().filter(|(_, (state, _))| *state == "authorised").map(|(key, _)| key.clone()).collect()
    }

    /// The orders whose goods are theirs.
    pub(crate) fn committed(&self) -> Vec<String> {
        let state = self.shared.state();
        state.reservations.iter().filter(|(_, (state, _))| *state == "committed").map(|(key, _)| key.clone()).collect()
    }

    /// Units held for orders that have not ended.
    pub(crate) fn held(&self) -> i64 {
        self.shared.state().reserved.values().sum()
    }

    /// Units that are neither there nor held.
    pub(crate) fn gone(&self) -> i64 {
        let state = self.shared.state();
        let there: i64 = state.available.values().map(|available| STOCK - available).sum();
        there - state.reserved.values().sum::<i64>()
    }

    /// Leaves only so many of a product.
    pub(crate) fn stock(&self, product: &str, available: i64) {
        self.shared.state().available.insert(product.to_owned(), available);
    }

    pub(crate) fn available(&self, product: &str) -> i64 {
        self.shared.state().available.get(product).copied().unwrap_or(STOCK)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

type Answer = Result<Value, (u16, &'static str)>;

impl State {
    fn effect(&mut self, call: Call, key: &str, body: &Value) -> Answer {
        match call {
            "price" => Ok(json!({
                "id": key, "name": key, "description": "", "category": "toys", "available": 1,
                "price": { "amount": PRICE, "currency": "EUR" },
            })),
            "reserve" => self.reserve(key, body),
            "commit" => self.close_reservation(key, "committed"),
            "release" => self.close_reservation(key, "released"),
            _ => self.pay(call, key, body),
        }
    }

    fn reserve(&mut self, key: &str, body: &Value) -> Answer {
        match self.reservations.get(key) {
            Some(("held", _)) => return Ok(json!({ "order": key, "state": "held" })),
            Some(_) => return Err((409, "reservation_closed")),
            None => {}
        }
        let lines = body["lines"].as_array().expect("a wish to reserve has lines").iter().map(|line| {
            (line["product"].as_str().expect("a product").to_owned(), line["quantity"].as_i64().expect("a quantity"))
        });
        let lines: Lines = lines.collect();
        if lines.iter().any(|(product, quantity)| self.available.get(product).copied().unwrap_or(STOCK) < *quantity) {
            return Err((409, "out_of_stock"));
        }
        for (product, quantity) in &lines {
            *self.available.entry(product.clone()).or_insert(STOCK) -= quantity;
            *self.reserved.entry(product.clone()).or_default() += quantity;
        }
        self.reservations.insert(key.to_owned(), ("held", lines));
        Ok(json!({ "order": key, "state": "held" }))
    }

    fn close_reservation(&mut self, key: &str, to: &'static str) -> Answer {
        let Some((state, lines)) = self.reservations.get_mut(key) else {
            if to == "committed" {
                return Err((404, "reservation_not_found"));
            }
            self.reservations.insert(key.to_owned(), ("released", Vec::new()));
            return Ok(json!({ "order": key, "state": to }));
        };
        if *state == "held" {
            *state = to;
            for (product, quantity) in lines.clone() {
                *self.reserved.entry(product.clone()).or_default() -= quantity;
                if to == "released" {
                    *self.available.entry(product).or_insert(STOCK) += quantity;
                }
            }
        } else if *state != to {
            return Err((409, "reservation_closed"));
        }
        Ok(json!({ "order": key, "state": to }))
    }

    fn pay(&mut self, call: Call, key: &str, body: &Value) -> Answer {
        let before = self.payments.get(key).map(|(state, _)| *state);
        let state = match (call, before) {
            ("authorise", None) if body["token"] == "tok_declined" => "declined",
            ("authorise", None | Some("authorised")) => "authorised",
            ("authorise", Some("declined")) => return Err((402, "payment_declined")),
            ("capture" | "payment", None) => return Err((404, "payment_not_found")),
            ("capture", Some("authorised" | "captured")) => "captured",
            ("void", Some("declined")) => "declined",
            ("void", None | Some("authorised" | "voided")) => "voided",
            ("payment", Some(state)) => state,
            _ => return Err((409, "payment_closed")),
        };
        let amount = self.payments.get(key).map_or_else(|| body.get("amount").cloned(), |(_, amount)| amount.clone());
        self.payments.insert(key.to_owned(), (state, amount.clone()));
        if call == "authorise" && state == "declined" {
            return Err((402, "payment_declined"));
        }
        Ok(json!({ "key": key, "state": state, "amount": amount }))
    }
}

async fn serve(shared: Data<Shared>, call: Call, key: String, body: Value) -> HttpResponse {
    let (trouble, slow) = {
        let mut state = shared.state();
        state.calls.push((call, key.clone()));
        let planned = state.planned.iter_mut().find(|planned| planned.call == call && planned.times > 0);
        let trouble = planned.map(|planned| {
            planned.times -= 1;
            planned.trouble
        });
        (trouble, state.slow)
    };
    if slow > Duration::ZERO {
        tokio::time::sleep(slow).await;
    }
    let effect = || shared.state().effect(call, &key, &body);
    let answer = match trouble {
        None => effect(),
        Some(Trouble::Refused(status, code)) => Err((status, code)),
        Some(Trouble::FailedAfter(status)) => effect().and(Err((status, "internal_error"))),
        Some(Trouble::Gate) => {
            shared.state().troubled += 1;
            while !shared.state().gate_is_open {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            effect()
        }
        Some(lost) => {
            if lost == Trouble::LostAfter {
                let _ = effect();
            }
            shared.lose(lost == Trouble::HeldUp, call, &key, &body);
            std::future::pending().await
        }
    };
    match answer {
        Ok(body) => HttpResponse::Ok().json(body),
        Err((status, code)) => HttpResponse::build(StatusCode::from_u16(status).expect("a status"))
            .json(json!({ "code": code, "title": code, "status": status, "detail": format!("{call} {code}") })),
    }
}

macro_rules! doors {
    ($($name:ident: $call:literal $(with $body:ident)?;)+) => { $(
        async fn $name(shared: Data<Shared>, key: web::Path<String> $(, $body: web::Json<Value>)?) -> HttpResponse {
            let body = Value::Null;
            $(let body = { let _ = body; $body.into_inner() };)?
            serve(shared, $call, key.into_inner(), body).await
        }
    )+ };
}

doors! {
    product: "price";
    reserve: "reserve" with body;
    commit: "commit";
    release: "release";
    authorise: "authorise" with body;
    capture: "capture";
    void: "void";
    payment: "payment";
}
