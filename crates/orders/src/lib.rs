//! Checkout and the order's life: placed, priced, reserved, paid, confirmed; or undone without a trace on stock or money.
//!
//! [`checkout`] says how an order comes to its end and why nothing is lost on the way.

pub mod checkout;
mod config;
mod error;
mod orders;
pub mod progress;
pub mod recovery;
mod steps;
pub mod store;
pub mod upstream;
pub mod wish;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use shop::routes::orders as route;

pub use crate::{config::Config, error::Error};
use crate::{recovery::Backlog, store::Store, upstream::Upstream};

/// The service's state. Clones share it.
#[derive(Clone)]
pub struct Orders(Arc<Inner>);

struct Inner {
    store: Store,
    upstream: Upstream,
    backlog: Backlog,
    checkouts: AtomicUsize,
}

impl Orders {
    /// The service over its database and the services that it needs.
    pub fn new(store: Store, upstream: Upstream) -> Self {
        Self(Arc::new(Inner { store, upstream, backlog: Backlog::default(), checkouts: AtomicUsize::new(0) }))
    }

    /// The orders' store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.0.upstream
    }

    pub(crate) fn backlog(&self) -> &Backlog {
        &self.0.backlog
    }

    /// How many checkouts are under way; some may have outlived their client. Those that the end of the process breaks off are
    /// recovered by its next life.
    pub fn checkouts(&self) -> usize {
        self.0.checkouts.load(Ordering::Relaxed)
    }

    fn checkout_begins(&self) -> Underway {
        self.0.checkouts.fetch_add(1, Ordering::Relaxed);
        Underway(self.clone())
    }
}

/// A checkout, counted while it lasts, however it ends.
struct Underway(Orders);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.0.checkouts.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Mounts every route of orders.
pub fn routes(mount: &mut chassis::Mount, orders: &Orders) {
    mount.data(orders.clone());
    mount.on(route::PLACE.door(), checkout::place);
    mount.on(route::GET_ORDER.door(), orders::get);
    mount.on(route::LIST_ORDERS.door(), orders::list);
}
