//! Stock: how much of a product is left, and which products run low.

use actix_web::web::{Data, Json};
use shop::{
    ids::ProductId,
    messages::{Category, Stock},
    signals::catalog::{LOW_STOCK, StockState},
};
use sqlx::Row as _;

use crate::{
    error::Error,
    ranking::{Ranked, SLOTS, ranked},
    store::{self, SELECT_PRODUCTS, Store},
};

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

    /// The products of which at most [`LOW_STOCK`] are left, the fewest first: as many as there are slots.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn critical(&self) -> Result<Vec<Ranked>, Error> {
        let critical = self.database.read(SELECT_PRODUCTS, async |connection| {
            // No index would help for long: one that covers the stock makes every sale dearer.
            let statement =
                "SELECT id, name, available FROM products WHERE available <= $1 ORDER BY available, id LIMIT $2";
            let query = sqlx::query(statement).bind(LOW_STOCK).bind(SLOTS);
            query.fetch_all(connection).await?.iter().map(|row| ranked(row, "available")).collect()
        });
        Ok(critical.await?)
    }
}
