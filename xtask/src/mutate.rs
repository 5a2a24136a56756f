//! `cargo xtask mutate`: makes mistakes in every rendered expression, and counts those that nothing notices.

mod told;
mod tried;

use clap::Args;
use monitoring::Asked;
use mutation::{Mutant, OPERATORS, Operator, Original, Vocabulary};
use shop_monitoring::Place;

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
        let place = Place::local();
        let definitions = shop_monitoring::definitions(&place);
        let symbols = definitions.symbols(&shop_monitoring::symbols());
        let asked = definitions.asked(&symbols);
        let vocabulary = Vocabulary::of(&symbols, asked.iter().map(|asked| asked.query.as_str()));
        let mutated: Vec<Mutated> =
            asked.iter().filter(|asked| self.is_meant(asked)).map(|asked| self.mutated(asked, &vocabulary)).collect();
        if self.list {
            told::list(&mutated, self.format)?;
            return Ok(Outcome::Done);
        }
        let tried = tried::all(&mutated, &asked, &symbols, &place)?;
        let is_all = self.only.is_none() && self.operator.is_empty();
        told::result(&mutated, &tried, is_all, self.format)
    }

    fn is_meant(&self, asked: &Asked) -> bool {
        self.only.as_ref().is_none_or(|name| asked.places.iter().any(|place| place.contains(name.as_str())))
    }

    fn mutated(&self, asked: &Asked, vocabulary: &Vocabulary<'_>) -> Mutated {
        let mut mutants = Mutant::all(Original { query: &asked.query, held: asked.held }, vocabulary);
        mutants.retain(|mutant| {
            self.operator.is_empty() || self.operator.iter().any(|operator| operator.name == mutant.operator.name)
        });
        Mutated { asked: asked.clone(), mutants }
    }
}
