//! The time that is left for the request at hand; it travels inward with every call.

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// The header that carries the time left, in milliseconds.
pub const HEADER: &str = "x-deadline-ms";

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `future` with a deadline that [`left`] sees and that calls to other services carry on. It does not end the future.
pub async fn with<F: Future>(deadline: Instant, future: F) -> F::Output {
    DEADLINE.scope(deadline, future).await
}

/// The time left for the request at hand; none when there is no deadline.
pub fn left() -> Option<Duration> {
    DEADLINE.try_with(|deadline| deadline.saturating_duration_since(Instant::now())).ok()
}
