//! A latency is compared with a time, not with a share.

use promql::{minutes, percent, quantile};

fn main() {
    let _ = quantile(0.95, &signals::http::SERVER_DURATION).over(minutes(5)).overall().above(percent(5.0));
}
