//! The service dies at every step, and again while it recovers; nothing is lost.

use shop::messages::OrderStatus;
use telemetry::db::Engine;

use crate::{
    database::Own,
    setting::{life, nothing_is_lost, only_order, recover_all, units_sold, wish},
    world::{Call, Trouble, World},
};

const LOSSES: [Trouble; 3] = [Trouble::LostBefore, Trouble::LostAfter, Trouble::HeldUp];

/// One order: the service dies while it waits for `first`; then perhaps, recovering, while it waits for `second`.
fn check(engine: Engine, first: (Call, Trouble), second: Option<(Call, Trouble)>, expect: OrderStatus) {
    let case = format!("dies at {first:?}, then at {second:?}");
    let (database, world) = (Own::new(engine), World::new());
    world.plan(first.0, first.1, 1);
    life(&database, &world, async |orders| {
        tokio::select! {
            answer = orders.place(wish(&[("p-001", 2), ("p-002", 1)], "tok_ok"), None) => panic!("{case}: {answer:?}"),
            () = world.until_troubled(1) => {}
        }
    });
    if let Some((call, trouble)) = second {
        world.plan(call, trouble, 1);
        life(&database, &world, async |orders| {
            tokio::select! {
                ended = orders.recover() => panic!("{case}: ended {ended}"),
                () = world.until_troubled(2) => {}
            }
        });
    }
    let order = life(&database, &world, async |orders| {
        recover_all(orders).await;
        only_order(orders).await
    });
    assert_eq!(order.status, expect, "{case}");
    if expect == OrderStatus::Cancelled {
        assert_eq!(order.reason.as_deref(), Some("interrupted"), "{case}");
    }
    // What was held up on its way comes at last, and must change nothing.
    world.deliver();
    nothing_is_lost(std::slice::from_ref(&order), &world, &case);
    assert_eq!(world.gone(), units_sold(std::slice::from_ref(&order)), "{case}: units gone, and sold");
}

fn check_all(engine: Engine, first: Call, recovering: &[Call], expect: OrderStatus) {
    for trouble in LOSSES {
        check(engine, (first, trouble), None, expect);
        for second in recovering {
            for again in LOSSES {
                check(engine, (first, trouble), Some((second, again)), expect);
            }
        }
    }
}

#[test]
fn an_order_whose_prices_were_asked_for_is_cancelled() {
    check_all(Engine::Sqlite, "price", &[], OrderStatus::Cancelled);
}

#[test]
fn an_order_whose_stock_was_asked_for_is_cancelled() {
    check_all(Engine::Sqlite, "reserve", &["release"], OrderStatus::Cancelled);
}

#[test]
fn an_order_whose_money_was_asked_for_is_cancelled() {
    check_all(Engine::Sqlite, "authorise", &["void", "release"], OrderStatus::Cancelled);
}

#[test]
fn an_order_whose_money_was_to_be_taken_is_confirmed() {
    check_all(Engine::Sqlite, "capture", &["capture", "commit"], OrderStatus::Confirmed);
}

#[test]
fn an_order_whose_money_was_taken_is_confirmed() {
    check_all(Engine::Sqlite, "commit", &["commit"], OrderStatus::Confirmed);
}

#[test]
fn it_is_the_same_on_postgres() {
    for trouble in LOSSES {
        check(Engine::Postgres, ("reserve", trouble), Some(("release", trouble)), OrderStatus::Cancelled);
        check(Engine::Postgres, ("authorise", trouble), Some(("void", trouble)), OrderStatus::Cancelled);
        check(Engine::Postgres, ("capture", trouble), Some(("commit", trouble)), OrderStatus::Confirmed);
    }
}
