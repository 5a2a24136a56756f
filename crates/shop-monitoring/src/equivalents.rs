//! Mutants of our expressions that mean the same as the original, each with the reason.

use mutation::Equivalent;

const PROPORTIONS: &str =
    "a quantile goes by the proportions of the buckets, and the same factor on all of them changes none";
const ONES: &str = "what is present is 1, and so are the greatest, the least and the mean of it";
const ONE_VALUE: &str = "the query asks for one value of this label, which then tells no series apart";

/// All of them. One that meets no mutant, or that something catches, is refused.
pub const EQUIVALENTS: &[Equivalent] = &[
    named("rule api:response_time_p50", "function", "rate -> increase", PROPORTIONS),
    named("rule api:response_time_p95", "function", "rate -> increase", PROPORTIONS),
    named("rule api:response_time_p99", "function", "rate -> increase", PROPORTIONS),
    named("rule service:response_time_p50", "function", "rate -> increase", PROPORTIONS),
    named("rule service:response_time_p95", "function", "rate -> increase", PROPORTIONS),
    named("rule service:response_time_p99", "function", "rate -> increase", PROPORTIONS),
    named("alert DatabaseSlow", "function", "rate -> increase", PROPORTIONS),
    named("alert PoolWaits", "function", "rate -> increase", PROPORTIONS),
    named(
        r#"performance, panel "95th percentile of calls between services""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(r#"performance, panel "95th percentile of statements""#, "function", "rate -> increase", PROPORTIONS),
    named(
        r#"performance, panel "Wait for a connection, 95th percentile""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"business, panel "Time that a checkout takes", line "median""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"business, panel "Time that a checkout takes", line "95th percentile""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(r#"monitoring, panel "Time that a push takes""#, "function", "rate -> increase", PROPORTIONS),
    named(
        r#"runbook of ApiLatencyCritical, "The database's statements, 95th percentile""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"runbook of DatabaseSlow, "The 95th percentile by statement""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"runbook of ExportFailing, "How long pushes take, 95th percentile""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"runbook of QuickAnswersBurnFastest, "The 95th percentile by route""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"runbook of ResponsiveAnswersBurnFastest, "The 99th percentile by route""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(
        r#"runbook of CheckoutBurnsFastest, "How long checkouts take, 95th percentile""#,
        "function",
        "rate -> increase",
        PROPORTIONS,
    ),
    named(r#"question "Median response time over an hour""#, "function", "rate -> increase", PROPORTIONS),
    named(r#"question "95th percentile of calls to other services""#, "function", "rate -> increase", PROPORTIONS),
    named("alert DiskFilling", "aggregation", "max -> avg (2)", ONES),
    named("alert DiskFilling", "aggregation", "max -> min (2)", ONES),
    named("alert InodesFilling", "aggregation", "max -> avg (2)", ONES),
    named("alert InodesFilling", "aggregation", "max -> min (2)", ONES),
    named(
        r#"performance, panel "Calls between services", line "{service} to {server_address}: {error_type}""#,
        "add-label",
        "(environment, service, server_address, error_type) -> (environment, service, server_ … pe, http_response_status_code)",
        ONE_VALUE,
    ),
    named(
        r#"business, panel "Products by how much is left", line "out""#,
        "add-label",
        "(environment, category) -> (environment, category, state)",
        ONE_VALUE,
    ),
    named(
        r#"business, panel "Products by how much is left", line "low""#,
        "add-label",
        "(environment, category) -> (environment, category, state)",
        ONE_VALUE,
    ),
    named(
        r#"business, panel "Products by how much is left", line "ok""#,
        "add-label",
        "(environment, category) -> (environment, category, state)",
        ONE_VALUE,
    ),
];

const fn named(place: &'static str, operator: &'static str, change: &'static str, reason: &'static str) -> Equivalent {
    Equivalent { place, operator, change, reason }
}
