//! The labels that queries group by and match on.

use promql::Key;
use signals::{db, http};

/// Which service; a target label.
pub const SERVICE: Key = Key::target("service");
/// Which process of it; a target label.
pub const INSTANCE: Key = Key::target("instance");
/// Where it runs; a target label.
pub const ENVIRONMENT: Key = Key::target("environment");
/// Which group of targets; a target label.
pub const JOB: Key = Key::target("job");

pub const ROUTE: Key = Key::of(http::ROUTE);
pub const ERROR_TYPE: Key = Key::of(http::ERROR_TYPE);
pub const COLLECTION: Key = Key::of(db::COLLECTION);
pub const STATUS_CODE: Key = Key::of(http::STATUS_CODE);
