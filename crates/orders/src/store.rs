//! What is stored of an order's life. Every write is made on the condition that the worker still holds the order.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shop::{
    code::Code,
    ids::OrderId,
    messages::{OrderStatus, PaymentMethod},
    money::{Currency, Money},
};
use signals::{Query, db::Operation};
use sqlx::{Any, Row as _, any::AnyRow};
use telemetry::db::{self, Database, Engine, Migrations, Transaction};

use crate::{
    progress::{Note, Reason, Step, StepState, Turn},
    wish::{IdempotencyKey, Wish},
};

/// The tables, as they came to be.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[include_str!("../migrations/sqlite/0001_orders.sql")],
    postgres: &[include_str!("../migrations/postgres/0001_orders.sql")],
};

/// How long a worker may stay silent before another takes its order over. A step is one call, which ends within ten seconds.
pub const LEASE: Duration = Duration::from_secs(30);

pub(crate) const SELECT_ORDERS: Query = Query { operation: Operation::Select, collection: "orders" };
const INSERT_ORDERS: Query = Query { operation: Operation::Insert, collection: "orders" };
const UPDATE_ORDERS: Query = Query { operation: Operation::Update, collection: "orders" };
const INSERT_LINES: Query = Query { operation: Operation::Insert, collection: "order_lines" };
const UPDATE_LINES: Query = Query { operation: Operation::Update, collection: "order_lines" };
const INSERT_STEPS: Query = Query { operation: Operation::Insert, collection: "order_steps" };
const SELECT_STEPS: Query = Query { operation: Operation::Select, collection: "order_steps" };

/// The right to work on an order; whoever takes the order over takes it away.
#[derive(Clone, Debug)]
pub struct Claim {
    pub order: OrderId,
    owner: String,
}

/// What became of a wish to store a new order.
#[derive(Debug)]
pub enum Placed {
    New(Claim),
    /// An earlier order has the same idempotency key.
    Before {
        order: OrderId,
        is_same: bool,
    },
}

/// An order that has not ended, as a worker needs it.
#[derive(Clone, Debug)]
pub struct Open {
    pub method: PaymentMethod,
    /// The furthest step forward whose intent was stored.
    pub step: Step,
    /// Why it is being undone, if it is.
    pub reason: Option<Reason>,
    /// None until it is priced.
    pub total: Option<Money>,
    pub units: i64,
    pub placed_at_ms: i64,
    /// How often it was taken over.
    pub attempts: i64,
}

/// Why a write for an order was not made.
#[derive(Debug)]
pub enum Denied {
    /// Another worker has the order now, or it has ended.
    Lost,
    Database(db::Error),
}

impl From<db::Error> for Denied {
    fn from(error: db::Error) -> Self {
        Denied::Database(error)
    }
}

/// The orders' database as one instance of the service writes to it.
#[derive(Clone)]
pub struct Store {
    pub database: Database,
    instance: String,
}

impl Store {
    /// The store as `instance` uses it: a name that no other running instance has and that a restart keeps.
    pub fn new(database: Database, instance: impl Into<String>) -> Self {
        Self { database, instance: instance.into() }
    }

    /// Stores a new order with its lines, unless an earlier one of the customer has the same key.
    pub async fn place(&self, wish: &Wish, key: Option<&IdempotencyKey>) -> Result<Placed, db::Error> {
        let fingerprint = wish.fingerprint();
        loop {
            let claim = Claim { order: OrderId::new(), owner: new_owner() };
            let placed = self.database.transaction(async |tx| self.place_in(tx, &claim, wish, key, &fingerprint).await);
            // Nothing: the earlier order gave its key back between the two statements.
            if let Some(placed) = placed.await? {
                return Ok(placed);
            }
        }
    }

