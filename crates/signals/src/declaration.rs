//! What a signal is, as data, and the list of all of them, which gathers itself.

use std::fmt;

use opentelemetry::metrics::Meter;

use crate::{Point, Service, Unit, label::prometheus_label};

/// What a signal's number does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; a restart begins at zero again.
    Counter,
    /// A sum of changes that may also shrink.
    UpDownCounter,
    /// A state read at a moment.
    Gauge,
    /// How measurements are spread over buckets.
    Histogram,
}

/// A signal, as data: everything a checker, a renderer or a page of documentation must know.
pub struct Declaration {
    /// OpenTelemetry's name: dotted, without unit and without `_total`.
    pub name: &'static str,
    pub kind: Kind,
    pub unit: Unit,
    /// One or more sentences for people: the doc comment.
    pub help: &'static str,
    /// Upper bounds, growing, without `+Inf`; empty unless it is a histogram.
    pub buckets: &'static [f64],
    /// The label keys with dots, in order.
    pub keys: fn() -> Vec<&'static str>,
    /// Those of the keys whose values nobody can list: they stand on a series only while something fills its slot.
    pub open: &'static [&'static str],
    /// Every series' labels in a service, without the open ones.
    pub points: fn(&Service) -> Vec<Point>,
    /// Whether a service records it.
    pub recorded_by: fn(&Service) -> bool,
    /// Where it is declared.
    pub file: &'static str,
    pub line: u32,
}

impl Declaration {
    /// The name on the scrape, by the exporter's rules: dots become underscores, then come the unit and, for counters, `_total`.
    pub fn prometheus_name(&self) -> String {
        let mut name = self.name.replace('.', "_");
        if let Some(suffix) = self.unit.suffix(self.kind == Kind::Gauge) {
            name = format!("{name}_{suffix}");
        }
        if self.kind == Kind::Counter { format!("{name}_total") } else { name }
    }

    /// The names of its metrics on the scrape: of a histogram the buckets, the sum and the count.
    pub fn prometheus_metrics(&self) -> Vec<String> {
        let name = self.prometheus_name();
        if self.kind == Kind::Histogram {
            ["bucket", "sum", "count"].map(|part| format!("{name}_{part}")).to_vec()
        } else {
            vec![name]
        }
    }

    /// The label keys as Prometheus writes them.
    pub fn prometheus_keys(&self) -> Vec<String> {
        (self.keys)().into_iter().map(prometheus_label).collect()
    }

    /// Whether the label's values cannot be listed; the key as Prometheus writes it.
    pub fn is_open(&self, prometheus_key: &str) -> bool {
        self.open.iter().any(|key| prometheus_label(key) == prometheus_key)
    }

    /// How many series it makes on a service's scrape: of a histogram one a bucket with `+Inf`, a sum and a count for each point.
    pub fn series(&self, service: &Service) -> usize {
        let each = if self.kind == Kind::Histogram { self.buckets.len() + 3 } else { 1 };
        (self.points)(service).len() * each
    }

    /// Refuses, while compiling, what would come out wrong on the scrape.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(self) -> Self {
        let name = self.name.as_bytes();
        assert!(!name.is_empty(), "a signal needs a name");
        let mut i = 0;
        while i < name.len() {
            let allowed =
                name[i].is_ascii_lowercase() || name[i].is_ascii_digit() || name[i] == b'.' || name[i] == b'_';
            assert!(allowed, "a signal's name has lower-case letters, digits, dots and underscores only");
            i += 1;
        }
        assert!(!ends_with(name, b"total"), "leave `total` out of a signal's name: the exporter appends it");
        assert!(
            !ends_with(name, b"seconds") && !ends_with(name, b"bytes"),
            "leave the unit out of a signal's name: the exporter appends it"
        );
        assert!(!self.help.is_empty(), "a signal needs a help text");
        let mut i = 1;
        while i < self.buckets.len() {
            assert!(self.buckets[i - 1] < self.buckets[i], "buckets must grow");
            i += 1;
        }
        assert!(!matches!(self.kind, Kind::Histogram) || !self.buckets.is_empty(), "a histogram needs buckets");
        if let Unit::Each(annotation) = self.unit {
            let annotation = annotation.as_bytes();
            let braced = annotation.len() > 2 && annotation[0] == b'{' && annotation[annotation.len() - 1] == b'}';
            assert!(braced, "a counted unit is an annotation in braces, such as \"{{order}}\"");
        }
        self
    }
}

const fn ends_with(text: &[u8], end: &[u8]) -> bool {
    if text.len() < end.len() {
        return false;
    }
    let mut i = 0;
    while i < end.len() {
        if text[text.len() - end.len() + i] != end[i] {
            return false;
        }
        i += 1;
    }
    true
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}, {}:{})", self.name, self.kind, self.file, self.line)
    }
}

/// Anything declared by [`signals!`](crate::signals).
pub trait Signal: Sync {
    /// What it is, as data.
    fn declaration(&self) -> &Declaration;

    /// Makes its instrument and every series of it, at zero. Later calls change nothing.
    fn bind(&self, meter: &Meter, service: &'static Service);
}

/// Every signal of every crate that is linked in and mentioned.
#[linkme::distributed_slice]
pub static ALL: [&'static dyn Signal];

/// Every signal, sorted by name.
pub fn all() -> Vec<&'static dyn Signal> {
    let mut all: Vec<_> = ALL.iter().copied().collect();
    all.sort_by_key(|signal| signal.declaration().name);
    all
}

/// The signals that a service records, sorted by name.
pub fn of_service(service: &Service) -> Vec<&'static dyn Signal> {
    all().into_iter().filter(|signal| (signal.declaration().recorded_by)(service)).collect()
}

/// How many series a service can ever have on its scrape.
pub fn series_of(service: &Service) -> usize {
    of_service(service).iter().map(|signal| signal.declaration().series(service)).sum()
}

/// Makes every series of a service's signals, at zero.
pub fn bind(meter: &Meter, service: &'static Service) {
    for signal in of_service(service) {
        signal.bind(meter, service);
    }
}
