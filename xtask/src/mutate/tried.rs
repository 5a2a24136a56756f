//! Shows each mutant to the checker, and what it lets pass to the generated tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, anyhow};
use monitoring::{
    Asked, Choice,
    trials::{Instead, Known, Meaning, Rules, Seen, Verdict, Wait, ask, each, failing, waits},
};
use promql::{Checker, Finding, Severity, Symbols};
use shop_monitoring::{Place, healthy};
use stack::tools::{self, Tool};

use super::Mutated;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// By the checker, with this kind of mistake.
    Checker(&'static str),
    /// By its value in a world made for the original, or that of a side of it.
    Value(Seen, String),
    /// By the alert's trial.
    Trial(String),
    Survived,
    /// Nothing was said in time, so it counts as surviving.
    TooLong,
}

impl Fate {
    pub(super) const fn is_caught(&self) -> bool {
        matches!(self, Self::Checker(_) | Self::Value(..) | Self::Trial(_))
    }
}

/// What became of all mutants of each expression, and why an expression itself could not be tried.
pub(super) struct Tried {
    pub(super) fates: Vec<Vec<Fate>>,
    /// By the expression's place among all.
    pub(super) errors: BTreeMap<usize, String>,
    /// What took how many seconds.
    pub(super) took: Vec<(&'static str, f64)>,
}

/// Tries every mutant. `asked` are all expressions, also those that are not changed.
pub(super) fn all(mutated: &[Mutated], asked: &[Asked], symbols: &Symbols, place: &Place) -> anyhow::Result<Tried> {
    let promtool = tools::need(Tool::Promtool)?;
    let folder = tempfile::tempdir().context("a folder for promtool's files cannot be made")?;
    let mut tried = Tried { fates: Vec::new(), errors: BTreeMap::new(), took: Vec::new() };
    let started = Instant::now();
    tried.fates = each(mutated, |mutated| checked(mutated, symbols));
    tried.took.push(("the checker", started.elapsed().as_secs_f64()));

    let started = Instant::now();
    let texts: Vec<String> = asked.iter().map(|asked| asked.as_asked(&asked.query, Choice::Fitting)).collect();
    let known = Known::of(&Checker::new(symbols), texts.iter().map(String::as_str));
    let places: Vec<usize> = (0..mutated.len()).collect();
    let valued =
        each(&places, |place| valued(&promtool, folder.path(), *place, &mutated[*place], &tried.fates[*place], &known));
    for (place, verdicts) in valued.into_iter().enumerate() {
        match verdicts {
            Ok(verdicts) => {
                for (mutant, verdict) in verdicts {
                    tried.fates[place][mutant] = match verdict {
                        Verdict::Same => Fate::Survived,
                        Verdict::Differs(seen, how) => Fate::Value(seen, how),
                        Verdict::TooLong => Fate::TooLong,
                    };
                }
            }
            Err(error) => {
                tried.errors.insert(place, error);
            }
        }
    }
    tried.took.push(("values", started.elapsed().as_secs_f64()));

    let started = Instant::now();
    waited(mutated, &mut tried, &promtool, folder.path())?;
    played(mutated, &mut tried, place, &promtool, folder.path())?;
    tried.took.push(("trials", started.elapsed().as_secs_f64()));
    Ok(tried)
}

/// Tells hold times from those that are meant.
fn waited(mutated: &[Mutated], tried: &mut Tried, promtool: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut places = Vec::new();
    let mut asked = Vec::new();
    for (place, Mutated { asked: original, mutants }) in mutated.iter().enumerate() {
        for (at, mutant) in mutants.iter().enumerate() {
            if let (Some(held), Some(meant)) = (mutant.held, original.held.filter(|meant| Some(*meant) != mutant.held))
            {
                places.push((place, at));
                asked.push(Wait { held, meant });
            }
        }
    }
    for ((place, at), is_right) in places.into_iter().zip(waits(promtool, folder, &asked)?) {
        if !is_right && tried.fates[place][at] == Fate::Survived {
            tried.fates[place][at] = Fate::Trial("it waits too long or not long enough".to_owned());
        }
    }
    Ok(())
}

/// Plays the trials of the alerts of which mutants are left.
fn played(mutated: &[Mutated], tried: &mut Tried, place: &Place, promtool: &Path, folder: &Path) -> anyhow::Result<()> {
    let files = shop_monitoring::files(place).map_err(|refused| anyhow!("{refused}"))?;
    let rules = files.iter().filter(|file| file.path.starts_with("deploy/prometheus/rules/"));
    let rules = Rules::read(rules.map(|file| file.contents.as_str()))?;
    let alert = |place: usize| mutated[place].asked.places.iter().find_map(|place| place.strip_prefix("alert "));
    let is_open = |place: &usize| tried.fates[*place].contains(&Fate::Survived);
    let open: Vec<(usize, &str)> =
        (0..mutated.len()).filter(is_open).filter_map(|place| Some((place, alert(place)?))).collect();
    if open.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<&str> = open.iter().map(|(_, name)| *name).collect();
    let trials = healthy::trials_of(place, &rules, |name| names.contains(name))
        .map_err(|errors| anyhow!("{}", errors.iter().map(|error| format!("{error}\n")).collect::<String>()))?;
    let failing = each(&open, |(place, name)| {
        let mutants = &mutated[*place].mutants;
        let left: Vec<usize> = (0..mutants.len()).filter(|at| tried.fates[*place][*at] == Fate::Survived).collect();
        let held = |at: &usize| mutants[*at].held.unwrap_or_default();
        let instead: Vec<Instead> =
            left.iter().map(|at| Instead { query: mutants[*at].query.clone(), held: held(at) }).collect();
        let Some(trial) = trials.iter().find(|trial| trial.alert == *name) else { return Ok(Vec::new()) };
        let reasons = failing(promtool, folder, trial, &rules, &instead).map_err(|error| format!("{name}: {error}"))?;
        Ok(left.into_iter().zip(reasons).collect())
    });
    for ((place, _), reasons) in open.into_iter().zip(failing) {
        match reasons {
            Ok(reasons) => {
                for (mutant, reason) in reasons {
                    if let Some(reason) = reason {
                        tried.fates[place][mutant] = Fate::Trial(reason);
                    }
                }
            }
            Err(error) => {
                let _: &mut String = tried.errors.entry(place).or_insert(error);
            }
        }
    }
    Ok(())
}

fn checked(Mutated { asked, mutants }: &Mutated, symbols: &Symbols) -> Vec<Fate> {
    let checker = Checker::new(symbols);
    let original = codes(&asked.findings(&checker, &asked.query));
    let fate = |mutant: &mutation::Mutant| {
        let found = codes(&asked.findings(&checker, &mutant.query));
        let mut more = found.iter().filter(|(code, count)| original.get(*code).is_none_or(|before| before < *count));
        more.next().map_or(Fate::Survived, |(code, _)| Fate::Checker(code))
    };
    mutants.iter().map(fate).collect()
}

/// How often each kind of mistake was found.
fn codes(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    let counts = |finding: &&Finding| matches!(finding.severity, Severity::Error | Severity::Warning);
    for finding in findings.iter().filter(counts) {
        *codes.entry(finding.code.as_str()).or_default() += 1;
    }
    codes
}

/// What becomes of the mutants that the checker lets pass, where what they answer is compared.
fn valued(
    promtool: &Path,
    folder: &Path,
    place: usize,
    Mutated { asked, mutants }: &Mutated,
    fates: &[Fate],
    known: &Known,
) -> Result<Vec<(usize, Verdict)>, String> {
    // The same text answers the same.
    let is_open = |at: &usize| fates[*at] == Fate::Survived && mutants[*at].query != asked.query;
    let mut open: Vec<usize> = (0..mutants.len()).filter(is_open).collect();
    let mut told = Vec::new();
    for choice in asked.choices() {
        let original = asked.as_asked(&asked.query, choice);
        let meaning = Meaning::of(&original, known).map_err(|error| error.to_string())?;
        let texts: Vec<String> = open.iter().map(|at| asked.as_asked(&mutants[*at].query, choice)).collect();
        let texts: Vec<&str> = [original.as_str()].into_iter().chain(texts.iter().map(String::as_str)).collect();
        let mut verdicts =
            ask(promtool, folder, &place.to_string(), &meaning, &texts).map_err(|error| error.to_string())?;
        match verdicts.remove(0) {
            Verdict::Same => {}
            unlike => return Err(format!("the original itself is not answered as it is meant: {unlike}")),
        }
        let (same, others): (Vec<_>, Vec<_>) =
            open.into_iter().zip(verdicts).partition(|(_, verdict)| *verdict == Verdict::Same);
        told.extend(others);
        open = same.into_iter().map(|(at, _)| at).collect();
    }
    Ok(told)
}
