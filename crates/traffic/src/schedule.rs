//! When each request is due: in closed form from the start, so that nothing that happens can move it.

use std::time::Duration;

/// So many arrivals, evenly over a time; the first at its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evenly {
    pub requests: u32,
    pub over: Duration,
}

impl Evenly {
    /// When the request of that number (from 0) is due after the start.
    pub(crate) fn due(self, number: u32) -> Duration {
        // In whole nanoseconds: added up step by step, the error of a thousandth would grow with the run.
        let nanoseconds = self.over.as_nanos() * u128::from(number) / u128::from(self.requests);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    /// Requests a second.
    pub(crate) fn rate(self) -> f64 {
        f64::from(self.requests) / self.over.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_even_from_the_first_to_the_last() {
        let schedule = Evenly { requests: 3, over: Duration::from_secs(1) };
        assert_eq!(schedule.due(0), Duration::ZERO);
        assert_eq!(schedule.due(1), Duration::from_nanos(333_333_333));
        assert_eq!(schedule.due(2), Duration::from_nanos(666_666_666));
        let long = Evenly { requests: 10_000_000, over: Duration::from_secs(86_400) };
        assert_eq!(long.due(5_000_000), Duration::from_secs(43_200));
    }
}
