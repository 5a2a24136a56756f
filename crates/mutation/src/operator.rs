//! What an operator is, and the list of them all.

use std::time::Duration;

use promql::syntax::Expr;

use crate::{Edit, Vocabulary, operators::*};

/// A kind of mistake.
#[derive(Debug)]
pub struct Operator {
    /// As the command line takes it.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub does: &'static str,
    /// A query, and what it makes of it among others.
    pub example: (&'static str, &'static str),
    pub(crate) makes: Makes,
}

/// The changes that an operator makes, each on its own.
pub(crate) type Made = Vec<Edit>;

/// On what an operator works.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Makes {
    Queries(fn(&Site<'_>) -> Made),
    HoldTimes(fn(Duration) -> Vec<Duration>),
}

/// A node of a query with what stands around it.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub(crate) query: &'a str,
    /// Whether the query is an alert's, of which only the presence counts.
    pub(crate) is_condition: bool,
    pub(crate) node: &'a Expr,
    pub(crate) parent: Option<&'a Expr>,
    pub(crate) vocabulary: &'a Vocabulary<'a>,
}

impl<'a> Site<'a> {
    /// The text of a part of the query.
    pub(crate) fn text(&self, part: &Expr) -> &'a str {
        part.span().of(self.query)
    }
}

/// An operator that changes queries.
macro_rules! operator {
    ($name:literal, $does:literal, $before:literal => $after:literal, $make:expr) => {
        Operator { name: $name, does: $does, example: ($before, $after), makes: Makes::Queries($make) }
    };
}

