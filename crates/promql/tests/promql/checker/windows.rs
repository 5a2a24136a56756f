//! Windows that hold too few samples.

use super::*;

#[test]
fn a_window_holds_two_samples_at_least() {
    refused("rate(errors_total[15s])", Code::WindowTooShort, "never holds two");
    refused("delta(process_memory_usage_bytes[10s])", Code::WindowTooShort, "scraped every 15s");
    doubted("rate(errors_total[30s])", Code::WindowTooShort, "leaves a gap");
    doubted("max_over_time(up[10s])", Code::WindowTooShort, "mostly empty");
    accepted("rate(errors_total[1m])");
    accepted("irate(errors_total[30s])");
    accepted("max_over_time(up[15s])");
    accepted("max_over_time(api:errors[10s])");
}

#[test]
fn how_often_is_scraped_can_be_said() {
    let symbols = symbols();
    let findings = |seconds: u64| {
        let settings = Settings { scrape_interval: Duration::from_secs(seconds), ..Settings::default() };
        Checker::with(&symbols, settings).check("alert Test", "rate(errors_total[1m])").len()
    };
    assert_eq!([findings(15), findings(30), findings(60)], [0, 1, 1]);
}

#[test]
fn what_is_not_kept_cannot_be_looked_for() {
    let symbols = symbols();
    let settings = Settings { retention: Some(Duration::from_secs(15 * 86_400)), ..Settings::default() };
    let codes = |query: &str| -> Vec<Code> {
        Checker::with(&symbols, settings).check("alert Test", query).iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes("api:errors > 2 * api:errors offset 1w"), []);
    assert_eq!(codes("max_over_time(api:errors[2w] offset 1w) > 5"), [Code::BeyondRetention]);
    assert_eq!(codes("max_over_time(max(api:errors offset 1w)[10d:1h]) > 5"), [Code::BeyondRetention]);
}
