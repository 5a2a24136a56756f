//! The admin ports: where they are, the token that opens them, and what they say.

use std::{collections::BTreeMap, env, fs, path::PathBuf, time::Duration};

use anyhow::Context as _;
use faults::{Armed, Fault, Listing, PATH};
use serde::{Serialize, de::DeserializeOwned};
use shop::{
    local,
    messages::Problem,
    services::{SERVICES, ServiceName},
};

use super::Doors;
use crate::{
    arguments::Target,
    ending::Ending,
    engine::{Answer, Ask, Client, Failure, Mark},
};

/// An admin port answers at once or is in trouble.
const PATIENCE: Duration = Duration::from_secs(3);
/// The variable that holds the token.
const TOKEN: &str = "FAULTS_TOKEN";

/// Every service's admin port, and the token.
#[derive(Debug)]
pub(crate) struct Admins {
    doors: BTreeMap<ServiceName, Target>,
    token: Option<String>,
    /// Where the token is, or would be, looked for.
    file: Option<PathBuf>,
    from: TokenFrom,
}

#[derive(Clone, Copy, Debug)]
enum TokenFrom {
    Variable,
    File,
    Nowhere,
}

/// Why an admin port did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
pub(crate) enum Silence {
    Unreachable(String),
    /// The service runs with faults disabled.
    Disabled,
    /// It wants another token.
    Unauthorized,
    /// It knows no such fault.
    NotArmed,
    /// It will not arm that; why.
    Refused(String),
    /// What answered is no admin port of the shop.
    Strange(String),
}

impl Silence {
    pub(crate) fn ending(&self) -> Ending {
        match self {
            Silence::Unreachable(_) => Ending::Unreachable,
            Silence::Refused(_) => Ending::Misused,
            Silence::Disabled | Silence::Unauthorized | Silence::NotArmed | Silence::Strange(_) => Ending::Failed,
        }
    }
}

impl Admins {
    /// Finds the ports and the token.
    pub(crate) fn of(doors: &Doors) -> anyhow::Result<Self> {
        let target = &doors.common.target;
        let port = target.port();
        let mut found = BTreeMap::new();
        for row in SERVICES {
            let named = doors.admins.iter().rev().find(|admin| admin.service == row.name);
            let address = match named {
                Some(admin) => admin.url.clone(),
                None => beside(target, row.name).with_context(|| format!("name it with --admin {}=URL", row.name))?,
            };
            found.insert(row.name, address);
        }
        let file = local::faults_token_file(port);
        let (token, from) = match env::var(TOKEN).ok().filter(|token| !token.is_empty()) {
            Some(token) => (Some(token), TokenFrom::Variable),
            None => match file.as_ref().and_then(|file| fs::read_to_string(file).ok()) {
                Some(token) => (Some(token.trim().to_owned()), TokenFrom::File),
                None => (None, TokenFrom::Nowhere),
            },
        };
        Ok(Self { doors: found, token, file, from })
    }

    /// Where a service's admin port is taken to be.
    pub(crate) fn address(&self, service: ServiceName) -> &Target {
        &self.doors[&service]
    }

    /// What is armed there.
    pub(crate) async fn list(&self, service: ServiceName) -> Result<Listing, Silence> {
        read(&self.ask(service, Ask::to("GET", PATH)).await?)
    }

    /// Arms a fault, or renews its lease.
    pub(crate) async fn arm(&self, service: ServiceName, name: &str, fault: &Fault) -> Result<Armed, Silence> {
        let body = serde_json::to_string(fault).map_err(|error| Silence::Refused(error.to_string()))?;
        read(&self.ask(service, Ask::to("PUT", format!("{PATH}/{name}")).body(body)).await?)
    }

    /// Ends the fault of that name.
    pub(crate) async fn end(&self, service: ServiceName, name: &str) -> Result<(), Silence> {
        self.ask(service, Ask::to("DELETE", format!("{PATH}/{name}"))).await.map(drop)
    }

    /// Ends every fault of the service.
    pub(crate) async fn end_all(&self, service: ServiceName) -> Result<Listing, Silence> {
        read(&self.ask(service, Ask::to("DELETE", PATH)).await?)
    }

