//! Requests that come twice.

use orders::{Error, wish::IdempotencyKey};
use shop::{
    code::Code,
    messages::{OrderStatus, PlaceOrder},
};
use telemetry::db::Engine;

use crate::{
    database::Own,
    setting::{all_orders, life, nothing_is_lost, only_order, recover_all, wish},
    world::{Trouble, World},
};

fn key() -> Option<IdempotencyKey> {
    Some(IdempotencyKey::parse(b"once-only").expect("a key"))
}

#[test]
fn a_repeat_leads_to_the_same_order() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    life(&database, &world, async |orders| {
        let first = orders.place(wish(&[("p-001", 1), ("p-002", 2)], "tok_ok"), key()).await.expect("goes well");
        let again = orders.place(wish(&[("p-002", 2), ("p-001", 1)], "tok_ok"), key()).await.expect("is the same");
        assert_eq!(first, again);
        assert_eq!((world.calls("reserve"), world.calls("capture")), (1, 1));

        match orders.place(wish(&[("p-001", 2), ("p-002", 2)], "tok_ok"), key()).await {
            Err(Error::KeyReused(order)) => assert_eq!(order, first.id),
            other => panic!("{other:?}"),
        }
        let other = PlaceOrder { customer: "bob".parse().expect("an id"), ..wish(&[("p-001", 1)], "tok_ok") };
        let of_another = orders.place(other, key()).await.expect("a key is its customer's own");
        assert_ne!(of_another.id, first.id);
        let without = orders.place(wish(&[("p-001", 1)], "tok_ok"), None).await.expect("without a key none repeats");
        assert_ne!(without.id, first.id);
    });
}

#[test]
fn repeats_during_the_first_wait_for_its_end() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (database, world) = (Own::new(engine), World::new());
        world.plan("authorise", Trouble::Gate, 1);
        life(&database, &world, async |orders| {
            let repeats = (0..8).map(|_| orders.place(wish(&[("p-001", 1)], "tok_ok"), key()));
            let opening = async {
                world.until_troubled(1).await;
                world.open_gate();
            };
            let (answers, ()) = tokio::join!(futures_util::future::join_all(repeats), opening);
            let order = only_order(orders).await;
            for answer in answers {
                assert_eq!(answer.expect("all hear of the same order"), order);
            }
            assert_eq!((world.calls("reserve"), world.calls("authorise"), world.calls("capture")), (1, 1, 1));
            nothing_is_lost(&[order], &world, "repeats at the same time");
        });
    }
}

#[test]
fn a_repeat_of_a_refused_order_is_refused_alike() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    life(&database, &world, async |orders| {
        for _ in 0..2 {
            match orders.place(wish(&[("p-001", 1)], "tok_declined"), key()).await {
                Err(Error::NotPlaced { code, .. }) => assert_eq!(code, Code::PaymentDeclined),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(only_order(orders).await.status, OrderStatus::Failed);
        assert_eq!(world.calls("authorise"), 1);
    });
}

#[test]
fn a_repeat_after_our_failure_is_a_new_try() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    world.plan("authorise", Trouble::FailedAfter(500), 1);
    life(&database, &world, async |orders| {
        let broken = orders.place(wish(&[("p-001", 1)], "tok_ok"), key()).await;
        assert!(matches!(broken, Err(Error::NotPlaced { code: Code::UpstreamFailed, .. })), "{broken:?}");
        let order = orders.place(wish(&[("p-001", 1)], "tok_ok"), key()).await.expect("this time it goes well");
        let again = orders.place(wish(&[("p-001", 1)], "tok_ok"), key()).await.expect("and stays so");
        assert_eq!(order, again);
        nothing_is_lost(&all_orders(orders).await, &world, "a second try");
    });
}

#[test]
fn a_repeat_after_a_crash_finds_the_order_or_makes_a_new_one() {
    for (call, orders_in_all) in [("authorise", 2), ("capture", 1)] {
        let (database, world) = (Own::new(Engine::Sqlite), World::new());
        world.plan(call, Trouble::LostAfter, 1);
        life(&database, &world, async |orders| {
            tokio::select! {
                answer = orders.place(wish(&[("p-001", 1)], "tok_ok"), key()) => panic!("{answer:?}"),
                () = world.until_troubled(1) => {}
            }
        });
        life(&database, &world, async |orders| {
            let (answer, ()) = tokio::join!(orders.place(wish(&[("p-001", 1)], "tok_ok"), key()), recover_all(orders));
            assert_eq!(answer.expect("the client gets what it wanted").status, OrderStatus::Confirmed, "{call}");
            let all = all_orders(orders).await;
            assert_eq!(all.len(), orders_in_all, "{call}");
            nothing_is_lost(&all, &world, call);
        });
    }
}
