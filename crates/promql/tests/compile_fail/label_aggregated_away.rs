//! What an aggregation did not keep cannot be used further out.

use promql::{Key, count_of, minutes, rate};
use signals::http;

const ROUTE: Key<http::Route> = Key::new();
const METHOD: Key<http::Method> = Key::new();

fn main() {
    let by_route = rate(count_of(&http::SERVER_DURATION)).over(minutes(5)).by(ROUTE);
    let _ = by_route.max_by(METHOD);
}
