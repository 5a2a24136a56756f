//! Takes every connection of the process's pools and keeps them, so that whoever wants one waits in vain.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use faults::Injection;

use super::Inner;

/// How soon the connections are given back once the fault has ended.
const EVERY: Duration = Duration::from_millis(50);

/// The databases of this process.
static OPEN: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

pub(super) fn remember(inner: &Arc<Inner>) {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|inner| inner.strong_count() > 0);
    open.push(Arc::downgrade(inner));
}

/// Holds all that can be had of every pool as long as the fault lives. What is lent out at the beginning is taken when it comes back.
pub async fn exhaust(fault: &Injection) {
    let mut held = Vec::new();
    while fault.is_live() {
        let open: Vec<_> =
            OPEN.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade).collect();
        for pool in open.iter().flat_map(|inner| [Some(&inner.write), inner.read.as_ref()]).flatten() {
            #[expect(clippy::disallowed_methods, reason = "it stands in nobody's statistics of waiting")]
            while let Ok(Ok(connection)) = tokio::time::timeout(EVERY, pool.acquire()).await {
                held.push(connection);
            }
        }
        tokio::time::sleep(EVERY.min(fault.left())).await;
    }
}
