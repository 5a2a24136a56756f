//! Whether a service lives, has started, and can be sent requests.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{Settings, mount::Mount};

/// How long a readiness check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type CheckFuture = Pin<Box<dyn Future<Output = Result<(), String>>>>;

pub(crate) struct Check {
    name: &'static str,
    run: Box<dyn Fn() -> CheckFuture + Send + Sync>,
}

/// A service that has started: its routes and what it needs in order to serve them.
pub struct Service {
    pub(crate) checks: Vec<Check>,
    pub(crate) routes: Arc<dyn Fn(&mut Mount) + Send + Sync>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|check| check.name)).finish()
    }
}

impl Default for Service {
    fn default() -> Self {
        Self::new()
    }
}

impl Service {
    /// A service without routes that is always ready.
    pub fn new() -> Self {
        Self { checks: Vec::new(), routes: Arc::new(|_| {}) }
    }

    /// It is ready only while `check` succeeds; an error says why not. The check concerns what is the service's own: another service, or
    /// the collector, is no reason to be unready.
    #[must_use]
    pub fn ready_when<F, R>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), String>> + 'static,
    {
        self.checks.push(Check { name, run: Box::new(move || Box::pin(check())) });
        self
    }

    /// Mounts its routes; called once on each worker thread.
    #[must_use]
    pub fn routes(mut self, mount: impl Fn(&mut Mount) + Send + Sync + 'static) -> Self {
        self.routes = Arc::new(mount);
        self
    }
}

/// What a service may know while it starts.
#[derive(Clone, Debug)]
pub struct Starting {
    pub settings: Settings,
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
