//! Reservations: stock held for an order, then given to it or put back. Each step may be repeated, and none can oversell.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use shop::{
    ids::{OrderId, ProductId},
    messages::{Category, Line, MAX_LINES, MAX_QUANTITY, Reservation, ReservationState, ReserveStock},
    signals::catalog::UNITS_SOLD,
};
use signals::{Query, db::Operation};
use sqlx::Row as _;
use telemetry::db::Transaction;

use crate::{
    error::Error,
    sales,
    store::{self, SELECT_PRODUCTS, Store, UPDATE_PRODUCTS},
};

const SELECT: Query = Query { operation: Operation::Select, collection: "reservations" };
const INSERT: Query = Query { operation: Operation::Insert, collection: "reservations" };
const UPDATE: Query = Query { operation: Operation::Update, collection: "reservations" };
const SELECT_LINES: Query = Query { operation: Operation::Select, collection: "reservation_lines" };
const INSERT_LINES: Query = Query { operation: Operation::Insert, collection: "reservation_lines" };

pub(crate) async fn reserve(
    store: Data<Store>,
    order: chassis::Path<OrderId>,
    wish: chassis::Json<ReserveStock>,
) -> Result<Json<Reservation>, Error> {
    Ok(Json(store.reserve(&order.0, &wish.0.lines).await?))
}

pub(crate) async fn commit(store: Data<Store>, order: chassis::Path<OrderId>) -> Result<Json<Reservation>, Error> {
    Ok(Json(store.commit(&order.0).await?))
}

pub(crate) async fn release(store: Data<Store>, order: chassis::Path<OrderId>) -> Result<Json<Reservation>, Error> {
    Ok(Json(store.release(&order.0).await?))
}

/// Units of a product that an order holds.
struct Held {
    product: ProductId,
    category: Category,
    quantity: i64,
}

impl Store {
    /// Holds stock for an order: all of its lines, or nothing. A reservation that is held already is returned as it is.
    ///
    /// # Errors
    /// When a line cannot be, a product is unknown or less of it is left than asked for, the order's reservation was committed or
    /// released before, or the database fails.
    pub async fn reserve(&self, order: &OrderId, lines: &[Line]) -> Result<Reservation, Error> {
        let lines = merged(lines)?;
        self.database
            .transaction(async |tx| {
                if !insert(tx, order, ReservationState::Held).await? {
                    return match state(tx, order).await? {
                        Some(ReservationState::Held) => Ok(reservation(order, ReservationState::Held)),
                        _ => Err(Error::ReservationClosed(order.clone())),
                    };
                }
                for (product, quantity) in &lines {
                    hold(tx, order, product, *quantity).await?;
                }
                Ok(reservation(order, ReservationState::Held))
            })
            .await
    }

    /// Gives the held stock to the order: it is sold.
    ///
    /// # Errors
    /// When nothing was reserved for the order, it was released before, or the database fails.
    pub async fn commit(&self, order: &OrderId) -> Result<Reservation, Error> {
        let sold = self
            .database
            .transaction(async |tx| {
                if !close(tx, order, ReservationState::Committed).await? {
                    return match state(tx, order).await? {
                        Some(ReservationState::Committed) => Ok(Vec::new()),
                        Some(_) => Err(Error::ReservationClosed(order.clone())),
                        None => Err(Error::ReservationNotFound(order.clone())),
                    };
                }
                let held = held(tx, order).await?;
                for line in &held {
                    let statement = "UPDATE products SET reserved = reserved - $1 WHERE id = $2";
                    change(tx, statement, line).await?;
                }
                sales::add(tx, order).await?;
                Ok(held)
            })
            .await?;
        // Only once it has come true, and only by the request that made it so.
        for line in sold {
            UNITS_SOLD.add(line.quantity.unsigned_abs(), line.category);
        }
        Ok(reservation(order, ReservationState::Committed))
    }

