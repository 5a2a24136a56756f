//! What the services say to each other and to the world. A field that a sender does not know is refused, not ignored.

use serde::{Deserialize, Serialize};
use signals::labels;
use utoipa::ToSchema;

use crate::{
    ids::{CustomerId, OrderId, ProductId},
    money::Money,
};

labels! {
    /// What kind of thing a product is.
    #[derive(PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Category = "category" {
        Books = "books",
        Electronics = "electronics",
        Games = "games",
        Garden = "garden",
        Home = "home",
        Music = "music",
        Sports = "sports",
        Toys = "toys",
    }

    /// How an order is to be paid.
    #[derive(Serialize, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum PaymentMethod = "payment_method" {
        Card = "card",
        Paypal = "paypal",
        BankTransfer = "bank_transfer",
        Wallet = "wallet",
        /// Any word that is none of the others; refused, but counted.
        #[serde(other)]
        Unknown = "unknown",
    }

    /// How far an order has come.
    #[derive(Serialize, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum OrderStatus = "status" {
        /// Accepted; being reserved and paid.
        Created = "created",
        /// Paid, and its goods are its own.
        Confirmed = "confirmed",
        /// Refused: out of stock, declined, or something broke; nothing is charged and nothing is held.
        Failed = "failed",
        /// Undone after an interruption; nothing is charged and nothing is held.
        Cancelled = "cancelled",
    }
}

macro_rules! parsed_by_its_spelling {
    ($($Name:ident),+) => { $(
        impl $Name {
            /// Reads a value by its spelling.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    )+ };
}
parsed_by_its_spelling!(Category, PaymentMethod, OrderStatus);

/// Something the shop sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    pub id: ProductId,
    pub name: String,
    pub description: String,
    pub category: Category,
    pub price: Money,
    /// How many can be ordered now.
    pub available: i64,
}

/// A page of products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductPage {
    pub items: Vec<Product>,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Products, the best match first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductList {
    pub items: Vec<Product>,
}

/// A category and how many products it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CategoryCount {
    pub category: Category,
    pub products: i64,
}

/// Every category that has products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CategoryList {
    pub items: Vec<CategoryCount>,
}

/// How much of a product there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stock {
    pub product: ProductId,
    /// How many can be ordered now.
    pub available: i64,
    /// How many are held for orders that are not finished.
    pub reserved: i64,
}

/// So many of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub product: ProductId,
    /// 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub quantity: u32,
}

/// The most of one product in one order.
pub const MAX_QUANTITY: u32 = 100;
/// The most different products in one order.
pub const MAX_LINES: usize = 20;

/// A wish to hold stock for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveStock {
    pub lines: Vec<Line>,
}

/// What became of stock that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    Held,
    Committed,
    Released,
}

/// Stock held for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reservation {
    pub order: OrderId,
    pub state: ReservationState,
}

/// How an order is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    pub method: PaymentMethod,
    /// What the provider gave the customer; `tok_ok`, `tok_declined`, `tok_slow` and `tok_lost` in the sandbox.
    #[schema(max_length = 64)]
    pub token: String,
}

/// A wish to buy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    pub customer: CustomerId,
    /// 1 to 20 different products.
    #[schema(min_items = 1, max_items = 20)]
    pub lines: Vec<Line>,
    pub payment: Payment,
}

/// A line of an order, with the price that held when it was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderLine {
    pub product: ProductId,
    pub quantity: u32,
    pub unit_price: Money,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    pub id: OrderId,
    pub customer: CustomerId,
    pub status: OrderStatus,
    /// Why it failed or was cancelled: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub lines: Vec<OrderLine>,
    /// Absent until the order is priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    pub payment_method: PaymentMethod,
    /// Milliseconds since 1970.
    pub placed_at_ms: i64,
}

/// A page of orders, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderPage {
    pub items: Vec<Order>,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A wish to set money aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorise {
    pub amount: Money,
    pub method: PaymentMethod,
    pub token: String,
}

/// How far a payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// The money is set aside.
    Authorised,
    /// The money is ours.
    Captured,
    /// Nothing is charged, and nothing can be under this key any more.
    Voided,
    /// The provider said no.
    Declined,
}

/// A payment at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentRecord {
    pub key: OrderId,
    pub state: PaymentState,
    /// Absent when the key was voided before anything was authorised under it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// An error as the world sees it (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A stable word to branch on.
    pub code: String,
    /// What the code means.
    pub title: String,
    /// The HTTP status, once more.
    pub status: u16,
    /// What was wrong this time, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The trace to ask about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_and_the_labels_spell_alike() {
        for value in Category::ALL {
            assert_eq!(serde_json::to_value(value).expect("serialises"), value.as_str());
        }
        for value in PaymentMethod::ALL {
            assert_eq!(serde_json::to_value(value).expect("serialises"), value.as_str());
        }
        for value in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(value).expect("serialises"), value.as_str());
        }
    }

    #[test]
    fn a_payment_method_nobody_knows_is_unknown() {
        assert_eq!(serde_json::from_str::<PaymentMethod>("\"cowries\"").expect("reads"), PaymentMethod::Unknown);
    }

    #[test]
    fn a_field_nobody_knows_is_refused() {
        let order = r#"{"customer":"ada","lines":[],"payment":{"method":"card","token":"tok_ok"},"discount":99}"#;
        assert!(serde_json::from_str::<PlaceOrder>(order).expect_err("refused").to_string().contains("discount"));
    }
}
