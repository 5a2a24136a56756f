//! A wish to buy that makes sense: read, checked and brought into one form before anything is stored.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest as _, Sha256};
use shop::{
    ids::CustomerId,
    messages::{Line, MAX_LINES, MAX_QUANTITY, Payment, PaymentMethod, PlaceOrder},
};

use crate::error::Error;

/// The longest token that a payment provider gives out.
const MAX_TOKEN: usize = 64;
/// The longest idempotency key that a client may choose.
const MAX_KEY: usize = 128;

/// What a customer wants, valid and in its one form: a product stands once, and products are sorted.
#[derive(Clone, Debug)]
pub struct Wish {
    pub customer: CustomerId,
    pub lines: Vec<Line>,
    pub payment: Payment,
}

impl TryFrom<PlaceOrder> for Wish {
    type Error = Error;

    fn try_from(wish: PlaceOrder) -> Result<Self, Error> {
        let PlaceOrder { customer, lines, payment } = wish;
        let mut merged = BTreeMap::new();
        for Line { product, quantity } in lines {
            if quantity == 0 {
                return Err(invalid(format!("lines: {product}: a quantity is at least 1")));
            }
            let sum: &mut u32 = merged.entry(product).or_default();
            *sum = sum.saturating_add(quantity);
        }
        if merged.is_empty() {
            return Err(invalid("lines: at least one"));
        }
        if merged.len() > MAX_LINES {
            return Err(invalid(format!("lines: at most {MAX_LINES} different products")));
        }
        if let Some((product, _)) = merged.iter().find(|(_, quantity)| **quantity > MAX_QUANTITY) {
            return Err(invalid(format!("lines: {product}: at most {MAX_QUANTITY} of one product")));
        }
        if payment.token.is_empty() || payment.token.len() > MAX_TOKEN {
            return Err(invalid(format!("payment.token: 1 to {MAX_TOKEN} bytes")));
        }
        if payment.method == PaymentMethod::Unknown {
            return Err(Error::UnknownPaymentMethod);
        }
        let lines = merged.into_iter().map(|(product, quantity)| Line { product, quantity }).collect();
        Ok(Self { customer, lines, payment })
    }
}

impl Wish {
    /// What tells two wishes apart. A digest, since the token of a payment is nothing to keep.
    pub fn fingerprint(&self) -> String {
        let Self { customer, lines, payment: Payment { method, token } } = self;
        let mut digest = Sha256::new();
        digest.update(format!("{customer}\n{}\n{token}\n", method.as_str()));
        for Line { product, quantity } in lines {
            digest.update(format!("{product} {quantity}\n"));
        }
        digest.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The client's own word for an order, by which a repeat is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The header in which it comes.
    pub const HEADER: &str = "idempotency-key";

    /// Reads the header's value.
    ///
    /// # Errors
    /// When it is empty, too long, or has anything but visible ASCII.
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        let text = str::from_utf8(value).unwrap_or_default();
        if (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(invalid(format!("{}: 1 to {MAX_KEY} visible ASCII characters without spaces", Self::HEADER)))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn invalid(what: impl Into<String>) -> Error {
    Error::Invalid(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(lines: &[(&str, u32)], token: &str, method: PaymentMethod) -> PlaceOrder {
        let lines = lines
            .iter()
            .map(|(product, quantity)| Line { product: product.parse().expect("a product id"), quantity: *quantity });
        PlaceOrder {
            customer: "ada".parse().expect("a customer id"),
            lines: lines.collect(),
            payment: Payment { method, token: token.to_owned() },
        }
    }

    #[track_caller]
    fn refused(wish: PlaceOrder, because: &str) {
        match Wish::try_from(wish) {
            Err(Error::Invalid(why)) => assert!(why.contains(because), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wish_that_makes_no_sense_is_refused_with_the_place() {
        use PaymentMethod::Card;
        refused(order(&[], "tok_ok", Card), "lines: at least one");
        refused(order(&[("p-001", 0)], "tok_ok", Card), "p-001: a quantity is at least 1");
        refused(order(&[("p-001", 101)], "tok_ok", Card), "at most 100 of one product");
        refused(order(&[("p-001", 60), ("p-001", 60)], "tok_ok", Card), "at most 100 of one product");
        refused(order(&[("p-001", u32::MAX), ("p-001", 2)], "tok_ok", Card), "at most 100 of one product");
        refused(order(&[("p-001", 1)], "", Card), "payment.token");
        refused(order(&[("p-001", 1)], &"x".repeat(65), Card), "payment.token");
        let many: Vec<String> = (0..21).map(|i| format!("p-{i}")).collect();
        let many: Vec<(&str, u32)> = many.iter().map(|product| (product.as_str(), 1)).collect();
        refused(order(&many, "tok_ok", Card), "at most 20 different products");
        assert!(Wish::try_from(order(&many[..20], "tok_ok", Card)).is_ok());
        let unknown = order(&[("p-001", 1)], "tok_ok", PaymentMethod::Unknown);
        assert!(matches!(Wish::try_from(unknown), Err(Error::UnknownPaymentMethod)));
    }

    #[test]
    fn a_product_that_stands_twice_is_merged_and_lines_are_sorted() {
        let wish = order(&[("p-2", 1), ("p-1", 2), ("p-2", 3)], "tok_ok", PaymentMethod::Card);
        let lines = Wish::try_from(wish).expect("valid").lines;
        let lines: Vec<(&str, u32)> = lines.iter().map(|line| (line.product.as_str(), line.quantity)).collect();
        assert_eq!(lines, [("p-1", 2), ("p-2", 4)]);
    }

    #[test]
    fn the_fingerprint_tells_wishes_apart_and_not_their_spelling() {
        let of = |lines: &[(&str, u32)], token: &str, method| {
            Wish::try_from(order(lines, token, method)).expect("valid").fingerprint()
        };
        let one = of(&[("p-1", 2), ("p-2", 1)], "tok_ok", PaymentMethod::Card);
        assert_eq!(one, of(&[("p-2", 1), ("p-1", 1), ("p-1", 1)], "tok_ok", PaymentMethod::Card));
        assert_ne!(one, of(&[("p-1", 2), ("p-2", 2)], "tok_ok", PaymentMethod::Card));
        assert_ne!(one, of(&[("p-1", 2), ("p-2", 1)], "tok_slow", PaymentMethod::Card));
        assert_ne!(one, of(&[("p-1", 2), ("p-2", 1)], "tok_ok", PaymentMethod::Paypal));
    }

    #[test]
    fn an_idempotency_key_is_short_and_visible() {
        assert_eq!(IdempotencyKey::parse(b"k-1").expect("valid").as_str(), "k-1");
        for bad in [&b""[..], b"a b", b"\xff", &[b'x'; 129]] {
            assert!(matches!(IdempotencyKey::parse(bad), Err(Error::Invalid(_))), "{bad:?}");
        }
    }
}
