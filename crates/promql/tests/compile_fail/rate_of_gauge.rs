//! A gauge has no rate.

use promql::{minutes, rate};

fn main() {
    let _ = rate(&signals::process::MEMORY).over(minutes(5));
}
