//! Mistakes made on purpose: a query is changed by every operator of a list, to see whether anything notices
//! (<https://en.wikipedia.org/wiki/Mutation_testing>).
//!
//! It knows neither a shop nor who is to notice. [`Mutant::all`] makes the mutants of a query, [`Equivalents`] says of which it is
//! known that they mean the same, and [`Score`] counts.

mod edit;
mod equivalent;
mod mutant;
mod operator;
mod operators;
mod page;
mod score;
mod vocabulary;

pub use edit::Edit;
pub use equivalent::{Equivalent, Equivalents, Refused};
pub use mutant::{Mutant, Original};
pub use operator::{OPERATORS, Operator, Site};
pub use page::page;
pub use score::Score;
pub use vocabulary::Vocabulary;
