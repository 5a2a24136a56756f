//! Metrics at random as somebody saw them: summaries, infos, sets of states and native histograms among them.

use std::collections::{BTreeMap, BTreeSet};

use promql::{Observed, ObservedKind, ObservedLabel};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{
    BOUNDS,
    declared::{Declared, Labels, Told, combinations, owned},
    some_keys,
    values::{Form, Role},
};

const STATES: [&str; 3] = ["up", "down", "away"];

/// A metric that was seen, and its series.
pub(super) fn metric(number: usize, services: &[&'static str], rng: &mut StdRng) -> Declared {
    use ObservedKind::{Counter, Gauge, Histogram, Info, NativeHistogram, StateSet, Summary, Unknown};
    let kind = *[Counter, Gauge, Histogram, Info, NativeHistogram, NativeHistogram, StateSet, Summary, Unknown]
        .choose(rng)
        .expect("some");
    let bounds = *BOUNDS.choose(rng).expect("some");
    let (form, end) = match kind {
        Counter => (Form::Plain(Role::Counter), "_total"),
        Histogram => (Form::Histogram(bounds), ""),
        Info => (Form::Plain(Role::Info), "_info"),
        NativeHistogram => (Form::Native, ""),
        StateSet => (Form::Plain(Role::State), ""),
        Summary => (Form::Summary, ""),
        _ => (Form::Plain(Role::Gauge), ""),
    };
    // What `info` joins by itself.
    let name =
        if kind == Info && rng.random_bool(0.5) { "target_info".to_owned() } else { format!("seen{number}{end}") };
    let keys = some_keys(2, rng);
    let points: BTreeMap<_, _> = services
        .iter()
        .map(|service| {
            let points = combinations(&keys, rng).into_iter().map(owned);
            (*service, points.flat_map(|point| with_states(point, &name, kind)).collect())
        })
        .collect();
    let spelled: Vec<String> = bounds.iter().map(|bound| format!("{bound:?}")).chain(["+Inf".to_owned()]).collect();
    let observed = Observed {
        name: name.clone(),
        kind,
        labels: labels(points.values().flatten(), rng),
        bounds: if kind == Histogram { spelled } else { Vec::new() },
        quantiles: if kind == Summary { vec!["0.5".to_owned(), "0.9".to_owned()] } else { Vec::new() },
        has_series: true,
        source: "what was seen".to_owned(),
        ..Observed::default()
    };
    Declared { name, form, points, told: Told::Seen(observed) }
}

/// A set of states has a series for each state of a point.
fn with_states(point: Labels, name: &str, kind: ObservedKind) -> Vec<Labels> {
    if kind != ObservedKind::StateSet {
        return vec![point];
    }
    let with = |state: &str| [&point[..], &[(name.to_owned(), state.to_owned())]].concat();
    STATES.into_iter().map(with).collect()
}

/// The labels of these points, which may be seen less than fully.
fn labels<'p>(points: impl Iterator<Item = &'p Labels>, rng: &mut StdRng) -> BTreeMap<String, ObservedLabel> {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, value) in points.flatten() {
        seen.entry(key.clone()).or_default().insert(value.clone());
    }
    let label = |(key, mut values): (String, BTreeSet<String>)| {
        let is_closed = rng.random_bool(0.5);
        if !is_closed {
            values.pop_last();
        }
        (key, ObservedLabel { always: true, values, is_closed })
    };
    seen.into_iter().map(label).collect()
}
