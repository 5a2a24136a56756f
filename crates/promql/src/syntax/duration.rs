//! Durations as they are written, and sums of them where one is wanted.

use std::time::Duration;

/// The units in the order in which they must stand, each in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The duration that a text is; nothing when it is none. Zero needs no unit
/// (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/#configuration-file>).
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (read, milliseconds) = leading(text)?;
    (read == text.len()).then(|| Duration::from_millis(milliseconds))
}

/// How many bytes of a text are a duration, and how many milliseconds it is; nothing when it does not begin with one, or it is too long.
pub(super) fn leading(text: &str) -> Option<(usize, u64)> {
    let (mut read, mut total, mut next_unit) = (0, 0_u64, 0);
    loop {
        let rest = &text[read..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = &rest[digits..digits + letters];
        let found = UNITS.iter().enumerate().skip(next_unit).find(|(_, (name, _))| *name == unit);
        let (Some((position, (_, scale))), true) = (found, digits > 0) else { return None };
        total = total.checked_add(rest[..digits].parse::<u64>().ok()?.checked_mul(*scale)?)?;
        // Prometheus keeps nanoseconds in 63 bits, which is 292 years.
        if total > i64::MAX.unsigned_abs() / 1_000_000 {
            return None;
        }
        read += digits + letters;
        next_unit = position + 1;
        match text[read..].bytes().next() {
            Some(b'0'..=b'9') => {}
            Some(b'_') => return None,
            _ => return Some((read, total)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_from_the_longest_to_the_shortest() {
        assert_eq!(leading("1h30m]"), Some((5, 5_400_000)));
        assert_eq!(leading("5m"), Some((2, 300_000)));
        assert_eq!(leading("1m500ms"), Some((7, 60_500)));
        for wrong in ["1m1h", "1x", "m", "5", "1h1h", "5m_", "99999999999999y"] {
            assert_eq!(leading(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_text_is_a_duration_or_none() {
        for (text, milliseconds) in [("0", 0), ("0s", 0), ("1h30m", 5_400_000), ("250ms", 250)] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "5", "5m ", "5m]", "-5m", "00"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