    async fn place_in(
        &self,
        tx: &mut Transaction<'_>,
        claim: &Claim,
        wish: &Wish,
        key: Option<&IdempotencyKey>,
        fingerprint: &str,
    ) -> Result<Option<Placed>, db::Error> {
        let (order, key, now) = (claim.order.as_str(), key.map(IdempotencyKey::as_str), now_ms());
        let insert = sqlx::query::<Any>(
            "INSERT INTO orders (id, customer, status, step, payment_method, placed_at_ms, idempotency_key, fingerprint, \
             owner, instance, lease_until_ms, attempts) VALUES ($1, $2, 'created', $3, $4, $5, $6, $7, $8, $9, $10, 0) \
             ON CONFLICT (customer, idempotency_key) DO NOTHING",
        );
        let insert = insert
            .bind(order)
            .bind(wish.customer.as_str())
            .bind(Step::Price.as_str())
            .bind(wish.payment.method.as_str())
            .bind(now)
            .bind(key)
            .bind(fingerprint)
            .bind(&claim.owner)
            .bind(&self.instance)
            .bind(now + millis(LEASE));
        let stored = tx.run(INSERT_ORDERS, async |db| Ok(insert.execute(db).await?.rows_affected())).await?;
        if stored == 0 {
            return before(tx, wish, key, fingerprint).await;
        }
        for line in &wish.lines {
            let insert =
                sqlx::query::<Any>("INSERT INTO order_lines (order_id, product, quantity) VALUES ($1, $2, $3)")
                    .bind(order)
                    .bind(line.product.as_str())
                    .bind(i64::from(line.quantity));
            tx.run(INSERT_LINES, async |db| insert.execute(db).await).await?;
        }
        note(tx, &claim.order, Note::intent(Step::Price)).await?;
        Ok(Some(Placed::New(claim.clone())))
    }

    /// Stores what each line costs and what all cost, and the intent to reserve.
    pub async fn price(&self, claim: &Claim, prices: &[Money], wish: &Wish, total: Money) -> Result<(), Denied> {
        self.database
            .transaction(async |tx| {
                hold(tx, claim, Turn::To(Step::Reserve)).await?;
                for (line, price) in wish.lines.iter().zip(prices) {
                    let update = sqlx::query::<Any>(
                        "UPDATE order_lines SET unit_amount = $1, currency = $2 WHERE order_id = $3 AND product = $4",
                    );
                    let update = update
                        .bind(price.amount)
                        .bind(price.currency.as_str())
                        .bind(claim.order.as_str())
                        .bind(line.product.as_str());
                    tx.run(UPDATE_LINES, async |db| update.execute(db).await).await?;
                }
                let update = sqlx::query::<Any>("UPDATE orders SET total_amount = $1, currency = $2 WHERE id = $3")
                    .bind(total.amount)
                    .bind(total.currency.as_str())
                    .bind(claim.order.as_str());
                tx.run(UPDATE_ORDERS, async |db| update.execute(db).await).await?;
                note(tx, &claim.order, Note::done(Step::Price)).await?;
                note(tx, &claim.order, Note::intent(Step::Reserve)).await?;
                Ok(())
            })
            .await
    }

    /// Writes down how far the order has come, and renews the worker's right to it.
    pub async fn write(&self, claim: &Claim, turn: Turn, notes: &[Note]) -> Result<(), Denied> {
        self.database
            .transaction(async |tx| {
                hold(tx, claim, turn).await?;
                for line in notes {
                    note(tx, &claim.order, *line).await?;
                }
                Ok(())
            })
            .await
    }

    /// Ends the order: confirmed, or undone for a reason. What it then is it stays. Where the cause was ours, the idempotency key is
    /// free again: a client that repeats its request after our failure wants a new try, and nothing is left of the old one.
    pub async fn end(&self, claim: &Claim, reason: Option<Reason>, notes: &[Note]) -> Result<(), Denied> {
        let status = reason.map_or(OrderStatus::Confirmed, Reason::status);
        self.database
            .transaction(async |tx| {
                let update = sqlx::query::<Any>(
                    "UPDATE orders SET status = $1, reason = $2, ended_at_ms = $3, \
                     idempotency_key = CASE WHEN $4 = 1 THEN NULL ELSE idempotency_key END \
                     WHERE id = $5 AND owner = $6 AND status = 'created'",
                );
                let update = update
                    .bind(status.as_str())
                    .bind(reason.map(Reason::as_str))
                    .bind(now_ms())
                    .bind(i64::from(reason.is_some_and(Reason::is_ours)))
                    .bind(claim.order.as_str())
                    .bind(&claim.owner);
                if tx.run(UPDATE_ORDERS, async |db| Ok(update.execute(db).await?.rows_affected())).await? == 0 {
                    return Err(Denied::Lost);
                }
                for line in notes {
                    note(tx, &claim.order, *line).await?;
                }
                Ok(())
            })
            .await
    }

