//! What the catalog measures.

use signals::{Bounded, Service, Slot, carries, db::Operation, label_keys, labels, signals};

use crate::{ids::ProductId, messages::Category};

/// Its statements, by table.
pub const STATEMENTS: &[(&str, &[Operation])] = &[
    ("products", &[Operation::Select, Operation::Insert, Operation::Update]),
    ("reservations", &[Operation::Select, Operation::Insert, Operation::Update]),
    ("reservation_lines", &[Operation::Select, Operation::Insert]),
    ("hourly_sales", &[Operation::Select, Operation::Insert, Operation::Delete]),
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

/// Best sellers are those of so many hours, the one under way and those before it. Since the start, the favourites of the first
/// year would stay on top for ever.
pub const SALES_HOURS: i64 = 24;

label_keys! {
    /// A product's id.
    pub Product = "product";
    /// What it is called in the catalog.
    pub ProductName = "product.name";
}

carries!(RankedProduct: Slot, Product, ProductName);

/// A product that stands out, and so fills a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedProduct {
    pub id: ProductId,
    pub name: String,
}

impl Bounded for RankedProduct {
    const SLOTS: usize = 20;
    const KEYS: &'static [&'static str] =
        &[<Product as signals::LabelKey>::KEY, <ProductName as signals::LabelKey>::KEY];

    fn values(&self) -> Vec<String> {
        vec![self.id.to_string(), self.name.clone()]
    }
}

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

    /// Units sold of the best sellers in the last 24 hours (the one under way and the 23 before it), the most in slot 1. An empty
    /// slot names no product and is zero.
    pub TOP_SALES: SlotGauge<RankedProduct> = "product.top_sales.units" in "{unit}";

    /// Units left of the products of which ten or fewer are left, the fewest in slot 1. An empty slot names no product and is zero.
    pub CRITICAL_STOCK: SlotGauge<RankedProduct> = "product.critical_stock.units" in "{unit}";
}
