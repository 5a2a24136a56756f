//! Shares cannot be summed over series: aggregate before dividing.

use promql::{Key, count_of, minutes, share};
use signals::http;

const ROUTE: Key<http::Route> = Key::new();
const STATUS: Key<http::StatusCode> = Key::new();

fn main() {
    let requests = count_of(&http::SERVER_DURATION);
    let failed = share(STATUS.any_of(["5.."])).of(requests).over(minutes(5)).by(ROUTE);
    let _ = failed.overall();
}
