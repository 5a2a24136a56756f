//! Stock: how much of a product is left, and the figures that tell how many products run low.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::web::{Data, Json};
use shop::{
    ids::ProductId,
    messages::{Category, Stock},
    signals::catalog::{LOW_STOCK, PRODUCTS, StockState},
};
use sqlx::Row as _;

use crate::{
    error::Error,
    store::{self, SELECT_PRODUCTS, Store},
};

/// How old the figures on the scrape may be.
const REFRESHED_EVERY: Duration = Duration::from_secs(5);

pub(crate) async fn get(store: Data<Store>, id: chassis::Path<ProductId>) -> Result<Json<Stock>, Error> {
    Ok(Json(store.stock(&id.0).await?))
}

/// How many products of a category are in a state.
pub type Level = (Category, StockState, i64);

impl Store {
    /// How much of a product there is.
    ///
    /// # Errors
    /// When there is no such product, or the database fails.
    pub async fn stock(&self, id: &ProductId) -> Result<Stock, Error> {
        let found = self
            .database
            .read(SELECT_PRODUCTS, async |connection| {
                let statement = "SELECT available, reserved FROM products WHERE id = $1";
                let row = sqlx::query(statement).bind(id.as_str()).fetch_optional(connection).await?;
                let stock = |row: sqlx::any::AnyRow| {
                    Ok(Stock {
                        product: id.clone(),
                        available: row.try_get("available")?,
                        reserved: row.try_get("reserved")?,
                    })
                };
                row.map(stock).transpose()
            })
            .await?;
        found.ok_or_else(|| Error::ProductNotFound(id.clone()))
    }

    /// How many products of each category are well stocked, low and out; what there is none of is left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn levels(&self) -> Result<Vec<Level>, Error> {
        let levels = self.database.read(SELECT_PRODUCTS, async |connection| {
            let statement = "SELECT category, CASE WHEN available = 0 THEN 0 WHEN available <= $1 THEN 1 ELSE 2 END AS state, \
                             COUNT(*) AS products FROM products GROUP BY 1, 2";
            let rows = sqlx::query(statement).bind(LOW_STOCK).fetch_all(connection).await?;
            let level = |row: &sqlx::any::AnyRow| {
                let state = match row.try_get::<i64, _>("state")? {
                    0 => StockState::Out,
                    1 => StockState::Low,
                    _ => StockState::Ok,
                };
                Ok((store::category(row)?, state, row.try_get("products")?))
            };
            rows.iter().map(level).collect::<Result<_, sqlx::Error>>()
        });
        Ok(levels.await?)
    }
}

/// Keeps the figures of [`PRODUCTS`] fresh for as long as the process lives. A scrape reads what was counted last: it asks nothing
/// of the database, which may hang.
pub async fn watch(store: Store) {
    let seen: Arc<Mutex<Vec<Level>>> = Arc::default();
    let shown = Arc::clone(&seen);
    PRODUCTS.observe(move |now| {
        for (category, state, products) in shown.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            now.set(*products as f64, (*category, *state));
        }
    });
    loop {
        match store.levels().await {
            Ok(levels) => *seen.lock().unwrap_or_else(PoisonError::into_inner) = levels,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the stock could not be counted");
            }
        }
        tokio::time::sleep(REFRESHED_EVERY).await;
    }
}
