//! Durations as Prometheus writes them in its configuration.

use std::time::Duration;

use promql::syntax;

/// The duration that `text` says, such as `1h30m`; `0` needs no unit.
pub(super) fn parse(text: &str) -> Option<Duration> {
    syntax::duration(text)
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
