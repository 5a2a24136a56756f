//! The payment provider against real databases: every test on SQLite and on PostgreSQL.

// The same databases as the catalog's tests have.
#[path = "../../../catalog/tests/store/fixture.rs"]
mod fixture;
mod ledger;
mod process;
