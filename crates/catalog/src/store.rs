//! The catalog's database: how it is opened, and how a row of it becomes a product.

use std::fmt;

use shop::{
    ids::ProductId,
    messages::{Category, Product},
    money::{Currency, Money},
};
use signals::{Query, db::Operation};
use sqlx::{Row as _, any::AnyRow};
use telemetry::db::{Database, Migrations, OpenError};

/// The steps that make the catalog's tables.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        include_str!("../migrations/sqlite/0001_catalog.sql"),
        include_str!("../migrations/sqlite/0002_hourly_sales.sql"),
    ],
    postgres: &[
        include_str!("../migrations/postgres/0001_catalog.sql"),
        include_str!("../migrations/postgres/0002_hourly_sales.sql"),
    ],
};

pub(crate) const SELECT_PRODUCTS: Query = Query { operation: Operation::Select, collection: "products" };
pub(crate) const INSERT_PRODUCTS: Query = Query { operation: Operation::Insert, collection: "products" };
pub(crate) const UPDATE_PRODUCTS: Query = Query { operation: Operation::Update, collection: "products" };

/// The products, their stock and what is reserved of it. Clones share the database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) database: Database,
}

impl Store {
    /// Opens the database and brings its tables up to date; see [`Store::fill`] for what is in them.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Ok(Self { database: Database::open(url, "catalog", &MIGRATIONS).await? })
    }

    /// Whether the database answers, as a health check asks.
    ///
    /// # Errors
    /// What is wrong, for the log.
    pub async fn check(self) -> Result<(), String> {
        self.database.ping().await.map_err(|error| error.to_string())
    }
}

/// The columns of a product, for a SELECT that a macro joins together; [`product`] reads them.
macro_rules! product_columns {
    () => {
        "products.id, products.name, products.description, products.category, products.price_amount, \
         products.price_currency, products.available"
    };
}
pub(crate) use product_columns;

pub(crate) fn product(row: &AnyRow) -> Result<Product, sqlx::Error> {
    let currency: String = row.try_get("price_currency")?;
    let currency = Currency::parse(&currency).ok_or_else(|| unreadable("price_currency", &currency))?;
    Ok(Product {
        id: product_id(row, "id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        category: category(row)?,
        price: Money::new(row.try_get("price_amount")?, currency),
        available: row.try_get("available")?,
    })
}

pub(crate) fn category(row: &AnyRow) -> Result<Category, sqlx::Error> {
    let category: String = row.try_get("category")?;
    Category::parse(&category).ok_or_else(|| unreadable("category", &category))
}

pub(crate) fn product_id(row: &AnyRow, column: &'static str) -> Result<ProductId, sqlx::Error> {
    let id: String = row.try_get(column)?;
    id.parse().map_err(|_| unreadable(column, &id))
}

/// For what stands in the database though we would not have written it.
pub(crate) fn unreadable(column: &'static str, value: impl fmt::Display) -> sqlx::Error {
    let source = format!("{value} is no {column} that this version knows");
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}
