//! Money: whole minor units of a currency, never a float.

use serde::{Deserialize, Serialize};
use signals::labels;
use utoipa::ToSchema;

labels! {
    /// The currencies that the shop takes (ISO 4217).
    #[derive(PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
    #[serde(rename_all = "UPPERCASE")]
    pub enum Currency = "currency" { Eur = "EUR", Gbp = "GBP", Usd = "USD" }
}

impl Currency {
    /// Reads an ISO 4217 code that the shop takes.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|currency| currency.as_str() == code)
    }
}

/// An amount in minor units, such as cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// Minor units: 1999 is 19.99.
    pub amount: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// So many of it; nothing when that would overflow.
    pub fn times(self, quantity: u32) -> Option<Self> {
        Some(Self { amount: self.amount.checked_mul(i64::from(quantity))?, ..self })
    }

    /// The sum; nothing when the currencies differ or it would overflow.
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self { amount: self.amount.checked_add(other.amount)?, ..self })
    }

    /// The amount in the currency's major unit, for people and for `revenue_total`. All currencies taken have hundredths.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 90 trillion; used for showing, never for reckoning")]
    pub fn major(self) -> f64 {
        self.amount as f64 / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_or_refused() {
        let euro = |amount| Money::new(amount, Currency::Eur);
        assert_eq!(euro(1999).times(3), Some(euro(5997)));
        assert_eq!(euro(i64::MAX).times(2), None);
        assert_eq!(euro(1).plus(Money::new(1, Currency::Usd)), None);
        assert_eq!(euro(i64::MAX).plus(euro(1)), None);
    }

    #[test]
    fn the_wire_and_the_label_spell_a_currency_alike() {
        for currency in Currency::ALL {
            assert_eq!(serde_json::to_value(currency).expect("serialises"), currency.as_str());
            assert_eq!(Currency::parse(currency.as_str()), Some(*currency));
        }
    }
}
