//! The store on both engines: who may write, what a repeat finds, what a page holds.

use std::time::Duration;

use orders::{
    progress::{Note, Reason, Step, StepState, Turn},
    store::{Claim, Denied, Placed, Store},
    wish::{IdempotencyKey, Wish},
};
use shop::{
    code::Code,
    ids::{CustomerId, OrderId},
    messages::{OrderStatus, PaymentMethod, PlaceOrder},
    money::{Currency, Money},
};
use telemetry::db::{Database, Engine};

use crate::{database::Own, setting::wish};

/// A test that each engine passes.
macro_rules! on_both_engines {
    ($(async fn $name:ident($database:ident) $body:block)+) => { $(
        mod $name {
            use super::*;

            async fn check($database: Database) $body

            #[tokio::test]
            async fn sqlite() {
                let own = Own::new(Engine::Sqlite);
                check(own.open().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                let own = Own::new(Engine::Postgres);
                check(own.open().await).await;
            }
        }
    )+ };
}

fn valid(order: PlaceOrder) -> Wish {
    Wish::try_from(order).expect("a valid wish")
}

async fn placed(store: &Store) -> Claim {
    match store.place(&valid(wish(&[("p-001", 2), ("p-002", 1)], "tok_ok")), None).await {
        Ok(Placed::New(claim)) => claim,
        other => panic!("{other:?}"),
    }
}

async fn price(store: &Store, claim: &Claim) -> Result<(), Denied> {
    let wish = valid(wish(&[("p-001", 2), ("p-002", 1)], "tok_ok"));
    let prices = [Money::new(100, Currency::Eur), Money::new(250, Currency::Eur)];
    store.price(claim, &prices, &wish, Money::new(450, Currency::Eur)).await
}

fn lost(result: Result<(), Denied>) {
    assert!(matches!(result, Err(Denied::Lost)), "{result:?}");
}

on_both_engines! {
    async fn an_order_is_read_as_it_was_placed(database) {
        let store = Store::new(database, "one");
        let claim = placed(&store).await;
        let unpriced = store.order(&claim.order).await.expect("works").expect("is there");
        assert_eq!((unpriced.status, unpriced.total, unpriced.lines.len()), (OrderStatus::Created, None, 0));
        assert_eq!(unpriced.payment_method, PaymentMethod::Card);

        price(&store, &claim).await.expect("the claim holds");
        store.end(&claim, None, &[Note::done(Step::Commit)]).await.expect("the claim holds");
        let order = store.order(&claim.order).await.expect("works").expect("is there");
        assert_eq!((order.status, order.total), (OrderStatus::Confirmed, Some(Money::new(450, Currency::Eur))));
        let lines: Vec<_> =
            order.lines.iter().map(|line| (line.product.as_str(), line.quantity, line.unit_price.amount)).collect();
        assert_eq!(lines, [("p-001", 2, 100), ("p-002", 1, 250)]);
        assert!(store.order(&OrderId::new()).await.expect("works").is_none());
    }

    async fn steps_are_written_with_the_turn_they_belong_to(database) {
        let store = Store::new(database, "one");
        let claim = placed(&store).await;
        price(&store, &claim).await.expect("the claim holds");
        let failed = [Note::failed(Step::Reserve, Code::OutOfStock), Note::intent(Step::Release)];
        let reason = Reason::Failure(Code::OutOfStock);
        store.write(&claim, Turn::Back(reason), &failed).await.expect("the claim holds");
        let mut steps = store.steps(&claim.order).await.expect("works");
        steps.sort_by_key(|(step, _, _)| *step);
        let failed = Some("out_of_stock".to_owned());
        assert_eq!(steps, [
            (Step::Price, StepState::Done, None),
            (Step::Reserve, StepState::Failed, failed),
            (Step::Release, StepState::Intent, None),
        ]);

        store.let_go(&claim, Duration::ZERO).await.expect("works");
        let (_, open) = store.take_over(&claim.order).await.expect("works").expect("nobody holds it");
        assert_eq!((open.step, open.reason, open.units, open.attempts), (Step::Reserve, Some(reason), 3, 1));
        assert_eq!((open.method, open.total), (PaymentMethod::Card, Some(Money::new(450, Currency::Eur))));
    }

    async fn only_who_holds_an_order_writes_and_only_until_it_ends(database) {
        let store = Store::new(database, "one");
        let first = placed(&store).await;
        assert!(store.take_over(&first.order).await.expect("works").is_none(), "its worker lives");
        assert!(store.stuck(10).await.expect("works").is_empty());

        store.let_go(&first, Duration::ZERO).await.expect("works");
        assert_eq!(store.stuck(10).await.expect("works"), std::slice::from_ref(&first.order));
        let (second, open) = store.take_over(&first.order).await.expect("works").expect("nobody holds it");
        assert_eq!((open.step, open.reason, open.total), (Step::Price, None, None));

        lost(price(&store, &first).await);
        lost(store.write(&first, Turn::To(Step::Capture), &[Note::intent(Step::Capture)]).await);
        lost(store.end(&first, None, &[]).await);
        store.let_go(&first, Duration::ZERO).await.expect("works");
        assert!(store.take_over(&first.order).await.expect("works").is_none(), "only its holder lets it go");
        assert_eq!(store.order(&first.order).await.expect("works").expect("is there").total, None);
        let steps = store.steps(&first.order).await.expect("works");
        assert_eq!(steps, [(Step::Price, StepState::Intent, None)], "nothing of a write that was denied stays");

        store.end(&second, Some(Reason::Interrupted), &[]).await.expect("the claim holds");
        lost(store.end(&second, None, &[]).await);
        lost(store.write(&second, Turn::Stay, &[]).await);
        let order = store.order(&first.order).await.expect("works").expect("is there");
        assert_eq!((order.status, order.reason.as_deref()), (OrderStatus::Cancelled, Some("interrupted")));
        assert_eq!(store.unfinished().await.expect("works"), (0, None));
    }

    async fn of_many_who_take_an_order_over_one_gets_it(database) {
        let store = Store::new(database, "one");
        let claim = placed(&store).await;
        store.let_go(&claim, Duration::ZERO).await.expect("works");
        let tries = (0..20).map(|_| store.take_over(&claim.order));
        let taken = futures_util::future::join_all(tries).await;
        assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().expect("works").is_some()).count(), 1);
    }

    async fn a_restart_takes_up_what_its_own_earlier_life_left(database) {
        let engine = database.engine();
        let (mine, other) = (Store::new(database.clone(), "mine"), Store::new(database, "other"));
        let (of_mine, of_other) = (placed(&mine).await, placed(&other).await);
        assert_eq!(mine.unfinished().await.expect("works").0, 2);
        mine.let_go_of_earlier_life().await.expect("works");
        let mut expect = vec![of_mine.order];
        if engine == Engine::Sqlite {
            // A file has one process.
            expect.push(of_other.order);
        }
        let mut stuck = mine.stuck(10).await.expect("works");
        stuck.sort();
        assert_eq!(stuck, expect);
    }

    async fn of_many_with_one_key_one_is_new(database) {
        let store = Store::new(database, "one");
        let key = IdempotencyKey::parse(b"once").expect("a key");
        let one = valid(wish(&[("p-001", 1)], "tok_ok"));
        let placing = (0..20).map(|_| store.place(&one, Some(&key)));
        let mut new = Vec::new();
        let mut before = Vec::new();
        for placed in futures_util::future::join_all(placing).await {
            match placed.expect("works") {
                Placed::New(claim) => new.push(claim),
                Placed::Before { order, is_same } => before.push((order, is_same)),
            }
        }
        let [claim] = new.as_slice() else { panic!("{} are new", new.len()) };
        assert_eq!(before, vec![(claim.order.clone(), true); 19]);

        let another = valid(wish(&[("p-001", 2)], "tok_ok"));
        let reused = store.place(&another, Some(&key)).await.expect("works");
        assert!(matches!(reused, Placed::Before { is_same: false, .. }), "{reused:?}");

        let refused = Some(Reason::Failure(Code::UpstreamFailed));
        store.end(claim, refused, &[]).await.expect("the claim holds");
        let freed = store.place(&another, Some(&key)).await.expect("works");
        assert!(matches!(freed, Placed::New(_)), "{freed:?}");
    }

    async fn a_list_gives_each_order_once_the_newest_first(database) {
        let store = Store::new(database, "one");
        let ada: CustomerId = "ada".parse().expect("an id");
        let mut expect = Vec::new();
        for _ in 0..7 {
            expect.push(placed(&store).await.order);
        }
        let of_another = PlaceOrder { customer: "bob".parse().expect("an id"), ..wish(&[("p-001", 1)], "tok_ok") };
        store.place(&valid(of_another), None).await.expect("works");
        expect.reverse();

        let mut seen: Vec<OrderId> = Vec::new();
        let mut cursor: Option<OrderId> = None;
        for size in [3, 3, 1] {
            let page = store.orders_of(&ada, cursor.as_ref(), 3).await.expect("works");
            assert_eq!(page.items.len(), size);
            seen.extend(page.items.into_iter().map(|order| order.id));
            cursor = page.next.map(|next| next.parse().expect("an id"));
        }
        assert_eq!((seen, cursor), (expect, None));
        let all = store.orders_of(&ada, None, 7).await.expect("works");
        assert_eq!((all.items.len(), all.next), (7, None), "a page that is just full is the last");
    }
}
