//! What the definitions find wrong with themselves, beside what the checker finds in their queries.

use promql::{Code, Field, Finding};

/// About a place as a whole, or a query in it.
pub(crate) fn finding(code: Code, place: &str, query: &str, reason: &str, help: &str) -> Finding {
    Finding {
        code,
        severity: code.severity(),
        place: place.to_owned(),
        field: Field::Query,
        query: query.to_owned(),
        span: None,
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
}

/// A text for people says something.
pub(crate) fn empty(place: &str, part: &str, text: &str) -> Option<Finding> {
    let reason = format!("its {part} is empty");
    text.trim().is_empty().then(|| finding(Code::EmptyText, place, "", &reason, "write it"))
}
