//! Sales: how much of each product was sold in each hour, and which products sold best lately.
//!
//! Adding up the reservations themselves would cost more with every order; of hours there are only as many as the best sellers look
//! back on, however much is sold in them.

use std::time::{SystemTime, UNIX_EPOCH};

use shop::{ids::OrderId, signals::catalog::SALES_HOURS};
use signals::{Query, db::Operation};
use telemetry::db::Transaction;

use crate::{
    error::Error,
    ranking::{Ranked, SLOTS, ranked},
    store::Store,
};

const SELECT: Query = Query { operation: Operation::Select, collection: "hourly_sales" };
const INSERT: Query = Query { operation: Operation::Insert, collection: "hourly_sales" };
const DELETE: Query = Query { operation: Operation::Delete, collection: "hourly_sales" };

impl Store {
    /// The products of which most were sold in the last [`SALES_HOURS`], the most first: as many as there are slots.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn best_sellers(&self) -> Result<Vec<Ranked>, Error> {
        let best = self.database.read(SELECT, async |connection| {
            // Only the few that are left are looked up in the products. Whoever sold as much stands in the order of the ids, so that
            // slots do not change hands for nothing.
            let statement = "SELECT products.id, products.name, best.units FROM \
                (SELECT product_id, CAST(SUM(units) AS BIGINT) AS units FROM hourly_sales WHERE hour > $1 \
                 GROUP BY product_id ORDER BY 2 DESC, 1 LIMIT $2) AS best \
                JOIN products ON products.id = best.product_id ORDER BY best.units DESC, products.id";
            let query = sqlx::query(statement).bind(this_hour() - SALES_HOURS).bind(SLOTS);
            query.fetch_all(connection).await?.iter().map(|row| ranked(row, "units")).collect()
        });
        Ok(best.await?)
    }

    /// Forgets sales on which the best sellers look back no more, and says of how many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old_sales(&self) -> Result<u64, Error> {
        let forgotten = self.database.write(DELETE, async |connection| {
            let statement = sqlx::query("DELETE FROM hourly_sales WHERE hour <= $1").bind(this_hour() - SALES_HOURS);
            Ok(statement.execute(connection).await?.rows_affected())
        });
        Ok(forgotten.await?)
    }
}

/// Adds what an order bought to this hour's sales. The rows of its products must be locked already: the sales have no lock of their
/// own that would keep two orders from waiting for each other.
pub(crate) async fn add(tx: &mut Transaction<'_>, order: &OrderId) -> Result<(), Error> {
    tx.run(INSERT, async |connection| {
        let statement = "INSERT INTO hourly_sales (hour, product_id, units) \
                         SELECT CAST($1 AS BIGINT), product_id, quantity FROM reservation_lines WHERE order_id = $2 \
                         ON CONFLICT (hour, product_id) DO UPDATE SET units = hourly_sales.units + excluded.units";
        sqlx::query(statement).bind(this_hour()).bind(order.as_str()).execute(connection).await
    })
    .await?;
    Ok(())
}

/// Whole hours since 1970.
fn this_hour() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_secs() / 3600).unwrap_or(i64::MAX)
}
