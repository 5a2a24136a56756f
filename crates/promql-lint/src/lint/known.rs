//! What is known of metrics, from all that the command names.

use promql::Symbols;

use crate::{
    command::Lint,
    sources::{self, Access},
};

/// What the scrape adds to every series unless it is told otherwise
/// (<https://prometheus.io/docs/concepts/jobs_instances/>).
const TARGET_LABELS: [&str; 2] = ["instance", "job"];

/// A table of what is declared and of what the command's sources show.
///
/// # Errors
/// When a source cannot be had or read.
pub(super) fn symbols(settings: &Lint, known: Option<Symbols>) -> anyhow::Result<Symbols> {
    let is_declared = known.is_some();
    let mut symbols = known.unwrap_or_else(|| Symbols::of_others(TARGET_LABELS));
    if !is_declared {
        let is_given = !settings.metrics.is_empty() || settings.prometheus.is_some();
        symbols.take_unlisted_as(sources::unlisted(is_given));
    }
    let tables = match &settings.exporters {
        Some(names) => sources::exporters(names.iter().map(String::as_str)).map_err(anyhow::Error::msg)?,
        // What is declared of exporters is more than their tables say.
        None if settings.no_exporters || is_declared => Vec::new(),
        None => sources::every_exporter(),
    };
    tables.iter().for_each(|metric| symbols.observe(metric));
    let access = Access::default();
    for place in &settings.metrics {
        sources::metrics(&settings.root, place, &access)?.iter().for_each(|metric| symbols.observe(metric));
    }
    if let Some(url) = &settings.prometheus {
        let live = sources::prometheus(url, &access)?;
        for remark in &live.remarks {
            eprintln!("note: {remark}");
        }
        live.add_to(&mut symbols);
    }
    Ok(symbols)
}
