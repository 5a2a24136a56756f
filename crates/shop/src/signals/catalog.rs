//! What the catalog measures.

use signals::{Service, db::Operation, labels, signals};

use crate::messages::Category;

/// Its statements, by table.
pub const STATEMENTS: &[(&str, &[Operation])] = &[
    ("products", &[Operation::Select, Operation::Insert, Operation::Update]),
    ("reservations", &[Operation::Select, Operation::Insert, Operation::Update]),
    ("reservation_lines", &[Operation::Select, Operation::Insert]),
];

labels! {
    /// How much of a product is left.
    pub enum StockState = "state" {
        /// More than [`LOW_STOCK`].
        Ok = "ok",
        /// At most [`LOW_STOCK`], but some.
        Low = "low",
        /// Nothing.
        Out = "out",
    }
}

/// From this many on down a product is low.
pub const LOW_STOCK: i64 = 10;

fn catalog(service: &Service) -> bool {
    service.name == "catalog"
}

signals! {
    recorded by catalog;

    /// Products looked at one by one.
    pub PRODUCT_VIEWS: Counter<Category> = "product.views" in "{view}";

    /// Units whose reservation was committed: sold.
    pub UNITS_SOLD: Counter<Category> = "product.units_sold" in "{unit}";

    /// Products by how much of them is left.
    pub PRODUCTS: ObservedGauge<(Category, StockState)> = "product.stock.products" in "{product}";
}
