//! Functions, of a moment and of the samples in a window.

use std::collections::BTreeMap;

use promql::syntax::{Call, Expr, MatchOperator};

use super::{super::Error, Element, Evaluation, Range, Samples, Value, Vector, aggregation::quantile};

/// A function of the samples in a window that begins and ends at these times.
type OverTime = fn(&Samples, f64, f64) -> Option<f64>;

impl Evaluation<'_> {
    pub(super) fn call(&self, call: &Call, at: f64) -> Result<Value, Error> {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let vector = |place: usize| -> Result<Vector, Error> {
            arguments.get(place).map_or_else(|| Ok(Vec::new()), |argument| self.vector(argument, at))
        };
        let number = |place: usize, usual: f64| -> Result<f64, Error> {
            arguments.get(place).map_or(Ok(usual), |argument| self.scalar(argument, at))
        };
        let value = match (call.func.name, arguments.as_slice()) {
            ("time", _) => return Ok(Value::Scalar(at)),
            ("scalar", _) => {
                let vector = vector(0)?;
                return Ok(Value::Scalar(if vector.len() == 1 { vector[0].1 } else { f64::NAN }));
            }
            ("vector", _) => vec![(Element::new(), number(0, 0.0)?)],
            ("abs", _) => each(vector(0)?, f64::abs),
            ("ceil", _) => each(vector(0)?, f64::ceil),
            ("floor", _) => each(vector(0)?, f64::floor),
            ("sgn", _) => each(vector(0)?, f64::signum),
            ("sqrt", _) => each(vector(0)?, f64::sqrt),
            ("sort" | "sort_desc", _) => vector(0)?,
            ("round", _) => {
                let nearest = number(1, 1.0)?;
                each(vector(0)?, |value| (value / nearest + 0.5).floor() * nearest)
            }
            ("clamp_min", _) => {
                let least = number(1, 0.0)?;
                each(vector(0)?, |value| if value < least { least } else { value })
            }
            ("clamp_max", _) => {
                let most = number(1, 0.0)?;
                each(vector(0)?, |value| if value > most { most } else { value })
            }
            ("timestamp", [Expr::VectorSelector(selector)]) => {
                let of = self.shifted(&selector.shift, at)?;
                each(self.instant(selector, at)?, |_| of)
            }
            ("histogram_quantile", [phi, buckets]) => {
                histogram_quantile(self.scalar(phi, at)?, self.vector(buckets, at)?)
            }
            ("absent", [argument]) if self.vector(argument, at)?.is_empty() => vec![(named(argument), 1.0)],
            ("absent_over_time", [argument]) if self.range(argument, at)?.series.is_empty() => {
                vec![(named(argument), 1.0)]
            }
            ("absent" | "absent_over_time", _) => Vec::new(),
            ("quantile_over_time", [phi, range]) => {
                let phi = self.scalar(phi, at)?;
                let Range { series, .. } = self.range(range, at)?;
                let of = |samples: Samples| quantile(phi, samples.into_iter().map(|(_, value)| value).collect());
                series.into_iter().map(|(labels, samples)| (labels, of(samples))).collect()
            }
            ("predict_linear", [range, ahead]) => {
                let ahead = self.scalar(ahead, at)?;
                self.over_range(range, at, |samples, _, _| line(samples, at).map(|(now, slope)| now + slope * ahead))?
            }
            (function, [range, ..]) => {
                let function = over_time(function)
                    .ok_or_else(|| self.cannot(call.place.0, &format!("the function {function} is not known")))?;
                self.over_range(range, at, function)?
            }
            (function, []) => return Err(Error::new(function, "the function is not known".to_owned())),
        };
        Ok(Value::Vector(value))
    }

    fn over_range(
        &self,
        range: &Expr,
        at: f64,
        function: impl Fn(&Samples, f64, f64) -> Option<f64>,
    ) -> Result<Vector, Error> {
        let Range { series, begin, end } = self.range(range, at)?;
        let of = |(labels, samples): (Element, Samples)| Some((labels, function(&samples, begin, end)?));
        Ok(series.into_iter().filter_map(of).collect())
    }
}

pub(super) fn each(vector: Vector, function: impl Fn(f64) -> f64) -> Vector {
    vector.into_iter().map(|(labels, value)| (labels, function(value))).collect()
}

/// The labels that `absent` makes of its argument: those that equality fixes.
fn named(query: &Expr) -> Element {
    let matchers = match query {
        Expr::VectorSelector(selector) => &selector.matchers,
        Expr::MatrixSelector(matrix) => &matrix.vs.matchers,
        Expr::Paren(paren) => return named(&paren.expr),
        _ => return Element::new(),
    };
    let equal = matchers.iter().filter(|matcher| matcher.op == MatchOperator::Equal && matcher.name != "__name__");
    equal.map(|matcher| (matcher.name.clone(), matcher.value.clone())).collect()
}

