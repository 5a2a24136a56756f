use signals::{every_service, signals};

signals! {
    recorded by every_service;

    /// How full the van is.
    pub LOAD: Gauge<()> = "van.load" in Ratio;
}

fn main() {
    LOAD.add(1, ());
}
