//! Mistakes in the names of metrics.

use std::collections::BTreeSet;

use promql::syntax::{Expr, Span, VectorSelector};

use crate::{Edit, Site, operator::Made};

/// What a histogram's series end in.
const PARTS: [&str; 3] = ["_sum", "_count", "_bucket"];
/// Names of units, and the next smaller or greater one.
const UNITS: [(&str, &str); 4] =
    [("_seconds", "_milliseconds"), ("_bytes", "_kilobytes"), ("_ratio", "_percent"), ("percent", "rate")];

/// The selector and its name.
fn named<'a>(site: &Site<'a>) -> Option<(&'a VectorSelector, &'a str)> {
    let selector = match site.node {
        Expr::VectorSelector(selector) => &**selector,
        Expr::MatrixSelector(selector) => &selector.vs,
        _ => return None,
    };
    Some((selector, selector.name.as_deref()?))
}

pub(crate) fn misspell(site: &Site<'_>) -> Made {
    let of = |(selector, _): (&VectorSelector, &str)| {
        let Span { end, .. } = selector.name_place.0;
        Edit::drop(Span::new(end - 1, end))
    };
    named(site).map(of).into_iter().collect()
}

pub(crate) fn other(site: &Site<'_>) -> Made {
    let Some((selector, name)) = named(site) else { return Vec::new() };
    let mut others = BTreeSet::new();
    for part in PARTS {
        let whole = name.strip_suffix(part);
        others.extend(whole.into_iter().flat_map(|whole| PARTS.iter().map(move |part| format!("{whole}{part}"))));
    }
    // Another window of the same recording.
    if let Some((whole, window)) = name.rsplit_once(|letter: char| !letter.is_ascii_alphanumeric()) {
        let (kind, is_timed) = (window.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric()), window);
        let stem =
            is_timed.trim_end_matches(char::is_alphabetic).trim_end_matches(|letter: char| letter.is_ascii_digit());
        let sign = &name[whole.len()..=whole.len()];
        let timed = ["5m", "30m", "1h", "6h", "1d", "30d"].map(|window| format!("{whole}{sign}{kind}{stem}{window}"));
        others.extend(timed.into_iter().filter(|other| site.vocabulary.has_metric(other)));
    }
    others.remove(name);
    others.into_iter().map(|other| Edit::new(selector.name_place.0, other)).collect()
}

pub(crate) fn unit(site: &Site<'_>) -> Made {
    let Some((selector, name)) = named(site) else { return Vec::new() };
    let other = |(unit, other): &(&str, &str)| {
        let at = selector.name_place.0.start + name.find(unit)?;
        Some(Edit::new(Span::new(at, at + unit.len()), *other))
    };
    UNITS.iter().filter_map(other).collect()
}
