//! Puts the lines of exposition text together: which series belong to which metric, and what they have in common.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use promql::{Observed, ObservedKind, ObservedLabel, in_order, stored_number};

use super::line::{Fault, Labels, Line, Sample};
use crate::sources::MOST_VALUES;

/// What may follow the name of a metric in those of its series.
const PARTS: [&str; 7] = ["_bucket", "_count", "_sum", "_gcount", "_gsum", "_total", "_info"];

/// What the lines read so far say.
#[derive(Default)]
pub(in crate::sources) struct Families<'t> {
    said: BTreeMap<Cow<'t, str>, Said<'t>>,
    series: HashMap<Cow<'t, str>, Series<'t>>,
    /// Whether bounds and quantiles are spelled as Prometheus stored them.
    is_stored: bool,
}

/// What is said of a metric beside its samples.
#[derive(Default)]
struct Said<'t> {
    /// And in which line.
    kind: Option<(ObservedKind, usize)>,
    help: Cow<'t, str>,
    unit: &'t str,
}

/// All series of one name.
struct Series<'t> {
    number: usize,
    /// Of each label, how many series have it, and its values.
    labels: HashMap<Cow<'t, str>, (usize, BTreeSet<Cow<'t, str>>)>,
    /// Whether every value is 1.
    is_one: bool,
}

impl Default for Series<'_> {
    fn default() -> Self {
        Self { number: 0, labels: HashMap::new(), is_one: true }
    }
}

impl<'t> Families<'t> {
    /// Of series as a Prometheus has them.
    pub(in crate::sources) fn as_stored() -> Self {
        Self { is_stored: true, ..Self::default() }
    }

    /// Takes what is said of a metric.
    pub(in crate::sources) fn say(&mut self, name: &'t str, kind: ObservedKind, help: &'t str, unit: &'t str) {
        self.said.insert(name.into(), Said { kind: Some((kind, 0)), help: help.into(), unit });
    }

    /// Takes a series.
    pub(in crate::sources) fn add_series(&mut self, Sample { name, labels, value }: Sample<'t>) {
        self.series.entry(name).or_default().add(labels, value);
    }

    /// Takes a name alone, as far as nothing is known of it.
    pub(in crate::sources) fn name(&mut self, name: &'t str) {
        let is_part_of_another =
            PARTS.iter().filter_map(|part| name.strip_suffix(part)).any(|of| self.said.contains_key(of));
        if !self.series.contains_key(name) && !is_part_of_another {
            self.said.entry(name.into()).or_default();
        }
    }

    pub(super) fn add(&mut self, line: Line<'t>, number: usize) -> Result<(), Fault> {
        match line {
            Line::Type(name, kind) => {
                let said = self.said.entry(name);
                let name = said.key().clone();
                match said.or_default().kind.replace((kind, number)) {
                    Some((other, line)) if other != kind => {
                        let (line, other) = (line + 1, other.as_str());
                        return Err(Fault::new(0, format!("`{name}` was said to be a {other} in line {line}")));
                    }
                    _ => {}
                }
            }
            Line::Help(name, help) => self.said.entry(name).or_default().help = help,
            Line::Unit(name, unit) => self.said.entry(name).or_default().unit = unit,
            Line::Sample(sample) => self.add_series(sample),
            Line::Nothing | Line::End => {}
        }
        Ok(())
    }

    /// Every metric that was told of.
    pub(in crate::sources) fn observed(mut self, source: &str) -> Vec<Observed> {
        let mut all = Vec::new();
        for (name, said) in std::mem::take(&mut self.said) {
            all.extend(self.family(&name, &said));
        }
        let untold: Vec<_> = self.series.drain().collect();
        all.extend(untold.into_iter().map(|(name, series)| {
            let mut observed = Observed { name: name.into_owned(), ..Observed::default() };
            series.describe(&mut observed, self.is_stored);
            observed
        }));
        for observed in &mut all {
            source.clone_into(&mut observed.source);
        }
        all.sort_by(|left, right| left.name.cmp(&right.name).then(left.kind.cmp(&right.kind)));
        all
    }

