//! Placing an order: from a wish to an order that is confirmed, or undone as if it had never been.
//!
//! Three parties keep what an order is about, each in its own database: orders the order, the catalog the stock, the payment
//! provider the money. No transaction spans them, and any of them, and the network, may fail at any moment. So the order's row is the
//! one place that says how far things have come, and each step is
//!
//! 1. its intent, stored;
//! 2. its call, which may be repeated: the order's id is the key of its reservation and of its payment;
//! 3. its result, stored together with the next intent.
//!
//! | step | call | when it fails |
//! |---|---|---|
//! | `price` | `GET /products/{id}` for each line | undo: nothing to do |
//! | `reserve` | `PUT /reservations/{order}` | undo: release |
//! | `authorise` | `PUT /payments/{key}` | undo: void, release |
//! | `capture` | `POST /payments/{key}/capture` | forward, later; undo only if the provider says that it is impossible |
//! | `commit` | `POST /reservations/{order}/commit` | forward, later |
//! | (`confirmed`) | | |
//!
//! **The point of no return** is the stored intent to capture. Before it no money can have been taken, since no capture was ever sent;
//! after it some may have been, so the order only goes forward. Hence: charged only if confirmed, or about to be.
//!
//! **An answer that never came** is not a refusal: the call may have had its effect, or may have it later, when it was only held up on
//! its way. Void and release close their key even where there is nothing yet: a held-up authorisation or reservation that comes after
//! them is refused. That is why undoing calls them whenever the *intent* was stored, also after a refusal (an earlier try of
//! the same call may still be under way), and why the money goes first: should the provider say that it was captured after all,
//! the stock must still be ours, and the order goes forward.
//!
//! **One worker at a time.** Whoever works on an order has a claim: a random word in its row, with a lease. Every write has the
//! condition that the claim is still the row's and the order has not ended. A worker that was stopped for longer than its lease
//! (another took over) finds its next write refused and ends; the one call that it may still have under way is harmless: before the
//! point of no return it meets a closed key, after it the other worker makes the same call. Clocks thus decide only how soon an order
//! is taken over, never what becomes of it.
//!
//! **The client does not matter.** The checkout is a task of its own; when the client leaves, it goes on. When the process
//! dies, [`recovery`](crate::recovery) goes on, in this process after its restart or in another. A database that fails in the middle
//! leaves it open whether a write came true, so nothing is concluded from it: the order is left to the recovery too.
//!
//! **Repeats.** An `idempotency-key` belongs to the customer who sent it. The same key with the same wish leads to the same order, and
//! waits for its end if need be; with another wish it is refused. An order that failed through our fault frees its key:
//! the client that tries again gets a new order, and of the old one nothing is charged or held.

use std::{
    panic::resume_unwind,
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, HttpResponse, rt, web::Data};
use opentelemetry::trace::FutureExt as _;
use shop::{
    code::Code,
    ids::OrderId,
    messages::{Order, OrderStatus, PaymentMethod, PlaceOrder},
    services::ServiceName,
    signals::orders::ORDERS,
};
use telemetry::{db, deadline};

use crate::{
    Orders,
    error::Error,
    progress::{Note, Reason, Step},
    steps::{End, Halt, Worker},
    store::{Claim, Denied, Open, Placed, now_ms},
    upstream::Failure,
    wish::{IdempotencyKey, Wish},
};

/// How long undoing may take while the client waits or has left; then the recovery goes on.
const UNDO: Duration = Duration::from_secs(10);
/// The last part of a request's time, in which no step forward is begun any more, so that the client gets a clean answer.
const RESERVE: Duration = Duration::from_secs(2);
/// How long to wait before looking again whether an order has ended, at first and at most.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// `POST /orders`.
pub(crate) async fn place(
    orders: Data<Orders>,
    request: HttpRequest,
    wish: chassis::Json<PlaceOrder>,
) -> Result<HttpResponse, Error> {
    let key = request.headers().get(IdempotencyKey::HEADER);
    let key = key.map(|value| IdempotencyKey::parse(value.as_bytes())).transpose()?;
    Ok(HttpResponse::Created().json(orders.place(wish.0, key).await?))
}

