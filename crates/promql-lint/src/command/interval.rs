//! Durations as Prometheus writes them.

use std::time::Duration;

/// The units, from the longest to the shortest, with their seconds.
const UNITS: [(&str, f64); 7] =
    [("y", 31_536_000.0), ("w", 604_800.0), ("d", 86_400.0), ("h", 3_600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001)];

/// Reads a duration such as `15s` or `1m30s`: each unit at most once, the longer before the shorter.
///
/// # Errors
/// When it is something else, or no time at all.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let mut seconds = 0.0;
    let mut units = UNITS.as_slice();
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let at = units.iter().position(|(name, _)| *name == unit).ok_or_else(wrong)?;
        seconds += number.parse::<u32>().map_err(|_| wrong())? as f64 * units[at].1;
        (units, rest) = (&units[at + 1..], after);
    }
    if seconds > 0.0 { Duration::try_from_secs_f64(seconds).map_err(|_| wrong()) } else { Err(wrong()) }
}

fn wrong() -> String {
    "a duration is written like 15s or 1m30s".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, milliseconds: Option<u64>) {
        assert_eq!(parse(text).ok(), milliseconds.map(Duration::from_millis), "{text}");
    }

    #[test]
    fn units_may_follow_each_other_from_the_longest_to_the_shortest() {
        check("15s", Some(15_000));
        check("1m30s", Some(90_000));
        check("1s500ms", Some(1_500));
        check("1d", Some(86_400_000));
    }

    #[test]
    fn nothing_else_is_a_duration() {
        for text in ["", "15", "s", "15 s", "30s1m", "1s1s", "-1s", "1.5s", "0s", "15sec", "é"] {
            check(text, None);
        }
    }
}