fn histogram_quantile(phi: f64, buckets: Vector) -> Vector {
    let mut histograms: BTreeMap<Element, Samples> = BTreeMap::new();
    for (mut labels, count) in buckets {
        let Some(bound) = labels.remove("le").and_then(|bound| bound.trim_start_matches('+').parse::<f64>().ok())
        else {
            continue;
        };
        histograms.entry(labels).or_default().push((bound, count));
    }
    histograms.into_iter().map(|(labels, buckets)| (labels, interpolated(phi, buckets))).collect()
}

fn interpolated(phi: f64, mut buckets: Samples) -> f64 {
    buckets.sort_by(|(left, _), (right, _)| left.total_cmp(right));
    let Some((f64::INFINITY, all)) = buckets.last().copied() else { return f64::NAN };
    if buckets.len() < 2 || all == 0.0 {
        return f64::NAN;
    }
    // Where some series lack a bound, the sum of the others is less than below a lower bound; Prometheus takes that one's
    // (<https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile>).
    let mut most = 0.0;
    for (_, count) in &mut buckets {
        most = count.max(most);
        *count = most;
    }
    let all = most.max(all);
    let rank = phi * all;
    let place = buckets.iter().position(|(_, count)| *count >= rank).unwrap_or(buckets.len() - 1);
    if place == buckets.len() - 1 {
        return buckets[place - 1].0;
    }
    let (begin, before) = if place == 0 { (0.0, 0.0) } else { buckets[place - 1] };
    let (end, count) = buckets[place];
    begin + (end - begin) * (rank - before) / (count - before)
}

/// The value at a moment and the slope of the line that lies nearest to the samples.
fn line(samples: &Samples, at: f64) -> Option<(f64, f64)> {
    if samples.len() < 2 {
        return None;
    }
    let count = samples.len() as f64;
    let mean_x = samples.iter().map(|(time, _)| time - at).sum::<f64>() / count;
    let mean_y = samples.iter().map(|(_, value)| value).sum::<f64>() / count;
    let covariance: f64 = samples.iter().map(|(time, value)| (time - at - mean_x) * (value - mean_y)).sum();
    let variance: f64 = samples.iter().map(|(time, _)| (time - at - mean_x).powi(2)).sum();
    let slope = covariance / variance;
    Some((mean_y - slope * mean_x, slope))
}

/// How much a series grew in a window, beyond its first and last sample as Prometheus guesses it.
fn grown(samples: &Samples, begin: f64, end: f64, is_counter: bool) -> Option<f64> {
    let (first, last) = (samples.first()?, samples.last()?);
    if samples.len() < 2 {
        return None;
    }
    let resets = samples.windows(2).filter(|pair| is_counter && pair[1].1 < pair[0].1).map(|pair| pair[0].1);
    let grown = last.1 - first.1 + resets.sum::<f64>();
    let covered = last.0 - first.0;
    let between = covered / (samples.len() as f64 - 1.0);
    let reaching = |gap: f64| if gap >= between * 1.1 { between / 2.0 } else { gap };
    let mut before = reaching(first.0 - begin);
    if is_counter && grown > 0.0 && first.1 >= 0.0 {
        before = before.min(covered * first.1 / grown);
    }
    Some(grown * (covered + before + reaching(end - last.0)) / covered)
}

fn over_time(function: &str) -> Option<OverTime> {
    fn sum(samples: &Samples) -> f64 {
        samples.iter().map(|(_, value)| value).sum()
    }
    fn changed(samples: &Samples, counts: impl Fn(f64, f64) -> bool) -> Option<f64> {
        Some(samples.windows(2).filter(|pair| counts(pair[0].1, pair[1].1)).count() as f64)
    }
    Some(match function {
        "rate" => |samples, begin, end| Some(grown(samples, begin, end, true)? / (end - begin)),
        "increase" => |samples, begin, end| grown(samples, begin, end, true),
        "delta" => |samples, begin, end| grown(samples, begin, end, false),
        "irate" => |samples, _, _| {
            let [before, last] = samples.last_chunk::<2>()?;
            // What fell has begun anew, at zero.
            let grown = if last.1 < before.1 { last.1 } else { last.1 - before.1 };
            Some(grown / (last.0 - before.0))
        },
        "idelta" => |samples, _, _| samples.last_chunk::<2>().map(|[before, last]| last.1 - before.1),
        "deriv" => |samples, _, end| line(samples, end).map(|(_, slope)| slope),
        "avg_over_time" => |samples, _, _| Some(sum(samples) / samples.len() as f64),
        "sum_over_time" => |samples, _, _| Some(sum(samples)),
        "count_over_time" => |samples, _, _| Some(samples.len() as f64),
        "present_over_time" => |_, _, _| Some(1.0),
        "last_over_time" => |samples, _, _| samples.last().map(|(_, value)| *value),
        "min_over_time" => |samples, _, _| Some(samples.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min)),
        "max_over_time" => {
            |samples, _, _| Some(samples.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max))
        }
        "changes" => |samples, _, _| changed(samples, |before, after| before.total_cmp(&after).is_ne()),
        "resets" => |samples, _, _| changed(samples, |before, after| after < before),
        _ => return None,
    })
}