/// When a request must be answered, and when its work must stop for that.
#[derive(Clone, Copy)]
struct Time {
    forward: Instant,
    answer: Instant,
}

impl Time {
    fn of_request() -> Self {
        let left = deadline::left().unwrap_or(ServiceName::Orders.deadline());
        let (reserve, now) = (RESERVE.min(left / 5), Instant::now());
        Self { forward: now + left - reserve, answer: now + left - reserve / 4 }
    }
}

impl Orders {
    /// Places an order and waits for its end, as long as the request at hand may take.
    ///
    /// # Errors
    /// When the wish makes no sense, or the order did not come to be confirmed in time.
    pub async fn place(&self, wish: PlaceOrder, key: Option<IdempotencyKey>) -> Result<Order, Error> {
        let time = Time::of_request();
        let wish = Wish::try_from(wish).inspect_err(|error| {
            if matches!(error, Error::UnknownPaymentMethod) {
                ORDERS.add(1, (OrderStatus::Failed, PaymentMethod::Unknown));
            }
        })?;
        loop {
            let order = match self.store().place(&wish, key.as_ref()).await? {
                Placed::New(claim) => {
                    ORDERS.add(1, (OrderStatus::Created, wish.payment.method));
                    let order = claim.order.clone();
                    self.wait_for_checkout(claim, wish, time).await?;
                    return answer(order.clone(), self.end_of(&order, time.answer).await?);
                }
                Placed::Before { order, is_same: false } => return Err(Error::KeyReused(order)),
                Placed::Before { order, is_same: true } => order,
            };
            let end = self.end_of(&order, time.answer).await?;
            let reason = end.as_ref().and_then(|order| order.reason.as_deref()).and_then(Reason::parse);
            // What failed through our fault has freed the key.
            if !reason.is_some_and(Reason::is_ours) || Instant::now() > time.answer {
                return answer(order, end);
            }
        }
    }

