//! The house's invariants, as far as a test can hold them: who depends on whom, what comes from outside, how a file begins.

mod dependencies;
mod example;
mod outside;
mod sources;
mod workspace;
