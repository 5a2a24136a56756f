//! Errors are not counted by route: the label cannot be grouped by, nor matched on.

use promql::{Key, minutes, rate};
use signals::{errors, http};

const ROUTE: Key<http::Route> = Key::new();

fn main() {
    let _ = rate(&errors::ERRORS).over(minutes(5)).by(ROUTE);
    let _ = rate(&errors::ERRORS).over(minutes(5)).only(ROUTE.is("/orders"));
}
