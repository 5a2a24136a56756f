//! A checkout between services that refuse, break and heal.

use orders::Error;
use shop::{
    code::Code,
    ids::OrderId,
    messages::{Order, OrderStatus},
};
use telemetry::db::Engine;

use crate::{
    database::Own,
    setting::{all_orders, life, nothing_is_lost, only_order, recover_all, units_sold, wish},
    world::{PRICE, STOCK, Trouble, World},
};

const EVER: usize = usize::MAX;

fn not_placed(answer: Result<Order, Error>) -> (OrderId, Code, String) {
    match answer {
        Err(Error::NotPlaced { order, code, detail }) => (order, code, detail),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_is_priced_reserved_paid_and_confirmed() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    life(&database, &world, async |orders| {
        let wish = wish(&[("p-002", 1), ("p-001", 2), ("p-002", 3)], "tok_ok");
        let order = orders.place(wish, None).await.expect("all goes well");
        assert_eq!(order.status, OrderStatus::Confirmed);
        assert_eq!(order.total.expect("priced").amount, 6 * PRICE);
        let lines: Vec<(&str, u32)> = order.lines.iter().map(|line| (line.product.as_str(), line.quantity)).collect();
        assert_eq!(lines, [("p-001", 2), ("p-002", 4)]);
        assert_eq!(only_order(orders).await, order);
        assert_eq!((world.available("p-001"), world.available("p-002")), (STOCK - 2, STOCK - 4));
        nothing_is_lost(&[order], &world, "all goes well");
        assert_eq!(orders.checkouts(), 0);
    });
}

/// One order that meets trouble: what the client hears, and what becomes of the order at once.
fn check(troubles: &[(&'static str, Trouble, usize)], code: Code, at_once: OrderStatus) -> (Own, World) {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    for (call, trouble, times) in troubles {
        world.plan(call, *trouble, *times);
    }
    life(&database, &world, async |orders| {
        let (id, heard, detail) = not_placed(orders.place(wish(&[("p-001", 2)], "tok_ok"), None).await);
        assert_eq!(heard, code, "{troubles:?}: {detail}");
        assert!(detail.contains(id.as_str()), "{troubles:?}: {detail}");
        let order = only_order(orders).await;
        assert_eq!((&order.id, order.status), (&id, at_once), "{troubles:?}");
        if at_once == OrderStatus::Created {
            assert_eq!(order.reason, None, "{troubles:?}");
        } else {
            assert_eq!(order.reason.as_deref(), Some(code.as_str()), "{troubles:?}");
            nothing_is_lost(&[order], &world, &format!("{troubles:?}"));
            assert_eq!(world.gone(), 0, "{troubles:?}");
        }
    });
    (database, world)
}

/// After `check`, all goes well again: what becomes of the order by recovery.
fn recovers((database, world): (Own, World), expect: OrderStatus, reason: Option<&str>) {
    world.heal();
    life(&database, &world, async |orders| {
        recover_all(orders).await;
        let order = only_order(orders).await;
        assert_eq!((order.status, order.reason.as_deref()), (expect, reason));
        nothing_is_lost(std::slice::from_ref(&order), &world, "recovered");
        assert_eq!(world.gone(), units_sold(&[order]));
    });
}

#[test]
fn a_refusal_undoes_the_order_and_is_told() {
    use OrderStatus::Failed;
    use Trouble::Refused;
    check(&[("price", Refused(404, "product_not_found"), 1)], Code::ProductNotFound, Failed);
    check(&[("reserve", Refused(409, "out_of_stock"), 1)], Code::OutOfStock, Failed);
    check(&[("reserve", Refused(404, "product_not_found"), 1)], Code::ProductNotFound, Failed);
    check(&[("authorise", Refused(402, "payment_declined"), 1)], Code::PaymentDeclined, Failed);
    check(&[("authorise", Refused(400, "unknown_payment_method"), 1)], Code::UnknownPaymentMethod, Failed);
    // The other services' words about our own keys are none for our client.
    check(&[("authorise", Refused(409, "key_reused"), 1)], Code::UpstreamFailed, Failed);
    check(&[("reserve", Refused(409, "reservation_closed"), 1)], Code::UpstreamFailed, Failed);
}

#[test]
fn a_failure_before_the_point_of_no_return_undoes_the_order() {
    use OrderStatus::Failed;
    use Trouble::{FailedAfter, Refused};
    check(&[("price", Refused(500, "internal_error"), 1)], Code::UpstreamFailed, Failed);
    check(&[("price", Refused(404, "route_not_found"), 1)], Code::UpstreamFailed, Failed);
    check(&[("reserve", Refused(503, "database_error"), 1)], Code::UpstreamUnavailable, Failed);
    check(&[("reserve", FailedAfter(500), 1)], Code::UpstreamFailed, Failed);
    check(&[("authorise", FailedAfter(500), 1)], Code::UpstreamFailed, Failed);
    check(&[("authorise", FailedAfter(504), 1)], Code::UpstreamTimedOut, Failed);
    // Undoing is tried again, within the request.
    check(
        &[("authorise", FailedAfter(500), 1), ("void", FailedAfter(500), 1), ("release", Refused(503, "busy"), 2)],
        Code::UpstreamFailed,
        Failed,
    );
}

#[test]
fn an_order_that_cannot_be_undone_at_once_is_undone_later() {
    use OrderStatus::{Created, Failed};
    use Trouble::{FailedAfter, Refused};
    let cannot_void = [("authorise", FailedAfter(500), 1), ("void", Refused(500, "internal_error"), EVER)];
    recovers(check(&cannot_void, Code::UpstreamFailed, Created), Failed, Some("upstream_error"));
    let cannot_release =
        [("authorise", Refused(402, "payment_declined"), 1), ("release", Refused(500, "internal_error"), EVER)];
    recovers(check(&cannot_release, Code::PaymentDeclined, Created), Failed, Some("payment_declined"));
}

#[test]
fn a_failure_after_the_point_of_no_return_is_mended_by_going_forward() {
    use OrderStatus::{Confirmed, Created};
    use Trouble::{FailedAfter, Refused};
    for call in ["capture", "commit"] {
        let unclear = check(&[(call, FailedAfter(500), EVER)], Code::UpstreamFailed, Created);
        recovers(unclear, Confirmed, None);
        let refused = check(&[(call, Refused(503, "database_error"), EVER)], Code::UpstreamUnavailable, Created);
        recovers(refused, Confirmed, None);
    }
}

#[test]
fn a_short_failure_after_the_point_of_no_return_costs_the_client_nothing() {
    for call in ["capture", "commit"] {
        let (database, world) = (Own::new(Engine::Sqlite), World::new());
        world.plan(call, Trouble::FailedAfter(500), 2);
        life(&database, &world, async |orders| {
            let order = orders.place(wish(&[("p-001", 1)], "tok_ok"), None).await.expect("the third try goes well");
            nothing_is_lost(&[order], &world, call);
        });
    }
}

#[test]
fn a_payment_that_can_no_longer_be_taken_undoes_the_order() {
    let closed = [("capture", Trouble::Refused(409, "payment_closed"), 1)];
    check(&closed, Code::PaymentDeclined, OrderStatus::Failed);
    let gone = [("capture", Trouble::Refused(404, "payment_not_found"), 1)];
    check(&gone, Code::PaymentDeclined, OrderStatus::Failed);

    // The same, found out by the recovery: the provider let the money go while nobody could ask.
    let unclear = [("capture", Trouble::Refused(500, "internal_error"), EVER)];
    let (database, world) = check(&unclear, Code::UpstreamFailed, OrderStatus::Created);
    world.void_all();
    recovers((database, world), OrderStatus::Failed, Some("payment_declined"));
}

#[test]
fn money_that_was_taken_behind_our_back_makes_the_order_go_forward() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    // The answer to the authorisation is lost, and somebody captures before it can be voided.
    world.plan("authorise", Trouble::LostAfter, 1);
    life(&database, &world, async |orders| {
        tokio::select! {
            answer = orders.place(wish(&[("p-001", 1)], "tok_ok"), None) => panic!("{answer:?}"),
            () = world.until_troubled(1) => {}
        }
    });
    world.capture_all();
    recovers((database, world), OrderStatus::Confirmed, None);
}

#[test]
fn a_declined_token_is_told_and_nothing_is_held() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    life(&database, &world, async |orders| {
        let (_, code, _) = not_placed(orders.place(wish(&[("p-001", 1)], "tok_declined"), None).await);
        assert_eq!(code, Code::PaymentDeclined);
        nothing_is_lost(&all_orders(orders).await, &world, "declined");
        assert_eq!((world.gone(), world.calls("void")), (0, 0));
    });
}

