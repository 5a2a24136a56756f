-- Orders, their lines, and the steps of their checkout. Money is in minor units, time in milliseconds since 1970.

CREATE TABLE orders (
    -- Bytewise, so that a page of the list means the same wherever the database was made.
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    customer        TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('created', 'confirmed', 'failed', 'cancelled')),
    -- Why it failed or was cancelled; set before the undoing begins, so set with status 'created' it means: being undone.
    reason          TEXT,
    -- The furthest step forward whose intent was stored.
    step            TEXT NOT NULL,
    payment_method  TEXT NOT NULL,
    total_amount    BIGINT CHECK (total_amount >= 0),
    currency        TEXT,
    placed_at_ms    BIGINT NOT NULL,
    ended_at_ms     BIGINT,
    -- The client's word for this order, and what it ordered under it.
    idempotency_key TEXT,
    fingerprint     TEXT NOT NULL,
    -- Who works on it now and until when nobody else may.
    owner           TEXT NOT NULL,
    instance        TEXT NOT NULL,
    lease_until_ms  BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    CHECK ((status = 'created') = (ended_at_ms IS NULL)),
    CHECK (status <> 'confirmed' OR (total_amount IS NOT NULL AND reason IS NULL)),
    UNIQUE (customer, idempotency_key)
);

CREATE INDEX orders_by_customer ON orders (customer, id);
CREATE INDEX orders_unfinished ON orders (lease_until_ms) WHERE status = 'created';

CREATE TABLE order_lines (
    order_id    TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
    product     TEXT NOT NULL,
    quantity    BIGINT NOT NULL CHECK (quantity > 0),
    unit_amount BIGINT CHECK (unit_amount >= 0),
    currency    TEXT,
    PRIMARY KEY (order_id, product)
);

CREATE TABLE order_steps (
    order_id TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
    step     TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('intent', 'done', 'failed')),
    code     TEXT,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (order_id, step)
);
