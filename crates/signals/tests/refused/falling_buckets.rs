use signals::{every_service, labels, signals};

labels! {
    pub enum Way = "way" { Short = "short", Long = "long" }
}

signals! {
    recorded by every_service;

    /// Time to the door.
    pub WAY: Histogram<Way> = "parcel.way" in Seconds, buckets &[60.0, 1.0];
}

fn main() {}