#[test]
fn a_checkout_outlives_its_client() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    world.plan("authorise", Trouble::Gate, 1);
    life(&database, &world, async |orders| {
        tokio::select! {
            answer = orders.place(wish(&[("p-001", 1)], "tok_ok"), None) => panic!("{answer:?}"),
            () = world.until_troubled(1) => {}
        }
        assert_eq!(orders.checkouts(), 1);
        assert_eq!(orders.recover().await, 0, "its worker lives");
        world.open_gate();
        while orders.checkouts() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let order = only_order(orders).await;
        assert_eq!(order.status, OrderStatus::Confirmed);
        nothing_is_lost(&[order], &world, "the client left");
    });
}

#[test]
fn a_worker_whose_order_was_taken_over_ends_and_tells_what_became_of_it() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    world.plan("authorise", Trouble::Gate, 1);
    life(&database, &world, async |orders| {
        let placing = orders.place(wish(&[("p-001", 1)], "tok_ok"), None);
        let taking_over = async {
            world.until_troubled(1).await;
            // As if its lease had run out while it was stopped.
            orders.store().let_go_of_earlier_life().await.expect("the database works");
            assert_eq!(orders.recover().await, 1);
            world.open_gate();
        };
        let (answer, ()) = tokio::join!(placing, taking_over);
        let (_, code, _) = not_placed(answer);
        assert_eq!(code, Code::UpstreamTimedOut);
        let order = only_order(orders).await;
        assert_eq!((order.status, order.reason.as_deref()), (OrderStatus::Cancelled, Some("interrupted")));
        nothing_is_lost(&[order], &world, "taken over");
        assert_eq!(world.gone(), 0);
    });
}

