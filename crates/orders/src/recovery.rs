//! Orders that nobody works on any more are finished or undone: at the start, and every few seconds.
//!
//! What is stored decides. An order that was turning back goes on turning back; one whose intent to capture is stored goes forward;
//! any other is undone and cancelled, since its client is gone and its payment token with it.

use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use actix_web::rt;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use opentelemetry::{
    Context,
    trace::{FutureExt as _, SpanKind, TraceContextExt as _},
};
use shop::{
    code::Code,
    ids::OrderId,
    signals::orders::{OLDEST_UNFINISHED, UNFINISHED},
};
use signals::errors::{DATABASE_ERROR, ERRORS, ErrorType};
use telemetry::{db, deadline, trace};

use crate::{
    Orders,
    error::counted_as,
    progress::{Note, Reason, Step},
    steps::{End, Halt, Worker},
    store::{Denied, Open, now_ms},
};

/// How long one try to end an order may take. Shorter than a lease.
const TRY: Duration = Duration::from_secs(20);
/// How many orders are looked up in one pass, and how many of them are worked on at a time.
const PASS: i64 = 32;
const AT_A_TIME: usize = 8;
/// How long an order is left alone after a try that failed: doubled each time, up to a minute.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The orders that have not ended, as last seen. Each instance sees those of all.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    orders: AtomicI64,
    /// When the oldest was placed; zero without any.
    oldest_ms: AtomicI64,
}

impl Backlog {
    fn see(&self, orders: i64, oldest_ms: Option<i64>) {
        self.orders.store(orders, Ordering::Relaxed);
        self.oldest_ms.store(oldest_ms.unwrap_or_default(), Ordering::Relaxed);
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 orders, or milliseconds")]
    fn age_seconds(&self) -> f64 {
        match self.oldest_ms.load(Ordering::Relaxed) {
            0 => 0.0,
            oldest => (now_ms() - oldest).max(0) as f64 / 1000.0,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 orders")]
    fn orders(&self) -> f64 {
        self.orders.load(Ordering::Relaxed) as f64
    }
}

/// Lets go of what an earlier life of this instance held, and then looks for orders that nobody works on, as long as the process
/// lives. Before the first order is taken.
///
/// # Errors
/// When the database fails.
pub async fn start(orders: &Orders, interval: Duration) -> Result<(), db::Error> {
    let left = orders.store().let_go_of_earlier_life().await?;
    if left > 0 {
        tracing::info!(orders = left, "an earlier life left orders unfinished; taking them up");
    }
    let seen = orders.clone();
    UNFINISHED.observe(move |now| now.set(seen.backlog().orders(), ()));
    let seen = orders.clone();
    OLDEST_UNFINISHED.observe(move |now| now.set(seen.backlog().age_seconds(), ()));
    let (recovering, looking) = (orders.clone(), orders.clone());
    every(interval, async move || {
        recovering.recover().await;
    });
    // Apart from it: while another service hangs, so does a pass, and that is when one wants to know.
    every(interval, async move || looking.look_at_backlog().await);
    Ok(())
}

/// Does `work` again and again, as long as the process lives.
fn every(interval: Duration, work: impl AsyncFn() + 'static) {
    rt::spawn(async move {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // The hook has logged the panic; without this net it would be the last time.
            let _ = AssertUnwindSafe(work()).catch_unwind().await;
        }
    });
}

impl Orders {
    /// One pass over the orders that nobody works on. Gives how many of them it ended.
    pub async fn recover(&self) -> usize {
        let stuck = match self.store().stuck(PASS).await {
            Ok(stuck) => stuck,
            Err(error) => {
                database_failed(&error);
                return 0;
            }
        };
        let tries = stream::iter(stuck).map(|order| self.recover_one(order)).buffer_unordered(AT_A_TIME);
        tries.filter(|ended| std::future::ready(*ended)).count().await
    }

    async fn look_at_backlog(&self) {
        match self.store().unfinished().await {
            Ok((orders, oldest_ms)) => self.backlog().see(orders, oldest_ms),
            Err(error) => database_failed(&error),
        }
    }

    /// Whether the order has ended.
    async fn recover_one(&self, order: OrderId) -> bool {
        let cx = trace::root("recover order", SpanKind::Internal, &Context::new(), true);
        let ended = self.try_to_end(&order).with_context(cx.clone()).await;
        cx.span().end();
        ended
    }

    async fn try_to_end(&self, order: &OrderId) -> bool {
        let (claim, open) = match self.store().take_over(order).await {
            Ok(Some(taken)) => taken,
            Ok(None) => return false,
            Err(error) => {
                database_failed(&error);
                return false;
            }
        };
        let (attempt, mut worker) = (open.attempts, Worker { orders: self, claim, open });
        let halt = match deadline::with(Instant::now() + TRY, worker.go_where_it_was_going()).await {
            Ok(End::Confirmed) => {
                tracing::info!(order.id = %order, attempt, "recovered: confirmed");
                return true;
            }
            Ok(End::Undone(reason)) => {
                tracing::info!(order.id = %order, attempt, reason = reason.as_str(), "recovered: undone");
                return true;
            }
            Err(halt) => halt,
        };
        match halt {
            Halt::Denied(Denied::Lost) => return false,
            Halt::Denied(Denied::Database(error)) => database_failed(&error),
            Halt::Back(step, failure) | Halt::Later(step, failure) => {
                let (code, detail) = (failure.code(), failure.detail().unwrap_or_default());
                tracing::warn!(order.id = %order, attempt, step = step.as_str(), code = code.as_str(), detail, "not recovered yet");
                if let Some(error_type) = counted_as(code) {
                    ERRORS.add(1, ErrorType(error_type));
                }
            }
        }
        if let Err(error) = self.store().let_go(&worker.claim, pause(attempt)).await {
            database_failed(&error);
        }
        false
    }
}

impl Worker<'_> {
    async fn go_where_it_was_going(&mut self) -> Result<End, Halt> {
        let Open { reason, step, .. } = self.open;
        match reason {
            Some(reason) => self.undo(reason, Vec::new()).await,
            None if step < Step::Capture => self.undo(Reason::Interrupted, Vec::new()).await,
            None => match self.finish().await {
                // The provider says that the money can no longer be taken: to the customer, a payment that was declined.
                Err(Halt::Back(step, failure)) => {
                    let reason = Reason::Failure(Code::PaymentDeclined);
                    self.undo(reason, vec![Note::failed(step, failure.code())]).await
                }
                end => end,
            },
        }
    }
}

fn pause(attempt: i64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 6)).unwrap_or_default();
    (PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

fn database_failed(error: &db::Error) {
    ERRORS.add(1, ErrorType(DATABASE_ERROR));
    tracing::error!(error = error as &dyn std::error::Error, "the recovery's database failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_cannot_be_ended_is_tried_ever_more_rarely() {
        let seconds: Vec<u64> = [1, 2, 3, 6, 7, 100, i64::MAX].map(|attempt| pause(attempt).as_secs()).to_vec();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60, 60]);
    }
}
