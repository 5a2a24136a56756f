//! How long anything may take: declared once, shorter from the door inward, so that the outer always outlives the inner.

use std::time::Duration;

use crate::services::ServiceName;

impl ServiceName {
    /// How long a request to the service may take, unless its caller has less time left.
    pub const fn deadline(self) -> Duration {
        Duration::from_secs(match self {
            ServiceName::Gateway => 30,
            ServiceName::Orders => 25,
            ServiceName::Payments => 10,
            ServiceName::Catalog => 5,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::services::SERVICES;

    #[test]
    fn a_caller_outlives_whom_it_calls() {
        for row in SERVICES {
            for called in row.calls {
                assert!(row.name.deadline() > called.deadline(), "{} gives up before {called}", row.name);
            }
        }
    }
}
