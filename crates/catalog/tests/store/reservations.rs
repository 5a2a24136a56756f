//! Stock under contention, and steps that come twice, late, or in the wrong order.

use catalog::{Error, Store};
use shop::{
    ids::OrderId,
    messages::{Line, Reservation, ReservationState, Stock},
};
use telemetry::db::Engine;

use crate::{Shop, fixture::on_both_engines};

fn line(product: &str, quantity: u32) -> Line {
    Line { product: product.parse().expect("an id"), quantity }
}

async fn stock(store: &Store, product: &str) -> (i64, i64) {
    let Stock { available, reserved, .. } = store.stock(&product.parse().expect("an id")).await.expect("is there");
    (available, reserved)
}

#[track_caller]
fn assert_state(result: Result<Reservation, Error>, state: ReservationState) {
    assert_eq!(result.expect("comes true").state, state);
}

#[track_caller]
fn assert_closed(result: Result<Reservation, Error>) {
    assert!(matches!(result, Err(Error::ReservationClosed(_))), "{result:?}");
}

on_both_engines! {
    async fn two_hundred_want_what_fifty_can_have(shop: Shop) {
        let wishes: Vec<_> = (0..200)
            .map(|_| {
                let store = shop.store.clone();
                tokio::spawn(async move { store.reserve(&OrderId::new(), &[line("p-050", 1)]).await })
            })
            .collect();
        let mut held = 0;
        for wish in wishes {
            match wish.await.expect("ends") {
                Ok(reservation) => {
                    assert_eq!(reservation.state, ReservationState::Held);
                    held += 1;
                }
                Err(Error::OutOfStock { available, .. }) => assert_eq!(available, 0),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(held, 50);
        assert_eq!(stock(&shop.store, "p-050").await, (0, 50));
    }

    async fn orders_for_the_same_products_in_any_sequence_do_not_block_each_other(shop: Shop) {
        let products = ["p-001", "p-002", "p-003", "p-004", "p-005"];
        let wishes: Vec<_> = (0..60)
            .map(|n| {
                let store = shop.store.clone();
                let mut lines: Vec<Line> = products.iter().map(|product| line(product, 1)).collect();
                lines.rotate_left(n % products.len());
                if n % 2 == 0 {
                    lines.reverse();
                }
                tokio::spawn(async move {
                    let order = OrderId::new();
                    store.reserve(&order, &lines).await?;
                    if n % 3 == 0 { store.release(&order).await } else { store.commit(&order).await }
                })
            })
            .collect();
        for wish in wishes {
            wish.await.expect("ends").expect("comes true");
        }
        for product in products {
            assert_eq!(stock(&shop.store, product).await, (10_000 - 40, 0));
        }
    }

    async fn a_repeated_reservation_holds_once(shop: Shop) {
        let order = OrderId::new();
        let wishes: Vec<_> = (0..20)
            .map(|_| {
                let (store, order) = (shop.store.clone(), order.clone());
                tokio::spawn(async move { store.reserve(&order, &[line("p-001", 2), line("p-001", 1)]).await })
            })
            .collect();
        for wish in wishes {
            assert_state(wish.await.expect("ends"), ReservationState::Held);
        }
        assert_eq!(stock(&shop.store, "p-001").await, (9_997, 3));
    }

    async fn an_order_gets_all_of_its_lines_or_nothing(shop: Shop) {
        let order = OrderId::new();
        let refused = shop.store.reserve(&order, &[line("p-001", 1), line("p-052", 6)]).await;
        assert!(matches!(refused, Err(Error::OutOfStock { ref product, available: 5 }) if product.as_str() == "p-052"));
        let refused = shop.store.reserve(&order, &[line("p-001", 1), line("p-999", 1)]).await;
        assert!(matches!(refused, Err(Error::ProductNotFound(ref product)) if product.as_str() == "p-999"));
        assert_eq!(stock(&shop.store, "p-001").await, (10_000, 0));
        // What was refused left no trace, so a smaller wish under the same order can come true.
        assert_state(shop.store.reserve(&order, &[line("p-001", 1), line("p-052", 5)]).await, ReservationState::Held);
        assert_eq!(stock(&shop.store, "p-052").await, (0, 5));
    }

    async fn a_reservation_is_committed_once(shop: Shop) {
        let order = OrderId::new();
        assert!(matches!(shop.store.commit(&order).await, Err(Error::ReservationNotFound(_))));
        shop.store.reserve(&order, &[line("p-001", 4)]).await.expect("holds");
        for _ in 0..2 {
            assert_state(shop.store.commit(&order).await, ReservationState::Committed);
            assert_eq!(stock(&shop.store, "p-001").await, (9_996, 0));
        }
        assert_closed(shop.store.release(&order).await);
        assert_closed(shop.store.reserve(&order, &[line("p-001", 4)]).await);
        assert_eq!(stock(&shop.store, "p-001").await, (9_996, 0));
    }

    async fn a_reservation_is_released_once(shop: Shop) {
        let order = OrderId::new();
        shop.store.reserve(&order, &[line("p-001", 4), line("p-002", 1)]).await.expect("holds");
        for _ in 0..2 {
            assert_state(shop.store.release(&order).await, ReservationState::Released);
            assert_eq!(stock(&shop.store, "p-001").await, (10_000, 0));
            assert_eq!(stock(&shop.store, "p-002").await, (10_000, 0));
        }
        assert_closed(shop.store.commit(&order).await);
    }

    async fn a_release_that_overtakes_the_reservation_wins(shop: Shop) {
        let order = OrderId::new();
        assert_state(shop.store.release(&order).await, ReservationState::Released);
        assert_closed(shop.store.reserve(&order, &[line("p-001", 1)]).await);
        assert_closed(shop.store.commit(&order).await);
        assert_eq!(stock(&shop.store, "p-001").await, (10_000, 0));
    }

    async fn a_release_at_the_same_time_leaves_nothing_held(shop: Shop) {
        let races: Vec<_> = (0..40)
            .flat_map(|_| {
                let (order, store) = (OrderId::new(), shop.store.clone());
                let (same, other) = (order.clone(), shop.store.clone());
                [
                    tokio::spawn(async move { store.reserve(&order, &[line("p-001", 1)]).await }),
                    tokio::spawn(async move { other.release(&same).await }),
                ]
            })
            .collect();
        for race in races {
            let ended = race.await.expect("ends");
            assert!(matches!(ended, Ok(_) | Err(Error::ReservationClosed(_))), "{ended:?}");
        }
        assert_eq!(stock(&shop.store, "p-001").await, (10_000, 0));
    }
}

/// The series is one for the whole process: no other test commits toys, and the engines take turns.
#[tokio::test]
async fn units_are_counted_as_sold_once() {
    let sold = || {
        let scrape = String::from_utf8(telemetry::exposition().expect("scrapes")).expect("text");
        let series = "product_units_sold_total{category=\"toys\"} ";
        let line = scrape.lines().find_map(|line| line.strip_prefix(series));
        line.expect("there from the start").parse::<f64>().expect("a number")
    };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let shop = Shop::fresh(engine).await;
        let before = sold();
        let order = OrderId::new();
        shop.store.reserve(&order, &[line("p-008", 3), line("p-016", 4)]).await.expect("holds");
        assert_eq!(sold() - before, 0.0);
        shop.store.commit(&order).await.expect("commits");
        shop.store.commit(&order).await.expect("commits again");
        assert_eq!(sold() - before, 7.0, "{engine:?}");
    }
}
