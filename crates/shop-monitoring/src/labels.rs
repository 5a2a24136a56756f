//! The labels that queries group by and match on.

use promql::Key;
use shop::{
    messages::{Category, OrderStatus, PaymentMethod},
    money::Currency,
    signals::{catalog::StockState, orders::CheckoutOutcome, payments::PaymentEvent},
};
use signals::{db, http, monitoring};

/// Which service; a target label.
pub const SERVICE: Key = Key::target("service");
/// Which process of it; a target label.
pub const INSTANCE: Key = Key::target("instance");
/// Where it runs; a target label.
pub const ENVIRONMENT: Key = Key::target("environment");
/// Which group of targets; a target label.
pub const JOB: Key = Key::target("job");

pub const ROUTE: Key = Key::of(http::ROUTE);
pub const ERROR_TYPE: Key = Key::of(http::ERROR_TYPE);
pub const COLLECTION: Key = Key::of(db::COLLECTION);
pub const STATUS_CODE: Key = Key::of(http::STATUS_CODE);
pub const PEER: Key = Key::of(http::PEER);
pub const POOL: Key = Key::of(db::POOL);
pub const ORDER_STATUS: Key = Key::of(OrderStatus::KEY);
pub const PAYMENT_METHOD: Key = Key::of(PaymentMethod::KEY);
pub const PAYMENT_EVENT: Key = Key::of(PaymentEvent::KEY);
pub const CURRENCY: Key = Key::of(Currency::KEY);
pub const CATEGORY: Key = Key::of(Category::KEY);
pub const STOCK_STATE: Key = Key::of(StockState::KEY);
pub const CHECKOUT_OUTCOME: Key = Key::of(CheckoutOutcome::KEY);
pub const RESULT: Key = Key::of(monitoring::RESULT);
