//! Series, and when they are read.

use super::*;
use crate::{
    symbols::METRIC_NAME,
    syntax::{MatchOperator, Matcher, MatrixSelector, VectorSelector},
};

impl<'q> Parser<'q> {
    /// The braces after a name, or alone.
    pub(super) fn selector(&mut self, name: Option<(&str, Span)>) -> Result<VectorSelector, Unreadable> {
        let start = name.map_or(self.span(), |(_, span)| span);
        let mut selector = VectorSelector {
            name: name.map(|(name, _)| name.to_owned()),
            name_place: Place(start),
            place: Place(start),
            ..VectorSelector::default()
        };
        if self.takes("{") {
            while !self.is_sign("}") {
                self.matcher(&mut selector)?;
                if !self.takes(",") && !self.is_sign("}") {
                    return Err(self.unexpected("`,` or `}`"));
                }
            }
            self.expect("}")?;
        }
        selector.place = Place(start.to(self.last_span()));
        let says_name = |matcher: &&Matcher| matcher.name == METRIC_NAME;
        // Within the braces names are conditions like others, which may stand twice.
        if let (Some((name, _)), Some(twice)) = (name, selector.matchers.iter().find(says_name)) {
            let reason = format!("the metric is named twice: `{name}` and `{}`", twice.value);
            return Err(wrong(twice.name_place.0, reason, "name it once"));
        }
        if selector.name.is_none() && selector.matchers.iter().all(|matcher| matcher.is_match("")) {
            return Err(wrong(
                selector.place.0,
                "this matches every series that there is",
                "name a metric, or a label with a value that is not empty",
            ));
        }
        Ok(selector)
    }

    /// A condition on a label, or the metric's name in quotes.
    fn matcher(&mut self, selector: &mut VectorSelector) -> Result<(), Unreadable> {
        let name_span = self.span();
        let (name, is_quoted) = match self.next() {
            Word::Name(name) if !name.contains(':') => (name.to_owned(), false),
            Word::Text(name) => (name, true),
            _ => return Err(Unreadable { span: name_span, ..self.unexpected_before("a label's name or `}`") }),
        };
        let op = match self.peek() {
            Word::Sign("=") => MatchOperator::Equal,
            Word::Sign("!=") => MatchOperator::NotEqual,
            Word::Sign("=~") => MatchOperator::Matches,
            Word::Sign("!~") => MatchOperator::NotMatches,
            _ if is_quoted && selector.name.is_none() && !name.is_empty() => {
                (selector.name, selector.name_place) = (Some(name), Place(name_span));
                return Ok(());
            }
            _ if is_quoted => {
                let mut matcher = Matcher::new(METRIC_NAME, MatchOperator::Equal, name)
                    .map_err(|reason| wrong(name_span, reason, "name a metric"))?;
                (matcher.name_place, matcher.value_place) = (Place(name_span), Place(name_span));
                selector.matchers.push(matcher);
                return Ok(());
            }
            _ => return Err(self.unexpected("`=`, `!=`, `=~` or `!~`")),
        };
        self.next();
        let value_span = self.span();
        let Word::Text(value) = self.next() else {
            return Err(Unreadable { span: value_span, ..self.unexpected_before("a value in quotes") });
        };
        let mut matcher = Matcher::new(name, op, value).map_err(|reason| Unreadable {
            span: value_span,
            reason: format!("the pattern cannot be read: {reason}"),
            help: "patterns are RE2's: https://github.com/google/re2/wiki/Syntax".to_owned(),
            // Go's patterns have a few things that these have not.
            is_unsupported: [r"\Q", r"\C", r"\pN", "too big"]
                .iter()
                .any(|known| value_span.of(self.query).contains(known) || reason.contains(known)),
        })?;
        (matcher.name_place, matcher.value_place) = (Place(name_span), Place(value_span));
        selector.matchers.push(matcher);
        Ok(())
    }

    fn unexpected_before(&self, wanted: &str) -> Unreadable {
        let span = self.last_span();
        let found = span.of(self.query);
        let found =
            if found.is_empty() { "the query ends here".to_owned() } else { format!("`{found}` cannot stand here") };
        wrong(span, found, format!("write {wanted}"))
    }

