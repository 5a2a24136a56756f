//! Whether a service lives, has started, and can be sent requests.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a readiness check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

pub(crate) type CheckFuture = Pin<Box<dyn Future<Output = Result<(), String>>>>;

pub(crate) struct Check {
    pub name: &'static str,
    pub run: Box<dyn Fn() -> CheckFuture + Send + Sync>,
}

/// The state that the admin port shows.
#[derive(Default)]
pub(crate) struct Health {
    started: OnceLock<Vec<Check>>,
    draining: AtomicBool,
}

impl Health {
    pub(crate) fn start(&self, checks: Vec<Check>) {
        let _ = self.started.set(checks);
    }

    pub(crate) fn has_started(&self) -> bool {
        self.started.get().is_some()
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Each reason not to be sent requests.
    pub(crate) async fn obstacles(&self) -> Vec<String> {
        if self.is_draining() {
            return vec!["draining: it was told to end".to_owned()];
        }
        let Some(checks) = self.started.get() else { return vec!["starting".to_owned()] };
        let mut obstacles = Vec::new();
        for check in checks {
            match tokio::time::timeout(CHECK_TIMEOUT, (check.run)()).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => obstacles.push(format!("{}: {why}", check.name)),
                Err(_) => obstacles.push(format!("{}: no answer within {CHECK_TIMEOUT:?}", check.name)),
            }
        }
        obstacles
    }
}
