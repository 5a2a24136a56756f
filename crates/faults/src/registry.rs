//! The faults that are armed in a process: until when each lives, whom it hits, and how often it has.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use signals::Service;

use crate::{Armed, Fault, Kind, Listing, Place, Reach};

/// More faults than these at once are no experiment any more, and every request looks at each.
const MOST: usize = 64;
/// A name longer than this is none.
const LONGEST_NAME: usize = 64;

/// Why a fault was not armed, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// What goes on at the moment at which a fault may strike.
#[derive(Clone, Copy, Debug, Default)]
pub struct Occasion<'a> {
    /// The trace of the request at hand; all zero where none is.
    pub trace_id: [u8; 16],
    /// Method and template of the route that took the request.
    pub route: Option<(&'a str, &'a str)>,
    /// What the client calls its journey.
    pub session: Option<&'a str>,
    /// The other service that is about to be called.
    pub peer: Option<&'a str>,
    /// The table of the statement.
    pub collection: Option<&'a str>,
}

impl Occasion<'_> {
    fn is_at(&self, place: &Place) -> bool {
        let Place { service: _, route, peer, collection, session } = place;
        let same = |wanted: &Option<String>, here: Option<&str>| wanted.as_deref().is_none_or(|it| here == Some(it));
        let on_route = route.as_ref().is_none_or(|it| self.route == Some((it.method.as_str(), it.path.as_str())));
        on_route && same(peer, self.peer) && same(collection, self.collection) && same(session, self.session)
    }
}

/// A fault that is, or was, armed.
#[derive(Debug)]
pub struct Injection {
    name: String,
    fault: Fault,
    ends: Mutex<Instant>,
    ended: AtomicBool,
    hits: AtomicU64,
}

impl Injection {
    /// What whoever armed it calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Whether it is armed still: nobody ended it, and its lease has not run out.
    pub fn is_live(&self) -> bool {
        !self.ended.load(Ordering::Acquire) && !self.left().is_zero()
    }

    /// How long it lives unless it is renewed.
    pub fn left(&self) -> Duration {
        self.ends().saturating_duration_since(Instant::now())
    }

    fn ends(&self) -> Instant {
        *self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self) {
        *self.ends.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + self.fault.lease.duration();
    }

    /// Counts a hit, unless it has had all that it may.
    fn strike(&self) -> bool {
        let most = self.fault.at_most.map_or(u64::MAX, |most| most.get());
        self.hits.fetch_update(Ordering::AcqRel, Ordering::Acquire, |hits| (hits < most).then_some(hits + 1)).is_ok()
    }

    /// As it is told.
    pub fn armed(&self) -> Armed {
        Armed {
            name: self.name.clone(),
            fault: self.fault.clone(),
            ends_in_ms: u64::try_from(self.left().as_millis()).unwrap_or(u64::MAX),
            hits: self.hits.load(Ordering::Acquire),
        }
    }
}

/// How arming went.
#[derive(Debug)]
pub enum Arming {
    /// It lives from now on; whoever makes it felt takes it from here.
    New(Arc<Injection>),
    /// It lived already, and its lease began anew.
    Renewed(Arc<Injection>),
}

/// A fault that struck.
#[derive(Debug)]
pub struct Hit {
    injection: Arc<Injection>,
    /// How long to hold up what it hit; none for a kind that does not.
    pub delay: Option<Duration>,
}

impl Hit {
    /// What the fault is called.
    pub fn name(&self) -> &str {
        self.injection.name()
    }

    /// What fails.
    pub fn kind(&self) -> Kind {
        self.injection.fault.kind
    }
}

/// The faults that are armed in a process.
#[derive(Debug)]
pub struct Registry {
    service: &'static Service,
    injections: RwLock<Vec<Arc<Injection>>>,
    /// How many there are, so that nobody takes the lock while there are none.
    count: AtomicUsize,
    /// What no request asked for is told apart by its number.
    unasked: AtomicU64,
}

impl Registry {
    /// For the process of this service; nothing is armed yet.
    pub const fn new(service: &'static Service) -> Self {
        Self { service, injections: RwLock::new(Vec::new()), count: AtomicUsize::new(0), unasked: AtomicU64::new(0) }
    }

