//! A service that has started, and what it may know while it starts.

use std::{fmt, future::Future, sync::Arc};

use crate::{Settings, health::Check, mount::Mount};

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