    /// Gives up the right to an order that has not ended; after `pause` anyone may take it over.
    pub async fn let_go(&self, claim: &Claim, pause: Duration) -> Result<(), db::Error> {
        let update = sqlx::query::<Any>("UPDATE orders SET lease_until_ms = $1 WHERE id = $2 AND owner = $3")
            .bind(now_ms() + millis(pause))
            .bind(claim.order.as_str())
            .bind(&claim.owner);
        self.database.write(UPDATE_ORDERS, async |db| update.execute(db).await).await?;
        Ok(())
    }

    /// Lets go of what an earlier life of this instance worked on. Only before it takes its first order.
    pub async fn let_go_of_earlier_life(&self) -> Result<u64, db::Error> {
        let update = match self.database.engine() {
            // The file has no other user: whatever is open there was left by an earlier life, whatever its name was.
            Engine::Sqlite => sqlx::query::<Any>("UPDATE orders SET lease_until_ms = 0 WHERE status = 'created'"),
            Engine::Postgres => {
                sqlx::query::<Any>("UPDATE orders SET lease_until_ms = 0 WHERE status = 'created' AND instance = $1")
                    .bind(&self.instance)
            }
        };
        self.database.write(UPDATE_ORDERS, async |db| Ok(update.execute(db).await?.rows_affected())).await
    }

    /// Orders that have not ended and that nobody works on, the longest left alone first; at most `limit`.
    pub async fn stuck(&self, limit: i64) -> Result<Vec<OrderId>, db::Error> {
        let select = sqlx::query::<Any>(
            "SELECT id FROM orders WHERE status = 'created' AND lease_until_ms <= $1 ORDER BY lease_until_ms LIMIT $2",
        );
        let select = select.bind(now_ms()).bind(limit);
        let rows = async |db: &mut sqlx::AnyConnection| {
            select.fetch_all(db).await?.iter().map(|row| word(row, "id", |id| id.parse().ok())).collect()
        };
        self.database.read(SELECT_ORDERS, rows).await
    }

    /// Takes over an order that nobody works on; nothing when somebody does, or it has ended.
    pub async fn take_over(&self, order: &OrderId) -> Result<Option<(Claim, Open)>, db::Error> {
        let claim = Claim { order: order.clone(), owner: new_owner() };
        self.database
            .transaction(async |tx| {
                let now = now_ms();
                let update = sqlx::query::<Any>(
                    "UPDATE orders SET owner = $1, instance = $2, lease_until_ms = $3, attempts = attempts + 1 \
                     WHERE id = $4 AND status = 'created' AND lease_until_ms <= $5",
                );
                let update = update
                    .bind(&claim.owner)
                    .bind(&self.instance)
                    .bind(now + millis(LEASE))
                    .bind(order.as_str())
                    .bind(now);
                if tx.run(UPDATE_ORDERS, async |db| Ok(update.execute(db).await?.rows_affected())).await? == 0 {
                    return Ok(None);
                }
                let select = sqlx::query::<Any>(
                    "SELECT step, reason, payment_method, total_amount, currency, placed_at_ms, attempts, \
                     (SELECT CAST(SUM(quantity) AS BIGINT) FROM order_lines WHERE order_id = orders.id) AS units \
                     FROM orders WHERE id = $1",
                );
                let select = select.bind(order.as_str());
                let open = tx.run(SELECT_ORDERS, async |db| open(&select.fetch_one(db).await?)).await?;
                Ok(Some((claim.clone(), open)))
            })
            .await
    }

    /// How many orders have not ended, and when the oldest of them was placed.
    pub async fn unfinished(&self) -> Result<(i64, Option<i64>), db::Error> {
        let select = "SELECT COUNT(*) AS n, MIN(placed_at_ms) AS oldest FROM orders WHERE status = 'created'";
        let read = async |db: &mut sqlx::AnyConnection| {
            let row = sqlx::query::<Any>(select).fetch_one(db).await?;
            Ok((row.try_get("n")?, row.try_get("oldest")?))
        };
        self.database.read(SELECT_ORDERS, read).await
    }

