//! What a scrape sees.

use std::sync::OnceLock;

use prometheus::{Encoder, Registry, TextEncoder};
use signals::monitoring::{Delivery, ITEMS};

/// The media type of [`exposition`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

static REGISTRY: OnceLock<Registry> = OnceLock::new();

pub(crate) fn install(registry: Registry) {
    let _ = REGISTRY.set(registry);
}

/// Every series of this process in Prometheus' text format. The one place where it is written, so that another encoder can take its place.
///
/// # Errors
/// When the process has no pipeline, or the encoder refuses what was recorded.
pub fn exposition() -> Result<Vec<u8>, String> {
    let registry = REGISTRY.get().ok_or("telemetry was not set up in this process")?;
    let families = registry.gather();
    let points: usize = families.iter().map(|family| family.get_metric().len()).sum();
    let mut text = Vec::with_capacity(64 * 1024);
    TextEncoder::new().encode(&families, &mut text).map_err(|error| error.to_string())?;
    ITEMS.add(points as u64, Delivery::MetricsScraped);
    Ok(text)
}
