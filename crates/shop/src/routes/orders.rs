//! The routes of orders.

use super::{Method, Parameter, Route};
use crate::{
    code::Code,
    messages::{Order, OrderPage, PlaceOrder},
};

pub static PLACE: Route = Route::new(
    Method::Post,
    "/orders",
    "Places an order: prices, reserves, pays and confirms it. An `idempotency-key` header makes it safe to repeat.",
)
.takes::<PlaceOrder>()
.gives::<Order>(201)
.fails(&[
    Code::UnknownPaymentMethod,
    Code::PaymentDeclined,
    Code::ProductNotFound,
    Code::OutOfStock,
    Code::KeyReused,
    Code::UpstreamFailed,
    Code::UpstreamUnavailable,
    Code::UpstreamTimedOut,
    Code::DatabaseFailed,
])
.always_sampled();

pub static GET_ORDER: Route = Route::new(Method::Get, "/orders/{id}", "Gives one order.")
    .gives::<Order>(200)
    .fails(&[Code::OrderNotFound, Code::DatabaseFailed]);

pub static LIST_ORDERS: Route = Route::new(Method::Get, "/orders", "Lists a customer's orders, the newest first.")
    .query(&[
        Parameter { name: "customer", meaning: "whose orders", required: true },
        Parameter { name: "limit", meaning: "how many a page, 1 to 100; 20 unless told", required: false },
        Parameter { name: "cursor", meaning: "`next` of the page before", required: false },
    ])
    .gives::<OrderPage>(200)
    .fails(&[Code::InvalidCursor, Code::DatabaseFailed]);

pub static ROUTES: &[&Route] = &[&PLACE, &GET_ORDER, &LIST_ORDERS];
