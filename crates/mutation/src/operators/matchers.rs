//! Mistakes in matchers.

use promql::syntax::{Expr, MatchOperator, Matcher, Span, VectorSelector};

use crate::{Edit, Site, operator::Made};

/// How many matchers are put in at most, of all that could be.
const MOST_ADDED: usize = 2;
/// Letters that mean something in a pattern.
const SIGNS: &[char] = &['.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$', '\\'];

fn selector<'a>(site: &Site<'a>) -> Option<&'a VectorSelector> {
    match site.node {
        Expr::VectorSelector(selector) => Some(selector),
        Expr::MatrixSelector(selector) => Some(&selector.vs),
        _ => None,
    }
}

fn each(site: &Site<'_>, make: impl Fn(&Matcher) -> Vec<Edit>) -> Made {
    selector(site).into_iter().flat_map(|selector| &selector.matchers).flat_map(make).collect()
}

/// What stands between the quotation marks.
fn inner(matcher: &Matcher) -> Span {
    let Span { start, end } = matcher.value_place.0;
    Span::new(start + 1, end - 1)
}

/// A value that stands in its text as it is.
fn is_plain(matcher: &Matcher) -> bool {
    !matcher.value.contains(['"', '\\', '$', '\n'])
}

/// The places of a pattern's alternatives; nothing if it is more than a row of them.
fn alternatives(matcher: &Matcher) -> Vec<Span> {
    if !matcher.op.is_pattern() || !is_plain(matcher) || matcher.value.contains(['(', '[']) {
        return Vec::new();
    }
    let mut start = inner(matcher).start;
    let of = |alternative: &str| {
        let span = Span::new(start, start + alternative.len());
        start = span.end + 1;
        span
    };
    matcher.value.split('|').map(of).collect()
}

pub(crate) fn drop(site: &Site<'_>) -> Made {
    let Some(VectorSelector { matchers, .. }) = selector(site) else { return Vec::new() };
    let whole = |matcher: &Matcher| matcher.name_place.0.to(matcher.value_place.0);
    let without = |place: usize| {
        let span = whole(&matchers[place]);
        let (before, after) = (place.checked_sub(1).map(|before| &matchers[before]), matchers.get(place + 1));
        Edit::drop(match (before, after) {
            (_, Some(after)) => Span::new(span.start, whole(after).start),
            (Some(before), None) => Span::new(whole(before).end, span.end),
            (None, None) => span,
        })
    };
    (0..matchers.len()).map(without).collect()
}

pub(crate) fn add(site: &Site<'_>) -> Made {
    let Some(selector) = selector(site) else { return Vec::new() };
    let Some(name) = selector.name.as_deref() else { return Vec::new() };
    let after_name = selector.name_place.0.end;
    let is_asked = |label: &str| selector.matchers.iter().any(|matcher| matcher.name == label);
    let other = |label: &str| Some(format!("{label}={:?}", site.vocabulary.other_value(label, &[name])?));
    let labels = site.vocabulary.labels_of(site.node).into_iter().filter(|label| !is_asked(label));
    let written = |matcher: String| match selector.matchers.first() {
        Some(first) => Edit::insert(first.name_place.0.start, format!("{matcher}, ")),
        None => Edit::insert(after_name, format!("{{{matcher}}}")),
    };
    labels.filter_map(other).take(MOST_ADDED).map(written).collect()
}

pub(crate) fn narrow(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let places = alternatives(matcher);
        let without = |(place, span): (usize, &Span)| {
            // With the sign before it, or behind the first.
            Edit::drop(if place == 0 {
                Span::new(span.start, span.end + 1)
            } else {
                Span::new(span.start - 1, span.end)
            })
        };
        if places.len() < 2 { Vec::new() } else { places.iter().enumerate().map(without).collect() }
    })
}

pub(crate) fn widen(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let known: Vec<&str> = matcher.value.split('|').collect();
        let more = site.vocabulary.other_value(&matcher.name, &known).filter(|more| !matcher.is_match(more));
        let more = more.filter(|_| !alternatives(matcher).is_empty() && matcher.op == MatchOperator::Matches);
        more.map(|more| Edit::insert(inner(matcher).end, format!("|{more}"))).into_iter().collect()
    })
}

pub(crate) fn misspell_name(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let Span { end, .. } = matcher.name_place.0;
        if matcher.name.len() < 3 { Vec::new() } else { vec![Edit::drop(Span::new(end - 1, end))] }
    })
}

pub(crate) fn misspell_value(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let last = |span: &Span| {
            let text = span.of(site.query);
            let letter = text.chars().next_back()?;
            // What stands before a sign that repeats it goes with it.
            let width = if "*+?".contains(letter) { text.len() - text.trim_end_matches(SIGNS).len() } else { 0 };
            let width = width.max(letter.len_utf8());
            (text.len() > width).then(|| Edit::drop(Span::new(span.end - width, span.end)))
        };
        let whole = [inner(matcher)];
        let places = alternatives(matcher);
        let places = if places.is_empty() && !matcher.value.is_empty() { &whole[..] } else { &places[..] };
        places.iter().filter_map(last).collect()
    })
}

pub(crate) fn other_value(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let other = site.vocabulary.other_value(&matcher.name, &[&matcher.value]).filter(|_| !matcher.op.is_pattern());
        other.map(|other| Edit::new(inner(matcher), other)).into_iter().collect()
    })
}

pub(crate) fn operator(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let place = Span::new(matcher.name_place.0.end, matcher.value_place.0.start);
        let is_pattern = matcher.value.contains(SIGNS);
        let others: &[&str] = match matcher.op {
            MatchOperator::Equal => &["!="],
            MatchOperator::NotEqual => &["="],
            MatchOperator::Matches if is_pattern => &["!~", "="],
            MatchOperator::NotMatches if is_pattern => &["=~", "!="],
            MatchOperator::Matches => &["!~"],
            MatchOperator::NotMatches => &["=~"],
        };
        others.iter().map(|other| Edit::new(place, *other)).collect()
    })
}

pub(crate) fn bound(site: &Site<'_>) -> Made {
    each(site, |matcher| {
        let whole = matcher.value.strip_suffix(".0").filter(|_| matcher.name == "le");
        whole.map(|whole| Edit::new(inner(matcher), whole)).into_iter().collect()
    })
}
