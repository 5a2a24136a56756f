//! What a query would answer on a timeline, by Prometheus' rules
//! (<https://prometheus.io/docs/prometheus/latest/querying/functions/>). It only helps to find the series of a trial: the verdict is promtool's.

use std::{collections::BTreeMap, rc::Rc};

use promql::syntax::{
    Aggregate, Aggregator, Binary, BinaryOperator, Call, Expr, GroupModifier, LabelModifier, MatchOperator, Matcher,
    Offset, Shift, Span, VectorSelector,
};

use super::{
    Error,
    query::one_line,
    rules::{RecordingRule, Rules},
    timeline::Track,
};

/// How far back an instant selector looks, in seconds.
const LOOK_BACK: f64 = 300.0;

/// Labels of one element, sorted by key; the name is not among them.
pub(crate) type Element = BTreeMap<String, String>;
type Vector = Vec<(Element, f64)>;
/// Times in seconds with their values.
type Samples = Vec<(f64, f64)>;

#[derive(Clone, Debug)]
enum Value {
    Scalar(f64),
    Vector(Vector),
}

/// What lies in a window, and where the window begins and ends.
struct Range {
    series: Vec<(Element, Samples)>,
    begin: f64,
    end: f64,
}

/// A function of the samples in a window that begins and ends at these times.
type OverTime = fn(&Samples, f64, f64) -> Option<f64>;

/// A timeline's series and the rules that read them.
#[derive(Clone, Copy)]
pub(crate) struct Evaluation<'a> {
    /// The query that is evaluated, of which parts are told when they cannot be.
    pub(crate) text: &'a str,
    pub(crate) tracks: &'a BTreeMap<String, Vec<Rc<Track>>>,
    pub(crate) rules: &'a Rules,
    /// Seconds between samples, and between evaluations.
    pub(crate) interval: f64,
}

