-- A payment that was voided before it was authorised stays as a tombstone without amount and method, so that a late authorisation
-- is refused. The customer's token is not kept.
CREATE TABLE payments (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('authorised', 'captured', 'voided', 'declined')),
    amount BIGINT CHECK (amount > 0),
    currency TEXT,
    method TEXT
);
