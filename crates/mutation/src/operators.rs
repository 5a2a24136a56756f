//! The operators, by what they change.

pub(crate) mod binary;
pub(crate) mod calls;
pub(crate) mod labels;
pub(crate) mod matchers;
pub(crate) mod metrics;
pub(crate) mod numbers;
pub(crate) mod time;
