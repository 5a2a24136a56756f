//! The provider's ledger: what became of each key. Each step may be repeated, and only its first time is counted.

use shop::{
    ids::OrderId,
    messages::{PaymentMethod, PaymentRecord, PaymentState},
    money::{Currency, Money},
    signals::payments::{PAYMENTS, PaymentEvent},
};
use signals::{Query, db::Operation};
use sqlx::{AnyConnection, Row as _, any::AnyRow};
use telemetry::db::{Database, Migrations, OpenError, Transaction};

use crate::error::Error;

/// The steps that make the provider's tables.
const MIGRATIONS: Migrations = Migrations {
    sqlite: &[include_str!("../migrations/sqlite/0001_payments.sql")],
    postgres: &[include_str!("../migrations/postgres/0001_payments.sql")],
};

const SELECT: Query = Query { operation: Operation::Select, collection: "payments" };
const INSERT: Query = Query { operation: Operation::Insert, collection: "payments" };
const UPDATE: Query = Query { operation: Operation::Update, collection: "payments" };

/// The payments. Clones share the database.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

/// What the provider makes of a new payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Authorise,
    Decline,
}

/// A payment as it stands in the ledger.
struct Payment {
    state: PaymentState,
    /// Absent in a tombstone.
    agreed: Option<(Money, PaymentMethod)>,
}

impl Payment {
    fn record(&self, key: &OrderId) -> PaymentRecord {
        PaymentRecord { key: key.clone(), state: self.state, amount: self.agreed.map(|(amount, _)| amount) }
    }

    fn method(&self) -> PaymentMethod {
        self.agreed.map_or(PaymentMethod::Unknown, |(_, method)| method)
    }
}

impl Store {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Ok(Self { database: Database::open(url, "payments", &MIGRATIONS).await? })
    }

    /// Whether the database answers, as a health check asks.
    ///
    /// # Errors
    /// What is wrong, for the log.
    pub async fn check(self) -> Result<(), String> {
        self.database.ping().await.map_err(|error| error.to_string())
    }

    /// Sets money aside, or declines for good, as `decision` has it for a new key. A key that is known gives what it gave before.
    ///
    /// # Errors
    /// When it is declined, the key stands for something else, it was captured or voided before, or the database fails.
    pub async fn authorise(
        &self,
        key: &OrderId,
        amount: Money,
        method: PaymentMethod,
        decision: Decision,
    ) -> Result<PaymentRecord, Error> {
        let (state, event) = match decision {
            Decision::Authorise => (PaymentState::Authorised, PaymentEvent::Authorised),
            Decision::Decline => (PaymentState::Declined, PaymentEvent::Declined),
        };
        let wanted = Payment { state, agreed: Some((amount, method)) };
        let (payment, is_new) = self
            .database
            .transaction(async |tx| {
                if insert(tx, key, &wanted).await? {
                    return Ok((wanted, true));
                }
                let payment = tx.run(SELECT, async |connection| select(connection, key).await).await?;
                Ok::<_, Error>((payment.ok_or_else(|| Error::NotFound(key.clone()))?, false))
            })
            .await?;
        if is_new {
            PAYMENTS.add(1, (event, method));
        }
        match payment.state {
            _ if payment.agreed.is_some_and(|agreed| agreed != (amount, method)) => Err(Error::KeyReused(key.clone())),
            PaymentState::Authorised => Ok(payment.record(key)),
            PaymentState::Declined => Err(Error::Declined("the provider declined this payment".to_owned())),
            PaymentState::Captured | PaymentState::Voided => Err(Error::Closed(key.clone())),
        }
    }

    /// Takes the money that was set aside.
    ///
    /// # Errors
    /// When there is no such payment, it was voided or declined before, or the database fails.
    pub async fn capture(&self, key: &OrderId) -> Result<PaymentRecord, Error> {
        let (payment, is_new) = self
            .database
            .transaction(async |tx| {
                let moved = close(tx, key, PaymentState::Captured).await?;
                let payment = tx.run(SELECT, async |connection| select(connection, key).await).await?;
                Ok::<_, Error>((payment.ok_or_else(|| Error::NotFound(key.clone()))?, moved))
            })
            .await?;
        if is_new {
            PAYMENTS.add(1, (PaymentEvent::Captured, payment.method()));
        }
        match payment.state {
            PaymentState::Captured => Ok(payment.record(key)),
            _ => Err(Error::Closed(key.clone())),
        }
    }

    /// Lets the money go. Where nothing is set aside yet, a tombstone stays, so that a request that was overtaken sets nothing aside.
    ///
    /// # Errors
    /// When the money was taken before, or the database fails.
    pub async fn void(&self, key: &OrderId) -> Result<PaymentRecord, Error> {
        let tombstone = Payment { state: PaymentState::Voided, agreed: None };
        let (payment, is_new) = self
            .database
            .transaction(async |tx| {
                // The tombstone first: either there is a payment from here on, or one was there before.
                if insert(tx, key, &tombstone).await? {
                    return Ok((tombstone, true));
                }
                let moved = close(tx, key, PaymentState::Voided).await?;
                let payment = tx.run(SELECT, async |connection| select(connection, key).await).await?;
                Ok::<_, Error>((payment.ok_or_else(|| Error::NotFound(key.clone()))?, moved))
            })
            .await?;
        if is_new {
            PAYMENTS.add(1, (PaymentEvent::Voided, payment.method()));
        }
        match payment.state {
            PaymentState::Captured => Err(Error::Closed(key.clone())),
            // What was declined has nothing to let go, and can never have.
            _ => Ok(payment.record(key)),
        }
    }

    /// One payment.
    ///
    /// # Errors
    /// When there is none under this key, or the database fails.
    pub async fn get(&self, key: &OrderId) -> Result<PaymentRecord, Error> {
        let payment = self.database.read(SELECT, async |connection| select(connection, key).await).await?;
        payment.map(|payment| payment.record(key)).ok_or_else(|| Error::NotFound(key.clone()))
    }
}

