//! Shares cannot be summed over series: aggregate before dividing.

use promql::{Key, count_of, minutes, share};

const SERVICE: Key = Key::target("service");
const STATUS: Key = Key::of(signals::http::STATUS_CODE);

fn main() {
    let requests = count_of(&signals::http::SERVER_DURATION);
    let failed = share(STATUS.any_of(["5.."])).of(requests).over(minutes(5)).by([SERVICE]);
    let _ = failed.overall();
}
