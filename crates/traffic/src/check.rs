//! `traffic check`: tries every door of the shop, and says of each that does not open why, and what to do.

mod diagnosis;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use shop::routes::{Route, gateway};
use signals::{LabelSet as _, monitoring};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    Ending,
    arguments::{Check, Format, Target},
    engine::{Answer, Ask, Client, Failure, Mark},
    journeys::visitor,
    say,
    steps::{self, Step},
    table::{table, time},
    window::Window,
};

/// How a door was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Open,
    /// Somebody answered, but not as the shop does.
    Wrong,
    Unreachable,
}

#[derive(Clone, Debug, Serialize)]
struct Door {
    door: String,
    state: State,
    /// The median of the samples.
    median_seconds: Option<f64>,
    /// What is wrong, and the way out.
    trouble: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    target: String,
    verdict: &'static str,
    version: Option<String>,
    doors: Vec<Door>,
}

/// The admin port's own paths, which no service's table holds.
const ADMIN: [&str; 3] = ["/livez", "/readyz", METRICS];
const METRICS: &str = "/metrics";

/// The step that tries a door without leaving anything behind; none where even that would do harm.
fn probe(route: &'static Route) -> Option<&'static Step> {
    if route.fails_on_purpose() {
        return None;
    }
    [
        &steps::CATEGORIES,
        &steps::PAGE,
        &steps::PRODUCT,
        &steps::STOCK,
        &steps::WORDS,
        &steps::ORDERS,
        &steps::UNKNOWN_ORDER,
        // It is refused only by the service behind the door, so the refusal proves the way, and orders nothing.
        &steps::MALFORMED,
        &steps::DOCUMENT,
    ]
    .into_iter()
    .find(|step| step.route.is_some_and(|it| std::ptr::eq(it, route)))
}

/// Tries every door and prints what was found.
pub(crate) async fn check(options: &Check) -> anyhow::Result<Ending> {
    let target = &options.common.target;
    let client = Arc::new(Client::new(target.clone(), options.timeout));
    // When the list cannot be read, its own door says so; the others are tried with a product that usually is there.
    let window = Window::learn(&client, &mark()).await.unwrap_or_else(|_| Window::guessed());

    let mut visitor = visitor(Arc::new(window))?;
    let mut tries = JoinSet::new();
    let mut place = 0;
    for (route, step) in gateway::ROUTES.iter().filter_map(|route| Some((*route, probe(route)?))) {
        let ask = (step.ask)(&mut visitor);
        let (client, samples) = (Arc::clone(&client), options.samples);
        tries.spawn(async move { (place, public_door(&client, route, step, ask, samples).await, None) });
        place += 1;
    }
    if let Some(admin) = &options.admin {
        let client = Arc::new(Client::new(admin.clone(), options.timeout));
        for path in ADMIN {
            let (client, samples) = (Arc::clone(&client), options.samples);
            tries.spawn(async move {
                let (door, version) = admin_door(&client, path, samples).await;
                (place, door, version)
            });
            place += 1;
        }
    }
    let mut found = tries.join_all().await;
    found.sort_by_key(|(place, ..)| *place);
    let version = found.iter().find_map(|(_, _, version)| version.clone());
    let doors: Vec<Door> = found.into_iter().map(|(_, door, _)| door).collect();

    let is = |state| doors.iter().any(|door| door.state == state);
    let (ending, verdict) = match (is(State::Unreachable), is(State::Wrong)) {
        (true, _) => (Ending::Unreachable, "unreachable"),
        (false, true) => (Ending::Failed, "unexpected"),
        (false, false) => (Ending::Passed, "passed"),
    };
    let report = Report { target: target.to_string(), verdict, version, doors };
    match options.common.format {
        Format::Text => say(&report.for_people(options)),
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&report)?)),
    }
    Ok(ending)
}

fn mark() -> Mark {
    Mark::new(format!("check-{:08x}", rand::random::<u32>()))
}

async fn public_door(client: &Client, route: &'static Route, step: &'static Step, ask: Ask, samples: u16) -> Door {
    let name = format!("{} {}", route.method.as_str(), route.path);
    let tried = sample(client, &ask, samples, |answer, mark| {
        let objection = step.objection(answer)?;
        Some(diagnosis::of_answer(route, answer, &objection, &mark.trace_id()))
    });
    tried.await.into_door(name, client.target(), "--target").0
}

async fn admin_door(client: &Client, path: &str, samples: u16) -> (Door, Option<String>) {
    let ask = Ask::to("GET", path);
    let tried = sample(client, &ask, samples, |answer, _| diagnosis::of_admin(path, answer));
    let (door, last) = tried.await.into_door(format!("GET {path} (admin)"), client.target(), "--admin");
    let version = last.filter(|_| path == METRICS).and_then(|answer| version(&String::from_utf8_lossy(&answer.body)));
    (door, version)
}

