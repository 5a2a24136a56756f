//! Alerts fire by presence.

use super::*;

#[test]
fn an_alert_without_a_comparison_is_refused() {
    let symbols = symbols();
    let errors = |query: &str| -> Vec<Code> {
        Checker::new(&symbols).check_condition("alert Test", query).iter().map(|finding| finding.code).collect()
    };
    assert_eq!(errors("api:errors"), [Code::NoComparison]);
    // Reads like "more than five", and is "the sum, or five more than nothing".
    assert_eq!(errors("sum(api:errors) or vector(0) > 5"), [Code::NeverTrue, Code::NoComparison]);
    assert_eq!(errors("(sum(api:errors) or vector(0)) > 5"), []);
    assert_eq!(errors("count by (service) (up == 0)"), []);
    assert_eq!(errors("absent(up) or up == 0"), []);
    assert_eq!(errors("api:errors unless api:errors offset 1h"), []);
    assert_eq!(errors("vector(1)"), []);
    assert_eq!(errors("(vector(1))"), []);
    assert_eq!(errors("api:errors > bool 5"), [Code::NoComparison]);
}

#[test]
fn a_number_that_is_always_there_makes_an_alert_fire_always() {
    let symbols = symbols();
    let errors = |query: &str| -> Vec<Code> {
        Checker::new(&symbols).check_condition("alert Test", query).iter().map(|finding| finding.code).collect()
    };
    assert_eq!(errors("api:error_share > 0.05 or vector(0)"), [Code::StrayVector, Code::NoComparison]);
    assert_eq!(errors("absent(up) or vector(0)"), [Code::NoComparison]);
    assert_eq!(errors("sum(vector(1))"), [Code::NoComparison]);
    assert_eq!(errors("vector(scalar(api:errors > 5))"), []);
    assert_eq!(errors("vector(1) * scalar(api:errors > 5)"), [Code::NoComparison]);
    assert_eq!(errors("(max(api:error_share) or vector(0)) > 0.05"), []);
    assert_eq!(errors("vector(1) and on () api:error_share > 0.05"), []);
    assert_eq!(errors("vector(1) unless on () up == 1"), []);
    assert_eq!(errors("ALERTS{alertstate=\"firing\"}"), []);
    assert_eq!(errors("(api:error_share > 0.05) * 100"), []);
    assert_eq!(errors("topk(3, api:error_share > 0.05)"), []);
    assert_eq!(errors("max_over_time((api:error_share > 0.05)[10m:1m])"), []);
}
