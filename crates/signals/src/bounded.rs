//! Labels whose values nobody can list beforehand: what bears them stands in one of a fixed number of slots.

use crate::{Label, Point, label_keys};

const SLOT: &str = "slot";

label_keys! {
    /// The place of something in its list: 1 is the first.
    pub Slot = SLOT;
}

/// What can fill a slot, such as a product among the best sellers. Only a [`SlotGauge`](crate::SlotGauge) takes it.
///
/// Each slot is one series, always. It carries the slot's number and, as long as something fills it, the open labels of that; an
/// empty slot has none of them and is zero. So there are as many series with an empty database as with a million products, and when
/// something else takes the slot, the former series is gone from the next scrape on.
///
/// The open labels stand on the number itself. A number by slot alone, with a second metric that names what fills the slot, would be
/// as constant, but every query would have to join the two, it would take twice the series, and a graph or a maximum over time would
/// mix whatever passed through the slot. This way one thing is followed by its name through all slots. A query about things, not
/// slots, leaves the empty ones out, as by `{product!=""}`.
pub trait Bounded: 'static {
    /// How many slots there are, and so how many series.
    const SLOTS: usize;
    /// The keys of the open labels, with dots.
    const KEYS: &'static [&'static str];

    /// The values of the open labels, in the order of the keys.
    fn values(&self) -> Vec<String>;
}

pub(crate) fn keys<B: Bounded>() -> Vec<&'static str> {
    [&[SLOT], B::KEYS].concat()
}

/// The slots while nothing fills them.
pub(crate) fn slots<B: Bounded>() -> Vec<Point> {
    (1..=B::SLOTS).map(|slot| vec![Label::new(SLOT, slot.to_string())]).collect()
}