/// Doors are measured one after another: side by side they would measure each other.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// A few tries of a door.
struct Tried {
    times: Vec<Duration>,
    ended: Result<Option<Answer>, (State, diagnosis::Trouble)>,
}

impl Tried {
    /// `option` is what named the target.
    fn into_door(mut self, door: String, target: &Target, option: &str) -> (Door, Option<Answer>) {
        self.times.sort_unstable();
        let median_seconds = self.times.get(self.times.len() / 2).map(Duration::as_secs_f64);
        let (state, trouble, last) = match self.ended {
            Ok(last) => (State::Open, None, last),
            Err((state, trouble)) => (state, Some(trouble.sentence(target, option)), None),
        };
        (Door { door, state, median_seconds, trouble }, last)
    }
}

/// Tries a door until it has failed, or has opened often enough.
async fn sample(
    client: &Client,
    ask: &Ask,
    samples: u16,
    objection: impl Fn(&Answer, &Mark) -> Option<(State, diagnosis::Trouble)>,
) -> Tried {
    let mut tried = Tried { times: Vec::new(), ended: Ok(None) };
    // The first try of each door goes beside the others', so that many closed ones take no longer than one. It is not measured:
    // it opens the connection.
    let mut turn = None;
    for nth in 0..=samples {
        if nth == 1 {
            turn = ONE_AT_A_TIME.acquire().await.ok();
        }
        let mark = mark();
        let begun = Instant::now();
        match client.send(ask.clone(), &mark).await {
            Ok(answer) => {
                if nth > 0 {
                    tried.times.push(begun.elapsed());
                }
                if let Some(trouble) = objection(&answer, &mark) {
                    tried.ended = Err(trouble);
                    return tried;
                }
                tried.ended = Ok(Some(answer));
            }
            Err(failure) => {
                let trouble = match failure {
                    Failure::TimedOut => diagnosis::Trouble::TimedOut(begun.elapsed()),
                    Failure::Connection(why) => diagnosis::Trouble::NoConnection(why),
                };
                tried.ended = Err((State::Unreachable, trouble));
                return tried;
            }
        }
    }
    drop(turn);
    tried
}

/// The version that `build_info` names on a scrape.
fn version(scrape: &str) -> Option<String> {
    let metric = monitoring::BUILD_INFO.declaration.prometheus_name();
    let key = monitoring::Version::keys().into_iter().next()?;
    let line = scrape.lines().find(|line| line.strip_prefix(&metric).is_some_and(|rest| rest.starts_with('{')))?;
    let (_, value) = line.split_once(&format!("{key}=\""))?;
    Some(value.split_once('"')?.0.to_owned())
}

impl Report {
    fn for_people(&self, options: &Check) -> String {
        let mut rows = vec![["door", "state", "median"].map(str::to_owned).to_vec()];
        for Door { door, state, median_seconds, trouble: _ } in &self.doors {
            let state = match state {
                State::Open => "open",
                State::Wrong => "WRONG",
                State::Unreachable => "UNREACHABLE",
            };
            rows.push(vec![door.clone(), state.to_owned(), median_seconds.map_or("-".to_owned(), time)]);
        }
        let version = match (&self.version, &options.admin) {
            (Some(version), _) => version.clone(),
            (None, Some(admin)) => format!("not told by {}", admin.at(METRICS)),
            (None, None) => "not asked; name the admin port with --admin URL".to_owned(),
        };
        let mut text = format!("{}\nversion: {version}\n\n{}", self.target, table(&rows, &[2]));
        // Many doors fail for one reason: it is said once.
        let mut troubles: Vec<(&str, Vec<&str>)> = Vec::new();
        for Door { door, trouble, .. } in &self.doors {
            let Some(trouble) = trouble else { continue };
            match troubles.iter_mut().find(|(said, _)| said == trouble) {
                Some((_, doors)) => doors.push(door),
                None => troubles.push((trouble, vec![door])),
            }
        }
        for (trouble, doors) in troubles {
            let others = if doors.len() > 1 { format!(" and {} more", doors.len() - 1) } else { String::new() };
            text.push_str(&format!("\n{}{others}: {trouble}\n", doors[0]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_is_tried_but_those_that_fail_on_purpose() {
        let untried: Vec<&str> =
            gateway::ROUTES.iter().filter(|route| probe(route).is_none()).map(|route| route.path).collect();
        assert_eq!(untried, ["/panic", "/health", "/slow", "/error"]);
    }

    #[test]
    fn the_version_is_read_from_a_scrape() {
        let scrape = "# HELP build_info Always 1.\n# TYPE build_info gauge\nbuild_info{version=\"1.2.3\"} 1\n";
        assert_eq!(version(scrape).as_deref(), Some("1.2.3"));
        assert_eq!(version("build_information{version=\"1\"} 1"), None);
    }
}
