//! Mutants of our expressions that mean the same as the original, each with the reason.

use mutation::Equivalent;

/// All of them. One that meets no mutant, or that something catches, is refused.
pub const EQUIVALENTS: &[Equivalent] = &[];
