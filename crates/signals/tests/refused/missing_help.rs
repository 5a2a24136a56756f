use signals::{every_service, signals};

signals! {
    recorded by every_service;

    pub PARCELS: Counter<()> = "parcels" in "{parcel}";
}

fn main() {}
