//! Orders from outside: its store on both engines, its checkout between services that fail, and the whole process.

mod checkout;
mod crashes;
mod database;
mod process;
mod repeats;
mod setting;
mod store;
mod world;
