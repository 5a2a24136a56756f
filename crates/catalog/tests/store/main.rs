//! The catalog against real databases: every test on SQLite and on PostgreSQL.

mod database;
mod fixture;
mod process;
mod products;
mod reservations;
mod sales;

use catalog::Store;
use fixture::Fresh;
use shop::services::ServiceName;
use telemetry::db::Engine;

/// A shop with the range that every shop begins with.
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) fresh: Fresh,
}

impl Shop {
    pub(crate) async fn fresh(engine: Engine) -> Self {
        fixture::record(ServiceName::Catalog);
        let fresh = Fresh::database(engine).await;
        let store = Store::open(&fresh.url).await.expect("opens");
        assert_eq!(store.fill().await.expect("fills"), 208);
        Self { store, engine, fresh }
    }
}

#[test]
fn the_pools_are_named_as_in_the_row_of_the_service() {
    assert_eq!(telemetry::db::WRITE_POOL, shop::signals::WRITE_POOL);
    assert_eq!(telemetry::db::READ_POOL, shop::signals::READ_POOL);
    assert_eq!(ServiceName::Catalog.signals().pools, [telemetry::db::WRITE_POOL, telemetry::db::READ_POOL]);
}
