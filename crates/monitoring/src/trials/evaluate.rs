//! What a query would answer on a timeline, by Prometheus' rules
//! (<https://prometheus.io/docs/prometheus/latest/querying/functions/>). It only helps to find the series of a trial: the verdict is promtool's.

mod aggregation;
mod functions;
mod operators;

use std::{collections::BTreeMap, rc::Rc};

use promql::syntax::{Expr, Matcher, Offset, Shift, Span, VectorSelector};

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
                Value::Vector(vector) => Value::Vector(functions::each(vector, |number| -number)),
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

/// Whether a selector takes a series with these labels; an absent label counts as an empty one.
pub(crate) fn matches(selector: &VectorSelector, labels: &Element) -> bool {
    let takes = |matcher: &Matcher| matcher.is_match(labels.get(&matcher.name).map_or("", String::as_str));
    selector.matchers.iter().filter(|matcher| matcher.name != "__name__").all(takes)
}
