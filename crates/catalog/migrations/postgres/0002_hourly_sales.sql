-- Hours are whole ones since 1970. What was sold before this table came is not in it: reservations do not say when. No index covers
-- the units: room in each page lets a row be changed in place.
CREATE TABLE hourly_sales (
    hour BIGINT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    units BIGINT NOT NULL CHECK (units > 0),
    PRIMARY KEY (hour, product_id)
) WITH (fillfactor = 70);