    /// The row of the service whose process it is.
    pub const fn service(&self) -> &'static Service {
        self.service
    }

    /// Whether there may be one that lives: a single look at a number, for the many times when there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Arms a fault. The same one under the same name begins its lease anew; another one under the name takes its place.
    ///
    /// # Errors
    /// When it belongs elsewhere, names what this service does not have, or can only be done from outside.
    pub fn arm(&self, name: &str, fault: Fault) -> Result<Arming, Unfit> {
        self.fits(name, &fault)?;
        let mut injections = self.injections.write().unwrap_or_else(PoisonError::into_inner);
        sweep(&mut injections);
        if let Some(position) = injections.iter().position(|injection| injection.name == name) {
            if injections[position].fault == fault {
                injections[position].renew();
                return Ok(Arming::Renewed(injections[position].clone()));
            }
            injections.remove(position).ended.store(true, Ordering::Release);
        }
        if injections.len() >= MOST {
            return Err(Unfit(format!("{MOST} faults are armed already; end some of them first")));
        }
        let injection = Arc::new(Injection {
            name: name.to_owned(),
            ends: Mutex::new(Instant::now() + fault.lease.duration()),
            ended: AtomicBool::new(false),
            hits: AtomicU64::new(0),
            fault,
        });
        injections.push(injection.clone());
        self.count.store(injections.len(), Ordering::Release);
        Ok(Arming::New(injection))
    }

    /// Ends the fault of this name, or every one; gives what was ended.
    pub fn end(&self, name: Option<&str>) -> Listing {
        let mut injections = self.injections.write().unwrap_or_else(PoisonError::into_inner);
        sweep(&mut injections);
        let (ended, rest) =
            injections.drain(..).partition(|it: &Arc<Injection>| name.is_none_or(|name| it.name == name));
        *injections = rest;
        self.count.store(injections.len(), Ordering::Release);
        for injection in &ended {
            injection.ended.store(true, Ordering::Release);
        }
        self.listed(&ended)
    }

    /// Forgets those that live no more.
    pub fn sweep(&self) {
        let mut injections = self.injections.write().unwrap_or_else(PoisonError::into_inner);
        sweep(&mut injections);
        self.count.store(injections.len(), Ordering::Release);
    }

    /// All that live.
    pub fn list(&self) -> Listing {
        self.listed(&self.live())
    }

    /// How many of a kind live.
    pub fn count(&self, is_meant: impl Fn(Kind) -> bool) -> usize {
        self.live().iter().filter(|injection| is_meant(injection.fault.kind)).count()
    }

    /// A fault of the whole process that lives, of a kind that is meant.
    pub fn of_process(&self, is_meant: impl Fn(Kind) -> bool) -> Option<Arc<Injection>> {
        if self.is_empty() {
            return None;
        }
        self.live().into_iter().find(|it| it.fault.kind.reach() == Reach::Process && is_meant(it.fault.kind))
    }

    /// The first fault of a kind that is meant that strikes now, counted as a hit of it.
    pub fn strike(&self, occasion: &Occasion<'_>, is_meant: impl Fn(&Fault) -> bool) -> Option<Hit> {
        if self.is_empty() {
            return None;
        }
        let mut trace_id = occasion.trace_id;
        if trace_id == [0; 16] {
            trace_id[..8].copy_from_slice(&self.unasked.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        }
        let injections = self.injections.read().unwrap_or_else(PoisonError::into_inner);
        let injection = injections.iter().find(|injection| {
            let fault = &injection.fault;
            is_meant(fault)
                && occasion.is_at(&fault.place)
                && fault.hits(trace_id)
                && injection.is_live()
                && injection.strike()
        })?;
        Some(Hit { injection: injection.clone(), delay: injection.fault.delay(trace_id) })
    }

    fn live(&self) -> Vec<Arc<Injection>> {
        let injections = self.injections.read().unwrap_or_else(PoisonError::into_inner);
        injections.iter().filter(|injection| injection.is_live()).cloned().collect()
    }

    fn listed(&self, injections: &[Arc<Injection>]) -> Listing {
        Listing {
            service: self.service.name.to_owned(),
            faults: injections.iter().map(|injection| injection.armed()).collect(),
        }
    }

    fn fits(&self, name: &str, fault: &Fault) -> Result<(), Unfit> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
            return Err(Unfit(format!("a name has 1 to {LONGEST_NAME} letters, digits, `-`, `_` or `.`")));
        }
        fault.check().map_err(|refused| Unfit(refused.to_string()))?;
        if fault.kind.label().is_none() {
            let what = fault.kind.as_str();
            return Err(Unfit(format!(
                "`{what}` cannot be done from inside: send the process a signal, such as kill -STOP"
            )));
        }
        let Place { service, route, peer, collection, session: _ } = &fault.place;
        if service != self.service.name {
            return Err(Unfit(format!(
                "`service`: this is {}, not {service}; ask the admin port there",
                self.service.name
            )));
        }
        if let Some(route) = route {
            let doors = self.service.routes().iter().map(|it| (it.method, it.path));
            one_of(
                "route",
                &format!("{} {}", route.method, route.path),
                doors.map(|(method, path)| format!("{method} {path}")),
            )?;
        }
        if let Some(peer) = peer {
            one_of("peer", peer, self.service.calls().iter().map(|call| call.peer.to_owned()))?;
        }
        if let Some(collection) = collection {
            one_of("collection", collection, self.service.queries.iter().map(|query| query.collection.to_owned()))?;
        }
        match fault.kind.reach() {
            Reach::Call if !matches!(fault.kind, Kind::Latency(_)) && self.service.calls().is_empty() => {
                Err(Unfit(format!("{} calls nobody, so no call of it can fail", self.service.name)))
            }
            Reach::Statement if self.service.queries.is_empty() => {
                Err(Unfit(format!("{} has no database, so no statement of it can fail", self.service.name)))
            }
            _ if fault.kind == Kind::PoolExhausted && self.service.pools.is_empty() => {
                Err(Unfit(format!("{} has no database, so it has no pool", self.service.name)))
            }
            _ => Ok(()),
        }
    }
}

fn sweep(injections: &mut Vec<Arc<Injection>>) {
    injections.retain(|injection| injection.is_live());
}

fn one_of(field: &str, name: &str, known: impl Iterator<Item = String>) -> Result<(), Unfit> {
    let mut known: Vec<String> = known.filter(|known| !known.contains(signals::http::OTHER)).collect();
    known.sort_unstable();
    known.dedup();
    if known.iter().any(|known| known == name) {
        return Ok(());
    }
    if known.is_empty() {
        return Err(Unfit(format!("`{field}`: this service has none")));
    }
    Err(Unfit(format!("`{field}`: there is no `{name}` here, only {}", known.join(", "))))
}
