//! How many mutants were caught, of how many.

use std::fmt;

/// What became of a set of mutants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    pub caught: usize,
    pub survived: usize,
    pub equivalent: usize,
}

impl Score {
    /// All mutants.
    pub const fn mutants(self) -> usize {
        self.caught + self.survived + self.equivalent
    }
}

/// A share in percent, and rounded so that only all is 100 and only nothing is 0.
fn percent(part: usize, whole: usize) -> String {
    match (part, whole) {
        (0, 0) => return "100".to_owned(),
        (0, _) => return "0".to_owned(),
        _ if part == whole => return "100".to_owned(),
        _ => {}
    }
    let share = 100.0 * part as f64 / whole as f64;
    [1, 2, 3, 4, 5]
        .into_iter()
        .map(|digits| format!("{share:.digits$}"))
        .find(|text| !is_extreme(text))
        .unwrap_or_default()
}

fn is_extreme(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|share| share <= 0.0 || share >= 100.0)
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (caught, counted) = (self.caught, self.caught + self.survived);
        write!(f, "mutation score: {caught} of {counted} caught ({} %), ", percent(caught, counted))?;
        let (equivalent, all) = (self.equivalent, self.mutants());
        write!(f, "{equivalent} of {all} named as equivalent ({} %)", percent(equivalent, all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(caught: usize, survived: usize, equivalent: usize, expect: &str) {
        assert_eq!(Score { caught, survived, equivalent }.to_string(), expect);
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        check(4321, 0, 37, "mutation score: 4321 of 4321 caught (100 %), 37 of 4358 named as equivalent (0.8 %)");
        check(49_999, 1, 0, "mutation score: 49999 of 50000 caught (99.998 %), 0 of 50000 named as equivalent (0 %)");
        check(1, 1, 0, "mutation score: 1 of 2 caught (50.0 %), 0 of 2 named as equivalent (0 %)");
    }
}
