//! What is to be watched and cannot be yet, by name, and for what it waits. Nothing is forgotten by being absent.

use std::fmt;

/// Something that waits for a part of the shop that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// A signal, an alert or a panel.
    pub what: &'static str,
    pub waits_for: Part,
}

/// A part of the shop that is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Accounts, carts, a cache and campaigns.
    ShopInDepth,
    /// A door to the open network: TLS, rate limits, breakers.
    PublicDoor,
    /// Examples of traces on measurements, which the SDK does not record.
    Exemplars,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::ShopInDepth => "the shop in depth",
            Part::PublicDoor => "the public door",
            Part::Exemplars => "exemplars",
        })
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waits for {}", self.what, self.waits_for)
    }
}

const fn waits(what: &'static str, waits_for: Part) -> Waiting {
    Waiting { what, waits_for }
}

/// Everything that waits.
pub const WAITING: &[Waiting] = &[
    waits("signal: cache hits, misses, evictions by cause, entries", Part::ShopInDepth),
    waits("signal: active users and sessions", Part::ShopInDepth),
    waits("signal: log-ins by outcome", Part::ShopInDepth),
    waits("signal: sessions started by country", Part::ShopInDepth),
    waits("signal: carts created, checked out, abandoned", Part::ShopInDepth),
    waits("signal: breaker state", Part::PublicDoor),
    waits("signal: certificate expiry", Part::PublicDoor),
    waits("alert: cache hit ratio falling", Part::ShopInDepth),
    waits("alert: log-in failures rising", Part::ShopInDepth),
    waits("alert: certificate expires within 14 days", Part::PublicDoor),
    waits("panel: log-ins, sessions, map of countries", Part::ShopInDepth),
    waits("panel: cart abandonment", Part::ShopInDepth),
    waits("panel: cache hit ratio and evictions", Part::ShopInDepth),
    waits("panel: breaker state between services", Part::PublicDoor),
    waits("link: from a point of a graph to the trace behind it", Part::Exemplars),
];
