//! Which of the known names somebody may have meant.

/// Shorter names than this are too often near to one another for a mistake to be likely.
const SHORTEST_MISSPELLED: usize = 5;

/// The candidate that is spelled most like `name`, when at most a third of it differs.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = candidates.into_iter().map(|candidate| (distance(name, candidate), candidate)).min()?;
    (best.0 * 3 <= name.chars().count()).then_some(best.1)
}

/// The candidate that `name`, which is none of them, is a misspelling of. Names that differ only in their digits are different things.
pub(crate) fn misspelled<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |name: &str| name.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
    if name.chars().count() < SHORTEST_MISSPELLED {
        return None;
    }
    nearest(name, candidates.filter(|candidate| letters(candidate) != letters(name)))
}

/// How many letters must be changed, added or dropped (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_is_told_from_another_name() {
        let known = ["panic", "timeout", "node1", "mode"];
        assert_eq!(misspelled("panick", known.into_iter()), Some("panic"));
        assert_eq!(misspelled("timout", known.into_iter()), Some("timeout"));
        assert_eq!(misspelled("node2", known.into_iter()), None);
        assert_eq!(misspelled("node", known.into_iter()), None);
        assert_eq!(misspelled("upstream_error", known.into_iter()), None);
    }
}
