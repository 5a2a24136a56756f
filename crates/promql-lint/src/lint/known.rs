//! What is known of metrics, from all that the command names.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use anyhow::anyhow;
use promql::{Observed, Symbols};

use crate::{
    command::Lint,
    sources::{self, Access, exporters::TABLES},
};

/// What the scrape adds to every series unless it is told otherwise
/// (<https://prometheus.io/docs/concepts/jobs_instances/>).
const TARGET_LABELS: [&str; 2] = ["instance", "job"];

/// How often targets are scraped, if nobody says it.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(15);

/// What is known before any file is read.
pub(super) struct Known {
    /// What is declared, and what the command's sources show.
    pub(super) symbols: Symbols,
    pub(super) scrape_interval: Duration,
}

/// Asks all sources that the command names; `declared` is what our own code declares.
///
/// # Errors
/// When a source cannot be had or read.
pub(super) fn known(settings: &Lint, declared: Option<Symbols>) -> anyhow::Result<Known> {
    let is_declared = declared.is_some();
    let mut symbols = declared.unwrap_or_else(|| Symbols::of_others(TARGET_LABELS));
    if !is_declared {
        let is_given = !settings.metrics.is_empty() || settings.prometheus.is_some();
        symbols.take_unlisted_as(sources::unlisted(is_given));
    }
    of_exporters(settings, is_declared)?.iter().for_each(|metric| symbols.observe(metric));
    let access = access(settings)?;
    for place in &settings.metrics {
        sources::metrics(&settings.root, place, &access)?.iter().for_each(|metric| symbols.observe(metric));
    }
    let mut scrape_interval = None;
    if let Some(url) = &settings.prometheus {
        let live = sources::prometheus(url, &access)?;
        for remark in &live.remarks {
            // Whoever closed it does not want to be told.
            let _ = writeln!(io::stderr(), "note: {remark}");
        }
        live.add_to(&mut symbols);
        scrape_interval = live.scraping.interval;
    }
    let scrape_interval = settings.scrape_interval.or(scrape_interval).unwrap_or(SCRAPE_INTERVAL);
    Ok(Known { symbols, scrape_interval })
}

fn access(settings: &Lint) -> anyhow::Result<Access> {
    let with = |access: Access, line: &String| access.with_header(line).map_err(|reason| anyhow!("--header: {reason}"));
    settings.header.iter().try_fold(Access::default(), with)
}

/// The tables of exporters; `node` is short for `node_exporter`.
fn of_exporters(settings: &Lint, is_declared: bool) -> anyhow::Result<Vec<Observed>> {
    let Some(names) = &settings.exporters else {
        // What is declared of exporters is more than their tables say.
        let is_none = settings.no_exporters || is_declared;
        return Ok(if is_none { Vec::new() } else { sources::every_exporter() });
    };
    let named = names.iter().map(|name| {
        let long = TABLES.iter().map(|(table, _)| *table).find(|table| table.strip_suffix("_exporter") == Some(name));
        long.unwrap_or(name)
    });
    sources::exporters(named).map_err(|reason| anyhow!("--exporters: {reason}"))
}