impl Evaluation<'_> {
    /// What the query answers at a step; a number counts as an element without labels.
    pub(crate) fn answers(&self, query: &Expr, step: usize) -> Result<Vector, Error> {
        self.vector(query, step as f64 * self.interval)
    }

    /// What the query answers at a time in seconds.
    pub(crate) fn answers_at(&self, query: &Expr, at: f64) -> Result<Vector, Error> {
        self.vector(query, at)
    }

    fn vector(&self, query: &Expr, at: f64) -> Result<Vector, Error> {
        Ok(match self.value(query, at)? {
            Value::Vector(vector) => vector,
            Value::Scalar(number) => vec![(Element::new(), number)],
        })
    }

    fn scalar(&self, query: &Expr, at: f64) -> Result<f64, Error> {
        match self.value(query, at)? {
            Value::Scalar(number) => Ok(number),
            Value::Vector(_) => Err(self.cannot(query.span(), "a number is wanted here")),
        }
    }

    fn value(&self, query: &Expr, at: f64) -> Result<Value, Error> {
        match query {
            Expr::NumberLiteral(number) => Ok(Value::Scalar(number.value)),
            Expr::Paren(paren) => self.value(&paren.expr, at),
            Expr::Unary(unary) if !unary.is_negative => self.value(&unary.expr, at),
            Expr::Unary(unary) => Ok(match self.value(&unary.expr, at)? {
                Value::Scalar(number) => Value::Scalar(-number),
                Value::Vector(vector) => Value::Vector(each(vector, |number| -number)),
            }),
            Expr::VectorSelector(selector) => self.instant(selector, at).map(Value::Vector),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate, at).map(Value::Vector),
            Expr::Binary(binary) => self.binary(binary, at),
            Expr::Call(call) => self.call(call, at),
            other => Err(self.cannot(other.span(), "this kind of expression has no value at a moment")),
        }
    }

    fn instant(&self, selector: &VectorSelector, at: f64) -> Result<Vector, Error> {
        let at = self.shifted(&selector.shift, at)?;
        let name = selector.name.as_deref().unwrap_or_default();
        let mut vector = Vec::new();
        if at < 0.0 {
            return Ok(vector);
        }
        let step = (at / self.interval + 1e-9).floor();
        for rule in self.rules.recording(name) {
            vector.extend(self.recorded(rule, selector, step * self.interval)?);
        }
        for track in self.series(selector) {
            if at - step * self.interval < LOOK_BACK
                && let Some(value) = track.at(step as usize)
            {
                vector.push((track.labels.clone(), value));
            }
        }
        Ok(vector)
    }

    fn recorded(&self, rule: &RecordingRule, selector: &VectorSelector, at: f64) -> Result<Vector, Error> {
        let inner = Evaluation { text: &rule.query.text, ..*self };
        let mut vector = inner.vector(&rule.query.tree, at)?;
        for (labels, _) in &mut vector {
            labels.extend(rule.labels.clone());
        }
        vector.retain(|(labels, _)| matches(selector, labels));
        Ok(vector)
    }

    fn series<'s>(&'s self, selector: &'s VectorSelector) -> impl Iterator<Item = &'s Track> {
        let name = selector.name.as_deref().unwrap_or_default();
        let tracks = self.tracks.get(name).into_iter().flatten();
        tracks.map(|track| &**track).filter(|track| matches(selector, &track.labels))
    }

    /// The samples in a window, which is open on the left.
    fn range(&self, query: &Expr, at: f64) -> Result<Range, Error> {
        let (range, end) = match query {
            Expr::Paren(paren) => return self.range(&paren.expr, at),
            Expr::MatrixSelector(matrix) => (matrix.range, self.shifted(&matrix.vs.shift, at)?),
            Expr::Subquery(subquery) => (subquery.range, self.shifted(&subquery.shift, at)?),
            other => return Err(self.cannot(other.span(), "a range is wanted here")),
        };
        let range = range.ok_or_else(|| self.cannot(query.span(), "how long this is depends on who asks"))?;
        let begin = end - range.as_secs_f64();
        let of = |step: f64| (((begin / step) + 1e-9).floor() as i64 + 1)..=((end / step + 1e-9).floor() as i64);
        let series = match query {
            Expr::Subquery(subquery) => {
                let step = subquery.step.map_or(self.interval, |step| step.as_secs_f64());
                self.evaluated(of(step), step, |at| self.vector(&subquery.expr, at))?
            }
            Expr::MatrixSelector(matrix) if self.rules.is_recorded(matrix.vs.name.as_deref().unwrap_or_default()) => {
                let still = VectorSelector { shift: Shift::default(), ..matrix.vs.clone() };
                self.evaluated(of(self.interval), self.interval, |at| self.instant(&still, at))?
            }
            Expr::MatrixSelector(matrix) => {
                let steps = *of(self.interval).start().max(&0)..=*of(self.interval).end();
                let sampled = |track: &Track| {
                    let at = |step: i64| Some((step as f64 * self.interval, track.at(usize::try_from(step).ok()?)?));
                    (track.labels.clone(), steps.clone().filter_map(at).collect::<Samples>())
                };
                self.series(&matrix.vs).map(sampled).filter(|(_, samples)| !samples.is_empty()).collect()
            }
            _ => Vec::new(),
        };
        Ok(Range { series, begin, end })
    }

    fn evaluated(
        &self,
        steps: std::ops::RangeInclusive<i64>,
        step: f64,
        vector: impl Fn(f64) -> Result<Vector, Error>,
    ) -> Result<Vec<(Element, Samples)>, Error> {
        let mut series: BTreeMap<Element, Samples> = BTreeMap::new();
        for at in steps.filter(|at| *at >= 0).map(|at| at as f64 * step) {
            for (labels, value) in vector(at)? {
                series.entry(labels).or_default().push((at, value));
            }
        }
        Ok(series.into_iter().collect())
    }

    fn aggregate(&self, aggregate: &Aggregate, at: f64) -> Result<Vector, Error> {
        let mut groups: BTreeMap<Element, Vector> = BTreeMap::new();
        for (labels, value) in self.vector(&aggregate.expr, at)? {
            groups.entry(grouped(&labels, aggregate.modifier.as_ref())).or_default().push((labels, value));
        }
        let param = aggregate.param.as_ref().map(|param| self.scalar(param, at)).transpose()?;
        let mut vector = Vec::new();
        for (labels, members) in groups {
            let values: Vec<f64> = members.iter().map(|(_, value)| *value).collect();
            let value = match aggregate.op {
                Aggregator::Sum => values.iter().sum(),
                Aggregator::Avg => values.iter().sum::<f64>() / values.len() as f64,
                Aggregator::Min => lowest(&values),
                Aggregator::Max => highest(&values),
                Aggregator::Count => values.len() as f64,
                Aggregator::Group => 1.0,
                Aggregator::Quantile => quantile(param.unwrap_or_default(), values),
                Aggregator::Topk | Aggregator::Bottomk => {
                    let mut members = members;
                    members.sort_by(|(_, left), (_, right)| left.total_cmp(right));
                    if aggregate.op == Aggregator::Topk {
                        members.reverse();
                    }
                    members.truncate(param.unwrap_or_default() as usize);
                    vector.extend(members);
                    continue;
                }
                _ => {
                    let why = format!("the aggregation {} is not known", aggregate.op);
                    return Err(self.cannot(aggregate.place.0, &why));
                }
            };
            vector.push((labels, value));
        }
        Ok(vector)
    }

    fn binary(&self, binary: &Binary, at: f64) -> Result<Value, Error> {
        let op = binary.op;
        let is_filter = is_filter(binary);
        if binary.modifier.fill.iter().any(Option::is_some) {
            return Err(self.cannot(binary.place.0, "`fill` is not known"));
        }
        let of = |left: f64, right: f64| -> Result<Option<f64>, Error> {
            let value = match op {
                BinaryOperator::Add => left + right,
                BinaryOperator::Sub => left - right,
                BinaryOperator::Mul => left * right,
                BinaryOperator::Div => left / right,
                BinaryOperator::Mod => left % right,
                BinaryOperator::Pow => left.powf(right),
                comparison => {
                    let holds = match comparison {
                        BinaryOperator::Gtr => left > right,
                        BinaryOperator::Lss => left < right,
                        BinaryOperator::Gte => left >= right,
                        BinaryOperator::Lte => left <= right,
                        #[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
                        BinaryOperator::Eql => left == right,
                        #[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
                        BinaryOperator::Neq => left != right,
                        _ => return Err(self.cannot(binary.place.0, &format!("the operator {op} is not known"))),
                    };
                    return Ok(if is_filter { holds.then_some(left) } else { Some(f64::from(u8::from(holds))) });
                }
            };
            Ok(Some(value))
        };
        if op.is_set_operator() {
            return Ok(Value::Vector(self.set(binary, at)?));
        }
        match (self.value(&binary.lhs, at)?, self.value(&binary.rhs, at)?) {
            (Value::Scalar(left), Value::Scalar(right)) => Ok(Value::Scalar(of(left, right)?.unwrap_or(f64::NAN))),
            (Value::Vector(left), Value::Scalar(right)) => {
                let mut kept = Vec::new();
                for (labels, left) in left {
                    kept.extend(of(left, right)?.map(|value| (labels, value)));
                }
                Ok(Value::Vector(kept))
            }
            (Value::Scalar(left), Value::Vector(right)) => {
                let mut kept = Vec::new();
                for (labels, right) in right {
                    // A comparison keeps the vector's value, wherever the vector stands.
                    let value = of(left, right)?;
                    kept.extend(value.map(|value| (labels, if is_filter { right } else { value })));
                }
                Ok(Value::Vector(kept))
            }
            (Value::Vector(left), Value::Vector(right)) => joined(binary, left, right, of).map(Value::Vector),
        }
    }

    fn set(&self, binary: &Binary, at: f64) -> Result<Vector, Error> {
        let mut left = self.vector(&binary.lhs, at)?;
        let right = self.vector(&binary.rhs, at)?;
        let key = |labels: &Element| matched(labels, binary);
        if binary.op == BinaryOperator::Or {
            let there: Vec<Element> = left.iter().map(|(labels, _)| key(labels)).collect();
            left.extend(right.into_iter().filter(|(labels, _)| !there.contains(&key(labels))));
        } else {
            let there: Vec<Element> = right.iter().map(|(labels, _)| key(labels)).collect();
            left.retain(|(labels, _)| there.contains(&key(labels)) == (binary.op == BinaryOperator::And));
        }
        Ok(left)
    }

    fn call(&self, call: &Call, at: f64) -> Result<Value, Error> {
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

    /// The moment that is read when it is said at another.
    fn shifted(&self, shift: &Shift, at: f64) -> Result<f64, Error> {
        let cannot = |why| Err(self.cannot(shift.place.0, why));
        match shift {
            Shift { at: Some(_), .. } => cannot("`@` is not known"),
            Shift { is_interpolated: true, .. } => cannot("values between samples are not known"),
            Shift { offset: Offset::Computed, .. } => cannot("how long ago this is depends on who asks"),
            Shift { offset: Offset::Fixed(milliseconds), .. } => Ok(at - *milliseconds as f64 / 1000.0),
        }
    }

    fn cannot(&self, part: Span, why: &str) -> Error {
        Error::new(&one_line(part.of(self.text)), why.to_owned())
    }
}

