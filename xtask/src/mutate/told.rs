//! What became of the mutants, for people and for machines.

use std::collections::BTreeMap;

use monitoring::trials::Seen;
use mutation::{Equivalents, Mutant, OPERATORS, Score};
use serde_json::json;
use shop_monitoring::equivalents::EQUIVALENTS;

use super::{
    Mutated,
    tried::{Fate, Tried},
};
use crate::{Format, Outcome};

/// Every operator and every mutant.
pub(super) fn list(mutated: &[Mutated], format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        let operators = OPERATORS.iter().map(|operator| json!({ "name": operator.name, "does": operator.does }));
        let mutants =
            mutated.iter().flat_map(|mutated| mutated.mutants.iter().map(move |mutant| told(mutated, mutant)));
        let all = json!({ "operators": operators.collect::<Vec<_>>(), "mutants": mutants.collect::<Vec<_>>() });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let width = OPERATORS.iter().map(|operator| operator.name.len()).max().unwrap_or_default();
    for operator in OPERATORS {
        println!("{:width$}  {}", operator.name, operator.does);
    }
    for Mutated { asked, mutants } in mutated {
        println!("\n{}", asked.places.join("; "));
        for mutant in mutants {
            println!("  {}: {}", mutant.operator.name, mutant.change);
        }
    }
    let count: usize = mutated.iter().map(|mutated| mutated.mutants.len()).sum();
    println!("\n{count} mutants of {} expressions by {} operators", mutated.len(), OPERATORS.len());
    Ok(())
}

fn told(Mutated { asked, .. }: &Mutated, mutant: &Mutant) -> serde_json::Value {
    json!({
        "places": asked.places,
        "operator": mutant.operator.name,
        "change": mutant.change,
        "original": asked.query,
        "mutant": mutant.query,
        "for": mutant.held.map(|held| held.as_secs()),
    })
}

/// What became of all mutants.
#[derive(Default)]
struct Counted<'a> {
    score: Score,
    by_operator: BTreeMap<&'a str, [usize; HEAD.len()]>,
    survivors: Vec<(&'a Mutated, &'a Mutant, &'a Fate)>,
}

/// What becomes of mutants.
const HEAD: [&str; 7] = ["checker", "value", "of a side", "of numbers", "trial", "equivalent", "survive"];

impl<'a> Counted<'a> {
    fn of(mutated: &'a [Mutated], tried: &'a Tried, equivalents: &mut Equivalents<'_>) -> Self {
        let mut counted = Self::default();
        for (mutated, fates) in mutated.iter().zip(&tried.fates) {
            for (mutant, fate) in mutated.mutants.iter().zip(fates) {
                let place = &mutated.asked.places[0];
                let is_named =
                    equivalents.meet(place, mutant.operator.name, &mutant.change, fate.is_caught()).is_some();
                counted.add(mutated, mutant, fate, is_named);
            }
        }
        counted
    }

    fn add(&mut self, mutated: &'a Mutated, mutant: &'a Mutant, fate: &'a Fate, is_named: bool) {
        let column = match fate {
            Fate::Checker(_) => 0,
            Fate::Value(Seen::Whole, _) => 1,
            Fate::Value(Seen::Part, _) => 2,
            Fate::Value(Seen::Table, _) => 3,
            Fate::Trial(_) => 4,
            Fate::Survived | Fate::TooLong if is_named => 5,
            Fate::Survived | Fate::TooLong => 6,
        };
        self.by_operator.entry(mutant.operator.name).or_default()[column] += 1;
        match column {
            5 => self.score.equivalent += 1,
            6 => {
                self.score.survived += 1;
                self.survivors.push((mutated, mutant, fate));
            }
            _ => self.score.caught += 1,
        }
    }
}

/// The survivors, what each operator's mutants came to, and the score.
pub(super) fn result(mutated: &[Mutated], tried: &Tried, is_all: bool, format: Format) -> anyhow::Result<Outcome> {
    let mut equivalents = Equivalents::new(EQUIVALENTS);
    let Counted { score, by_operator, survivors } = Counted::of(mutated, tried, &mut equivalents);
    // What was not asked about may still be there.
    let refused = equivalents.refused(|_| is_all);
    let refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
    let untried: Vec<(&str, &str)> =
        tried.errors.iter().map(|(place, error)| (mutated[*place].asked.places[0].as_str(), error.as_str())).collect();
    match format {
        Format::Json => {
            let survivors: Vec<_> = survivors.iter().map(|(mutated, mutant, _)| told(mutated, mutant)).collect();
            let all = json!({
                "survivors": survivors, "refused": refused, "untried": untried, "caught": score.caught,
                "survived": score.survived, "equivalent": score.equivalent, "score": score.to_string(),
            });
            println!("{}", serde_json::to_string_pretty(&all)?);
        }
        Format::Text => {
            survivors.iter().for_each(|(mutated, mutant, fate)| survivor(mutated, mutant, fate));
            untried.iter().for_each(|(place, error)| println!("cannot be tried: {place}: {error}"));
            refused.iter().for_each(|refused| println!("{refused}"));
            table(&by_operator);
            let took: Vec<String> = tried.took.iter().map(|(what, seconds)| format!("{what} {seconds:.0} s")).collect();
            println!("{} expressions; {}", mutated.len(), took.join(", "));
            println!("{score}");
        }
    }
    let is_good = score.survived == 0 && refused.is_empty() && untried.is_empty();
    Ok(if is_good { Outcome::Done } else { Outcome::Findings })
}

fn survivor(Mutated { asked, .. }: &Mutated, mutant: &Mutant, fate: &Fate) {
    let how = if *fate == Fate::TooLong { "took too long" } else { "survives" };
    println!("{how}: {}, {}: {}", asked.places[0], mutant.operator.name, mutant.change);
    for line in mutant.shown(&asked.query).lines() {
        println!("    {line}");
    }
}

fn table(by_operator: &BTreeMap<&str, [usize; HEAD.len()]>) {
    let row = |name: &str, cells: [String; HEAD.len()]| {
        println!("{name:<18}{}", cells.map(|cell| format!("{cell:>11}")).concat());
    };
    row("", HEAD.map(str::to_owned));
    let mut all = [0; HEAD.len()];
    for operator in OPERATORS {
        let Some(counts) = by_operator.get(operator.name) else { continue };
        row(operator.name, counts.map(|count| count.to_string()));
        all.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
    }
    row("all", all.map(|count| count.to_string()));
}
