//! The checker as a command, from the outside.

mod reading;
//! The command from outside: what it reads, what it says and how it ends.

mod command;
mod pages;
mod speaking;
