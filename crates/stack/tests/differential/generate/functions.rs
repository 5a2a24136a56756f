//! Every function of Prometheus 3 (<https://prometheus.io/docs/prometheus/latest/querying/functions/>).

use super::Generator;
use crate::{
    node::{Grouping, Node, Selector},
    world::Role,
};

/// Functions of one value.
const OF_A_VALUE: [&str; 33] = [
    "abs",
    "ceil",
    "floor",
    "exp",
    "ln",
    "log2",
    "log10",
    "sqrt",
    "sgn",
    "round",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "deg",
    "rad",
    "timestamp",
    "sort",
    "sort_desc",
    "absent",
    "histogram_count",
    "histogram_sum",
    "histogram_avg",
    "histogram_stddev",
    "histogram_stdvar",
];
/// What a clock shows.
const CLOCKS: [&str; 8] =
    ["minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"];
/// Functions of what a counter did.
const OF_GROWTH: [&str; 4] = ["rate", "irate", "increase", "resets"];
/// Functions of the samples in a window.
const OF_A_WINDOW: [&str; 23] = [
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "last_over_time",
    "first_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "present_over_time",
    "absent_over_time",
    "mad_over_time",
    "ts_of_min_over_time",
    "ts_of_max_over_time",
    "ts_of_last_over_time",
    "ts_of_first_over_time",
    "changes",
    "delta",
    "idelta",
    "deriv",
    "rate",
    "increase",
    "irate",
];

impl Generator<'_> {
    /// A function of a vector, or of more.
    pub(super) fn call(&mut self, depth: usize) -> Node {
        match self.rng_below(14) {
            0..5 => {
                let function = self.pick(&OF_A_VALUE);
                Node::call(function, [self.vector(depth)])
            }
            5 => {
                let function = self.pick(&["clamp_min", "clamp_max", "round"]);
                Node::call(function, [self.vector(depth), self.scalar(depth.min(1))])
            }
            6 => Node::call("clamp", [self.vector(depth), self.scalar(0), self.scalar(0)]),
            7 => {
                let function = self.pick(&CLOCKS);
                Node::call(function, [self.vector(depth)])
            }
            8 => self.label_replace(depth),
            9 => self.label_join(depth),
            10 | 11 => self.quantile(depth),
            12 => Node::call("vector", [self.scalar(depth)]),
            _ => self.rare(depth),
        }
    }

    fn rare(&mut self, depth: usize) -> Node {
        match self.rng_below(3) {
            0 => Node::call("info", [self.vector(depth)]),
            1 => {
                let function = self.pick(&["sort_by_label", "sort_by_label_desc"]);
                Node::call(function, [self.vector(depth), Node::text(self.key())])
            }
            _ => {
                let [low, high] = [self.scalar(0), self.scalar(0)];
                Node::call("histogram_fraction", [low, high, self.buckets(depth)])
            }
        }
    }

    /// What is there without any series.
    pub(super) fn call_without_series(&mut self) -> Node {
        if self.chance(0.5) {
            let function = self.pick(&CLOCKS);
            return Node::call(function, []);
        }
        Node::call("vector", [self.scalar(1)])
    }

    pub(super) fn call_over_time(&mut self, depth: usize) -> Node {
        if self.chance(0.4) {
            let function = self.pick(&OF_GROWTH);
            let selector = self.selector_of(&[Role::Counter, Role::Buckets, Role::Sum, Role::Native]);
            return Node::call(function, [self.windowed(selector)]);
        }
        match self.rng_below(12) {
            0 => Node::call("quantile_over_time", [self.phi(), self.range(depth)]),
            1 => Node::call("predict_linear", [self.range(depth), self.scalar(0)]),
            2 => {
                let factor = Node::number(self.pick(&["0.1", "0.5", "0.9"]));
                Node::call("double_exponential_smoothing", [self.range(depth), factor.clone(), factor])
            }
            _ => {
                let function = self.pick(&OF_A_WINDOW);
                Node::call(function, [self.range(depth)])
            }
        }
    }

    pub(super) fn phi(&mut self) -> Node {
        let phi = self.pick(&["0.5", "0.9", "0.95", "0.99", "0", "1", "0.1", "1.5", "-0.1", "95"]);
        if self.chance(0.05) { self.scalar(1) } else { Node::number(phi) }
    }

    fn quantile(&mut self, depth: usize) -> Node {
        Node::call("histogram_quantile", [self.phi(), self.buckets(depth)])
    }

    /// Rates of buckets, mostly; otherwise anything.
    fn buckets(&mut self, depth: usize) -> Node {
        if self.chance(0.1) {
            return self.vector(depth);
        }
        let selector = self.selector_of(&[Role::Buckets, Role::Native]);
        let selector =
            Selector { matchers: selector.matchers.into_iter().filter(|it| it.key != "le").collect(), ..selector };
        let function = self.pick(&OF_GROWTH[..3]);
        let rate = Node::call(function, [self.windowed(selector)]);
        if self.chance(0.4) {
            return rate;
        }
        let mut keys = self.some_keys(2);
        if self.chance(0.95) {
            keys.push("le".to_owned());
        }
        let grouping = Some(Grouping { word: "by", keys });
        Node::Aggregate { operator: "sum", parameter: None, grouping, of: Box::new(rate) }
    }

    fn label_replace(&mut self, depth: usize) -> Node {
        let target = if self.chance(0.5) { "made".to_owned() } else { self.key() };
        let pattern = self.pick(&["(.*)", "(.+)", "(s.*)", "", "(.)(.*)", "shop|store", "no"]);
        let arguments = [target, self.word(), self.key(), pattern.to_owned()].map(Node::text);
        Node::call("label_replace", [vec![self.vector(depth)], arguments.into()].concat())
    }

    fn label_join(&mut self, depth: usize) -> Node {
        let target = if self.chance(0.5) { "made".to_owned() } else { self.key() };
        let separator = self.pick(&["-", "", "/"]).to_owned();
        let sources = self.some_keys(3);
        let texts = [target, separator].into_iter().chain(sources).map(Node::text);
        Node::call("label_join", [vec![self.vector(depth)], texts.collect()].concat())
    }
}
