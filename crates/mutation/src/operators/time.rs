//! Mistakes in windows, offsets and hold times.

use std::time::Duration;

use promql::{
    prometheus_duration,
    syntax::{Expr, Offset, Place, Shift, Span},
};

use crate::{Edit, Site, operator::Made};

/// Shorter than scrapes are apart anywhere.
const TOO_SHORT: Duration = Duration::from_secs(5);
/// What is put where no offset is.
const ADDED: [&str; 2] = ["5m", "1h"];

pub(crate) fn window(site: &Site<'_>) -> Made {
    let (range, Place(place)) = match site.node {
        Expr::MatrixSelector(selector) => (selector.range, selector.range_place),
        Expr::Subquery(subquery) => (subquery.range, subquery.range_place),
        _ => return Vec::new(),
    };
    let Some(range) = range else { return Vec::new() };
    let others = [range * 2, range / 2, range * 5, range / 5, range * 10, range / 10, TOO_SHORT];
    let others = others.into_iter().filter(|other| *other != range && other.as_millis() > 0);
    others.map(|other| Edit::new(place, prometheus_duration(other))).collect()
}

/// The shift of what is read, where it ends, and where its offset stands.
fn shifted<'a>(site: &Site<'a>) -> Option<(&'a Shift, usize, Option<Span>)> {
    let (shift, Place(place)) = match site.node {
        Expr::VectorSelector(selector) => (&selector.shift, selector.place),
        Expr::MatrixSelector(selector) => (&selector.vs.shift, selector.place),
        Expr::Subquery(subquery) => (&subquery.shift, subquery.place),
        _ => return None,
    };
    let is_there = shift.offset != Offset::default();
    let at = place.of(site.query).rfind(" offset ").filter(|_| is_there);
    Some((shift, place.end, at.map(|at| Span::new(place.start + at, place.end))))
}

pub(crate) fn change_offset(site: &Site<'_>) -> Made {
    let Some((Shift { offset: Offset::Fixed(milliseconds), .. }, _, Some(span))) = shifted(site) else {
        return Vec::new();
    };
    let Ok(milliseconds) = u64::try_from(*milliseconds) else { return Vec::new() };
    let offset = Duration::from_millis(milliseconds);
    let others = [offset * 2, offset * 10, offset / 10];
    others.into_iter().map(|other| Edit::new(span, format!(" offset {}", prometheus_duration(other)))).collect()
}

pub(crate) fn drop_offset(site: &Site<'_>) -> Made {
    let span = shifted(site).and_then(|(_, _, span)| span);
    span.map(Edit::drop).into_iter().collect()
}

pub(crate) fn add_offset(site: &Site<'_>) -> Made {
    match shifted(site) {
        Some((_, end, None)) => ADDED.map(|offset| Edit::insert(end, format!(" offset {offset}"))).to_vec(),
        _ => Vec::new(),
    }
}

pub(crate) fn hold(held: Duration) -> Vec<Duration> {
    if held.is_zero() { vec![Duration::from_mins(5)] } else { vec![Duration::ZERO, held * 10, held / 10] }
}
