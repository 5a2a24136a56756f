//! The gateway's routes: what the world sees.

use super::{Method, Route, catalog, orders};
use crate::{code::Code, services::ServiceName};

/// Where the public API begins.
pub const PREFIX: &str = "/api/v1";

pub static LIST_PRODUCTS: Route = Route::forwarding("/api/v1/products", ServiceName::Catalog, &catalog::LIST_PRODUCTS);
pub static GET_PRODUCT: Route = Route::forwarding("/api/v1/products/{id}", ServiceName::Catalog, &catalog::GET_PRODUCT);
pub static GET_STOCK: Route =
    Route::forwarding("/api/v1/products/{id}/stock", ServiceName::Catalog, &catalog::GET_STOCK);
pub static SEARCH: Route = Route::forwarding("/api/v1/search", ServiceName::Catalog, &catalog::SEARCH);
pub static LIST_CATEGORIES: Route =
    Route::forwarding("/api/v1/categories", ServiceName::Catalog, &catalog::LIST_CATEGORIES);
pub static PLACE_ORDER: Route = Route::forwarding("/api/v1/orders", ServiceName::Orders, &orders::PLACE);
pub static GET_ORDER: Route = Route::forwarding("/api/v1/orders/{id}", ServiceName::Orders, &orders::GET_ORDER);
pub static LIST_ORDERS: Route = Route::forwarding("/api/v1/orders", ServiceName::Orders, &orders::LIST_ORDERS);

pub static OPENAPI: Route = Route::new(Method::Get, "/api/v1/openapi.json", "Gives this API as an OpenAPI document.");

pub static PANIC: Route =
    Route::new(Method::Get, "/panic", "Panics, to see what happens then; only while faults are enabled.")
        .fails(&[Code::FaultsDisabled]);

pub static HEALTH: Route =
    Route::new(Method::Get, "/health", "Fails now and then, to move a dashboard; only while faults are enabled.")
        .fails(&[Code::HealthCheckFailed, Code::FaultsDisabled]);
pub static SLOW: Route =
    Route::new(Method::Get, "/slow", "Takes its time, and now and then too much of it; only while faults are enabled.")
        .fails(&[Code::TimedOut, Code::FaultsDisabled]);
pub static ERROR: Route =
    Route::new(Method::Get, "/error", "Fails always, in one of four ways; only while faults are enabled.").fails(&[
        Code::DatabaseFailed,
        Code::PermissionDenied,
        Code::UpstreamTimedOut,
        Code::FaultsDisabled,
    ]);

pub static ROUTES: &[&Route] = &[
    &LIST_PRODUCTS,
    &GET_PRODUCT,
    &GET_STOCK,
    &SEARCH,
    &LIST_CATEGORIES,
    &PLACE_ORDER,
    &GET_ORDER,
    &LIST_ORDERS,
    &OPENAPI,
    &PANIC,
    &HEALTH,
    &SLOW,
    &ERROR,
];
