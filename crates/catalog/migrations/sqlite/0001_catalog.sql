CREATE TABLE products (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    price_amount BIGINT NOT NULL CHECK (price_amount >= 0),
    price_currency TEXT NOT NULL,
    available BIGINT NOT NULL CHECK (available >= 0),
    reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0)
);

CREATE INDEX products_by_category ON products (category, id);

-- The words have a table of their own, and not the product's rowid: VACUUM may change that.
CREATE VIRTUAL TABLE product_words USING fts5 (id UNINDEXED, name, description, tokenize = 'unicode61 remove_diacritics 0');

CREATE TRIGGER product_words_added AFTER INSERT ON products BEGIN
    INSERT INTO product_words (id, name, description) VALUES (new.id, new.name, new.description);
END;

CREATE TRIGGER product_words_changed AFTER UPDATE OF name, description ON products BEGIN
    UPDATE product_words SET name = new.name, description = new.description WHERE id = new.id;
END;

CREATE TRIGGER product_words_removed AFTER DELETE ON products BEGIN
    DELETE FROM product_words WHERE id = old.id;
END;

-- A reservation that was released before it was held stays as a tombstone, so that a late hold is refused.
CREATE TABLE reservations (
    order_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('held', 'committed', 'released'))
);

CREATE TABLE reservation_lines (
    order_id TEXT NOT NULL REFERENCES reservations (order_id),
    product_id TEXT NOT NULL REFERENCES products (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, product_id)
);
