//! Identifiers: newtypes, parsed where they come in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier has 1 to 64 lower-case letters, digits and hyphens")
    }
}

impl std::error::Error for InvalidId {}

macro_rules! id {
    ($($(#[$doc:meta])* $Name:ident;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $Name(String);

        impl $Name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $Name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $Name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if (1..=64).contains(&text.len()) && text.chars().all(allowed) { Ok(Self(text)) } else { Err(InvalidId) }
            }
        }

        impl From<$Name> for String {
            fn from(id: $Name) -> String {
                id.0
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

id! {
    /// A product, such as `p-001`.
    ProductId;
    /// An order; also the key of its reservation and of its payment, so that each can be repeated safely.
    OrderId;
    /// Who buys.
    CustomerId;
}

impl OrderId {
    /// A new one, which sorts after all earlier ones.
    pub fn new() -> Self {
        Self(format!("o-{}", uuid::Uuid::now_v7()))
    }
}

impl Default for OrderId {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in ["", "A", "a b", "p/1", "ä", &"x".repeat(65)] {
            assert_eq!(text.parse::<ProductId>(), Err(InvalidId), "{text:?}");
        }
        assert!("p-001".parse::<ProductId>().is_ok());
        assert!(OrderId::new().as_str().parse::<OrderId>().is_ok());
    }
}
