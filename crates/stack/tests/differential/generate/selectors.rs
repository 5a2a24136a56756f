//! Series by name and labels, over windows and at other times.

use rand::{Rng as _, seq::IndexedRandom as _};

use super::Generator;
use crate::{
    node::{Matcher, Node, Selector, Shift},
    remote_write::Series,
    world::{LASTS_MS, Role},
};

/// What can be read, the more often the more often it stands here.
const ANY: [Role; 16] = [
    Role::Counter,
    Role::Counter,
    Role::Gauge,
    Role::Gauge,
    Role::Gauge,
    Role::Gauge,
    Role::Positive,
    Role::State,
    Role::State,
    Role::Buckets,
    Role::Sum,
    Role::Quantile,
    Role::Info,
    Role::Native,
    Role::Recorded,
    Role::Recorded,
];

impl Generator<'_> {
    /// Some series, mostly some that there are.
    pub(super) fn selector(&mut self) -> Selector {
        let role = self.pick(&ANY);
        self.selector_of(&[role])
    }

    pub(super) fn selector_of(&mut self, roles: &[Role]) -> Selector {
        let series = self.some_series(roles);
        let name = series.labels["__name__"].clone();
        let mut selector = Selector { name, ..Selector::default() };
        match self.rng.random_range(0..40) {
            0 => self.name_by_matcher(&mut selector, "="),
            1 => self.name_by_matcher(&mut selector, "=~"),
            2 if self.chance(0.4) => "nobody_knows".clone_into(&mut selector.name),
            _ => {}
        }
        for _ in 0..self.pick(&[0, 0, 0, 1, 1, 2, 3]) {
            let matcher = self.matcher(series);
            selector.matchers.push(matcher);
        }
        selector.shift = self.shift();
        selector
    }

    fn name_by_matcher(&mut self, selector: &mut Selector, operator: &'static str) {
        let name = std::mem::take(&mut selector.name);
        let is_odd = name.contains([' ', '.']);
        let value = match (operator, self.rng.random_range(0..3)) {
            ("=", _) => name,
            _ if is_odd => name.replace('.', "\\."),
            (_, 0) => format!("{}.*", name.chars().take(6).collect::<String>()),
            (_, 1) => format!("{name}|up"),
            _ => format!(".*_{}", name.rsplit('_').next().unwrap_or_default()),
        };
        selector.matchers.push(Matcher { key: "__name__".to_owned(), operator, value });
    }

    /// A condition, mostly one that this series meets.
    fn matcher(&mut self, series: &Series) -> Matcher {
        let own: Vec<_> = series.labels.iter().filter(|(key, _)| *key != "__name__").collect();
        let (key, value) = match own.choose(self.rng) {
            Some((key, value)) if self.rng.random_bool(0.85) => ((*key).clone(), (*value).clone()),
            _ => (self.key(), String::new()),
        };
        let key = if key == "__name__" { "service".to_owned() } else { key };
        let other = self.other_value(&series.labels["__name__"], &key);
        let is_met = self.chance(0.95);
        let literal = |value: &str| value.replace('|', "\\|").replace(['{', '}'], ".").replace('.', "\\.");
        let (operator, value) = match (self.rng.random_range(0..8), is_met) {
            (0..3, true) => ("=", value),
            (0..3, false) => ("=", other),
            (3, true) => ("!=", if other == value { String::new() } else { other }),
            (3, false) => ("!=", value),
            (4, _) => ("=~", format!("{}|{}", literal(&value), literal(&other))),
            (5, true) => ("=~", format!("{}.*", literal(&value.chars().take(2).collect::<String>()))),
            (5, false) => ("=~", ".+".to_owned()),
            (6, true) => ("!~", format!("{}x", literal(&other))),
            (6, false) => ("!~", format!("{}|", literal(&other))),
            (_, true) => ("=~", ".*".to_owned()),
            (_, false) => ("=", "nothing".to_owned()),
        };
        Matcher { key, operator, value }
    }

    /// A value that the label has elsewhere, mostly on series of the same name, or none.
    fn other_value(&mut self, name: &str, key: &str) -> String {
        let of_name: Vec<_> = self.world.series_of(name).collect();
        let series =
            if self.chance(0.9) { of_name.choose(self.rng).copied() } else { self.world.series.choose(self.rng) };
        series.and_then(|series| series.labels.get(key).cloned()).unwrap_or_default()
    }

    pub(super) fn shift(&mut self) -> Shift {
        let mut shift = Shift::default();
        if self.chance(0.07) {
            shift.offset = Some(self.pick(&["1m", "5m", "-1m", "30s", "1m30s", "0s"]).to_owned());
        }
        if self.chance(0.04) {
            let into = self.rng.random_range(LASTS_MS / 4..LASTS_MS);
            let then = format!("{:.3}", (self.world.begins_ms + into) as f64 / 1000.0);
            shift.at = Some(self.pick(&[then.as_str(), "start()", "end()"]).to_owned());
        }
        shift
    }

    /// Samples over a window, of series or of a query asked again and again.
    pub(super) fn range(&mut self, depth: usize) -> Node {
        if depth == 0 || self.chance(0.65) {
            let selector = self.selector();
            return self.windowed(selector);
        }
        let of = Box::new(self.vector(depth - 1));
        let step = self.pick(&["", "15s", "30s", "1m", "7s"]).to_owned();
        Node::Subquery { of, window: self.window(), step, shift: self.shift() }
    }
}
