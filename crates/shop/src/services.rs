//! The service table: who there is, where they listen, whom they call, what they need. One row a service.

use std::fmt;

use crate::ports::{Doors, Ports};

/// A service of the shop: its crate, its binary, its `service.name` and its Kubernetes Service all bear this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceName {
    Gateway,
    Catalog,
    Orders,
    Payments,
}

/// What the world must know of a service to start, reach and watch it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub name: ServiceName,
    /// One line for people.
    pub purpose: &'static str,
    /// The services it calls, each reached by the address in the environment variable [`ServiceName::address_variable`].
    pub calls: &'static [ServiceName],
    /// Whether it keeps state, and so reads `DATABASE_URL`.
    pub has_database: bool,
    /// A stand-in for somebody else's service: outside promises and paging, absent from production.
    pub is_sandbox: bool,
}

/// Every service of the shop.
pub const SERVICES: &[Row] = &[
    Row {
        name: ServiceName::Gateway,
        purpose: "the one public door",
        calls: &[ServiceName::Catalog, ServiceName::Orders],
        has_database: false,
        is_sandbox: false,
    },
    Row {
        name: ServiceName::Catalog,
        purpose: "what we sell, and how much of it is left",
        calls: &[],
        has_database: true,
        is_sandbox: false,
    },
    Row {
        name: ServiceName::Orders,
        purpose: "checkout, and the order's life",
        calls: &[ServiceName::Catalog, ServiceName::Payments],
        has_database: true,
        is_sandbox: false,
    },
    Row {
        name: ServiceName::Payments,
        purpose: "a sandbox payment provider",
        calls: &[],
        has_database: true,
        is_sandbox: true,
    },
];

impl ServiceName {
    /// The name as it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            ServiceName::Gateway => "gateway",
            ServiceName::Catalog => "catalog",
            ServiceName::Orders => "orders",
            ServiceName::Payments => "payments",
        }
    }

    /// The environment variable in which its callers find its address, such as `CATALOG_URL`.
    pub const fn address_variable(self) -> &'static str {
        match self {
            ServiceName::Gateway => "GATEWAY_URL",
            ServiceName::Catalog => "CATALOG_URL",
            ServiceName::Orders => "ORDERS_URL",
            ServiceName::Payments => "PAYMENTS_URL",
        }
    }

    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        let [gateway, catalog, orders, payments] = SERVICES else { unreachable!("the table has one row a service") };
        match self {
            ServiceName::Gateway => gateway,
            ServiceName::Catalog => catalog,
            ServiceName::Orders => orders,
            ServiceName::Payments => payments,
        }
    }

    /// Where it listens unless told otherwise.
    pub fn doors(self) -> Doors {
        Ports::FIXED.doors(self)
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_name() {
        for row in SERVICES {
            assert_eq!(row.name.row().name, row.name);
        }
    }
}