    /// A metric that something is said of, with the series that are its own by its type; and when those began, where that is told.
    fn family(&mut self, name: &str, said: &Said<'t>) -> Vec<Observed> {
        use ObservedKind::{Counter, Gauge, GaugeHistogram, Histogram, Info, StateSet, Summary};
        let said_kind = said.kind.map(|(kind, _)| kind).unwrap_or_default();
        // OpenMetrics leaves out of a metric's name what its kind adds to it.
        let longer = match said_kind {
            Counter => format!("{name}_total"),
            Info => format!("{name}_info"),
            _ => name.to_owned(),
        };
        let series_name = if self.series.contains_key(name) || !self.series.contains_key(longer.as_str()) {
            name
        } else {
            longer.as_str()
        };
        let mut observed = Observed {
            name: series_name.to_owned(),
            kind: said_kind,
            unit: (!said.unit.is_empty()).then(|| said.unit.to_owned()),
            help: said.help.clone().into_owned(),
            ..Observed::default()
        };
        let suffixes: &[&str] = match said_kind {
            Histogram => &["_bucket", "_count", "_sum"],
            GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
            Summary => &["", "_count", "_sum"],
            _ => &[""],
        };
        for suffix in suffixes {
            let Some(series) = self.series.remove(format!("{series_name}{suffix}").as_str()) else { continue };
            let is_info = said_kind == Gauge && series.is_one && name.ends_with("_info");
            series.describe(&mut observed, self.is_stored);
            if is_info {
                observed.kind = Info;
            }
        }
        if said_kind == StateSet
            && let Some(states) = observed.labels.get_mut(name)
        {
            states.is_closed = true;
        }
        let has_beginning = matches!(said_kind, Counter | Histogram | Summary);
        let beginning = has_beginning.then(|| self.beginning(name)).flatten();
        let native = matches!(said_kind, Histogram | GaugeHistogram).then(|| self.native(&observed)).flatten();
        let is_native_alone = native.is_some() && !observed.has_series;
        let classic = (!is_native_alone).then_some(observed);
        classic.into_iter().chain(native).chain(beginning).collect()
    }

    /// The native form of a histogram, which a Prometheus has under the histogram's own name.
    fn native(&mut self, classic: &Observed) -> Option<Observed> {
        let series = self.series.remove(classic.name.as_str())?;
        let mut observed = Observed {
            name: classic.name.clone(),
            kind: ObservedKind::NativeHistogram,
            unit: classic.unit.clone(),
            help: classic.help.clone(),
            ..Observed::default()
        };
        series.describe(&mut observed, self.is_stored);
        Some(observed)
    }

    /// When the series of an OpenMetrics counter, histogram or summary began, as a time.
    fn beginning(&mut self, name: &str) -> Option<Observed> {
        let created = format!("{name}_created");
        if self.said.contains_key(created.as_str()) {
            return None;
        }
        let series = self.series.remove(created.as_str())?;
        let mut observed = Observed {
            name: created,
            kind: ObservedKind::Gauge,
            unit: Some("seconds".to_owned()),
            help: format!("When the series of {name} began, in seconds since 1970."),
            ..Observed::default()
        };
        series.describe(&mut observed, self.is_stored);
        Some(observed)
    }
}

impl<'t> Series<'t> {
    fn add(&mut self, labels: Labels<'t>, value: f64) {
        self.number += 1;
        self.is_one &= value == 1.0;
        for (key, value) in labels {
            let is_number = matches!(&*key, "le" | "quantile");
            let (number, values) = self.labels.entry(key).or_default();
            *number += 1;
            if is_number || values.len() < MOST_VALUES {
                values.insert(value);
            }
        }
    }

    /// Adds what these series show to what is known of their metric.
    fn describe(self, observed: &mut Observed, is_stored: bool) {
        use ObservedKind::{GaugeHistogram, Histogram, Summary, Unknown};
        let spelling = |number: &str| if is_stored { number.to_owned() } else { stored_number(number) };
        let is_first = !std::mem::replace(&mut observed.has_series, true);
        for (key, label) in &mut observed.labels {
            label.always &= self.labels.contains_key(key.as_str());
        }
        for (key, (number, values)) in self.labels {
            match (&*key, observed.kind) {
                ("le", Histogram | GaugeHistogram) => observed.bounds = stored(values, spelling),
                ("quantile", Summary) => observed.quantiles = stored(values, spelling),
                // Prometheus leaves the numbers of what has no type as they are.
                ("le", Unknown) => observed.bounds = stored(values, str::to_owned),
                ("quantile", Unknown) => observed.quantiles = stored(values, str::to_owned),
                _ => {
                    let first = || ObservedLabel { always: is_first, ..Default::default() };
                    let label = observed.labels.entry(key.into_owned()).or_insert_with(first);
                    label.always &= number == self.number;
                    label.values.extend(values.into_iter().map(Cow::into_owned));
                }
            }
        }
    }
}

/// Numbers in labels, ascending, each once, by the spelling of Prometheus.
fn stored(values: BTreeSet<Cow<'_, str>>, spelling: impl Fn(&str) -> String) -> Vec<String> {
    let mut values: Vec<String> = values.iter().map(|value| spelling(value)).collect();
    in_order(&mut values);
    values
}
