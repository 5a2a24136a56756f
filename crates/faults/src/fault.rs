//! A fault: what fails, where, how often and for how long.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    bounds::{AtMost, Lease, Refused, Share, in_source},
    kind::{Kind, Reach},
    place::{Place, Route},
};

/// Something that is made to fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
// Derived as functions of the type, so that reading can end with a look at the whole.
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Fault {
    /// What fails.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// Which share of what is there.
    #[serde(default = "every_request")]
    pub share: Share,
    /// How often at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<AtMost>,
    /// For how long, unless it is renewed.
    #[serde(rename = "lease_ms")]
    pub lease: Lease,
    /// Another seed hits other requests. Two faults with one seed hit the same ones.
    #[serde(default)]
    pub seed: u64,
}

const fn every_request() -> Share {
    Share::ALL
}

impl Fault {
    pub(crate) const fn new(kind: Kind, service: String) -> Self {
        let place = Place { service, route: None, peer: None, collection: None, session: None };
        Self { kind, place, share: Share::ALL, at_most: None, lease: Lease::DEFAULT, seed: 0 }
    }

    /// Hits only requests to this route.
    #[must_use]
    pub fn route(mut self, method: impl Into<String>, path: impl Into<String>) -> Self {
        self.place.route = Some(Route { method: method.into(), path: path.into() });
        self
    }

    /// Hits only calls to this other service.
    #[must_use]
    pub fn peer(mut self, peer: impl Into<String>) -> Self {
        self.place.peer = Some(peer.into());
        self
    }

    /// Hits only statements on this table.
    #[must_use]
    pub fn collection(mut self, collection: impl Into<String>) -> Self {
        self.place.collection = Some(collection.into());
        self
    }

    /// Hits only requests whose header `x-session` says this.
    #[must_use]
    pub fn session(mut self, session: impl Into<String>) -> Self {
        self.place.session = Some(session.into());
        self
    }

    /// Hits only this share, from 0 to 1.
    ///
    /// # Panics
    /// When it lies outside: this is for numbers in the source. [`Share::new`] takes any.
    #[must_use]
    #[track_caller]
    pub fn share(mut self, share: f64) -> Self {
        self.share = in_source(Share::new(share));
        self
    }

    /// Hits so many at most.
    ///
    /// # Panics
    /// When that is none, or more than a thousand million: this is for numbers in the source. [`AtMost::new`] takes any.
    #[must_use]
    #[track_caller]
    pub fn at_most(mut self, requests: u64) -> Self {
        self.at_most = Some(in_source(AtMost::new(requests)));
        self
    }

    /// Ends after this long, unless it is renewed.
    ///
    /// # Panics
    /// When that is shorter than a millisecond or longer than 15 minutes: this is for times in the source. [`Lease::of`] takes any.
    #[must_use]
    #[track_caller]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = in_source(Lease::of(lease));
        self
    }

    /// Hits other requests than with another seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether the parts go together.
    ///
    /// # Errors
    /// When a name is missing, or the place has a part that the kind does not have.
    pub fn check(&self) -> Result<(), Refused> {
        let Self { kind, place, share, at_most, .. } = self;
        let Place { service, route, peer, collection, session } = place;
        let refused = |field, allowed| Err(Refused { field, allowed });
        let is_empty = |name: &Option<String>| name.as_ref().is_some_and(String::is_empty);
        if service.is_empty() {
            return refused("service", "a service's name");
        }
        if let Some(Route { method, path }) = route {
            if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return refused("method", "a method in capitals, such as POST");
            }
            if !path.starts_with('/') {
                return refused("path", "a path's template, which begins with a slash");
            }
        }
        for (name, field) in [(peer, "peer"), (collection, "collection"), (session, "session")] {
            if is_empty(name) {
                return refused(field, "a name, or left out");
            }
        }
        let reach = kind.reach();
        if reach != Reach::Call && peer.is_some() {
            return refused("peer", "left out, unless calls fail or take longer");
        }
        if reach != Reach::Statement && collection.is_some() {
            return refused("collection", "left out, unless statements fail or take longer");
        }
        if reach == Reach::Process {
            let whole = "left out where the whole process is concerned";
            for (is_there, field) in [
                (route.is_some(), "route"),
                (session.is_some(), "session"),
                (*share != Share::ALL, "share"),
                (at_most.is_some(), "at_most"),
            ] {
                if is_there {
                    return refused(field, whole);
                }
            }
        }
        Ok(())
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fault::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fault = Fault::deserialize(deserializer)?;
        fault.check().map_err(D::Error::custom)?;
        Ok(fault)
    }
}

/// As a sentence tells it: `12s of added latency on orders, POST /api/v1/orders (20 %)`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, place, share, at_most, .. } = self;
        write!(f, "{kind} on {place}")?;
        let share = (*share != Share::ALL).then(|| format!("{} %", share.get() * 100.0));
        let at_most = at_most.map(|most| format!("at most {} times", most.get()));
        let limits: Vec<_> = share.into_iter().chain(at_most).collect();
        if limits.is_empty() { Ok(()) } else { write!(f, " ({})", limits.join(", ")) }
    }
}