/// Every operator.
pub const OPERATORS: &[Operator] = &[
    operator!("drop-label", "Leaves a label out of `by`, `without`, `on`, `ignoring` or `group_left`.",
        "sum by (service, code) (x)" => "sum by (service) (x)", labels::drop),
    operator!("add-label", "Puts a label in there that the series carry too.",
        "sum by (service) (x)" => "sum by (service, instance) (x)", labels::add),
    operator!("swap-label", "Puts one that the series carry in another's place.",
        "sum by (service) (x)" => "sum by (instance) (x)", labels::swap),
    operator!("misspell-label", "Leaves the last letter of a label out there.",
        "sum by (service) (x)" => "sum by (servic) (x)", labels::misspell),
    operator!("other-grouping", "Writes `without` for `by` and `ignoring` for `on`, and the other way round.",
        "sum by (service) (x)" => "sum without (service) (x)", labels::other_grouping),
    operator!("drop-grouping", "Leaves `by`, `without`, `on` or `ignoring` out with all its labels.",
        "sum by (service) (x)" => "sum(x)", labels::drop_grouping),
    operator!("drop-matcher", "Leaves a matcher out.",
        r#"x{code="500"}"# => "x{}", matchers::drop),
    operator!("add-matcher", "Asks for one value of a label that other queries ask for.",
        "x" => r#"x{service="gateway"}"#, matchers::add),
    operator!("narrow-pattern", "Leaves one alternative out of a pattern.",
        r#"x{code=~"4..|5.."}"# => r#"x{code=~"5.."}"#, matchers::narrow),
    operator!("widen-pattern", "Adds an alternative to a pattern that other queries ask for.",
        r#"x{service=~"orders|payments"}"# => r#"x{service=~"orders|payments|gateway"}"#, matchers::widen),
    operator!("misspell-matcher", "Leaves the last letter of a matcher's label out.",
        r#"x{code="500"}"# => r#"x{cod="500"}"#, matchers::misspell_name),
    operator!("misspell-value", "Leaves the last letter of a value, or of one alternative, out.",
        r#"x{code="500"}"# => r#"x{code="50"}"#, matchers::misspell_value),
    operator!("other-value", "Asks for another value that other queries ask for.",
        r#"x{service="orders"}"# => r#"x{service="gateway"}"#, matchers::other_value),
    operator!("matcher-operator", "Turns `=` and `!=`, `=~` and `!~` round, and compares a pattern letter by letter.",
        r#"x{code=~"5.."}"# => r#"x{code!~"5.."}"#, matchers::operator),
    operator!("bound-spelling", "Spells a bucket's bound as the services do, which is not how Prometheus stores it.",
        r#"x_bucket{le="5.0"}"# => r#"x_bucket{le="5"}"#, matchers::bound),
    operator!("misspell-metric", "Leaves the last letter of a metric's name out.",
        "requests_total" => "requests_tota", metrics::misspell),
    operator!("other-metric", "Reads another metric: a histogram's sum for its count, or one that stands elsewhere in the query.",
        "rate(x_seconds_sum[5m])" => "rate(x_seconds_count[5m])", metrics::other),
    operator!("metric-unit", "Reads a metric in another unit.",
        "x_seconds" => "x_milliseconds", metrics::unit),
    operator!("arithmetic", "Puts each other of `+`, `-`, `*` and `/` in place of one.",
        "a / b" => "a * b", binary::arithmetic),
    operator!("comparison", "Puts each other comparison in place of one.",
        "a > 1" => "a >= 1", binary::comparison),
    operator!("set-operator", "Puts each other of `and`, `or` and `unless` in place of one.",
        "a and b" => "a unless b", binary::set),
    operator!("swap-sides", "Swaps the sides of an operator that tells them apart.",
        "a / b" => "b / a", binary::swap),
    operator!("drop-side", "Leaves an operator and one of its sides out: a guard, a factor, a fallback such as `or 0 * x`.",
        "a > 1 and b > 2" => "a > 1", binary::drop),
    operator!("bool", "Makes a comparison answer 0 or 1 instead of choosing, or the other way round.",
        "a > 1" => "a > bool 1", binary::bool),
    operator!("unit-factor", "Takes one side for milliseconds instead of seconds, or the other way round.",
        "a / b" => "(1000 * a) / b", binary::unit),
    operator!("scale-number", "Multiplies or divides a number by 10, 60, 100 or 1000.",
        "x > 0.05" => "x > 0.5", numbers::scale),
    operator!("shift-number", "Adds 1 to a number, makes it nothing, or turns its sign round.",
        "x > 5" => "x > 6", numbers::shift),
    operator!("quantile", "Asks for another quantile.",
        "histogram_quantile(0.95, x)" => "histogram_quantile(0.99, x)", numbers::quantile),
    operator!("window", "Makes a window twice, 5 or 10 times as long, as short, or shorter than the scrapes are apart.",
        "rate(x[5m])" => "rate(x[1m])", time::window),
    operator!("change-offset", "Doubles an offset, or makes it 10 times as long or as short.",
        "x offset 1d" => "x offset 10d", time::change_offset),
    operator!("drop-offset", "Leaves an offset out.",
        "x offset 1d" => "x", time::drop_offset),
    operator!("add-offset", "Adds an offset.",
        "rate(x[5m])" => "rate(x[5m] offset 1h)", time::add_offset),
    operator!("aggregation", "Puts each other of `sum`, `avg`, `min`, `max` and `count` in place of one, `bottomk` in that of `topk`.",
        "sum(x)" => "avg(x)", calls::aggregation),
    operator!("drop-aggregation", "Leaves an aggregation out.",
        "sum by (service) (x)" => "(x)", calls::drop_aggregation),
    operator!("function", "Puts a function in place of one that takes the same.",
        "rate(x[5m])" => "increase(x[5m])", calls::function),
    operator!("drop-function", "Leaves a function out.",
        "abs(x)" => "(x)", calls::drop_function),
    Operator {
        name: "hold-time",
        does: "Makes an alert's `for` nothing, 10 times as long or as short.",
        example: ("for: 5m", "for: 50m"),
        makes: Makes::HoldTimes(time::hold),
    },
];

#[cfg(test)]
mod tests {
    use promql::Symbols;

    use super::*;
    use crate::{Mutant, Original};

    #[test]
    fn every_operator_does_what_its_example_says() {
        let mut symbols = Symbols::new(["service", "instance"]);
        symbols.record_text("x", "sum by (service, instance) (up)", &[]);
        let asked = [r#"sum by (service, instance) (x{service="orders"})"#, r#"x{service="gateway"}"#];
        let vocabulary = Vocabulary::of(&symbols, asked);
        for operator in OPERATORS.iter().filter(|operator| matches!(operator.makes, Makes::Queries(_))) {
            let (before, after) = operator.example;
            let mutants = Mutant::all(Original { query: before, held: None }, &vocabulary);
            let made = mutants.iter().find(|mutant| mutant.query == after);
            let all: Vec<&str> = mutants.iter().map(|mutant| mutant.query.as_str()).collect();
            let made = made.unwrap_or_else(|| panic!("{}: {after} is not among\n{}", operator.name, all.join("\n")));
            assert_eq!(made.operator.name, operator.name, "{after}");
        }
    }

    #[test]
    fn only_alerts_have_a_hold_time_to_be_wrong() {
        let symbols = Symbols::default();
        let vocabulary = Vocabulary::of(&symbols, []);
        let held = |held| {
            let mutants = Mutant::all(Original { query: "x > 1", held }, &vocabulary);
            mutants
                .into_iter()
                .filter(|mutant| mutant.query == "x > 1")
                .filter_map(|mutant| mutant.held)
                .collect::<Vec<_>>()
        };
        assert_eq!(held(None), []);
        let minutes = Duration::from_mins;
        assert_eq!(held(Some(minutes(5))), [minutes(0), minutes(50), Duration::from_secs(30)]);
        assert_eq!(held(Some(minutes(0))), [minutes(5)]);
    }
}
