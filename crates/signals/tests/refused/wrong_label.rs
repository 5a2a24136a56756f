use signals::{every_service, labels, signals};

labels! {
    pub enum Carrier = "carrier" { Bicycle = "bicycle", Van = "van" }
    pub enum Hand = "hand" { Left = "left", Right = "right" }
}

signals! {
    recorded by every_service;

    /// Parcels handed over.
    pub PARCELS: Counter<Carrier> = "parcels" in "{parcel}";
}

fn main() {
    PARCELS.add(1, Hand::Left);
}