    /// Puts the held stock back. Where nothing is held yet, a tombstone stays, so that a request that was overtaken holds nothing.
    ///
    /// # Errors
    /// When the stock was given to the order before, or the database fails.
    pub async fn release(&self, order: &OrderId) -> Result<Reservation, Error> {
        self.database
            .transaction(async |tx| {
                // The tombstone first: either there is a reservation from here on, or one was there before.
                if insert(tx, order, ReservationState::Released).await? {
                    return Ok(());
                }
                if !close(tx, order, ReservationState::Released).await? {
                    return match state(tx, order).await? {
                        Some(ReservationState::Released) => Ok(()),
                        _ => Err(Error::ReservationClosed(order.clone())),
                    };
                }
                for line in &held(tx, order).await? {
                    let statement =
                        "UPDATE products SET available = available + $1, reserved = reserved - $1 WHERE id = $2";
                    change(tx, statement, line).await?;
                }
                Ok(())
            })
            .await?;
        Ok(reservation(order, ReservationState::Released))
    }
}

fn reservation(order: &OrderId, state: ReservationState) -> Reservation {
    Reservation { order: order.clone(), state }
}

/// The lines with each product once, sorted by it: two orders that take the same products in another sequence would wait for each
/// other for ever.
fn merged(lines: &[Line]) -> Result<BTreeMap<ProductId, i64>, Error> {
    let mut merged = BTreeMap::new();
    for line in lines {
        *merged.entry(line.product.clone()).or_insert(0) += i64::from(line.quantity);
    }
    if merged.is_empty() || merged.len() > MAX_LINES {
        return Err(Error::Invalid(format!("lines: must hold between 1 and {MAX_LINES} different products")));
    }
    if lines.iter().any(|line| line.quantity == 0) || merged.values().any(|quantity| *quantity > MAX_QUANTITY.into()) {
        return Err(Error::Invalid(format!("lines: the quantity of a product must be between 1 and {MAX_QUANTITY}")));
    }
    Ok(merged)
}

/// Makes a reservation; `false` when the order has one. On PostgreSQL it waits for another request that is making it.
async fn insert(tx: &mut Transaction<'_>, order: &OrderId, state: ReservationState) -> Result<bool, Error> {
    let rows = tx
        .run(INSERT, async |connection| {
            let statement =
                "INSERT INTO reservations (order_id, state) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING";
            sqlx::query(statement).bind(order.as_str()).bind(spelled(state)).execute(connection).await
        })
        .await?;
    Ok(rows.rows_affected() == 1)
}

/// Moves a reservation from held to another state; `false` when it was not held.
async fn close(tx: &mut Transaction<'_>, order: &OrderId, state: ReservationState) -> Result<bool, Error> {
    let rows = tx
        .run(UPDATE, async |connection| {
            let statement = "UPDATE reservations SET state = $1 WHERE order_id = $2 AND state = 'held'";
            sqlx::query(statement).bind(spelled(state)).bind(order.as_str()).execute(connection).await
        })
        .await?;
    Ok(rows.rows_affected() == 1)
}

async fn state(tx: &mut Transaction<'_>, order: &OrderId) -> Result<Option<ReservationState>, Error> {
    let state = tx
        .run(SELECT, async |connection| {
            let statement = "SELECT state FROM reservations WHERE order_id = $1";
            let state: Option<String> =
                sqlx::query_scalar(statement).bind(order.as_str()).fetch_optional(connection).await?;
            state.map(|state| read(&state).ok_or_else(|| store::unreadable("state", state))).transpose()
        })
        .await?;
    Ok(state)
}

