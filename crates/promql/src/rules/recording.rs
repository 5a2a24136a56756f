//! Recording rules: their names and what they record.

use super::{Field, RuleText};
use crate::{
    Checker, Code, Finding,
    syntax::{self, ValueType},
};

impl Checker<'_> {
    /// Everything that is wrong with a recording rule by itself.
    pub fn check_recording(&self, rule: &RuleText) -> Vec<Finding> {
        let mut findings = self.check(&rule.place(), &rule.query);
        if let Ok(query) = syntax::parse(&rule.query) {
            let found = query.value_type();
            if matches!(found, ValueType::Matrix | ValueType::String) {
                let reason = format!("a rule records one value of each series, and this is {found}");
                let help = "put a function such as `rate(…)` around it";
                findings.push(rule.about(Code::NothingToRecord, Field::Query, reason, help));
            }
        }
        findings.extend(self.collisions(rule));
        findings
    }
}