#[test]
fn what_a_checkout_leaves_is_taken_up_at_once() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    world.plan("commit", Trouble::FailedAfter(500), EVER);
    life(&database, &world, async |orders| {
        not_placed(orders.place(wish(&[("p-001", 1)], "tok_ok"), None).await);
        world.heal();
        assert_eq!(orders.recover().await, 1, "its lease was not waited for");
        nothing_is_lost(&all_orders(orders).await, &world, "left and taken up");
    });
}

#[test]
fn a_database_that_fails_in_the_middle_leaves_the_order_to_the_recovery() {
    let (database, world) = (Own::new(Engine::Sqlite), World::new());
    world.plan("authorise", Trouble::Gate, 1);
    life(&database, &world, async |orders| {
        let placing = orders.place(wish(&[("p-001", 1)], "tok_ok"), None);
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let other = database.open().await;
        let locking = other.transaction(async |_| {
            world.open_gate();
            // Nobody else can write until the checkout has given up.
            let _ = told.await;
            Ok::<_, telemetry::db::Error>(())
        });
        // Not before the order is stored; and the gate opens only under the lock.
        let locking = async {
            world.until_troubled(1).await;
            locking.await
        };
        let (answer, locked) = tokio::join!(
            async {
                let answer = placing.await;
                drop(tell);
                answer
            },
            locking
        );
        locked.expect("the lock was had");
        assert!(matches!(answer, Err(Error::Database(_))), "{answer:?}");
        orders.store().let_go_of_earlier_life().await.expect("the database works again");
        assert_eq!(orders.recover().await, 1);
        let order = only_order(orders).await;
        assert_eq!(order.status, OrderStatus::Cancelled);
        nothing_is_lost(&[order], &world, "the database failed");
    });
}

#[test]
fn nobody_oversells_and_what_is_there_is_sold() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (database, world) = (Own::new(engine), World::new());
        world.stock("p-001", 50);
        life(&database, &world, async |orders| {
            let placing = (0..200).map(|_| orders.place(wish(&[("p-001", 1)], "tok_ok"), None));
            let answers = futures_util::future::join_all(placing).await;
            let confirmed = answers.iter().filter(|answer| answer.is_ok()).count();
            for answer in answers.into_iter().filter(Result::is_err) {
                assert_eq!(not_placed(answer).1, Code::OutOfStock);
            }
            assert_eq!((confirmed, world.available("p-001")), (50, 0));
            nothing_is_lost(&all_orders(orders).await, &world, "200 for 50");
        });
    }
}