    async fn ask(&self, service: ServiceName, mut ask: Ask) -> Result<Answer, Silence> {
        if let Some(token) = &self.token {
            ask.headers.push(("authorization", format!("Bearer {token}")));
        }
        let client = Client::new(self.address(service).clone(), PATIENCE);
        let answer = client.send(ask, &Mark::new("faults")).await.map_err(|failure| match failure {
            Failure::TimedOut => Silence::Unreachable("no answer in time".to_owned()),
            Failure::Connection(why) => Silence::Unreachable(why),
        })?;
        let problem = serde_json::from_slice::<Problem>(&answer.body).ok();
        Err(match (answer.status, problem) {
            (200..300, _) => return Ok(answer),
            (401, _) => Silence::Unauthorized,
            (404, Some(_)) => Silence::NotArmed,
            (404, None) => Silence::Disabled,
            (_, Some(Problem { title, detail, .. })) => Silence::Refused(detail.unwrap_or(title)),
            (status, None) => Silence::Strange(format!("it answered {status}")),
        })
    }

    /// What is wrong with services that said the same, and the way out.
    pub(crate) fn sentence(&self, services: &[ServiceName], silence: &Silence) -> String {
        let names: Vec<&str> = services.iter().map(|service| service.as_str()).collect();
        let is_one = names.len() == 1;
        let (names, s) = (names.join(", "), if is_one { "s" } else { "" });
        let (admin, address) = match services {
            [service] => (format!("--admin {service}=URL"), format!(" at {}", self.address(*service))),
            _ => ("--admin SERVICE=URL".to_owned(), String::new()),
        };
        match silence {
            Silence::Unreachable(why) => {
                let (ports, it) = if is_one { ("port", "it") } else { ("ports", "them") };
                format!(
                    "the admin {ports} of {names}{address} cannot be reached ({why}); start the shop with `cargo xtask up`, or name \
                     {it} with {admin}"
                )
            }
            Silence::Disabled => format!(
                "{names} run{s} with faults disabled; start with FAULTS_ENABLED=true and a {TOKEN} of your choice, as `cargo xtask up` does"
            ),
            Silence::Unauthorized => {
                let file = self.file.as_ref().map_or("the state folder".to_owned(), |file| file.display().to_string());
                let found = match self.from {
                    TokenFrom::Variable => format!("another token than the one in {TOKEN}"),
                    TokenFrom::File => format!("another token than the one in {file}"),
                    TokenFrom::Nowhere => {
                        format!("a token, and there is none in {TOKEN} nor in {file}, where `cargo xtask up` leaves it")
                    }
                };
                format!("{names} want{s} {found}; set {TOKEN} to the word that the shop was started with")
            }
            Silence::NotArmed => format!("{names}: there is no such fault; `traffic fault ls` shows what is armed"),
            Silence::Refused(why) => format!("{names} does not take that: {why}"),
            Silence::Strange(why) => {
                format!("what answers{address} is not the admin port of {names}: {why}; name it with {admin}")
            }
        }
    }

    /// The same for one service.
    pub(crate) fn sentence_of(&self, service: ServiceName, silence: &Silence) -> String {
        self.sentence(&[service], silence)
    }
}

/// The admin port of a service on the target's host, as far from its usual port as the target is from the gateway's.
fn beside(target: &Target, service: ServiceName) -> anyhow::Result<Target> {
    let offset = i32::from(target.port()) - i32::from(ServiceName::Gateway.doors().public);
    let moved = u16::try_from(i32::from(service.doors().admin) + offset).ok().filter(|port| *port > 0);
    let port = moved.with_context(|| format!("from {target} no admin port of {service} follows"))?;
    Ok(target.with_port(port))
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Silence> {
    serde_json::from_slice(&answer.body).map_err(|error| Silence::Strange(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_admin_ports_are_as_far_away_as_the_target() {
        let beside = |target: &str, service| {
            beside(&target.parse().expect("an address"), service).map(|address| address.to_string())
        };
        assert_eq!(beside("http://127.0.0.1:8080", ServiceName::Orders).expect("a port"), "http://127.0.0.1:9466");
        assert_eq!(beside("http://[::1]:8680", ServiceName::Gateway).expect("a port"), "http://[::1]:10064");
        assert!(beside("http://shop:65000", ServiceName::Orders).is_err());
    }
}
