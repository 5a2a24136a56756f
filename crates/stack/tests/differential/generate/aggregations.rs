//! Every aggregation, with and without grouping
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators>).

use super::Generator;
use crate::node::{Grouping, Node};

const PLAIN: [&str; 12] =
    ["sum", "sum", "sum", "min", "max", "avg", "avg", "count", "count", "group", "stddev", "stdvar"];

impl Generator<'_> {
    pub(super) fn aggregation(&mut self, depth: usize) -> Node {
        let of = Box::new(self.vector(depth));
        let grouping = self.grouping();
        if self.chance(0.75) {
            return Node::Aggregate { operator: self.pick(&PLAIN), parameter: None, grouping, of };
        }
        let operator = self.pick(&["topk", "bottomk", "limitk", "limit_ratio", "quantile", "count_values"]);
        let parameter = match operator {
            "quantile" => self.phi(),
            "limit_ratio" => Node::number(self.pick(&["0.5", "-0.5", "1", "0.1"])),
            "count_values" => Node::text(self.pick(&["value", "service", "code", "größe"])),
            _ => Node::number(self.pick(&["1", "2", "3", "5", "100"])),
        };
        Node::Aggregate { operator, parameter: Some(Box::new(parameter)), grouping, of }
    }

    fn grouping(&mut self) -> Option<Grouping> {
        let word = match self.rng_below(10) {
            0 | 1 => return None,
            2..8 => "by",
            _ => "without",
        };
        Some(Grouping { word, keys: self.some_keys(3) })
    }
}
