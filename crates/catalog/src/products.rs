//! Products: lists of them a page at a time, one of them, and their categories.

use actix_web::web::Data;
use serde::Deserialize;
use shop::{
    ids::ProductId,
    messages::{Category, CategoryCount, CategoryList, Product, ProductPage},
    signals::catalog::PRODUCT_VIEWS,
};
use sqlx::Row as _;

use crate::{
    error::Error,
    store::{self, SELECT_PRODUCTS, Store, product_columns},
};

const PAGE: u32 = 20;
const LARGEST_PAGE: u32 = 100;

/// Which products to list, and how many at a time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub category: Option<Category>,
    /// In minor units.
    pub min_price: Option<i64>,
    /// In minor units.
    pub max_price: Option<i64>,
    /// Only what can be ordered now.
    #[serde(default)]
    pub in_stock: bool,
    /// 1 to 100; 20 unless told.
    pub limit: Option<u32>,
    /// [`ProductPage::next`] of the page before.
    pub cursor: Option<String>,
}

pub(crate) async fn list(
    store: Data<Store>,
    filter: chassis::Query<Filter>,
) -> Result<actix_web::web::Json<ProductPage>, Error> {
    Ok(actix_web::web::Json(store.list(&filter.0).await?))
}

pub(crate) async fn get(
    store: Data<Store>,
    id: chassis::Path<ProductId>,
) -> Result<actix_web::web::Json<Product>, Error> {
    let product = store.product(&id.0).await?;
    PRODUCT_VIEWS.add(1, product.category);
    Ok(actix_web::web::Json(product))
}

pub(crate) async fn categories(store: Data<Store>) -> Result<actix_web::web::Json<CategoryList>, Error> {
    Ok(actix_web::web::Json(store.categories().await?))
}

impl Store {
    /// A page of products, by id. Products that come or go between two pages move none of the others.
    ///
    /// # Errors
    /// When the limit or the cursor cannot be, or the database fails.
    pub async fn list(&self, filter: &Filter) -> Result<ProductPage, Error> {
        let limit = limit(filter.limit)?;
        let after = filter.cursor.as_deref().map_or(Ok(String::new()), read_cursor)?;
        // The category has a statement of its own, since `$1 = '' OR category = $1` could use no index.
        let statement = match filter.category {
            None => concat!(
                "SELECT ",
                product_columns!(),
                " FROM products WHERE id > $1 AND price_amount >= $2 AND price_amount <= $3 AND available >= $4 \
                 ORDER BY id LIMIT $5"
            ),
            Some(_) => concat!(
                "SELECT ",
                product_columns!(),
                " FROM products WHERE id > $1 AND price_amount >= $2 AND price_amount <= $3 AND available >= $4 \
                 AND category = $6 ORDER BY id LIMIT $5"
            ),
        };
        let mut query = sqlx::query(statement)
            .bind(after)
            .bind(filter.min_price.unwrap_or(0))
            .bind(filter.max_price.unwrap_or(i64::MAX))
            .bind(i64::from(filter.in_stock))
            // One more than the page, to know whether another follows.
            .bind(i64::from(limit) + 1);
        if let Some(category) = filter.category {
            query = query.bind(category.as_str());
        }
        let read = async |connection: &mut sqlx::AnyConnection| {
            query.fetch_all(connection).await?.iter().map(store::product).collect()
        };
        let mut items: Vec<Product> = self.database.read(SELECT_PRODUCTS, read).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|last| write_cursor(&last.id));
        Ok(ProductPage { items, next })
    }

    /// One product.
    ///
    /// # Errors
    /// When there is none of that id, or the database fails.
    pub async fn product(&self, id: &ProductId) -> Result<Product, Error> {
        let found = self
            .database
            .read(SELECT_PRODUCTS, async |connection| {
                let statement = concat!("SELECT ", product_columns!(), " FROM products WHERE id = $1");
                let row = sqlx::query(statement).bind(id.as_str()).fetch_optional(connection).await?;
                row.as_ref().map(store::product).transpose()
            })
            .await?;
        found.ok_or_else(|| Error::ProductNotFound(id.clone()))
    }

    /// Every category that has products, with how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn categories(&self) -> Result<CategoryList, Error> {
        let items = self
            .database
            .read(SELECT_PRODUCTS, async |connection| {
                let statement =
                    "SELECT category, COUNT(*) AS products FROM products GROUP BY category ORDER BY category";
                let rows = sqlx::query(statement).fetch_all(connection).await?;
                let count =
                    |row| Ok(CategoryCount { category: store::category(row)?, products: row.try_get("products")? });
                rows.iter().map(count).collect::<Result<_, sqlx::Error>>()
            })
            .await?;
        Ok(CategoryList { items })
    }
}

/// How many items a client gets at a time.
pub(crate) fn limit(asked: Option<u32>) -> Result<u32, Error> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=LARGEST_PAGE => Ok(limit),
        _ => Err(Error::Invalid(format!("limit: must be between 1 and {LARGEST_PAGE}"))),
    }
}

/// What a cursor of this list begins with, so that another list's is refused.
const CURSOR: &str = "products after ";

fn write_cursor(last: &ProductId) -> String {
    hex::encode(format!("{CURSOR}{last}"))
}

fn read_cursor(cursor: &str) -> Result<String, Error> {
    let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let id = text.as_deref().and_then(|text| text.strip_prefix(CURSOR)).and_then(|id| id.parse::<ProductId>().ok());
    id.map(String::from).ok_or(Error::InvalidCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_the_id_that_it_was_made_of() {
        let id: ProductId = "p-020".parse().expect("an id");
        assert_eq!(read_cursor(&write_cursor(&id)).expect("reads"), "p-020");
    }

    #[test]
    fn what_this_list_did_not_make_is_no_cursor() {
        let of_another_list = hex::encode("orders after o-1");
        let no_id = hex::encode(format!("{CURSOR}P 1"));
        for cursor in ["", "p-020", "zz", "0", "ffff", &of_another_list, &no_id] {
            assert!(matches!(read_cursor(cursor), Err(Error::InvalidCursor)), "{cursor:?}");
        }
    }
}
