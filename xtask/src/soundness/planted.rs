//! Rules of the type system, each with a way to make it wrong that a look at real answers must find.

/// A rule and how to make it wrong.
pub(super) struct Planted {
    /// What is wrong then.
    pub what: &'static str,
    pub file: &'static str,
    /// What stands once in the file.
    pub right: &'static str,
    pub wrong: &'static str,
}

pub(super) const PLANTED: [Planted; 8] = [
    Planted {
        what: "a sum is no more than the greatest of its parts",
        file: "crates/promql/src/infer/aggregation.rs",
        right: "Aggregator::Sum => inner.range.clone().summed(inner.series)",
        wrong: "Aggregator::Sum => inner.range.clone()",
    },
    Planted {
        what: "a count begins at 2",
        file: "crates/promql/src/infer/aggregation.rs",
        right: "Aggregator::CountValues => Range::counting(inner.series)",
        wrong: "Aggregator::CountValues => Range::at_least(2.0)",
    },
    Planted {
        what: "`without` drops nothing",
        file: "crates/promql/src/infer/aggregation.rs",
        right: "=> labels.without(&keys.labels)",
        wrong: "=> labels.without(&keys.labels[..0])",
    },
    Planted {
        what: "`group_left` leaves a label as it is on the left",
        file: "crates/promql/src/infer/labels.rs",
        right: "|shape, key| shape.with(key, met.label(key).clone())",
        wrong: "|shape, key| { let _ = met.label(key); shape }",
    },
    Planted {
        what: "`or` has the labels of the left side only",
        file: "crates/promql/src/infer/matching.rs",
        right: "left.labels.or(&right.labels)",
        wrong: "left.labels.clone()",
    },
    Planted {
        what: "a comparison with `>` leaves what is less",
        file: "crates/promql/src/infer/range.rs",
        right: "(self.low.max(other.low), self.high)",
        wrong: "(self.low, self.high.min(other.low))",
    },
    Planted {
        what: "`max_over_time` is never above 1",
        file: "crates/promql/src/infer/functions.rs",
        right: "\"sgn\" => {",
        wrong: "\"sgn\" | \"max_over_time\" => {",
    },
    Planted {
        what: "a matcher that excludes a value keeps it, and drops the others",
        file: "crates/promql/src/syntax/matcher.rs",
        right: "is_same != self.op.excludes()",
        wrong: "is_same",
    },
];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::PLANTED;

    #[test]
    fn what_is_to_be_made_wrong_stands_once() {
        for planted in PLANTED {
            let text = fs::read_to_string(stack::workspace_root().join(planted.file)).expect("the file");
            assert_eq!(text.matches(planted.right).count(), 1, "`{}` in {}", planted.right, planted.file);
        }
    }
}
