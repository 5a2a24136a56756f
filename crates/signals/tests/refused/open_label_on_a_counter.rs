use signals::{Bounded, every_service, signals};

pub struct Receiver(String);

impl Bounded for Receiver {
    const SLOTS: usize = 3;
    const KEYS: &'static [&'static str] = &["receiver.name"];

    fn values(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

signals! {
    recorded by every_service;

    /// Parcels handed over.
    pub PARCELS: Counter<Receiver> = "parcels" in "{parcel}";
}

fn main() {}
