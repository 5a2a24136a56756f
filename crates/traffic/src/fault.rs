//! `traffic fault`: arms faults in the services through their admin ports, lists them, and ends them.

mod admin;
mod hold;
mod listing;
mod wish;

use std::{fmt, str::FromStr};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use shop::services::{SERVICES, ServiceName};

use crate::{
    arguments::{Common, Format, Target},
    complain,
    ending::Ending,
    say,
};
pub(crate) use admin::{Admins, Silence};
pub(crate) use wish::Wish;

/// The verbs of `traffic fault`.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists what is armed in every service, for how long still, and how often it has hit.
    Ls(Doors),
    /// Arms a fault and holds it until Ctrl-C, or until its time is over; ends with it, however it ends.
    ///
    /// The service is told to forget the fault after ten seconds, and told again every three, so that the fault ends by itself soon after
    /// this command was killed. With --detach it is told once, with the whole time.
    Set(Box<Set>),
    /// Ends faults by name, in every service or in one.
    Rm(Rm),
    /// Ends every fault in every service.
    Halt(Doors),
}

/// Which shop, and where its services' admin ports are.
#[derive(Args, Clone, Debug)]
pub(crate) struct Doors {
    #[command(flatten)]
    pub common: Common,

    /// Where a service's admin port is, such as orders=http://10.0.0.7:9466; may be repeated. Unless told, it is on the target's host, as
    /// far from its usual port as the target is from the gateway's.
    #[arg(long = "admin", value_name = "SERVICE=URL")]
    pub admins: Vec<AdminAddress>,
}

/// What is set, and for how long.
#[derive(Args, Debug)]
pub(crate) struct Set {
    #[command(flatten)]
    pub doors: Doors,

    #[command(flatten)]
    pub wish: Wish,

    /// Arms it once for its whole time, 15 minutes at most, and does not wait.
    #[arg(long)]
    pub detach: bool,
}

/// What is ended.
#[derive(Args, Debug)]
pub(crate) struct Rm {
    #[command(flatten)]
    pub doors: Doors,

    /// What `traffic fault ls` calls them.
    #[arg(required = true, value_name = "NAME", value_parser = wish::name)]
    pub names: Vec<String>,

    /// Only in this service.
    #[arg(long, value_name = "SERVICE", value_parser = wish::service_parser())]
    pub on: Option<ServiceName>,
}

/// The admin port of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdminAddress {
    pub service: ServiceName,
    pub url: Target,
}

impl FromStr for AdminAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write it as orders=http://127.0.0.1:9466";
        let (name, url) = text.split_once('=').ok_or(example)?;
        Ok(Self { service: wish::service(name)?, url: url.parse()? })
    }
}

impl fmt::Display for AdminAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.service, self.url)
    }
}

/// Does what was asked.
pub(crate) async fn run(verb: &Verb) -> anyhow::Result<Ending> {
    match verb {
        Verb::Ls(doors) => listing::list(doors).await,
        Verb::Set(set) => hold::set(set).await,
        Verb::Rm(rm) => remove(rm).await,
        Verb::Halt(doors) => halt(doors).await,
    }
}

/// What became of a name that was to be ended.
#[derive(Debug, Serialize)]
struct Removed {
    name: String,
    ended_in: Vec<&'static str>,
}

