//! The builder writes what a person would, the checker refuses what is certainly wrong, and the rest does not compile.

mod checker;
mod compiling;
mod observed;
mod queries;
mod rules;
