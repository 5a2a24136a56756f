//! Orders as they are: one by its id, and a customer's, the newest first.

use actix_web::{HttpResponse, web::Data};
use serde::Deserialize;
use shop::{
    ids::{CustomerId, OrderId},
    messages::{Order, OrderLine, OrderPage, OrderStatus, PaymentMethod},
};
use sqlx::{Any, AnyConnection, Row as _, any::AnyRow};
use telemetry::db;

use crate::{
    Orders,
    error::Error,
    store::{SELECT_ORDERS, Store, money, word},
};

const PAGE: i64 = 20;
const MAX_PAGE: i64 = 100;

/// What a list is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    customer: CustomerId,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// `GET /orders/{id}`.
pub(crate) async fn get(orders: Data<Orders>, id: chassis::Path<OrderId>) -> Result<HttpResponse, Error> {
    let id = id.0;
    let order = orders.store().order(&id).await?.ok_or(Error::OrderNotFound(id))?;
    Ok(HttpResponse::Ok().json(order))
}

/// `GET /orders`.
pub(crate) async fn list(orders: Data<Orders>, query: chassis::Query<Which>) -> Result<HttpResponse, Error> {
    let Which { customer, limit, cursor } = query.0;
    let limit = limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Error::Invalid(format!("limit: 1 to {MAX_PAGE}")));
    }
    let before = cursor.map(|cursor| last_of_page(&cursor).ok_or(Error::InvalidCursor)).transpose()?;
    Ok(HttpResponse::Ok().json(orders.store().orders_of(&customer, before.as_ref(), limit).await?))
}

/// A cursor is the last order of the page before; an id of anything else is none.
fn last_of_page(cursor: &str) -> Option<OrderId> {
    let like = OrderId::new();
    let is_like = cursor.len() == like.as_str().len() && cursor.starts_with("o-");
    cursor.parse().ok().filter(|_| is_like)
}

impl Store {
    /// One order; nothing when there is none.
    pub async fn order(&self, id: &OrderId) -> Result<Option<Order>, db::Error> {
        let select = sqlx::query::<Any>(
            "SELECT o.id, o.customer, o.status, o.reason, o.total_amount, o.currency, o.payment_method, o.placed_at_ms, \
             l.product, l.quantity, l.unit_amount, l.currency AS unit_currency \
             FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = $1 ORDER BY l.product",
        );
        let select = select.bind(id.as_str());
        let read = async |db: &mut AnyConnection| gather(&select.fetch_all(db).await?);
        Ok(self.database.read(SELECT_ORDERS, read).await?.pop())
    }

    /// A page of a customer's orders, the newest first, beginning after `before`. An order's id sorts by the time it was placed.
    pub async fn orders_of(
        &self,
        customer: &CustomerId,
        before: Option<&OrderId>,
        limit: i64,
    ) -> Result<OrderPage, db::Error> {
        // Every id begins with a small letter, so none sorts after a tilde. One more than the page says whether another follows.
        let select = sqlx::query::<Any>(
            "SELECT o.id, o.customer, o.status, o.reason, o.total_amount, o.currency, o.payment_method, o.placed_at_ms, \
             l.product, l.quantity, l.unit_amount, l.currency AS unit_currency \
             FROM (SELECT * FROM orders WHERE customer = $1 AND id < $2 ORDER BY id DESC LIMIT $3) o \
             JOIN order_lines l ON l.order_id = o.id ORDER BY o.id DESC, l.product",
        );
        let select = select.bind(customer.as_str()).bind(before.map_or("~", OrderId::as_str)).bind(limit + 1);
        let read = async |db: &mut AnyConnection| gather(&select.fetch_all(db).await?);
        let mut items = self.database.read(SELECT_ORDERS, read).await?;
        let limit = usize::try_from(limit).unwrap_or_default();
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|order| order.id.to_string());
        Ok(OrderPage { items, next })
    }
}

/// Orders from rows that each hold one line. A line shows once it is priced: before, it has no price to show.
fn gather(rows: &[AnyRow]) -> Result<Vec<Order>, sqlx::Error> {
    let mut orders: Vec<Order> = Vec::new();
    for row in rows {
        let id: OrderId = word(row, "id", |id| id.parse().ok())?;
        if orders.last().is_none_or(|order| order.id != id) {
            let status = word(row, "status", OrderStatus::parse)?;
            let reason: Option<String> = row.try_get("reason")?;
            orders.push(Order {
                id,
                customer: word(row, "customer", |id| id.parse().ok())?,
                status,
                // While it is being undone, why is settled, but not that it has ended.
                reason: reason.filter(|_| status != OrderStatus::Created),
                lines: Vec::new(),
                total: money(row, "total_amount", "currency")?,
                payment_method: word(row, "payment_method", PaymentMethod::parse)?,
                placed_at_ms: row.try_get("placed_at_ms")?,
            });
        }
        if let (Some(order), Some(unit_price)) = (orders.last_mut(), money(row, "unit_amount", "unit_currency")?) {
            let quantity: i64 = row.try_get("quantity")?;
            let quantity = u32::try_from(quantity).map_err(|error| sqlx::Error::Decode(error.into()))?;
            order.lines.push(OrderLine { product: word(row, "product", |id| id.parse().ok())?, quantity, unit_price });
        }
    }
    Ok(orders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_an_orders_id_and_nothing_else() {
        let id = OrderId::new();
        assert_eq!(last_of_page(id.as_str()), Some(id.clone()));
        for other in ["", "p-001", "o-1", &id.as_str().to_uppercase(), &format!("{id}0")] {
            assert_eq!(last_of_page(other), None, "{other}");
        }
    }
}
