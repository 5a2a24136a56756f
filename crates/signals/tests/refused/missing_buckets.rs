use signals::{every_service, signals};

signals! {
    recorded by every_service;

    /// Time to the door.
    pub WAY: Histogram<()> = "parcel.way" in Seconds;
}

fn main() {}
