//! A counter's value means nothing by itself.

use promql::value;

fn main() {
    let _ = value(&signals::errors::ERRORS);
}
