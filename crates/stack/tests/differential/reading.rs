//! Thousands of texts, queries and nearly: what Prometheus reads is read, alike, and what it refuses is refused.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
};

use promql::syntax;
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    prometheus::Prometheus,
    scribble::Scribbler,
    soundness::{SEED, setting},
    tree,
};

/// How many texts are read unless the environment says it.
const TEXTS: usize = 8_000;
/// More contradictions than these are not told, but counted.
const MOST_TOLD: usize = 20;

#[tokio::test]
async fn texts_are_read_as_prometheus_reads_them() {
    let (seed, texts) = (setting("DIFFERENTIAL_SEED", SEED), setting("DIFFERENTIAL_QUERIES", TEXTS));
    let prometheus = Prometheus::start().await;
    let (mut rng, mut told, mut contradictions) = (StdRng::seed_from_u64(seed), BTreeMap::new(), 0);
    let mut read = 0_usize;
    for _ in 0..texts {
        let text = Scribbler { rng: &mut rng }.text();
        let how = contradiction(&prometheus, &text).await;
        read += usize::from(syntax::parse(&text).is_ok());
        if how.is_some() && told.len() < MOST_TOLD {
            let (shortest, how) = shortest(&prometheus, text).await;
            let alike = how.replace(|letter: char| letter.is_ascii_digit(), "");
            told.entry(alike).or_insert(format!("{shortest:?}\n  {how}"));
        }
        contradictions += usize::from(how.is_some());
    }
    let share = 100.0 * read as f64 / texts as f64;
    let _ = writeln!(
        io::stderr(),
        "seed {seed}: {texts} texts, {share:.1} % of them queries; {contradictions} contradictions"
    );
    let told: Vec<String> = told.into_values().collect();
    assert!(told.is_empty(), "{contradictions} contradictions with seed {seed}\n\n{}", told.join("\n\n"));
}

/// How a text is read in another way than Prometheus reads it, if it is.
async fn contradiction(prometheus: &Prometheus, text: &str) -> Option<String> {
    match (syntax::parse(text), prometheus.read(text).await) {
        (Err(unreadable), _) if unreadable.is_unsupported => None,
        (Err(_), Err(_)) => None,
        _ if has_computed_offset(text) => None,
        (Ok(_), Err(why)) => Some(format!("Prometheus refuses it: {why}")),
        (Err(why), Ok(_)) => Some(format!("Prometheus reads it, and we say: {why}")),
        (Ok(expression), Ok(theirs)) => {
            let (ours, theirs) = (tree::ours(&expression), tree::theirs(&theirs));
            (!tree::alike(&ours, &theirs)).then(|| format!("we read {ours}\n  Prometheus {theirs}"))
        }
    }
}

/// Behind an offset in parentheses Prometheus takes whatever follows for a length of time.
fn has_computed_offset(text: &str) -> bool {
    text.to_lowercase().split("offset").skip(1).any(|rest| rest.trim_start().starts_with('('))
}

/// The text with as much left out as can be while it is still read in another way.
async fn shortest(prometheus: &Prometheus, mut text: String) -> (String, String) {
    let mut how = contradiction(prometheus, &text).await.unwrap_or_default();
    'shorter: loop {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        for length in [16, 8, 4, 2, 1] {
            for window in places.windows(length + 1) {
                let shorter = [&text[..window[0]], &text[window[length]..]].concat();
                if let Some(still) = contradiction(prometheus, &shorter).await {
                    (text, how) = (shorter, still);
                    continue 'shorter;
                }
            }
        }
        return (text, how);
    }
}
