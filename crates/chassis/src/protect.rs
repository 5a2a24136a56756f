//! What stands around every handler: the deadline, and the net under a panic.

use std::{
    future::pending,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::ConnectionType,
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use signals::{Outcome, http};
use telemetry::deadline;

use crate::{
    connection::Connection,
    extract::BodyLimits,
    faults::{self, Ending},
    health::Health,
    problem::{Refusal, relayed},
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub deadline: Duration,
    pub trusts_callers: bool,
    pub body: BodyLimits,
}

/// Answers 504 when the deadline, or what a trusted caller left of its own, passes; and 500 when the handler panics.
pub(crate) async fn protect<B: MessageBody>(
    limits: Limits,
    health: Data<Health>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let header = request.headers().get(deadline::HEADER).filter(|_| limits.trusts_callers);
    let left = header.and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_millis);
    let limit = left.map_or(limits.deadline, |left| left.min(limits.deadline));
    // Only behind the routing may a request be cloned; that is why this stands at each resource.
    let asked = request.request().clone();
    let instead = |response: HttpResponse| {
        Ok(ServiceResponse::new(asked.clone(), response).map_into_boxed_body().map_into_right_body())
    };
    let refuse = |outcome: Outcome| instead(Refusal::new(outcome, None).error_response());
    let struck = faults::strike(&request);
    let answer = async {
        if let Some(delay) = struck.delay {
            tokio::time::sleep(delay).await;
        }
        match struck.ending {
            None => next.call(request).await.map(ServiceResponse::map_into_left_body),
            Some(Ending::Refused(outcome)) => refuse(outcome),
            Some(Ending::Dropped) => {
                asked.conn_data::<Connection>().map(Connection::hang_up);
                // Nobody can read it: it only says how the request ended.
                instead(relayed(
                    HttpResponse::InternalServerError().finish(),
                    http::CANCELLED,
                    http::CANCELLED.error_type,
                ))
            }
            Some(Ending::Never) => pending().await,
        }
    };
    let answer = deadline::with(Instant::now() + limit, AssertUnwindSafe(answer).catch_unwind());
    let answered = match tokio::time::timeout(limit, answer).await {
        Ok(Ok(answer)) => answer,
        // The panic itself is logged by the hook, with its place.
        Ok(Err(_panic)) => refuse(http::PANICKED),
        Err(_passed) => refuse(http::TIMED_OUT),
    };
    answered.map(|mut answer: ServiceResponse<_>| {
        if health.is_draining() {
            // A client that reuses its connections must look for another server.
            answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        answer
    })
}
