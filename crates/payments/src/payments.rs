//! What the provider does when it is asked, and what the token makes of it.

use std::{future, time::Duration};

use actix_web::web::{Data, Json};
use shop::{
    ids::OrderId,
    messages::{Authorise, PaymentMethod, PaymentRecord},
};

use crate::{
    error::Error,
    store::{Decision, Store},
};

/// How long `tok_slow` takes.
const SLOWLY: Duration = Duration::from_secs(2);
const LONGEST_TOKEN: usize = 64;

pub(crate) async fn authorise(
    store: Data<Store>,
    key: chassis::Path<OrderId>,
    wish: chassis::Json<Authorise>,
) -> Result<Json<PaymentRecord>, Error> {
    let wish = wish.0;
    if wish.method == PaymentMethod::Unknown {
        return Err(Error::UnknownMethod);
    }
    if wish.amount.amount <= 0 {
        return Err(Error::Invalid("amount: must be above zero".to_owned()));
    }
    if wish.token.len() > LONGEST_TOKEN {
        return Err(Error::Invalid(format!("token: must be at most {LONGEST_TOKEN} bytes long")));
    }
    let token = wish.token.as_str();
    let decision = match token {
        "tok_ok" | "tok_slow" | "tok_lost" => Decision::Authorise,
        _ => Decision::Decline,
    };
    let record = store.authorise(&key.0, wish.amount, wish.method, decision).await;
    match (&record, token) {
        (Ok(_), "tok_slow") => tokio::time::sleep(SLOWLY).await,
        // The money is set aside and the caller will never hear of it: the deadline ends the request.
        (Ok(_), "tok_lost") => future::pending().await,
        (Err(Error::Declined(_)), token) if token != "tok_declined" => {
            let known = "token: the sandbox knows tok_ok, tok_declined, tok_slow and tok_lost; all others are declined";
            return Err(Error::Declined(known.to_owned()));
        }
        _ => {}
    }
    record.map(Json)
}

pub(crate) async fn capture(store: Data<Store>, key: chassis::Path<OrderId>) -> Result<Json<PaymentRecord>, Error> {
    Ok(Json(store.capture(&key.0).await?))
}

pub(crate) async fn void(store: Data<Store>, key: chassis::Path<OrderId>) -> Result<Json<PaymentRecord>, Error> {
    Ok(Json(store.void(&key.0).await?))
}

pub(crate) async fn get(store: Data<Store>, key: chassis::Path<OrderId>) -> Result<Json<PaymentRecord>, Error> {
    Ok(Json(store.get(&key.0).await?))
}
