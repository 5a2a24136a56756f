//! Every function of Prometheus 3, with what it takes (<https://prometheus.io/docs/prometheus/latest/querying/functions/>).

use super::ValueType::{self, Matrix, Scalar, String, Vector};

/// A function.
#[derive(Debug, PartialEq)]
pub struct Function {
    pub name: &'static str,
    pub args: &'static [ValueType],
    /// How many of the last arguments may be left out.
    pub optional: usize,
    /// Whether the last argument may stand more often.
    pub repeats: bool,
    pub returns: ValueType,
}

const fn of(name: &'static str, args: &'static [ValueType], returns: ValueType) -> Function {
    Function { name, args, optional: 0, repeats: false, returns }
}

/// Of a moment: now, unless a vector of times is given.
const fn clock(name: &'static str) -> Function {
    Function { optional: 1, ..of(name, &[Vector], Vector) }
}

const fn each(name: &'static str) -> Function {
    of(name, &[Vector], Vector)
}

const fn over_time(name: &'static str) -> Function {
    of(name, &[Matrix], Vector)
}

const FUNCTIONS: &[Function] = &[
    each("abs"),
    each("absent"),
    over_time("absent_over_time"),
    each("acos"),
    each("acosh"),
    each("asin"),
    each("asinh"),
    each("atan"),
    each("atanh"),
    over_time("avg_over_time"),
    each("ceil"),
    over_time("changes"),
    of("clamp", &[Vector, Scalar, Scalar], Vector),
    of("clamp_max", &[Vector, Scalar], Vector),
    of("clamp_min", &[Vector, Scalar], Vector),
    each("cos"),
    each("cosh"),
    over_time("count_over_time"),
    clock("day_of_month"),
    clock("day_of_week"),
    clock("day_of_year"),
    clock("days_in_month"),
    each("deg"),
    over_time("delta"),
    over_time("deriv"),
    of("double_exponential_smoothing", &[Matrix, Scalar, Scalar], Vector),
    each("exp"),
    over_time("first_over_time"),
    each("floor"),
    each("histogram_avg"),
    each("histogram_count"),
    of("histogram_fraction", &[Scalar, Scalar, Vector], Vector),
    of("histogram_quantile", &[Scalar, Vector], Vector),
    Function { repeats: true, ..of("histogram_quantiles", &[Vector, String, Scalar], Vector) },
    each("histogram_stddev"),
    each("histogram_stdvar"),
    each("histogram_sum"),
    clock("hour"),
    over_time("idelta"),
    over_time("increase"),
    Function { optional: 1, ..of("info", &[Vector, Vector], Vector) },
    over_time("irate"),
    Function { optional: 1, repeats: true, ..of("label_join", &[Vector, String, String, String], Vector) },
    of("label_replace", &[Vector, String, String, String, String], Vector),
    over_time("last_over_time"),
    each("ln"),
    each("log10"),
    each("log2"),
    over_time("mad_over_time"),
    over_time("max_over_time"),
    over_time("min_over_time"),
    clock("minute"),
    clock("month"),
    of("pi", &[], Scalar),
    of("predict_linear", &[Matrix, Scalar], Vector),
    over_time("present_over_time"),
    of("quantile_over_time", &[Scalar, Matrix], Vector),
    each("rad"),
    over_time("rate"),
    over_time("resets"),
    Function { optional: 1, ..of("round", &[Vector, Scalar], Vector) },
    of("scalar", &[Vector], Scalar),
    each("sgn"),
    each("sin"),
    each("sinh"),
    each("sort"),
    Function { optional: 1, repeats: true, ..of("sort_by_label", &[Vector, String], Vector) },
    Function { optional: 1, repeats: true, ..of("sort_by_label_desc", &[Vector, String], Vector) },
    each("sort_desc"),
    each("sqrt"),
    over_time("stddev_over_time"),
    over_time("stdvar_over_time"),
    over_time("sum_over_time"),
    each("tan"),
    each("tanh"),
    of("time", &[], Scalar),
    each("timestamp"),
    over_time("ts_of_first_over_time"),
    over_time("ts_of_last_over_time"),
    over_time("ts_of_max_over_time"),
    over_time("ts_of_min_over_time"),
    of("vector", &[Scalar], Vector),
    clock("year"),
];

/// The function of this name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok().map(|place| &FUNCTIONS[place])
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found_by_its_name() {
        assert!(names().all(|name| function(name).is_some_and(|found| found.name == name)));
        assert_eq!(function("holt_winters"), None);
    }
}