    /// Runs the checkout in a task of its own, so that it goes on when the client leaves.
    async fn wait_for_checkout(&self, claim: Claim, wish: Wish, time: Time) -> Result<(), Error> {
        let (orders, order) = (self.clone(), claim.order.clone());
        let underway = self.checkout_begins();
        let work = async move {
            let _underway = underway;
            orders.check_out(claim, &wish).await
        };
        let task = rt::spawn(deadline::with(time.forward, work).with_current_context());
        match tokio::time::timeout_at(time.answer.into(), task).await {
            Ok(Ok(result)) => result,
            Ok(Err(broken)) => match broken.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_ended) => Err(not_finished(order)),
            },
            Err(_passed) => Err(not_finished(order)),
        }
    }

    /// Takes a new order to its end. `Ok` when there is nothing to add to what is stored of it.
    async fn check_out(&self, claim: Claim, wish: &Wish) -> Result<(), Error> {
        let open = Open {
            method: wish.payment.method,
            step: Step::Price,
            reason: None,
            total: None,
            units: wish.lines.iter().map(|line| i64::from(line.quantity)).sum(),
            placed_at_ms: now_ms(),
            attempts: 0,
        };
        let mut worker = Worker { orders: self, claim, open };
        match worker.buy(wish).await {
            Ok(_) => Ok(()),
            Err(Halt::Back(step, failure)) => worker.turn_back(step, failure).await,
            Err(halt) => worker.leave(halt).await,
        }
    }

    /// The order once it has ended; nothing when the time is over before.
    async fn end_of(&self, order: &OrderId, until: Instant) -> Result<Option<Order>, db::Error> {
        let (mut pause, longest) = LOOK_AGAIN;
        loop {
            let ended = self.store().order(order).await?.filter(|order| order.status != OrderStatus::Created);
            if ended.is_some() || Instant::now() + pause > until {
                return Ok(ended);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }
}

impl Worker<'_> {
    /// Undoes the order, and says to the client what went wrong at first.
    async fn turn_back(mut self, step: Step, failure: Failure) -> Result<(), Error> {
        let (order, code) = (self.claim.order.clone(), as_the_client_sees_it(step, failure.code()));
        let (at, detail) = (step.as_str(), failure.detail().unwrap_or_default());
        if code.status() >= 500 {
            tracing::warn!(order.id = %order, step = at, code = failure.code().as_str(), detail, "turning back");
        } else {
            tracing::info!(order.id = %order, step = at, code = failure.code().as_str(), detail, "turning back");
        }
        let notes = vec![Note::failed(step, failure.code())];
        let undoing = self.undo(Reason::Failure(code), notes);
        let detail = match deadline::with(Instant::now() + UNDO, undoing).await {
            Ok(End::Confirmed) => return Ok(()),
            Ok(End::Undone(_)) => format!("order {order} was not placed; nothing is charged and nothing is held"),
            Err(Halt::Denied(Denied::Lost)) => return Ok(()),
            Err(halt) => {
                // The client is told about the failure that came first; this one is the recovery's.
                let _ = self.leave(halt).await;
                format!("order {order} was not placed and is being undone; nothing will be charged")
            }
        };
        let detail = match failure {
            Failure::Refused(_, Some(why)) => format!("{why}; {detail}"),
            _ => detail,
        };
        Err(Error::NotPlaced { order, code, detail })
    }

    /// Leaves the order to the recovery.
    async fn leave(self, halt: Halt) -> Result<(), Error> {
        let order = self.claim.order.clone();
        if !matches!(halt, Halt::Denied(Denied::Lost))
            && let Err(error) = self.orders.store().let_go(&self.claim, Duration::ZERO).await
        {
            tracing::warn!(order.id = %order, error = &error as &dyn std::error::Error, "held until its lease runs out");
        }
        match halt {
            Halt::Back(step, failure) | Halt::Later(step, failure) => {
                let (code, detail) = (failure.code(), failure.detail().unwrap_or_default());
                tracing::warn!(order.id = %order, step = step.as_str(), code = code.as_str(), detail, "left to the recovery");
                let code = as_the_client_sees_it(step, code);
                let detail =
                    format!("order {order} is not finished yet, but will be: look at it before you order again");
                Err(Error::NotPlaced { order, code, detail })
            }
            Halt::Denied(Denied::Database(error)) => Err(Error::Database(error)),
            // Another worker has it: what the client hears is what becomes of it there.
            Halt::Denied(Denied::Lost) => Ok(()),
        }
    }
}

/// A code of another service's contract in the words of ours.
fn as_the_client_sees_it(step: Step, code: Code) -> Code {
    match code {
        Code::Invalid
        | Code::ProductNotFound
        | Code::OutOfStock
        | Code::PaymentDeclined
        | Code::UnknownPaymentMethod
        | Code::UpstreamUnavailable
        | Code::UpstreamTimedOut => code,
        Code::PaymentClosed | Code::PaymentNotFound if step == Step::Capture => Code::PaymentDeclined,
        _ => Code::UpstreamFailed,
    }
}

fn answer(order: OrderId, end: Option<Order>) -> Result<Order, Error> {
    match end {
        None => Err(not_finished(order)),
        Some(end) if end.status == OrderStatus::Confirmed => Ok(end),
        Some(end) => {
            let code = end.reason.as_deref().and_then(Code::parse).unwrap_or(Code::UpstreamTimedOut);
            let detail = format!("order {order} was not placed; nothing is charged and nothing is held");
            Err(Error::NotPlaced { order, code, detail })
        }
    }
}

fn not_finished(order: OrderId) -> Error {
    let detail = format!("order {order} is not finished yet: look at it before you order again");
    Error::NotPlaced { order, code: Code::UpstreamTimedOut, detail }
}