/// One statement that looks and takes: between two, another request would take the same units.
async fn hold(tx: &mut Transaction<'_>, order: &OrderId, product: &ProductId, quantity: i64) -> Result<(), Error> {
    let taken = tx
        .run(UPDATE_PRODUCTS, async |connection| {
            let statement = "UPDATE products SET available = available - $1, reserved = reserved + $1 \
                             WHERE id = $2 AND available >= $1";
            sqlx::query(statement).bind(quantity).bind(product.as_str()).execute(connection).await
        })
        .await?;
    if taken.rows_affected() == 0 {
        return Err(refusal(tx, product).await?);
    }
    tx.run(INSERT_LINES, async |connection| {
        let statement = "INSERT INTO reservation_lines (order_id, product_id, quantity) VALUES ($1, $2, $3)";
        sqlx::query(statement).bind(order.as_str()).bind(product.as_str()).bind(quantity).execute(connection).await
    })
    .await?;
    Ok(())
}

async fn refusal(tx: &mut Transaction<'_>, product: &ProductId) -> Result<Error, Error> {
    let left: Option<i64> = tx
        .run(SELECT_PRODUCTS, async |connection| {
            let statement = "SELECT available FROM products WHERE id = $1";
            sqlx::query_scalar(statement).bind(product.as_str()).fetch_optional(connection).await
        })
        .await?;
    let product = product.clone();
    Ok(match left {
        Some(available) => Error::OutOfStock { product, available },
        None => Error::ProductNotFound(product),
    })
}

async fn held(tx: &mut Transaction<'_>, order: &OrderId) -> Result<Vec<Held>, Error> {
    let held = tx
        .run(SELECT_LINES, async |connection| {
            let statement = "SELECT product_id, quantity, category FROM reservation_lines \
                             JOIN products ON products.id = product_id WHERE order_id = $1 ORDER BY product_id";
            let rows = sqlx::query(statement).bind(order.as_str()).fetch_all(connection).await?;
            let line = |row: &sqlx::any::AnyRow| {
                Ok(Held {
                    product: store::product_id(row, "product_id")?,
                    category: store::category(row)?,
                    quantity: row.try_get("quantity")?,
                })
            };
            rows.iter().map(line).collect::<Result<_, sqlx::Error>>()
        })
        .await?;
    Ok(held)
}

async fn change(tx: &mut Transaction<'_>, statement: &'static str, line: &Held) -> Result<(), Error> {
    tx.run(UPDATE_PRODUCTS, async |connection| {
        sqlx::query(statement).bind(line.quantity).bind(line.product.as_str()).execute(connection).await
    })
    .await?;
    Ok(())
}

const STATES: [(ReservationState, &str); 3] = [
    (ReservationState::Held, "held"),
    (ReservationState::Committed, "committed"),
    (ReservationState::Released, "released"),
];

fn spelled(state: ReservationState) -> &'static str {
    STATES[state as usize].1
}

fn read(state: &str) -> Option<ReservationState> {
    STATES.iter().find(|(_, spelled)| *spelled == state).map(|(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(product: &str, quantity: u32) -> Line {
        Line { product: product.parse().expect("an id"), quantity }
    }

    #[test]
    fn lines_are_merged_and_sorted_by_product() {
        let merged = merged(&[line("p-2", 3), line("p-1", 1), line("p-2", 4)]).expect("fine");
        let merged: Vec<_> = merged.iter().map(|(product, quantity)| (product.as_str(), *quantity)).collect();
        assert_eq!(merged, [("p-1", 1), ("p-2", 7)]);
    }

    #[test]
    fn lines_that_cannot_be_are_refused() {
        let many: Vec<Line> = (0..21).map(|n| line(&format!("p-{n}"), 1)).collect();
        let bad = [vec![], vec![line("p-1", 0)], vec![line("p-1", 101)], vec![line("p-1", 60), line("p-1", 60)], many];
        for lines in bad {
            assert!(matches!(merged(&lines), Err(Error::Invalid(_))), "{lines:?}");
        }
    }

    #[test]
    fn each_state_is_read_as_it_is_spelled() {
        for (state, _) in STATES {
            assert_eq!(read(spelled(state)), Some(state));
        }
    }
}
