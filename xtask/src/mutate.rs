//! `cargo xtask mutate`: makes mistakes in every rendered expression, and counts those that nothing notices.

use std::{collections::BTreeMap, time::Instant};

use clap::Args;
use monitoring::Asked;
use mutation::{Equivalents, Mutant, OPERATORS, Operator, Original, Score, Vocabulary};
use promql::{Checker, Finding};
use shop_monitoring::{Place, equivalents::EQUIVALENTS};

use crate::{Format, Outcome};

/// Changes each rendered expression by every operator, and says which changes neither the checker nor the generated tests notice.
///
/// docs/mutation.md lists the operators and says how a change is noticed. The last line is the score. Exit 0 when every mutant is
/// caught or named as equivalent, 1 otherwise.
#[derive(Args)]
pub(crate) struct Mutate {
    /// Prints the operators and every mutant, and tries none.
    #[arg(long)]
    list: bool,
    /// Changes only expressions of places whose name contains this, such as `ApiDown` or `rule api:`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Changes only by this operator; may be given more than once.
    #[arg(long, value_name = "NAME", value_parser = operator)]
    operator: Vec<&'static Operator>,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn operator(name: &str) -> Result<&'static Operator, String> {
    let names = || OPERATORS.iter().map(|operator| operator.name).collect::<Vec<_>>().join(", ");
    OPERATORS.iter().find(|operator| operator.name == name).ok_or_else(|| format!("there are {}", names()))
}

/// An expression with its mutants.
struct Mutated {
    asked: Asked,
    mutants: Vec<Mutant>,
}

impl Mutate {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let definitions = shop_monitoring::definitions(&Place::local());
        let symbols = definitions.symbols(&shop_monitoring::symbols());
        let asked = definitions.asked(&symbols);
        let vocabulary = Vocabulary::of(&symbols, asked.iter().map(|asked| asked.query.as_str()));
        let mutated: Vec<Mutated> = self.chosen(asked, &vocabulary);
        if self.list {
            list(&mutated);
            return Ok(Outcome::Done);
        }
        let started = Instant::now();
        let checker = Checker::new(&symbols);
        let mut score = Score::default();
        let mut survivors = BTreeMap::<&str, usize>::new();
        let mut equivalents = Equivalents::new(EQUIVALENTS);
        for Mutated { asked, mutants } in &mutated {
            let original = codes(&asked.findings(&checker, &asked.query));
            for mutant in mutants {
                let found = codes(&asked.findings(&checker, &mutant.query));
                let is_caught =
                    found.iter().any(|(code, count)| original.get(code).is_none_or(|before| before < count));
                equivalents.meet(&asked.places[0], mutant.operator.name, &mutant.change, is_caught);
                if is_caught {
                    score.caught += 1;
                } else {
                    score.survived += 1;
                    *survivors.entry(mutant.operator.name).or_default() += 1;
                }
            }
        }
        for operator in OPERATORS {
            let all = mutated.iter().flat_map(|it| &it.mutants).filter(|it| it.operator.name == operator.name).count();
            println!("{:<20} {:>6} survive of {all}", operator.name, survivors.get(operator.name).unwrap_or(&0));
        }
        println!("{} expressions, {:.1} s", mutated.len(), started.elapsed().as_secs_f64());
        println!("{score}");
        Ok(if score.survived == 0 { Outcome::Done } else { Outcome::Findings })
    }

    fn chosen(&self, asked: Vec<Asked>, vocabulary: &Vocabulary<'_>) -> Vec<Mutated> {
        let is_meant = |asked: &Asked| {
            self.only.as_ref().is_none_or(|name| asked.places.iter().any(|place| place.contains(name.as_str())))
        };
        let mutated = |asked: Asked| {
            let mut mutants = Mutant::all(Original { query: &asked.query, held: asked.held }, vocabulary);
            mutants.retain(|mutant| {
                self.operator.is_empty() || self.operator.iter().any(|operator| operator.name == mutant.operator.name)
            });
            Mutated { asked, mutants }
        };
        asked.into_iter().filter(is_meant).map(mutated).collect()
    }
}

/// How often each kind of mistake was found.
fn codes(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    for finding in findings {
        *codes.entry(finding.code.as_str()).or_default() += 1;
    }
    codes
}

fn list(mutated: &[Mutated]) {
    for operator in OPERATORS {
        println!("{}: {}", operator.name, operator.does);
    }
    for Mutated { asked, mutants } in mutated {
        println!("\n{}", asked.places.join("; "));
        for mutant in mutants {
            println!("  {}: {}", mutant.operator.name, mutant.change);
        }
    }
}
