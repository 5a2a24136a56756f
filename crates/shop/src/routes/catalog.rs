//! The catalog's routes.

use super::{Method, Parameter, Route};
use crate::{
    code::Code,
    messages::{CategoryList, Product, ProductList, ProductPage, Reservation, ReserveStock, Stock},
};

pub static LIST_PRODUCTS: Route = Route::new(Method::Get, "/products", "Lists products by id, a page at a time.")
    .query(&[
        Parameter { name: "category", meaning: "only this category", required: false },
        Parameter { name: "min_price", meaning: "only from this price on, in minor units", required: false },
        Parameter { name: "max_price", meaning: "only up to this price, in minor units", required: false },
        Parameter { name: "in_stock", meaning: "`true`: only what can be ordered now", required: false },
        Parameter { name: "limit", meaning: "how many a page, 1 to 100; 20 unless told", required: false },
        Parameter { name: "cursor", meaning: "`next` of the page before", required: false },
    ])
    .gives::<ProductPage>(200)
    .fails(&[Code::InvalidCursor, Code::DatabaseFailed]);

pub static GET_PRODUCT: Route = Route::new(Method::Get, "/products/{id}", "Gives one product.")
    .gives::<Product>(200)
    .fails(&[Code::ProductNotFound, Code::DatabaseFailed]);

pub static GET_STOCK: Route = Route::new(Method::Get, "/products/{id}/stock", "Says how much of a product there is.")
    .gives::<Stock>(200)
    .fails(&[Code::ProductNotFound, Code::DatabaseFailed]);

pub static SEARCH: Route =
    Route::new(Method::Get, "/search", "Finds products by the words of their name and description.")
        .query(&[
            Parameter { name: "q", meaning: "the words; each must occur", required: true },
            Parameter { name: "limit", meaning: "how many, 1 to 100; 20 unless told", required: false },
        ])
        .gives::<ProductList>(200)
        .fails(&[Code::DatabaseFailed]);

pub static LIST_CATEGORIES: Route = Route::new(Method::Get, "/categories", "Lists the categories that have products.")
    .gives::<CategoryList>(200)
    .fails(&[Code::DatabaseFailed]);

pub static RESERVE: Route =
    Route::new(Method::Put, "/reservations/{order}", "Holds stock for an order; may be repeated.")
        .takes::<ReserveStock>()
        .gives::<Reservation>(200)
        .fails(&[Code::ProductNotFound, Code::OutOfStock, Code::ReservationClosed, Code::DatabaseFailed]);

pub static COMMIT: Route =
    Route::new(Method::Post, "/reservations/{order}/commit", "Gives the held stock to the order; may be repeated.")
        .gives::<Reservation>(200)
        .fails(&[Code::ReservationNotFound, Code::ReservationClosed, Code::DatabaseFailed]);

pub static RELEASE: Route = Route::new(
    Method::Post,
    "/reservations/{order}/release",
    "Puts the held stock back; may be repeated, and comes true even before the stock was held.",
)
.gives::<Reservation>(200)
.fails(&[Code::ReservationClosed, Code::DatabaseFailed]);

pub static ROUTES: &[&Route] =
    &[&LIST_PRODUCTS, &GET_PRODUCT, &GET_STOCK, &SEARCH, &LIST_CATEGORIES, &RESERVE, &COMMIT, &RELEASE];