    /// A range, or a query asked again and again.
    pub(super) fn ranged(&mut self, inner: Expr) -> Result<Expr, Unreadable> {
        let start = self.expect("[")?;
        if self.query[start.end..].trim_start().starts_with('#') {
            return Err(wrong(start, "a comment cannot stand right behind a bracket", "put it elsewhere"));
        }
        let range_span = self.span();
        let range = self.length()?;
        let range_place = Place(range_span.to(self.last_span()));
        if range.is_some_and(|range| range.is_zero()) {
            return Err(wrong(range_place.0, "a range is longer than nothing", "write a duration such as `5m`"));
        }
        if self.takes(":") {
            let step_span = self.span();
            let step = if self.is_sign("]") { None } else { self.length()? };
            if step.is_some_and(|step| step.is_zero()) {
                return Err(wrong(
                    step_span,
                    "a step is longer than nothing",
                    "leave it out, or write one such as `1m`",
                ));
            }
            let end = self.expect("]")?;
            let found = inner.value_type();
            if found != ValueType::Vector {
                let reason = format!("a subquery asks an instant vector again and again, and this is {found}");
                return Err(wrong(inner.span(), reason, "ask something that has a value at each moment"));
            }
            let place = Place(inner.span().to(end));
            let subquery = Subquery { expr: inner, range, step, shift: Shift::default(), range_place, place };
            return Ok(Expr::Subquery(Box::new(subquery)));
        }
        let end = self.expect("]")?;
        let bracket = start.to(end);
        match inner {
            Expr::VectorSelector(vs) if vs.shift == Shift::default() => {
                let vs = *vs;
                let place = Place(vs.place.0.to(end));
                Ok(Expr::MatrixSelector(Box::new(MatrixSelector { vs, range, range_place, place })))
            }
            Expr::VectorSelector(_) => {
                Err(wrong(bracket, "a range stands before `offset` and `@`", "write `metric[5m] offset 1h`"))
            }
            _ => Err(wrong(
                bracket,
                "only series are read over a range",
                "put the range inside, as in `rate(metric[5m])`, or ask again and again: `(…)[5m:]`",
            )),
        }
    }

    /// A length of time: a duration, a number of seconds, or a sum of such.
    fn length(&mut self) -> Result<Option<Duration>, Unreadable> {
        let start = self.span();
        let milliseconds = self.time(0)?;
        let span = start.to(self.last_span());
        match milliseconds {
            Some(length) if length < 0.0 => {
                Err(wrong(span, "a length of time is not negative", "write a positive one"))
            }
            Some(length) => Ok(Some(Duration::from_millis(length.round() as u64))),
            None => Ok(None),
        }
    }

    /// Milliseconds; nothing when they depend on who asks. Sums are a feature (`promql-duration-expr`)
    /// (<https://prometheus.io/docs/prometheus/latest/feature_flags/#promql-duration-expressions>).
    fn time(&mut self, least: u8) -> Result<Option<f64>, Unreadable> {
        let mut left = self.deeper(Self::time_operand)?;
        while let Some(op) = self.operator().filter(|op| op.precedence() >= least.max(4)) {
            let span = self.span();
            self.next();
            let right = self.deeper(|parser| parser.time(op.precedence() + 1))?;
            let together = |left: f64, right: f64| match op {
                BinaryOperator::Add => left + right,
                BinaryOperator::Sub => left - right,
                BinaryOperator::Mul => left / 1000.0 * right,
                BinaryOperator::Div => left / right * 1000.0,
                BinaryOperator::Mod => left % right,
                _ => (left / 1000.0).powf(right / 1000.0) * 1000.0,
            };
            left = left.zip(right).map(|(left, right)| together(left, right));
            if left.is_some_and(|time| !time.is_finite()) {
                return Err(wrong(span, "this is no length of time", "do not divide by nothing"));
            }
        }
        Ok(left)
    }

