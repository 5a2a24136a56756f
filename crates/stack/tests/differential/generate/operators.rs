//! Every operator, between vectors that mostly meet
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/#binary-operators>).

use super::Generator;
use crate::node::{Grouping, Node, Type};

const ARITHMETIC: [&str; 10] = ["+", "-", "*", "/", "/", "*", "-", "%", "^", "atan2"];
const COMPARISONS: [&str; 8] = [">", "<", ">=", "<=", "==", "!=", ">", "<"];
const SETS: [&str; 5] = ["and", "or", "unless", "or", "and"];

impl Generator<'_> {
    pub(super) fn operator(&mut self, depth: usize) -> Node {
        match self.rng_below(10) {
            0..4 => self.with_scalar(depth),
            4 | 5 => self.by_all_labels(depth),
            6 | 7 => self.by_some_labels(depth),
            8 => self.many_to_one(depth),
            _ => {
                let sides = Box::new([self.vector(depth), self.vector(depth)]);
                self.between(sides, None)
            }
        }
    }

    fn calculation(&mut self) -> (&'static str, bool) {
        if self.chance(0.5) {
            return (self.pick(&ARITHMETIC), false);
        }
        (self.pick(&COMPARISONS), self.chance(0.2))
    }

    fn with_scalar(&mut self, depth: usize) -> Node {
        let (operator, is_bool) = self.calculation();
        let mut sides = [self.vector(depth), self.scalar(depth.min(2))];
        if self.chance(0.2) {
            sides.reverse();
        }
        Node::Binary { operator, is_bool, matching: None, many: None, sides: Box::new(sides) }
    }

    /// Between plain numbers a comparison must make a number.
    pub(super) fn between_scalars(&mut self, sides: Box<[Node; 2]>) -> Node {
        let (operator, _) = self.calculation();
        Node::Binary { operator, is_bool: COMPARISONS.contains(&operator), matching: None, many: None, sides }
    }

    fn between(&mut self, sides: Box<[Node; 2]>, matching: Option<Grouping>) -> Node {
        if self.chance(0.4) {
            let operator = self.pick(&SETS);
            return Node::Binary { operator, is_bool: false, matching, many: None, sides };
        }
        let (operator, is_bool) = self.calculation();
        Node::Binary { operator, is_bool, matching, many: None, sides }
    }

    /// Sides that are alike but for what is easily changed in one of them.
    fn by_all_labels(&mut self, depth: usize) -> Node {
        let left = self.vector(depth);
        let mut right = left.clone();
        self.vary(&mut right);
        if self.chance(0.2) {
            self.vary(&mut right);
        }
        let sides = if self.chance(0.5) { [left, right] } else { [right, left] };
        self.between(Box::new(sides), None)
    }

    /// Changes something that leaves the labels much as they are.
    fn vary(&mut self, node: &mut Node) {
        let change = self.rng_below(4);
        match node {
            Node::Selector(selector) if change == 0 => selector.shift = self.shift(),
            Node::Selector(selector) if !selector.matchers.is_empty() => {
                selector.matchers.pop();
            }
            Node::Selector(selector) => selector.matchers.extend(self.selector().matchers),
            Node::Aggregate { operator, parameter: None, .. } if change == 0 => {
                *operator = self.pick(&["sum", "max", "count", "avg"])
            }
            Node::Call { function, .. } if change == 0 && ["rate", "increase"].contains(function) => {
                *function = "irate"
            }
            Node::Number(_) => *node = self.number(),
            _ => {
                let mut children = node.children_mut();
                children.retain(|child| child.kind() != Type::Text);
                let several = children.len();
                if several > 0 {
                    let at = self.rng_below(several);
                    self.vary(children.swap_remove(at));
                }
            }
        }
    }

    /// Sides that are brought to the same labels, or to a few.
    fn by_some_labels(&mut self, depth: usize) -> Node {
        let keys = self.some_keys(2);
        let mut side = |keys: &[String]| {
            let of = Box::new(self.vector(depth.saturating_sub(1)));
            let grouping = Some(Grouping { word: "by", keys: keys.to_vec() });
            let operator = self.pick(&["sum", "max", "count", "avg", "min", "group"]);
            Node::Aggregate { operator, parameter: None, grouping, of }
        };
        let sides = Box::new([side(&keys), side(&keys)]);
        let matching = match self.rng_below(4) {
            0 => Some(Grouping { word: "on", keys }),
            1 => Some(Grouping { word: "ignoring", keys: self.some_keys(2) }),
            _ => None,
        };
        self.between(sides, matching)
    }

    /// Many series that each meet one, from which they may take labels.
    fn many_to_one(&mut self, depth: usize) -> Node {
        let on = [vec!["service".to_owned()], self.some_keys(1)].concat();
        let taken = self.some_keys(2);
        let keys = if self.chance(0.7) { on.clone() } else { [&on[..], &taken].concat() };
        let of = Box::new(self.vector(depth.saturating_sub(1)));
        let one = Node::Aggregate {
            operator: self.pick(&["sum", "max", "group", "count"]),
            parameter: None,
            grouping: Some(Grouping { word: "by", keys }),
            of,
        };
        let many = self.vector(depth);
        let matching = Some(Grouping { word: "on", keys: on.clone() });
        let taken: Vec<String> = taken.into_iter().filter(|key| !on.contains(key)).collect();
        let (operator, is_bool) = self.calculation();
        let (word, sides) = if self.chance(0.6) { ("group_left", [many, one]) } else { ("group_right", [one, many]) };
        Node::Binary { operator, is_bool, matching, many: Some(Grouping { word, keys: taken }), sides: Box::new(sides) }
    }
}