    /// What was written down about each step of an order, in the order of time.
    pub async fn steps(&self, order: &OrderId) -> Result<Vec<(Step, StepState, Option<String>)>, db::Error> {
        let select =
            sqlx::query::<Any>("SELECT step, state, code FROM order_steps WHERE order_id = $1 ORDER BY at_ms, step");
        let select = select.bind(order.as_str());
        let read = async |db: &mut sqlx::AnyConnection| {
            let rows = select.fetch_all(db).await?;
            let read = |row: &AnyRow| {
                Ok((word(row, "step", Step::parse)?, word(row, "state", StepState::parse)?, row.try_get("code")?))
            };
            rows.iter().map(read).collect()
        };
        self.database.read(SELECT_STEPS, read).await
    }
}

/// The condition of every write: the order has not ended and the worker still holds it. Renews its right.
async fn hold(tx: &mut Transaction<'_>, claim: &Claim, turn: Turn) -> Result<(), Denied> {
    let (step, reason) = match turn {
        Turn::Stay => (None, None),
        Turn::To(step) => (Some(step.as_str()), None),
        Turn::Back(reason) => (None, Some(reason.as_str())),
    };
    let update = sqlx::query::<Any>(
        "UPDATE orders SET step = COALESCE($1, step), reason = COALESCE($2, reason), lease_until_ms = $3 \
         WHERE id = $4 AND owner = $5 AND status = 'created'",
    );
    let update =
        update.bind(step).bind(reason).bind(now_ms() + millis(LEASE)).bind(claim.order.as_str()).bind(&claim.owner);
    let held = tx.run(UPDATE_ORDERS, async |db| Ok(update.execute(db).await?.rows_affected())).await?;
    if held == 0 { Err(Denied::Lost) } else { Ok(()) }
}

async fn note(tx: &mut Transaction<'_>, order: &OrderId, note: Note) -> Result<(), db::Error> {
    let Note(step, state, code) = note;
    let insert = sqlx::query::<Any>(
        "INSERT INTO order_steps (order_id, step, state, code, at_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (order_id, step) DO UPDATE SET state = excluded.state, code = excluded.code, at_ms = excluded.at_ms",
    );
    let insert = insert
        .bind(order.as_str())
        .bind(step.as_str())
        .bind(state.as_str())
        .bind(code.map(Code::as_str))
        .bind(now_ms());
    tx.run(INSERT_STEPS, async |db| insert.execute(db).await).await?;
    Ok(())
}

async fn before(
    tx: &mut Transaction<'_>,
    wish: &Wish,
    key: Option<&str>,
    fingerprint: &str,
) -> Result<Option<Placed>, db::Error> {
    let select = sqlx::query::<Any>("SELECT id, fingerprint FROM orders WHERE customer = $1 AND idempotency_key = $2")
        .bind(wish.customer.as_str())
        .bind(key);
    let read = async |db: &mut sqlx::AnyConnection| {
        let Some(row) = select.fetch_optional(db).await? else { return Ok(None) };
        let is_same = row.try_get::<String, _>("fingerprint")? == fingerprint;
        Ok(Some(Placed::Before { order: word(&row, "id", |id| id.parse().ok())?, is_same }))
    };
    tx.run(SELECT_ORDERS, read).await
}

fn open(row: &AnyRow) -> Result<Open, sqlx::Error> {
    Ok(Open {
        method: word(row, "payment_method", PaymentMethod::parse)?,
        step: word(row, "step", Step::parse)?,
        reason: reason(row)?,
        total: money(row, "total_amount", "currency")?,
        units: row.try_get("units")?,
        placed_at_ms: row.try_get("placed_at_ms")?,
        attempts: row.try_get("attempts")?,
    })
}

/// Reads why an order was, or is being, undone.
fn reason(row: &AnyRow) -> Result<Option<Reason>, sqlx::Error> {
    let Some(_) = row.try_get::<Option<String>, _>("reason")? else { return Ok(None) };
    word(row, "reason", Reason::parse).map(Some)
}

/// Reads a column that holds one word of a closed set.
pub(crate) fn word<T>(row: &AnyRow, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(column)?;
    parse(&text).ok_or_else(|| sqlx::Error::Decode(format!("{column}: nobody knows {text:?}").into()))
}

/// Reads an amount that may be absent.
pub(crate) fn money(row: &AnyRow, amount: &str, currency: &str) -> Result<Option<Money>, sqlx::Error> {
    let Some(amount) = row.try_get::<Option<i64>, _>(amount)? else { return Ok(None) };
    Ok(Some(Money::new(amount, word(row, currency, Currency::parse)?)))
}

fn new_owner() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
