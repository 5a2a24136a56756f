//! Sides that carry different labels never match.

use promql::{Key, count_of, minutes, rate};
use signals::http;

const ROUTE: Key<http::Route> = Key::new();
const METHOD: Key<http::Method> = Key::new();

fn main() {
    let requests = || rate(count_of(&http::SERVER_DURATION)).over(minutes(5));
    let _ = requests().by(ROUTE).divided_by(requests().by(METHOD));
}
