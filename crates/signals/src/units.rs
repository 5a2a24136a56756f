//! Units as types: a signal's type says what its [`Unit`](crate::Unit) says as data, so that a query knows its dimension while compiling.

/// Time.
#[derive(Clone, Copy, Debug)]
pub struct Seconds;

/// Memory, files and traffic.
#[derive(Clone, Copy, Debug)]
pub struct Bytes;

/// A share between 0 and 1.
#[derive(Clone, Copy, Debug)]
pub struct Ratio;

/// Things counted one by one.
#[derive(Clone, Copy, Debug)]
pub struct Each;
