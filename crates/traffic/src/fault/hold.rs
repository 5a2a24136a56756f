//! Arming a fault and holding it: a short lease that is renewed for as long as this process lives.

use std::time::Duration;

use faults::{Armed, Lease};
use serde::Serialize;
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{Set, Silence, admin::Admins};
use crate::{arguments::Format, complain, ending::Ending, interrupts::interrupts, progress::Progress, say};

/// How long a fault outlives whoever holds it.
const SHORT: Duration = Duration::from_secs(10);
/// Three times within a lease, so that one lost renewal ends nothing.
const EVERY: Duration = Duration::from_secs(3);

/// What was held, at its end.
#[derive(Debug, Serialize)]
struct Held {
    service: &'static str,
    name: String,
    what: String,
    hits: u64,
    seconds: f64,
    ended: &'static str,
}

/// Arms the fault; without `--detach`, holds it until it is to end.
pub(super) async fn set(set: &Set) -> anyhow::Result<Ending> {
    let wish = &set.wish;
    let lease = if set.detach { wish.lasts } else { wish.lasts.min(SHORT) };
    let fault = match Lease::of(lease) {
        Ok(lease) => wish.fault(lease).map_err(|mistake| mistake.to_string()),
        Err(_) => {
            Err("--detach arms for 15 minutes at most, since nobody would renew it; choose a shorter --for".to_owned())
        }
    };
    let fault = match fault {
        Ok(fault) => fault,
        Err(mistake) => {
            complain(&mistake);
            return Ok(Ending::Misused);
        }
    };
    let admins = Admins::of(&set.doors)?;
    let name = wish.name.clone().unwrap_or_else(|| format!("{}-{:04x}", fault.kind.as_str(), rand::random::<u16>()));
    let armed = match admins.arm(wish.on, &name, &fault).await {
        Ok(armed) => armed,
        Err(silence) => {
            complain(&admins.sentence_of(wish.on, &silence));
            return Ok(silence.ending());
        }
    };
    let format = set.doors.common.format;
    if set.detach {
        match format {
            Format::Text => say(&format!(
                "`{name}` is armed: {fault}\nit ends by itself in {}; sooner by `traffic fault rm {name}`\n",
                super::listing::left(armed.ends_in_ms)
            )),
            Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&armed)?)),
        }
        return Ok(Ending::Passed);
    }
    if format == Format::Text {
        say(&format!("`{name}` is armed: {fault}\n"));
    }
    let mut holding = Holding { admins, set, name, fault, hits: armed.hits, lost: false };
    let begun = Instant::now();
    let interrupted = holding.hold(begun + wish.lasts).await?;
    let gone = holding.end().await;
    let Holding { name, fault, hits, .. } = holding;
    let seconds = begun.elapsed().as_secs_f64();
    let ended = match (&gone, interrupted) {
        (Err(_), _) => "by its lease",
        (Ok(()), true) => "by interrupt",
        (Ok(()), false) => "in time",
    };
    match format {
        Format::Text => say(&format!("`{name}` hit {hits} times in {seconds:.0} s and is ended\n")),
        Format::Json => {
            let held = Held { service: wish.on.as_str(), name, what: fault.to_string(), hits, seconds, ended };
            say(&format!("{}\n", serde_json::to_string_pretty(&held)?));
        }
    }
    Ok(match (gone, interrupted) {
        (Err(silence), _) => silence.ending(),
        (Ok(()), true) => Ending::Interrupted,
        (Ok(()), false) => Ending::Passed,
    })
}

/// A fault that is held.
struct Holding<'a> {
    admins: Admins,
    set: &'a Set,
    name: String,
    fault: faults::Fault,
    hits: u64,
    /// Whether the service did not answer the last time.
    lost: bool,
}

impl Holding<'_> {
    /// Gives whether it was told to end before its time.
    async fn hold(&mut self, until: Instant) -> anyhow::Result<bool> {
        let mut interrupts = interrupts()?;
        let mut progress = Progress::new();
        let mut renewal = interval(EVERY);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        renewal.reset();
        loop {
            select! {
                () = sleep_until(until) => break,
                Some(()) = interrupts.recv() => {
                    progress.clear();
                    return Ok(true);
                }
                _ = renewal.tick() => {
                    progress.clear();
                    if !self.renew().await {
                        break;
                    }
                }
                () = progress.due() => {
                    let left = until.saturating_duration_since(Instant::now()).as_secs();
                    progress.show(&format!("{} hits so far; {left} s left, Ctrl-C ends it", self.hits));
                }
            }
        }
        progress.clear();
        Ok(false)
    }

    /// Gives whether to go on: what somebody else has ended stays ended.
    async fn renew(&mut self) -> bool {
        if let Ok(listing) = self.admins.list(self.set.wish.on).await
            && !self.lost
            && !listing.faults.iter().any(|armed| armed.name == self.name)
        {
            complain(&format!("`{}` was ended by somebody else, or its lease ran out", self.name));
            return false;
        }
        match self.admins.arm(self.set.wish.on, &self.name, &self.fault).await {
            Ok(Armed { hits, .. }) => {
                if self.lost {
                    complain(&format!("{} answers again; `{}` is armed", self.set.wish.on, self.name));
                }
                self.lost = false;
                self.hits = hits;
            }
            Err(silence) => {
                if !self.lost {
                    let sentence = self.admins.sentence_of(self.set.wish.on, &silence);
                    complain(&format!("`{}` cannot be renewed: {sentence}; it is tried again", self.name));
                }
                self.lost = true;
            }
        }
        true
    }

    /// Ends it, having asked how often it hit.
    async fn end(&mut self) -> Result<(), Silence> {
        let service = self.set.wish.on;
        if let Ok(listing) = self.admins.list(service).await
            && let Some(armed) = listing.faults.iter().find(|armed| armed.name == self.name)
        {
            self.hits = armed.hits;
        }
        match self.admins.end(service, &self.name).await {
            // Its lease may have ended in the same moment.
            Ok(()) | Err(Silence::NotArmed) => Ok(()),
            Err(silence) => {
                let sentence = self.admins.sentence_of(service, &silence);
                let most = SHORT.as_secs();
                complain(&format!(
                    "`{}` could not be ended ({sentence}); it ends by itself within {most} s",
                    self.name
                ));
                Err(silence)
            }
        }
    }
}
