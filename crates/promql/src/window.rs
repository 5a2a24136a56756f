//! Spans of time as they stand in queries and rules: `Duration` everywhere, text only at the last moment.

use std::time::Duration;

/// So many minutes.
pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// So many hours.
pub const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

/// So many days.
pub const fn days(count: u64) -> Duration {
    hours(count * 24)
}

/// So many weeks.
pub const fn weeks(count: u64) -> Duration {
    days(count * 7)
}

/// A duration as Prometheus writes it: `5m`, `1h30m`, `200ms`. Parts below a millisecond are dropped.
pub fn prometheus_duration(duration: Duration) -> String {
    const UNITS: [(&str, u128); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    written(duration, &UNITS)
}

/// A duration as Go writes it, which knows no days: `24h`.
pub fn go_duration(duration: Duration) -> String {
    const UNITS: [(&str, u128); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    written(duration, &UNITS)
}

fn written(duration: Duration, units: &[(&str, u128)]) -> String {
    let mut rest = duration.as_millis();
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, milliseconds) in units {
        if rest >= *milliseconds {
            text += &format!("{}{unit}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(duration: Duration, prometheus: &str, go: &str) {
        assert_eq!((prometheus_duration(duration).as_str(), go_duration(duration).as_str()), (prometheus, go));
    }

    #[test]
    fn durations_are_written_as_a_person_would() {
        check(minutes(5), "5m", "5m");
        check(minutes(90), "1h30m", "1h30m");
        check(hours(72), "3d", "72h");
        check(Duration::from_millis(1_200), "1s200ms", "1s200ms");
        check(Duration::ZERO, "0s", "0s");
    }
}
