//! Narrowing a finished query by a pattern, wherever it reads series that carry the label: for a dashboard's variables.

use crate::{AnyQuery, label::LabelCondition};

impl AnyQuery {
    /// The query reading only series whose label `key` matches `pattern`, wherever `carries` says of a metric that it has the label.
    #[must_use]
    pub fn narrowed(&self, key: &str, pattern: &str, carries: &dyn Fn(&str) -> bool) -> Self {
        let mut narrowed = self.clone();
        let condition = LabelCondition::pattern(key, pattern);
        narrowed.expression.each_selector(&mut |selector| {
            if carries(&selector.metric) {
                selector.conditions.push(condition.clone());
            }
        });
        narrowed
    }
}
