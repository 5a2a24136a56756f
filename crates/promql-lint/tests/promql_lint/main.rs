//! The command from outside: what it reads, what it says and how it ends.

mod command;
mod good;
mod joining;
mod pages;
mod reading;
mod readme;
mod speaking;
