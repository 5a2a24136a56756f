//! The axes of a plot: from where to where, and which values are written beside it.

/// So many values stand beside an axis, more or less.
const TICKS: f64 = 5.0;
/// What is spread further than so many times is shown by its magnitude.
const WIDE: f64 = 50.0;

/// Maps values to a share of the axis, from 0 to 1.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    from: f64,
    to: f64,
    is_logarithmic: bool,
    pub(super) ticks: Vec<Tick>,
}

/// A value that is written beside the axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// From 0 to 1.
    pub at: f64,
    pub label: String,
}

impl Axis {
    /// From nothing to a number that is not below the largest.
    pub(super) fn amounts(largest: f64) -> Self {
        let largest = end(largest);
        let step = step(largest);
        let to = (largest / step).ceil() * step;
        Self::linear(to, step, |value| plain(value, step))
    }

    /// Times from the shortest to the longest, by magnitude when they are far apart.
    pub(super) fn latencies(shortest: f64, longest: f64) -> Self {
        let (shortest, longest) = (shortest.max(1e-6), end(longest));
        if longest / shortest < WIDE || shortest >= longest {
            let step = step(longest);
            return Self::linear((longest / step).ceil() * step, step, latency);
        }
        let (from, to) = (power_below(shortest), power_below(longest) * 10.0);
        let mut axis = Self { from, to, is_logarithmic: true, ticks: Vec::new() };
        let decades = (to / from).log10().round();
        let every = (decades / TICKS).ceil().max(1.0);
        let mut power = 0.0;
        while power <= decades {
            let value = from * 10_f64.powf(power);
            axis.ticks.push(Tick { at: axis.at(value), label: latency(value) });
            power += every;
        }
        axis
    }

    /// Seconds after the start.
    pub(super) fn moments(end: f64) -> Self {
        const STEPS: [f64; 15] =
            [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0];
        let end = self::end(end);
        let known = STEPS.into_iter().find(|step| end / step <= TICKS + 1.0);
        let step = known.unwrap_or_else(|| (end / TICKS / 3600.0).ceil() * 3600.0);
        Self::linear(end, step, moment)
    }

    /// Shares of requests, stretched so that each further nine takes as much room, up to the share above which lies one in `one_in`.
    pub(super) fn shares(one_in: f64) -> Self {
        let to = one_in.max(10.0);
        let mut axis = Self { from: 1.0, to, is_logarithmic: true, ticks: Vec::new() };
        let mut above = 1.0;
        while above <= to * 1.0001 {
            let places = f64::max(above.log10() - 2.0, 0.0).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few places, and not negative"
            )]
            let places = places as usize;
            let label = format!("{:.places$} %", 100.0 * (1.0 - 1.0 / above));
            axis.ticks.push(Tick { at: axis.at(above), label });
            above *= 10.0;
        }
        axis
    }

    fn linear(to: f64, step: f64, label: impl Fn(f64) -> String) -> Self {
        let mut axis = Self { from: 0.0, to, is_logarithmic: false, ticks: Vec::new() };
        let mut number = 0.0;
        while number * step <= to * 1.0001 {
            axis.ticks.push(Tick { at: axis.at(number * step), label: label(number * step) });
            number += 1.0;
        }
        axis
    }

    /// Where a value lies, from 0 to 1.
    pub(super) fn at(&self, value: f64) -> f64 {
        let Self { from, to, is_logarithmic, .. } = *self;
        let at = if is_logarithmic {
            (value.max(from) / from).ln() / (to / from).ln()
        } else {
            (value - from) / (to - from)
        };
        at.clamp(0.0, 1.0)
    }
}

/// Where an axis may end; of nothing, at 1.
fn end(largest: f64) -> f64 {
    if largest > 0.0 && largest.is_finite() { largest.clamp(1e-6, 1e15) } else { 1.0 }
}

/// 1, 2 or 5 of some magnitude, so that about as many steps as wanted lead there.
fn step(largest: f64) -> f64 {
    let rough = largest / TICKS;
    let power = power_below(rough);
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999).unwrap_or(10.0 * power)
}

/// The largest power of ten that is not above a number.
fn power_below(number: f64) -> f64 {
    10_f64.powf((number.log10() + 1e-9).floor())
}

fn plain(value: f64, step: f64) -> String {
    let places = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    };
    format!("{value:.places$}")
}

fn latency(seconds: f64) -> String {
    let (value, unit) = match seconds {
        _ if seconds <= 0.0 => return "0".to_owned(),
        _ if seconds < 0.000_999 => (seconds * 1e6, "µs"),
        _ if seconds < 0.999 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    format!("{} {unit}", (value * 100.0).round() / 100.0)
}

fn moment(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    let rest = seconds - minutes * 60.0;
    match seconds {
        _ if seconds <= 0.0 => "0".to_owned(),
        _ if seconds < 120.0 => format!("{} s", (seconds * 10.0).round() / 10.0),
        _ if seconds < 7200.0 && rest > 0.0 => format!("{minutes} min {rest:.0} s"),
        _ if seconds < 7200.0 => format!("{minutes} min"),
        _ if minutes % 60.0 > 0.0 => format!("{} h {} min", (minutes / 60.0).floor(), minutes % 60.0),
        _ => format!("{} h", minutes / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(axis: &Axis, expect: &[&str]) {
        let labels: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, expect);
        assert!(axis.ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)));
    }

    #[test]
    fn an_axis_has_few_round_values_with_their_units() {
        check(&Axis::amounts(0.0), &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(&Axis::amounts(97.0), &["0", "20", "40", "60", "80", "100"]);
        check(&Axis::latencies(0.002, 0.021), &["0", "5 ms", "10 ms", "15 ms", "20 ms", "25 ms"]);
        check(&Axis::latencies(0.0004, 3.0), &["100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        check(&Axis::moments(60.0), &["0", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]);
        check(&Axis::moments(600.0), &["0", "2 min", "4 min", "6 min", "8 min", "10 min"]);
        check(&Axis::moments(86_400.0), &["0", "5 h", "10 h", "15 h", "20 h"]);
        check(&Axis::shares(20_000.0), &["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
    }

    #[test]
    fn whatever_comes_lies_on_the_axis() {
        for value in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 1e300] {
            for axis in [Axis::amounts(value), Axis::moments(value.min(1e9)), Axis::latencies(value, value.min(1e9))] {
                assert!(axis.ticks.len() < 30, "{axis:?}");
                assert!((0.0..=1.0).contains(&axis.at(value)) || value.is_nan(), "{axis:?}");
            }
        }
    }
}
