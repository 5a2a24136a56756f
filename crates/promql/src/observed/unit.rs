//! Units of metrics that were seen: said by the source, or told by the end of a name.

/// In what a metric that was seen is measured, as a word such as `seconds`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObservedUnit {
    /// The source says so.
    Said(String),
    /// The end of the name tells it (<https://prometheus.io/docs/practices/naming/#base-units>).
    Named(String),
}

/// What names end in, in the plural of the naming convention, and units that are often met beside the base units.
const UNITS: [&str; 28] = [
    "amperes",
    "bits",
    "bytes",
    "celsius",
    "days",
    "fahrenheit",
    "grams",
    "hertz",
    "hours",
    "joules",
    "kelvin",
    "kibibytes",
    "kilobytes",
    "mebibytes",
    "megabytes",
    "meters",
    "metres",
    "microseconds",
    "milliseconds",
    "minutes",
    "nanoseconds",
    "ohms",
    "percent",
    "ratio",
    "rpm",
    "seconds",
    "volts",
    "watts",
];

impl ObservedUnit {
    /// The unit that a metric's name ends in, beside what says its kind. A sum is in the unit of what is summed, and a count in none:
    /// `name` is the histogram's or the summary's own.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.strip_suffix("_total").unwrap_or(name);
        let (_, last) = name.rsplit_once('_')?;
        UNITS.contains(&last).then(|| Self::Named(last.to_owned()))
    }

    /// The unit as a word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Said(unit) | Self::Named(unit) => unit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, unit: Option<&str>) {
        assert_eq!(ObservedUnit::of_name(name).as_ref().map(ObservedUnit::as_str), unit, "{name}");
    }

    #[test]
    fn the_end_of_a_name_tells_its_unit() {
        check("node_cpu_seconds_total", Some("seconds"));
        check("http_request_duration_seconds", Some("seconds"));
        check("node_memory_MemFree_bytes", Some("bytes"));
        check("cache_hit_ratio", Some("ratio"));
        check("http_requests_total", None);
        check("node_load1", None);
        check("seconds", None);
        check("node_boot_time", None);
    }
}
