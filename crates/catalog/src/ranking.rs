//! Products in the order of a number: as many as there are slots for them on the scrape.

use shop::signals::catalog::RankedProduct;
use signals::Bounded as _;
use sqlx::{Row as _, any::AnyRow};

use crate::store;

/// A product with the number that it stands out by.
pub type Ranked = (RankedProduct, i64);

/// How many slots there are for a statement to fill.
pub(crate) const SLOTS: i64 = RankedProduct::SLOTS as i64;

/// Reads a row with a product's `id` and `name`, and the number.
pub(crate) fn ranked(row: &AnyRow, number: &str) -> Result<Ranked, sqlx::Error> {
    Ok((RankedProduct { id: store::product_id(row, "id")?, name: row.try_get("name")? }, row.try_get(number)?))
}
