//! The checker as a command, from the outside.

mod reading;
