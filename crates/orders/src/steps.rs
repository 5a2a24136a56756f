//! The steps of an order, forward and back, as one worker takes them: [`checkout`](crate::checkout) at first, then
//! [`recovery`](crate::recovery).

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shop::{
    code::Code,
    messages::{Line, OrderStatus, PaymentState},
    money::Money,
    signals::orders::{BASKET_SIZE, CHECKOUT_DURATION, CheckoutOutcome, ORDER_VALUE, ORDERS, REVENUE},
};

use crate::{
    Orders,
    progress::{Note, Reason, Step, Turn},
    store::{Claim, Denied, Open, now_ms},
    upstream::Failure,
    wish::Wish,
};

/// How many products are asked for at a time.
const PRICES_AT_A_TIME: usize = 4;
/// Waits before a call past the point of no return is tried again; then the recovery goes on.
const PATIENCE: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Confirmed,
    Undone(Reason),
}

/// Why a worker stopped before the end of its order.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The step failed, and the order is to be undone.
    Back(Step, Failure),
    /// The step must be taken, and can be only later.
    Later(Step, Failure),
    /// What the order has come to could not be stored.
    Denied(Denied),
}

impl From<Denied> for Halt {
    fn from(denied: Denied) -> Self {
        Halt::Denied(denied)
    }
}

/// Whoever has the right to work on an order.
pub(crate) struct Worker<'a> {
    pub(crate) orders: &'a Orders,
    pub(crate) claim: Claim,
    pub(crate) open: Open,
}

impl Worker<'_> {
    /// All steps of a new order. Each intent is stored before its call, and each result with the next intent.
    pub(crate) async fn buy(&mut self, wish: &Wish) -> Result<End, Halt> {
        let (upstream, order) = (self.orders.upstream(), self.claim.order.clone());
        let prices = stream::iter(&wish.lines).map(|line| upstream.price(&line.product)).buffered(PRICES_AT_A_TIME);
        let prices: Vec<Money> = prices.try_collect().await.map_err(|failure| Halt::Back(Step::Price, failure))?;
        let total = total(&wish.lines, &prices).map_err(|failure| Halt::Back(Step::Price, failure))?;
        self.orders.store().price(&self.claim, &prices, wish, total).await?;
        (self.open.step, self.open.total) = (Step::Reserve, Some(total));

        let reserved = upstream.reserve(&order, wish.lines.clone()).await;
        reserved.map_err(|failure| Halt::Back(Step::Reserve, failure))?;
        self.go_on(Step::Authorise).await?;

        let authorised = upstream.authorise(&order, &wish.payment, total).await;
        authorised.map_err(|failure| Halt::Back(Step::Authorise, failure))?;
        self.go_on(Step::Capture).await?;
        self.finish().await
    }

    /// From the point of no return to the end.
    pub(crate) async fn finish(&mut self) -> Result<End, Halt> {
        let (upstream, order) = (self.orders.upstream(), self.claim.order.clone());
        if self.open.step == Step::Capture {
            insist(async || upstream.capture(&order).await).await.map_err(|failure| match failure {
                // Under this key nothing is, and nothing can any more be, charged.
                Failure::Refused(Code::PaymentClosed | Code::PaymentNotFound, _) => Halt::Back(Step::Capture, failure),
                failure => Halt::Later(Step::Capture, failure),
            })?;
            self.go_on(Step::Commit).await?;
        }
        let committed = insist(async || upstream.commit(&order).await).await;
        committed.map_err(|failure| Halt::Later(Step::Commit, failure))?;
        self.orders.store().end(&self.claim, None, &[Note::done(Step::Commit)]).await?;
        Ok(self.ended(End::Confirmed))
    }

    /// Lets go of money and stock, in this order: as long as the money may still be ours, the goods must not be sold twice.
    /// `notes` is what led here, written down with the decision to turn back.
    pub(crate) async fn undo(&mut self, reason: Reason, mut notes: Vec<Note>) -> Result<End, Halt> {
        let (upstream, store, order) = (self.orders.upstream(), self.orders.store(), self.claim.order.clone());
        let mut turn = Turn::Back(reason);
        // A payment that was declined when it was to be authorised is closed; every other call may still be on its way.
        let was_declined = self.open.step == Step::Authorise && reason == Reason::Failure(Code::PaymentDeclined);
        if self.open.step >= Step::Authorise && !was_declined {
            notes.push(Note::intent(Step::Void));
            store.write(&self.claim, turn, &notes).await?;
            (turn, notes) = (Turn::Stay, Vec::new());
            match insist(async || upstream.void(&order).await).await {
                Ok(PaymentState::Captured) => {
                    // The provider took the money though we never stored the wish: a lost disk, or a hand from outside.
                    tracing::error!(order.id = %order, "captured though it was to be undone; going forward");
                    self.open.step = Step::Capture;
                    return self.finish().await.map_err(|halt| match halt {
                        Halt::Back(step, failure) => Halt::Later(step, failure),
                        halt => halt,
                    });
                }
                Ok(_) => notes.push(Note::done(Step::Void)),
                Err(failure) => return Err(Halt::Later(Step::Void, failure)),
            }
        }
        if self.open.step >= Step::Reserve {
            notes.push(Note::intent(Step::Release));
            store.write(&self.claim, turn, &notes).await?;
            let released = insist(async || upstream.release(&order).await).await;
            released.map_err(|failure| Halt::Later(Step::Release, failure))?;
            notes = vec![Note::done(Step::Release)];
        }
        store.end(&self.claim, Some(reason), &notes).await?;
        Ok(self.ended(End::Undone(reason)))
    }

    async fn go_on(&mut self, to: Step) -> Result<(), Denied> {
        let notes = [Note::done(self.open.step), Note::intent(to)];
        self.orders.store().write(&self.claim, Turn::To(to), &notes).await?;
        self.open.step = to;
        Ok(())
    }

    /// Counts an end. Only whoever stored it comes here, so each order counts once, whoever ended it.
    fn ended(&self, end: End) -> End {
        let Open { method, total, units, placed_at_ms, .. } = self.open;
        let (status, outcome) = match end {
            End::Confirmed => (OrderStatus::Confirmed, CheckoutOutcome::Confirmed),
            End::Undone(reason) if reason.is_ours() => (reason.status(), CheckoutOutcome::Broken),
            End::Undone(reason) => (reason.status(), CheckoutOutcome::Refused),
        };
        ORDERS.add(1, (status, method));
        let taken_ms = u64::try_from(now_ms() - placed_at_ms).unwrap_or_default();
        CHECKOUT_DURATION.record_duration(Duration::from_millis(taken_ms), outcome);
        if let (End::Confirmed, Some(total)) = (end, total) {
            REVENUE.add(total.major(), total.currency);
            ORDER_VALUE.record(total.major(), total.currency);
            BASKET_SIZE.record(f64::from(u32::try_from(units).unwrap_or(u32::MAX)), method);
        }
        end
    }
}

