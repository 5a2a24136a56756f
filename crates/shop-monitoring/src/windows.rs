//! The spans of time that rules look back over, in one place.

use std::time::Duration;

use promql::{hours, minutes};

/// What "now" means in rates, shares and percentiles: long enough for a steady number, short enough to show trouble.
pub const NOW: Duration = minutes(5);
/// A cell of a heat map.
pub const CELL: Duration = minutes(1);
/// How often the rules are evaluated that dashboards and alerts read: ten times within the shortest window, however often Prometheus
/// scrapes.
pub const PERFORMANCE: Duration = Duration::from_secs(30);
/// What slow changes are looked for in.
pub const HOUR: Duration = hours(1);