fn each(vector: Vector, function: impl Fn(f64) -> f64) -> Vector {
    vector.into_iter().map(|(labels, value)| (labels, function(value))).collect()
}

/// Whether a selector takes a series with these labels; an absent label counts as an empty one.
pub(crate) fn matches(selector: &VectorSelector, labels: &Element) -> bool {
    let takes = |matcher: &Matcher| matcher.is_match(labels.get(&matcher.name).map_or("", String::as_str));
    selector.matchers.iter().filter(|matcher| matcher.name != "__name__").all(takes)
}

fn grouped(labels: &Element, modifier: Option<&LabelModifier>) -> Element {
    match modifier {
        None => Element::new(),
        Some(LabelModifier::Include(keys)) => {
            labels.iter().filter(|(key, _)| keys.labels.contains(key)).map(owned).collect()
        }
        Some(LabelModifier::Exclude(keys)) => {
            labels.iter().filter(|(key, _)| !keys.labels.contains(key)).map(owned).collect()
        }
    }
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

/// Whether it leaves out what does not compare, instead of answering 0 or 1.
fn is_filter(binary: &Binary) -> bool {
    binary.op.is_comparison() && !binary.modifier.return_bool
}

/// The labels that two sides are matched by.
fn matched(labels: &Element, binary: &Binary) -> Element {
    match &binary.modifier.matching {
        None => labels.clone(),
        matching => grouped(labels, matching.as_ref()),
    }
}

fn joined(
    binary: &Binary,
    left: Vector,
    right: Vector,
    of: impl Fn(f64, f64) -> Result<Option<f64>, Error>,
) -> Result<Vector, Error> {
    let grouping = binary.modifier.grouping.as_ref();
    let is_swapped = matches!(grouping, Some(GroupModifier::Right(_)));
    let (many, few) = if is_swapped { (right, left) } else { (left, right) };
    let few: BTreeMap<Element, (Element, f64)> =
        few.into_iter().map(|(labels, value)| (matched(&labels, binary), (labels, value))).collect();
    let mut vector = Vec::new();
    for (mut labels, value) in many {
        let key = matched(&labels, binary);
        let Some((other_labels, other)) = few.get(&key) else { continue };
        let (left, right) = if is_swapped { (*other, value) } else { (value, *other) };
        let Some(result) = of(left, right)? else { continue };
        match grouping {
            Some(grouping) => {
                for label in &grouping.taken().labels {
                    match other_labels.get(label) {
                        Some(value) => labels.insert(label.clone(), value.clone()),
                        None => labels.remove(label),
                    };
                }
            }
            None if is_filter(binary) && binary.modifier.matching.is_none() => {}
            None => labels = key,
        }
        vector.push((labels, result));
    }
    Ok(vector)
}

/// Of what is no number, a number is both lower and higher.
fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::min)
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

fn quantile(phi: f64, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = phi * (values.len() as f64 - 1.0);
    let (low, high) = (rank.floor().max(0.0) as usize, rank.ceil().max(0.0) as usize);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => low + (high - low) * rank.fract(),
        _ => f64::NAN,
    }
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