    fn time_operand(&mut self) -> Result<Option<f64>, Unreadable> {
        let word = self.word();
        match (self.peek().clone(), word.as_deref()) {
            (Word::Number(seconds), _) => {
                self.next();
                Ok(Some(seconds * 1000.0))
            }
            (Word::Duration(milliseconds), _) => {
                self.next();
                Ok(Some(milliseconds as f64))
            }
            (Word::Sign("-"), _) => {
                self.next();
                Ok(self.deeper(Self::time_operand)?.map(|time| -time))
            }
            (Word::Sign("+"), _) => {
                self.next();
                self.deeper(Self::time_operand)
            }
            (Word::Sign("("), _) => {
                self.next();
                let inner = self.deeper(|parser| parser.time(0))?;
                self.expect(")")?;
                Ok(inner)
            }
            (_, Some("step" | "range")) => {
                self.next();
                self.expect("(")?;
                self.expect(")")?;
                Ok(None)
            }
            (_, Some(word @ ("min" | "max"))) => {
                let is_least = word == "min";
                self.next();
                self.expect("(")?;
                let left = self.deeper(|parser| parser.time(0))?;
                self.expect(",")?;
                let right = self.deeper(|parser| parser.time(0))?;
                self.expect(")")?;
                Ok(left.zip(right).map(|(left, right)| if is_least { left.min(right) } else { left.max(right) }))
            }
            _ => Err(self.unexpected("a duration such as `5m`")),
        }
    }

    /// `offset`, `@`, `anchored` or `smoothed`.
    pub(super) fn shifted(&mut self, inner: &mut Expr) -> Result<(), Unreadable> {
        let span = self.span();
        let word = self.word();
        self.next();
        let at = if word.is_none() { Some(self.moment()?) } else { None };
        let offset = if word.as_deref() == Some("offset") { Some(self.offset()?) } else { None };
        let end = self.last_span();
        let (shift, place) = match inner {
            Expr::VectorSelector(selector) => (&mut selector.shift, &mut selector.place),
            Expr::MatrixSelector(selector) => (&mut selector.vs.shift, &mut selector.place),
            Expr::Subquery(subquery) if at.is_some() || offset.is_some() => (&mut subquery.shift, &mut subquery.place),
            _ => {
                let reason = format!("`{}` stands right after series or a range of them", span.of(self.query));
                return Err(wrong(span, reason, "put it inside the parentheses, behind the metric"));
            }
        };
        *place = Place(place.0.to(end));
        shift.place = Place(if *shift == Shift::default() { span } else { shift.place.0 }.to(end));
        let twice = || wrong(span, format!("`{}` stands here twice", span.of(self.query)), "keep one of them");
        match (at, offset) {
            (Some(at), _) => {
                if shift.at.replace(at).is_some() {
                    return Err(twice());
                }
            }
            (_, Some(offset)) => {
                if shift.offset != Offset::default() {
                    return Err(twice());
                }
                shift.offset = offset;
            }
            _ => shift.is_interpolated = true,
        }
        Ok(())
    }

    fn offset(&mut self) -> Result<Offset, Unreadable> {
        // Without parentheses only a sign and one duration belong to it.
        let time = self.deeper(Self::time_operand)?;
        Ok(time.map_or(Offset::Computed, |time| Offset::Fixed(time.round() as i64)))
    }

    fn moment(&mut self) -> Result<At, Unreadable> {
        if let Some(word) = self.word().filter(|word| word == "start" || word == "end") {
            self.next();
            self.expect("(")?;
            self.expect(")")?;
            return Ok(if word == "start" { At::Start } else { At::End });
        }
        let is_negative = self.is_sign("-");
        if is_negative || self.is_sign("+") {
            self.next();
        }
        let span = self.span();
        let time = match self.next() {
            Word::Number(time) => time,
            Word::Duration(time) => time as f64 / 1000.0,
            _ => return Err(wrong(span, "`@` names a moment", "write seconds since 1970, `start()` or `end()`")),
        };
        Ok(At::Timestamp(if is_negative { -time } else { time }))
    }
}
