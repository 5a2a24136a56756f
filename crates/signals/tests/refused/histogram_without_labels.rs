use signals::{every_service, signals};

signals! {
    recorded by every_service;

    /// Time to the door.
    pub WAY: Histogram<()> = "parcel.way" in Seconds, buckets &[1.0, 60.0];
}

fn main() {}
