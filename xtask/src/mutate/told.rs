//! What became of the mutants, for people and for machines.

use std::collections::BTreeMap;

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

/// The survivors, what each operator's mutants came to, and the score.
pub(super) fn result(mutated: &[Mutated], tried: &Tried, is_all: bool, format: Format) -> anyhow::Result<Outcome> {
    let mut equivalents = Equivalents::new(EQUIVALENTS);
    let mut score = Score::default();
    let mut by_operator: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut survivors = Vec::new();
    for (mutated, fates) in mutated.iter().zip(&tried.fates) {
        for (mutant, fate) in mutated.mutants.iter().zip(fates) {
            let place = &mutated.asked.places[0];
            let reason = equivalents.meet(place, mutant.operator.name, &mutant.change, fate.is_caught());
            let counts = by_operator.entry(mutant.operator.name).or_default();
            match (fate, reason) {
                (Fate::Checker(_), _) => counts[0] += 1,
                (Fate::Value(_) | Fate::Trial(_), _) => counts[1] += 1,
                (_, Some(_)) => counts[2] += 1,
                (..) => counts[3] += 1,
            }
            match (fate.is_caught(), reason) {
                (true, _) => score.caught += 1,
                (false, Some(_)) => score.equivalent += 1,
                (false, None) => {
                    score.survived += 1;
                    survivors.push((mutated, mutant, fate));
                }
            }
        }
    }
    let refused =
        equivalents.refused(|named| is_all || mutated.iter().any(|mutated| mutated.asked.places[0] == named.place));
    let refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
    let errors: Vec<(&str, &str)> =
        tried.errors.iter().map(|(place, error)| (mutated[*place].asked.places[0].as_str(), error.as_str())).collect();
    if format == Format::Json {
        let survivors: Vec<_> = survivors.iter().map(|(mutated, mutant, _)| told(mutated, mutant)).collect();
        let all = json!({
            "survivors": survivors, "refused": refused, "untried": errors, "caught": score.caught,
            "survived": score.survived, "equivalent": score.equivalent, "score": score.to_string(),
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        for (mutated, mutant, fate) in &survivors {
            survivor(mutated, mutant, fate);
        }
        for (place, error) in &errors {
            println!("cannot be tried: {place}: {error}");
        }
        refused.iter().for_each(|refused| println!("{refused}"));
        table(&by_operator);
        let took: Vec<String> = tried.took.iter().map(|(what, seconds)| format!("{what} {seconds:.0} s")).collect();
        println!("{} expressions; {}", mutated.len(), took.join(", "));
        println!("{score}");
    }
    let is_good = score.survived == 0 && refused.is_empty() && errors.is_empty();
    Ok(if is_good { Outcome::Done } else { Outcome::Findings })
}

fn survivor(Mutated { asked, .. }: &Mutated, mutant: &Mutant, fate: &Fate) {
    let how = if *fate == Fate::TooLong { "took too long" } else { "survives" };
    println!("{how}: {}, {}: {}", asked.places[0], mutant.operator.name, mutant.change);
    for line in mutant.shown(&asked.query).lines() {
        println!("    {line}");
    }
}

fn table(by_operator: &BTreeMap<&str, [usize; 4]>) {
    let head = ["checker", "tests", "equivalent", "survive"];
    println!("{:<18}{}", "", head.map(|word| format!("{word:>11}")).concat());
    for operator in OPERATORS {
        if let Some(counts) = by_operator.get(operator.name) {
            println!("{:<18}{}", operator.name, counts.map(|count| format!("{count:>11}")).concat());
        }
    }
}
