//! Durations as Prometheus writes them in its configuration.

use std::time::Duration;

/// The units from the longest to the shortest, in which order they must stand, with their milliseconds
/// (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/>).
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The duration that `text` says, such as `1h30m`; `0` needs no unit. Prometheus keeps nanoseconds in 63 bits, so 292 years are the most.
pub(super) fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|&length| length > 0)?;
        let (number, behind) = rest.split_at(digits);
        let length = behind.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(behind.len());
        let (unit, after) = behind.split_at(length);
        let (_, factor) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        rest = after;
    }
    (!text.is_empty() && total <= i64::MAX as u64 / 1_000_000).then(|| Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_promtool_reads_them() {
        let seconds = |text| parse(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("0"), Some(0.0));
        assert_eq!(seconds("1y"), Some(31_536_000.0));
        for refused in ["", "300", "5 minutes", "5m1h", "1.5h", "-5m", "m", "5m5m", "300y", "99999999999999999999s"] {
            assert_eq!(parse(refused), None, "{refused}");
        }
    }
}