async fn remove(rm: &Rm) -> anyhow::Result<Ending> {
    let admins = Admins::of(&rm.doors)?;
    let services: Vec<ServiceName> = match rm.on {
        Some(service) => vec![service],
        None => SERVICES.iter().map(|row| row.name).collect(),
    };
    let mut removed = Vec::new();
    let mut told = Told::default();
    for name in &rm.names {
        let mut ended_in = Vec::new();
        for service in &services {
            match admins.end(*service, name).await {
                Ok(()) => ended_in.push(service.as_str()),
                Err(Silence::NotArmed) => {}
                Err(silence) => told.add(*service, silence),
            }
        }
        if ended_in.is_empty() {
            let state = rm.on.map_or("armed nowhere".to_owned(), |service| format!("not armed in {service}"));
            complain(&format!("`{name}` is {state}; `traffic fault ls` shows what is"));
            told.worst(Ending::Failed);
        }
        removed.push(Removed { name: name.clone(), ended_in });
    }
    told.complain(&admins);
    match rm.doors.common.format {
        Format::Text => {
            for Removed { name, ended_in } in removed.iter().filter(|removed| !removed.ended_in.is_empty()) {
                say(&format!("`{name}` is ended in {}\n", ended_in.join(", ")));
            }
        }
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&removed)?)),
    }
    Ok(told.ending)
}

/// Ends every fault that can be ended, after a guard has stopped a load; tells only of what it ended, and of what it could not.
pub(crate) async fn halt_after_a_stop(doors: Doors) {
    let admins = match Admins::of(&doors) {
        Ok(admins) => admins,
        Err(error) => return complain(&format!("no fault could be ended: {error:#}")),
    };
    let mut told = Told::default();
    for row in SERVICES {
        match admins.end_all(row.name).await {
            Ok(listing) => {
                let names = listing.faults.iter().map(|armed| format!("`{}` of {}", armed.name, listing.service));
                names.for_each(|name| complain(&format!("the fault {name} is ended, since a guard stopped the load")));
            }
            // Without a token none was armed from here, and where none can be armed, none is.
            Err(Silence::Disabled | Silence::Unauthorized) => {}
            Err(silence) => told.add(row.name, silence),
        }
    }
    told.complain(&admins);
}

async fn halt(doors: &Doors) -> anyhow::Result<Ending> {
    let admins = Admins::of(doors)?;
    let mut told = Told::default();
    let mut ended = Vec::new();
    for row in SERVICES {
        match admins.end_all(row.name).await {
            Ok(listing) => ended.push(listing),
            // Where none can be armed, none is.
            Err(Silence::Disabled) => {}
            Err(silence) => told.add(row.name, silence),
        }
    }
    told.complain(&admins);
    match doors.common.format {
        Format::Text => {
            ended.retain(|listing| !listing.faults.is_empty());
            for listing in &ended {
                let names: Vec<&str> = listing.faults.iter().map(|armed| armed.name.as_str()).collect();
                say(&format!("ended in {}: {}\n", listing.service, names.join(", ")));
            }
            match (&ended[..], told.ending) {
                ([], Ending::Passed) => say("no fault was armed\n"),
                ([], _) => say("no fault was armed where anybody answered\n"),
                _ => {}
            }
        }
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&ended).context("cannot write the result")?)),
    }
    Ok(told.ending)
}

/// What services said instead of what was asked for: each thing once, with all that said it, and the exit code that follows.
#[derive(Debug)]
struct Told {
    silences: Vec<(Silence, Vec<ServiceName>)>,
    ending: Ending,
}

impl Default for Told {
    fn default() -> Self {
        Self { silences: Vec::new(), ending: Ending::Passed }
    }
}

impl Told {
    fn add(&mut self, service: ServiceName, silence: Silence) {
        self.worst(silence.ending());
        match self.silences.iter_mut().find(|(said, _)| *said == silence) {
            Some((_, services)) if services.contains(&service) => {}
            Some((_, services)) => services.push(service),
            None => self.silences.push((silence, vec![service])),
        }
    }

    fn sentences(&self, admins: &Admins) -> Vec<String> {
        self.silences.iter().map(|(silence, services)| admins.sentence(services, silence)).collect()
    }

    fn complain(&self, admins: &Admins) {
        self.sentences(admins).iter().for_each(|sentence| complain(sentence));
    }

    fn worst(&mut self, ending: Ending) {
        if ending as u8 > self.ending as u8 {
            self.ending = ending;
        }
    }
}
