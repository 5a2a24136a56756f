//! What a handler takes from a request, refused with a clear problem when it is not there.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::CONTENT_TYPE,
    web::{self, Bytes, BytesMut},
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use signals::http;

use crate::problem::{Refusal, invalid};

/// How much of a body is read, and how long that may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub bytes: usize,
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes: 65_536, time: Duration::from_secs(10) }
    }
}

/// A body as it came. A slow one is refused with 408, a large one with 413.
#[derive(Debug)]
pub struct Body(pub Bytes);

impl FromRequest for Body {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
        let payload = payload.take();
        Box::pin(async move {
            let body = tokio::time::timeout(limits.time, read(payload, limits.bytes)).await;
            let body =
                body.map_err(|_| Refusal::new(http::BODY_TOO_SLOW, format!("it may take {:?}", limits.time)))??;
            Ok(Body(body.freeze()))
        })
    }
}

/// A JSON body, refused like [`Body`]; a wrong one with 400 and the place of the mistake.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_json =
            content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let body = Body::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(invalid("content-type: must be application/json"));
            }
            serde_json::from_slice(&body.await?.0).map(Json).map_err(|error| invalid(format!("body: {error}")))
        })
    }
}

async fn read(mut payload: Payload, limit: usize) -> Result<BytesMut, Refusal> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| invalid(format!("body: {error}")))?;
        if body.len() + piece.len() > limit {
            return Err(Refusal::new(http::BODY_TOO_LARGE, format!("at most {limit} bytes are read")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The parameters of the query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = web::Query::<T>::from_query(request.query_string());
        std::future::ready(query.map(|query| Query(query.into_inner())).map_err(|error| {
            let text = error.to_string();
            invalid(format!("query: {}", text.trim_start_matches("Query deserialize error: ")))
        }))
    }
}

/// The parameters of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Refusal;
    type Future = std::future::Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::from_request(request, payload).into_inner();
        std::future::ready(path.map(|path| Path(path.into_inner())).map_err(|error| invalid(format!("path: {error}"))))
    }
}
