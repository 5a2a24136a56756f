//! What a test stands on: signals that can be recorded, lives of the service that end at any moment, and the invariants.

use std::{sync::OnceLock, time::Duration};

use orders::{Orders, store::Store, upstream::Upstream};
use serde_json::json;
use shop::{
    ids::OrderId,
    messages::{Order, OrderStatus, PlaceOrder},
    services::ServiceName,
};
use tokio::{runtime::Builder, task::LocalSet};

use crate::{
    database::Own,
    world::{PRICE, World},
};

/// Binds the signals of this process, once.
pub(crate) fn measure() {
    static GUARD: OnceLock<telemetry::Guard> = OnceLock::new();
    GUARD.get_or_init(|| {
        let mut settings = telemetry::Settings::from_env().expect("the environment can be understood");
        (settings.push_traces, settings.push_metrics) = (false, false);
        telemetry::init(ServiceName::Orders.signals(), &settings).expect("the first and only pipeline")
    });
}

/// Runs a life of the service. When `live` ends, all that the life has begun is dropped where it stands, as by kill -9.
pub(crate) fn life<T>(database: &Own, world: &World, live: impl AsyncFnOnce(&Orders) -> T) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let store = Store::new(database.open().await, "the only one");
        store.let_go_of_earlier_life().await.expect("the database works");
        let upstream = Upstream::new(&world.url, &world.url).expect("an address");
        live(&Orders::new(store, upstream)).await
    })
}

/// A wish of `ada`'s for these products, paid by card.
pub(crate) fn wish(lines: &[(&str, u32)], token: &str) -> PlaceOrder {
    let lines: Vec<_> =
        lines.iter().map(|(product, quantity)| json!({ "product": product, "quantity": quantity })).collect();
    let wish = json!({ "customer": "ada", "lines": lines, "payment": { "method": "card", "token": token } });
    serde_json::from_value(wish).expect("a wish")
}

pub(crate) async fn all_orders(orders: &Orders) -> Vec<Order> {
    let customer = "ada".parse().expect("a customer");
    orders.store().orders_of(&customer, None, 1000).await.expect("the database works").items
}

/// The only order there is.
pub(crate) async fn only_order(orders: &Orders) -> Order {
    let mut all = all_orders(orders).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// Recovers until every order has ended.
pub(crate) async fn recover_all(orders: &Orders) {
    for _ in 0..400 {
        orders.recover().await;
        if orders.store().unfinished().await.expect("the database works").0 == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("an order never ended: {:#?}", all_orders(orders).await);
}

/// What must be true once every order has ended, whatever happened: charged if and only if confirmed, sold if and only if
/// confirmed, nothing held, nothing set aside, no unit lost.
#[track_caller]
pub(crate) fn nothing_is_lost(orders: &[Order], world: &World, case: &str) {
    let mut confirmed: Vec<String> = orders
        .iter()
        .filter(|order| order.status == OrderStatus::Confirmed)
        .map(|order| order.id.to_string())
        .collect();
    confirmed.sort();
    let open: Vec<&OrderId> =
        orders.iter().filter(|order| order.status == OrderStatus::Created).map(|order| &order.id).collect();
    assert!(open.is_empty(), "{case}: not ended: {open:?}");
    assert_eq!(world.captured(), confirmed, "{case}: charged, and confirmed");
    assert_eq!(world.committed(), confirmed, "{case}: sold, and confirmed");
    assert_eq!(world.authorised(), Vec::<String>::new(), "{case}: money set aside");
    assert_eq!(world.held(), 0, "{case}: units held");
    for order in orders.iter().filter(|order| order.status == OrderStatus::Confirmed) {
        let units: i64 = order.lines.iter().map(|line| i64::from(line.quantity)).sum();
        assert_eq!(order.total.expect("confirmed orders are priced").amount, units * PRICE, "{case}");
        assert_eq!(order.reason, None, "{case}");
    }
}

/// How many units confirmed orders bought.
pub(crate) fn units_sold(orders: &[Order]) -> i64 {
    let confirmed = orders.iter().filter(|order| order.status == OrderStatus::Confirmed);
    confirmed.flat_map(|order| &order.lines).map(|line| i64::from(line.quantity)).sum()
}
