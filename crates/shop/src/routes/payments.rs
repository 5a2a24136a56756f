//! The routes of the sandbox payment provider. The key is the order's id.

use super::{Method, Route};
use crate::{
    code::Code,
    messages::{Authorise, PaymentRecord},
};

pub static AUTHORISE: Route = Route::new(Method::Put, "/payments/{key}", "Sets money aside; may be repeated.")
    .takes::<Authorise>()
    .gives::<PaymentRecord>(200)
    .fails(&[
        Code::UnknownPaymentMethod,
        Code::PaymentDeclined,
        Code::PaymentClosed,
        Code::KeyReused,
        Code::DatabaseFailed,
    ]);

pub static CAPTURE: Route =
    Route::new(Method::Post, "/payments/{key}/capture", "Takes the money that was set aside; may be repeated.")
        .gives::<PaymentRecord>(200)
        .fails(&[Code::PaymentNotFound, Code::PaymentClosed, Code::DatabaseFailed]);

pub static VOID: Route = Route::new(
    Method::Post,
    "/payments/{key}/void",
    "Lets the money go; may be repeated, and comes true even before the money was set aside.",
)
.gives::<PaymentRecord>(200)
.fails(&[Code::PaymentClosed, Code::DatabaseFailed]);

pub static GET_PAYMENT: Route = Route::new(Method::Get, "/payments/{key}", "Gives one payment.")
    .gives::<PaymentRecord>(200)
    .fails(&[Code::PaymentNotFound, Code::DatabaseFailed]);

pub static ROUTES: &[&Route] = &[&AUTHORISE, &CAPTURE, &VOID, &GET_PAYMENT];
