use signals::{every_service, signals};

signals! {
    recorded by every_service;

    /// Parcels handed over.
    pub PARCELS: Counter<()> = "parcels";
}

fn main() {}
