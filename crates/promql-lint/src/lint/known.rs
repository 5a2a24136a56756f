//! What is known of metrics, from all that the command names.

use std::fs;

use anyhow::Context as _;
use promql::Symbols;

use crate::{command::Lint, sources};

/// What the scrape adds to every series unless it is told otherwise
/// (<https://prometheus.io/docs/concepts/jobs_instances/>).
const TARGET_LABELS: [&str; 2] = ["instance", "job"];

/// A table of what is declared and of what the command's sources show.
///
/// # Errors
/// When a source cannot be had or read.
pub(super) fn symbols(settings: &Lint, known: Option<Symbols>) -> anyhow::Result<Symbols> {
    let mut symbols = known.unwrap_or_else(|| Symbols::new(TARGET_LABELS));
    for source in &settings.metrics {
        let text = fs::read(settings.root.join(source)).with_context(|| format!("{source} cannot be read"))?;
        for observed in sources::exposition(text, source)? {
            symbols.observe(&observed);
        }
    }
    Ok(symbols)
}
