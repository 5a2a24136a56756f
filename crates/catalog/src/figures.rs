//! The figures that tell what is in the tables, kept fresh in the background.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shop::signals::catalog::{CRITICAL_STOCK, PRODUCTS, TOP_SALES};

use crate::{error::Error, ranking::Ranked, stock::Level, store::Store};

/// How old the figures on the scrape may be.
const REFRESHED_EVERY: Duration = Duration::from_secs(5);
/// After so many refreshments old sales are forgotten: about every ten minutes.
const FORGETS_AFTER: u32 = 120;

/// What was counted last. Clones share it.
struct Seen<T>(Arc<Mutex<Vec<T>>>);

impl<T> Seen<T> {
    fn each(&self, show: impl FnMut(&T)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(show);
    }

    /// What could not be counted stays as it was.
    fn renew(&self, counted: Result<Vec<T>, Error>, what: &str) {
        match counted {
            Ok(counted) => *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counted,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "{what} could not be counted");
            }
        }
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Keeps the figures fresh for as long as the process lives. A scrape reads what was counted last: it asks nothing of the database,
/// which may hang.
pub async fn watch(store: Store) {
    let (levels, top_sales, critical) =
        (Seen::<Level>::default(), Seen::<Ranked>::default(), Seen::<Ranked>::default());
    let shown = levels.clone();
    PRODUCTS.observe(move |now| {
        shown.each(|(category, state, products)| now.set(*products as f64, (*category, *state)));
    });
    let shown = top_sales.clone();
    TOP_SALES.observe(move |now| shown.each(|(product, units)| now.fill(*units as f64, product)));
    let shown = critical.clone();
    CRITICAL_STOCK.observe(move |now| shown.each(|(product, units)| now.fill(*units as f64, product)));
    for round in 0_u32.. {
        levels.renew(store.levels().await, "the stock");
        critical.renew(store.critical().await, "what runs out");
        top_sales.renew(store.best_sellers().await, "what was sold");
        if round.is_multiple_of(FORGETS_AFTER)
            && let Err(error) = store.forget_old_sales().await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "old sales could not be forgotten");
        }
        tokio::time::sleep(REFRESHED_EVERY).await;
    }
}
