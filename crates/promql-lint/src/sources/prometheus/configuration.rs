//! What a Prometheus' own configuration says of its scraping (<https://prometheus.io/docs/prometheus/latest/configuration/configuration/>).

use std::{collections::BTreeMap, time::Duration};

use promql::syntax;
use saphyr_parser::{Event, Parser};

/// How often a Prometheus scrapes, and which labels it adds to what it sends to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scraping {
    /// Of jobs that say nothing else.
    pub interval: Option<Duration>,
    /// Of each job.
    pub intervals: BTreeMap<String, Duration>,
    /// What alerts have beside their own labels.
    pub external_labels: BTreeMap<String, String>,
}

impl Scraping {
    /// Reads the configuration as Prometheus shows it.
    pub(super) fn read(yaml: &str) -> Result<Self, String> {
        let mut scraping = Self::default();
        let mut jobs: BTreeMap<String, (Option<String>, Option<Duration>)> = BTreeMap::new();
        for (path, value) in leaves(yaml)? {
            match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["global", "scrape_interval"] => scraping.interval = syntax::duration(&value),
                ["global", "external_labels", key] => drop(scraping.external_labels.insert(key.to_owned(), value)),
                ["scrape_configs", at, "job_name"] => jobs.entry(at.to_owned()).or_default().0 = Some(value),
                ["scrape_configs", at, "scrape_interval"] => {
                    jobs.entry(at.to_owned()).or_default().1 = syntax::duration(&value);
                }
                _ => {}
            }
        }
        let interval = |own: Option<Duration>| own.or(scraping.interval);
        scraping.intervals = jobs.into_values().filter_map(|(name, own)| Some((name?, interval(own)?))).collect();
        Ok(scraping)
    }
}

/// Every scalar with the keys that lead to it; a place in a list is its number.
fn leaves(yaml: &str) -> Result<Vec<(Vec<String>, String)>, String> {
    /// What encloses the next value: a list with how many there are, or a mapping with the key that was read last.
    enum Within {
        List(usize),
        Mapping(Option<String>),
    }
    let mut leaves = Vec::new();
    let mut within: Vec<Within> = Vec::new();
    let done = |within: &mut Vec<Within>| match within.last_mut() {
        Some(Within::List(number)) => *number += 1,
        Some(Within::Mapping(key)) => *key = None,
        None => {}
    };
    for event in Parser::new_from_str(yaml) {
        match event.map_err(|error| error.to_string())?.0 {
            Event::MappingStart(..) => within.push(Within::Mapping(None)),
            Event::SequenceStart(..) => within.push(Within::List(0)),
            Event::MappingEnd | Event::SequenceEnd => {
                within.pop();
                done(&mut within);
            }
            Event::Scalar(text, ..) => {
                if let Some(Within::Mapping(key @ None)) = within.last_mut() {
                    *key = Some(text.into_owned());
                    continue;
                }
                let path = within.iter().map(|within| match within {
                    Within::List(number) => number.to_string(),
                    Within::Mapping(key) => key.clone().unwrap_or_default(),
                });
                leaves.push((path.collect(), text.into_owned()));
                done(&mut within);
            }
            Event::Alias(_) => done(&mut within),
            _ => {}
        }
    }
    Ok(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_and_labels_are_found_among_the_rest() {
        let yaml = "global:\n  scrape_interval: 1m30s\n  external_labels:\n    region: \"eu\"\nrule_files:\n- a.yml\nscrape_configs:\n\
                    - job_name: quick\n  scrape_interval: 5s\n  static_configs:\n  - targets:\n    - localhost:1\n    labels:\n      job_name: no\n\
                    - job_name: usual\n";
        let scraping = Scraping::read(yaml).expect("is read");
        assert_eq!(scraping.interval, Some(Duration::from_secs(90)));
        let expected = [("quick", 5), ("usual", 90)].map(|(job, s)| (job.to_owned(), Duration::from_secs(s)));
        assert_eq!(scraping.intervals, expected.into());
        assert_eq!(scraping.external_labels, [("region".to_owned(), "eu".to_owned())].into());
        assert!(Scraping::read("a: [").is_err());
    }
}
