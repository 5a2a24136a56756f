//! A sandbox payment provider: it stands where the real one would, and what happens is chosen by the token.

mod config;
mod error;
mod payments;
mod store;

use shop::routes::payments as route;

pub use crate::{
    config::Config,
    error::Error,
    store::{Decision, Store},
};

/// Mounts every route of the provider.
pub fn routes(mount: &mut chassis::Mount, store: &Store) {
    mount.data(store.clone());
    mount.on(route::AUTHORISE.door(), payments::authorise);
    mount.on(route::CAPTURE.door(), payments::capture);
    mount.on(route::VOID.door(), payments::void);
    mount.on(route::GET_PAYMENT.door(), payments::get);
}
