//! How long something is held up: always the same, evenly between two bounds, or as waiting times are, with a long tail.

use std::{f64::consts::TAU, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::bounds::{Delay, Refused, Sigma, field, in_source};

/// How long something is held up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Shape", into = "Shape")]
pub struct Latency(Shape);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Shape {
    Fixed {
        #[serde(deserialize_with = "field::delay_ms")]
        delay_ms: Delay,
    },
    Uniform {
        #[serde(deserialize_with = "field::from_ms")]
        from_ms: Delay,
        #[serde(deserialize_with = "field::to_ms")]
        to_ms: Delay,
    },
    LogNormal {
        #[serde(deserialize_with = "field::median_ms")]
        median_ms: Delay,
        sigma: Sigma,
    },
}

impl Latency {
    /// Always this long.
    ///
    /// # Panics
    /// When it is longer than a minute; in a constant, that is an error of the compiler's.
    #[track_caller]
    pub const fn fixed(delay: Duration) -> Self {
        Self(Shape::Fixed { delay_ms: in_source(Delay::of(delay)) })
    }

    /// Evenly between two bounds.
    ///
    /// # Panics
    /// When one of them is longer than a minute, or the second shorter than the first; in a constant, that is an error of the compiler's.
    #[track_caller]
    pub const fn uniform(from: Duration, to: Duration) -> Self {
        let (from_ms, to_ms) = (in_source(Delay::of(from)), in_source(Delay::of(to)));
        in_source(Self::ordered(Shape::Uniform { from_ms, to_ms }))
    }

    /// Half of the times below the median, with a tail that `sigma` makes longer: at 0.5 one of twenty takes 2.3 times the median, at 1
    /// 5.2 times. Nothing takes longer than a minute.
    ///
    /// # Panics
    /// When the median is longer than a minute or `sigma` not within 0 and 3; in a constant, that is an error of the compiler's.
    #[track_caller]
    pub const fn log_normal(median: Duration, sigma: f64) -> Self {
        Self(Shape::LogNormal { median_ms: in_source(Delay::of(median)), sigma: in_source(Sigma::new(sigma)) })
    }

    const fn ordered(shape: Shape) -> Result<Self, Refused> {
        match shape {
            Shape::Uniform { from_ms, to_ms } if from_ms.get() > to_ms.get() => {
                Err(Refused { field: "to_ms", allowed: "no less than `from_ms`" })
            }
            shape => Ok(Self(shape)),
        }
    }

    /// The time that belongs to two numbers from 0 to below 1, which chance would draw evenly.
    pub(crate) fn at(self, first: f64, second: f64) -> Duration {
        match self.0 {
            Shape::Fixed { delay_ms } => delay_ms.duration(),
            Shape::Uniform { from_ms, to_ms } => {
                let (from, to) = (from_ms.duration(), to_ms.duration());
                from + (to - from).mul_f64(first)
            }
            Shape::LogNormal { median_ms, sigma } => {
                // Box and Muller's transform; 1 - first is never 0.
                let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (TAU * second).cos();
                let seconds = median_ms.duration().as_secs_f64() * (sigma.get() * normal).exp();
                Duration::from_secs_f64(seconds.min(Delay::MOST.duration().as_secs_f64()))
            }
        }
    }
}

impl TryFrom<Shape> for Latency {
    type Error = Refused;

    fn try_from(shape: Shape) -> Result<Self, Refused> {
        Self::ordered(shape)
    }
}

impl From<Latency> for Shape {
    fn from(latency: Latency) -> Self {
        latency.0
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shape::Fixed { delay_ms } => write!(f, "{:?}", delay_ms.duration()),
            Shape::Uniform { from_ms, to_ms } => write!(f, "{:?} to {:?}", from_ms.duration(), to_ms.duration()),
            Shape::LogNormal { median_ms, sigma } => {
                write!(f, "{:?} in the median, log-normal with sigma {}", median_ms.duration(), sigma.get())
            }
        }
    }
}
