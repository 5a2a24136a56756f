//! A counter keeps no buckets, and so has no quantile.

use promql::{minutes, quantile};

fn main() {
    let _ = quantile(0.95, &signals::errors::ERRORS).over(minutes(5)).overall();
}