/// What all lines cost together.
fn total(lines: &[Line], prices: &[Money]) -> Result<Money, Failure> {
    let refused = |why: &str| Failure::Refused(Code::Invalid, Some(format!("lines: {why}")));
    let mut total: Option<Money> = None;
    for (line, price) in lines.iter().zip(prices) {
        let sum = price.times(line.quantity).ok_or_else(|| refused("they cost more than can be reckoned"))?;
        total = Some(match total {
            None => sum,
            Some(total) if total.currency != sum.currency => {
                return Err(refused("products of different currencies are ordered apart"));
            }
            Some(total) => total.plus(sum).ok_or_else(|| refused("they cost more than can be reckoned"))?,
        });
    }
    total.filter(|total| total.amount > 0).ok_or_else(|| refused("there is nothing to pay"))
}

/// Tries a call that may be repeated a few times while nobody knows what became of it.
async fn insist<T>(call: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    for pause in PATIENCE {
        match call().await {
            // One that timed out has used up the time there was.
            Err(Failure::Unclear(code, _)) if code != Code::UpstreamTimedOut => tokio::time::sleep(pause).await,
            answer => return answer,
        }
    }
    call().await
}

#[cfg(test)]
mod tests {
    use shop::money::Currency;

    use super::*;

    #[track_caller]
    fn check(lines: &[(u32, i64, Currency)], expect: Result<i64, &str>) {
        let line = |quantity| Line { product: "p-001".parse().expect("an id"), quantity };
        let (lines, prices): (Vec<Line>, Vec<Money>) =
            lines.iter().map(|(quantity, price, currency)| (line(*quantity), Money::new(*price, *currency))).unzip();
        match (total(&lines, &prices), expect) {
            (Ok(total), Ok(amount)) => assert_eq!(total.amount, amount),
            (Err(failure), Err(why)) => assert!(failure.detail().unwrap_or_default().contains(why), "{failure:?}"),
            (seen, expect) => panic!("{seen:?} and not {expect:?}"),
        }
    }

    #[test]
    fn a_total_is_exact_or_refused() {
        check(&[(3, 1999, Currency::Eur), (1, 1, Currency::Eur)], Ok(5998));
        check(&[(1, 1, Currency::Eur), (1, 1, Currency::Usd)], Err("different currencies"));
        check(&[(3, 0, Currency::Eur)], Err("nothing to pay"));
        check(&[(2, i64::MAX, Currency::Eur)], Err("more than can be reckoned"));
        check(&[(1, i64::MAX, Currency::Eur), (1, 1, Currency::Eur)], Err("more than can be reckoned"));
    }
}
