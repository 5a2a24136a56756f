//! Queries at random: well typed, of every kind of node, and mostly about something that is there.

mod aggregations;
mod functions;
mod operators;
mod selectors;

use std::collections::BTreeSet;

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{
    node::{Node, Selector},
    remote_write::Series,
    world::{Role, World},
};

/// Makes queries about a world.
pub(crate) struct Generator<'w> {
    world: &'w World,
    rng: &'w mut StdRng,
    /// The labels that some series carry.
    keys: Vec<&'w str>,
}

impl<'w> Generator<'w> {
    pub(crate) fn new(world: &'w World, rng: &'w mut StdRng) -> Self {
        let keys: BTreeSet<&str> =
            world.series.iter().flat_map(|series| series.labels.keys()).map(String::as_str).collect();
        Self { world, rng, keys: keys.into_iter().filter(|key| *key != "__name__").collect() }
    }

    /// A query.
    pub(crate) fn query(&mut self) -> Node {
        let depth = *[0, 1, 1, 2, 2, 2, 3, 3, 4, 5].choose(self.rng).expect("some");
        match self.rng.random_range(0..60) {
            0 => self.scalar(depth),
            1 => self.range(depth),
            2 => Node::text(self.word()),
            _ => self.vector(depth),
        }
    }

    /// A query for a recording rule.
    pub(crate) fn recorded(&mut self) -> Node {
        let depth = self.rng.random_range(1..3);
        self.vector(depth)
    }

    pub(crate) fn vector(&mut self, depth: usize) -> Node {
        let Some(depth) = depth.checked_sub(1) else {
            return if self.chance(0.04) { self.call_without_series() } else { Node::Selector(self.selector()) };
        };
        match self.rng.random_range(0..100) {
            0..22 => self.call_over_time(depth),
            22..38 => self.call(depth),
            38..62 => self.aggregation(depth),
            62..96 => self.operator(depth),
            _ => Node::Minus(Box::new(self.vector(depth))),
        }
    }

    pub(crate) fn scalar(&mut self, depth: usize) -> Node {
        let Some(depth) = depth.checked_sub(1) else { return self.number() };
        match self.rng.random_range(0..10) {
            0..4 => self.number(),
            4 => Node::call("time", []),
            5 => Node::call("pi", []),
            6 => {
                let sides = Box::new([self.scalar(depth), self.scalar(depth)]);
                self.between_scalars(sides)
            }
            7 => Node::Minus(Box::new(self.scalar(depth))),
            _ => Node::call("scalar", [self.vector(depth)]),
        }
    }

    fn number(&mut self) -> Node {
        let plain = ["0", "1", "2", "0.5", "-1", "10", "100", "3", "1e3", "0.001", "-0.5", "60"];
        let odd = ["Inf", "-Inf", "NaN", "0x1F", "1e-300", ".5", "1e308", "017"];
        let numbers: &[&str] = if self.chance(0.93) { &plain } else { &odd };
        Node::number(self.pick(numbers))
    }

    /// A window of time.
    fn window(&mut self) -> String {
        self.pick(&["1m", "2m", "5m", "5m", "3m", "10m", "30s", "1m30s", "90s", "15s", "20m"]).to_owned()
    }

    fn word(&mut self) -> String {
        self.pick(&["", "a", "shop", "$1", "x-$1", "$1$2", "${1}", "größe", "a\"b\\c", "404"]).to_owned()
    }

    /// A label that some series carry; now and then one that none does.
    fn key(&mut self) -> String {
        if self.chance(0.04) {
            return self.pick(&["nobody", "rout", "le", "quantile", "__name__"]).to_owned();
        }
        match self.rng.random_range(0..3) {
            0 => "service".to_owned(),
            _ => (*self.keys.choose(self.rng).expect("a label")).to_owned(),
        }
    }

    fn some_keys(&mut self, most: usize) -> Vec<String> {
        let several = self.rng.random_range(0..=most);
        let mut keys: Vec<String> = (0..several).map(|_| self.key()).collect();
        keys.dedup();
        keys
    }

    fn some_series(&mut self, roles: &[Role]) -> &'w Series {
        let names = &self.world.names;
        let fitting: Vec<_> = names.iter().filter(|(_, role)| roles.contains(role)).collect();
        let (name, _) = if fitting.is_empty() { names.choose(self.rng) } else { fitting.choose(self.rng).copied() }
            .expect("a name");
        let series: Vec<_> = self.world.series_of(name).collect();
        series.choose(self.rng).expect("each name has a series")
    }

    fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    fn rng_below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(self.rng).expect("something to pick from")
    }

    fn windowed(&mut self, selector: Selector) -> Node {
        Node::Selector(Selector { window: Some(self.window()), ..selector })
    }
}
