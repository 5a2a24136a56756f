//! What queries may read: every declared signal with its label values, and what others measure.

use promql::Symbols;
use shop::services::SERVICES;
use signals::Service;

use crate::labels::{ENVIRONMENT, INSTANCE, JOB, SERVICE};

/// Every metric that a query may read, but for the recording rules.
pub fn symbols() -> Symbols {
    let services: Vec<&Service> = SERVICES.iter().map(|row| row.name.signals()).collect();
    let target_labels = [SERVICE.name(), INSTANCE.name(), ENVIRONMENT.name(), JOB.name()];
    let mut symbols = Symbols::new(target_labels.iter().map(String::as_str));
    for signal in signals::all() {
        symbols.declare(signal.declaration(), &services);
    }
    for metric in promql::foreign_metrics() {
        symbols.foreign(metric);
    }
    symbols
}
