//! What we sell, and how much of it is left.

mod config;
mod error;
mod figures;
mod products;
mod ranking;
mod reservations;
mod sales;
mod search;
mod seed;
mod stock;
mod store;

use shop::routes::catalog as route;

pub use crate::{
    config::Config,
    error::Error,
    figures::watch,
    products::Filter,
    ranking::Ranked,
    stock::Level,
    store::{MIGRATIONS, Store},
};

/// Mounts every route of the catalog.
pub fn routes(mount: &mut chassis::Mount, store: &Store) {
    mount.data(store.clone());
    mount.on(route::LIST_PRODUCTS.door(), products::list);
    mount.on(route::GET_PRODUCT.door(), products::get);
    mount.on(route::LIST_CATEGORIES.door(), products::categories);
    mount.on(route::GET_STOCK.door(), stock::get);
    mount.on(route::SEARCH.door(), search::search);
    mount.on(route::RESERVE.door(), reservations::reserve);
    mount.on(route::COMMIT.door(), reservations::commit);
    mount.on(route::RELEASE.door(), reservations::release);
}