/// Writes a payment; `false` when the key has one. On PostgreSQL it waits for another request that is writing it.
async fn insert(tx: &mut Transaction<'_>, key: &OrderId, payment: &Payment) -> Result<bool, Error> {
    let written = tx
        .run(INSERT, async |connection| {
            let statement = "INSERT INTO payments (key, state, amount, currency, method) VALUES ($1, $2, $3, $4, $5) \
                             ON CONFLICT (key) DO NOTHING";
            sqlx::query(statement)
                .bind(key.as_str())
                .bind(spelled(payment.state))
                .bind(payment.agreed.map(|(amount, _)| amount.amount))
                .bind(payment.agreed.map(|(amount, _)| amount.currency.as_str()))
                .bind(payment.agreed.map(|(_, method)| method.as_str()))
                .execute(connection)
                .await
        })
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Moves a payment on from authorised; `false` when it was not.
async fn close(tx: &mut Transaction<'_>, key: &OrderId, state: PaymentState) -> Result<bool, Error> {
    let moved = tx
        .run(UPDATE, async |connection| {
            let statement = "UPDATE payments SET state = $1 WHERE key = $2 AND state = 'authorised'";
            sqlx::query(statement).bind(spelled(state)).bind(key.as_str()).execute(connection).await
        })
        .await?;
    Ok(moved.rows_affected() == 1)
}

async fn select(connection: &mut AnyConnection, key: &OrderId) -> Result<Option<Payment>, sqlx::Error> {
    let statement = "SELECT state, amount, currency, method FROM payments WHERE key = $1";
    let row = sqlx::query(statement).bind(key.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(payment).transpose()
}

fn payment(row: &AnyRow) -> Result<Payment, sqlx::Error> {
    let known = |column: &'static str, value: &str| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{value} is no {column} that this version knows").into(),
    };
    let state: String = row.try_get("state")?;
    let amount: Option<i64> = row.try_get("amount")?;
    let currency: Option<String> = row.try_get("currency")?;
    let method: Option<String> = row.try_get("method")?;
    let agreed = match (amount, currency, method) {
        (Some(amount), Some(currency), Some(method)) => Some((
            Money::new(amount, Currency::parse(&currency).ok_or_else(|| known("currency", &currency))?),
            PaymentMethod::parse(&method).ok_or_else(|| known("method", &method))?,
        )),
        _ => None,
    };
    Ok(Payment { state: read(&state).ok_or_else(|| known("state", &state))?, agreed })
}

const STATES: [(PaymentState, &str); 4] = [
    (PaymentState::Authorised, "authorised"),
    (PaymentState::Captured, "captured"),
    (PaymentState::Voided, "voided"),
    (PaymentState::Declined, "declined"),
];

fn spelled(state: PaymentState) -> &'static str {
    STATES[state as usize].1
}

fn read(state: &str) -> Option<PaymentState> {
    STATES.iter().find(|(_, spelled)| *spelled == state).map(|(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_read_as_it_is_spelled() {
        for (state, _) in STATES {
            assert_eq!(read(spelled(state)), Some(state));
        }
    }
}
