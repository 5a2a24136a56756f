//! An alert's trial: the timelines on which it must fire or be silent, and what is looked at on them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use promql::syntax::Expr;

use super::{
    Error,
    evaluate::Element,
    parallel::each,
    query::{Condition, SAMPLES, branches, far_apart},
    rules::{AlertRule, Rules, parsed},
    solve::{Branch, Edge},
    stage::{Knob, Moment, Stage, Turn},
    timeline::Phase,
    world::{Behaviour, Labels, World},
};

/// How many samples the shortest window holds, one after the other, when an edge lies between the usual few.
const FINER: [u32; 2] = [60, 600];
/// How many steps all is well between two things that should not matter.
const BETWEEN: usize = 3;

/// When an alert is to fire though nothing is turned: its duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// It tells that there is no traffic.
    NoTraffic,
    /// It tells that series are missing, in some other way than by `absent`.
    Missing,
    /// It tells that alerts arrive, by firing for ever.
    Always,
}

/// A case whose series are stated by hand.
#[derive(Clone, Debug)]
pub struct Given {
    /// What is the case, for people.
    pub name: &'static str,
    /// Each series with its samples, in promtool's notation.
    pub series: Vec<(String, String)>,
    /// When the alert is looked at, after the first sample.
    pub at: Duration,
    /// The labels for which it must fire then, without its own; empty when it must have been silent until then.
    pub fires: Vec<Labels>,
}

/// All that an alert must show.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The alert's name.
    pub alert: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) held: Duration,
    pub(crate) interval: Duration,
    /// Recorded metrics that are series of the trial instead of being recorded in it.
    pub(crate) stand_ins: BTreeSet<String>,
    pub(crate) cases: Vec<Case>,
}

/// One timeline and what is looked at on it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The series with their samples, in promtool's notation.
    pub(crate) series: Vec<(String, String)>,
    pub(crate) looks: Vec<Look>,
}

/// What must be so at a step.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) at: usize,
    pub(crate) expect: Expect,
}

#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// Not even pending in the last so many steps.
    Nothing(usize),
    /// Not firing in the last so many steps.
    Silent(usize),
    /// Neither pending nor firing at this step.
    NothingNow,
    /// Firing for these, for the first time when the hold time had passed.
    Fires(Vec<Element>),
    /// Firing, for whatever.
    FiresSomehow,
}

impl Trial {
    /// The trial of an alert of these rules in this world.
    ///
    /// # Errors
    /// When a part of its query cannot be turned into series; the error names the alert and the part.
    pub fn of(alert: &AlertRule, rules: &Rules, world: &World, duties: &[Duty]) -> Result<Self, Error> {
        let made = || -> Result<Self, Error> {
            let query = parsed(&alert.name, &alert.query)?;
            let stand_ins = far_apart(&query.tree, rules);
            let world = with_stand_ins(&stand_ins, alert, rules, world)?;
            let rules = rules.without(&stand_ins);
            let of = |samples| {
                let stage = Stage::new(&rules, alert, &query, &world, samples)?;
                let cases = if duties.contains(&Duty::Always) {
                    vec![always(&stage)]
                } else {
                    of_branches(&stage, &query.tree, duties)?
                };
                Ok((stage.interval, cases))
            };
            // What is in the way is best told of the fewest samples.
            let finer = |error| FINER.into_iter().find_map(|samples| of(samples).ok()).ok_or(error);
            let (interval, cases) = of(SAMPLES).or_else(finer)?;
            let (labels, held) = (alert.labels.clone(), alert.held);
            Ok(Self { alert: alert.name.clone(), labels, held, interval, stand_ins, cases })
        };
        made().map_err(|error| error.of(&alert.name))
    }

    /// The trial of each alert of these rules whose name is chosen, but for those in `given`, which is found by the alert's name.
    ///
    /// # Errors
    /// All of [`Trial::of`]'s: one alert's does not hide another's.
    pub fn all(
        rules: &Rules,
        world: &World,
        is_chosen: impl Fn(&str) -> bool,
        duties: impl Fn(&str) -> &'static [Duty] + Sync,
        given: &BTreeMap<String, Self>,
    ) -> Result<Vec<Self>, Vec<Error>> {
        let of = |alert: &AlertRule| match given.get(&alert.name) {
            Some(trial) => Ok(trial.clone()),
            None => Self::of(alert, rules, world, duties(&alert.name)),
        };
        let mut trials = Vec::new();
        let mut errors = Vec::new();
        let chosen: Vec<&AlertRule> = rules.alerts().iter().filter(|alert| is_chosen(&alert.name)).collect();
        for made in each(&chosen, |alert| of(alert)) {
            match made {
                Ok(trial) => trials.push(trial),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(trials) } else { Err(errors) }
    }

    /// A trial whose series somebody states by hand, for an alert that [`Trial::of`] cannot solve. Samples and evaluations are
    /// `interval` apart.
    ///
    /// # Errors
    /// When no case shows the alert firing, or none shows it silent: neither alone proves anything.
    pub fn given(alert: &AlertRule, interval: Duration, cases: Vec<Given>) -> Result<Self, Error> {
        let firing = cases.iter().filter(|case| !case.fires.is_empty()).count();
        if firing == 0 || firing == cases.len() {
            let reason = "one of its cases must show it firing, and one silent".to_owned();
            return Err(Error::new("its trial", reason).of(&alert.name));
        }
        let of = |case: Given| {
            let at = case.at.div_duration_f64(interval) as usize;
            let expect = if case.fires.is_empty() { Expect::Silent(at + 1) } else { Expect::Fires(case.fires) };
            Case { name: case.name.to_owned(), series: case.series, looks: vec![Look { at, expect }] }
        };
        let cases = cases.into_iter().map(of).collect();
        Ok(Self {
            alert: alert.name.clone(),
            labels: alert.labels.clone(),
            held: alert.held,
            interval,
            stand_ins: BTreeSet::new(),
            cases,
        })
    }

    /// What is tried, for people.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().map(|case| case.name.as_str())
    }
}

/// The world with series in place of recorded metrics that are read from afar. A rule over five minutes that is read over a month would
/// make a trial of a month at a minute's grain.
fn with_stand_ins(
    stand_ins: &BTreeSet<String>,
    alert: &AlertRule,
    rules: &Rules,
    world: &World,
) -> Result<World, Error> {
    let mut world = world.clone();
    for metric in stand_ins {
        let query = parsed(metric, metric)?;
        let stage = Stage::new(rules, alert, &query, &world, SAMPLES)?;
        let twice = Turn { sources: stage.flowing(), knob: Knob::Traffic, value: 2.0 };
        let [once, twice] = [&[][..], &[twice]].map(|turns| {
            let phases = stage.phases(turns);
            let played = stage.played(&phases);
            stage.evaluation(&played).answers(&query.tree, end_of(&phases))
        });
        for ((labels, value), (_, with_twice_the_traffic)) in once?.into_iter().zip(twice?) {
            let is_rate = (with_twice_the_traffic - 2.0 * value).abs() <= value.abs() * 1e-6;
            world.add(metric, labels, if is_rate { Behaviour::Rate(value) } else { Behaviour::Level(value) });
        }
    }
    Ok(world)
}

fn of_branches(stage: &Stage<'_>, query: &Expr, duties: &[Duty]) -> Result<Vec<Case>, Error> {
    let branches = branches(query);
    let mut cases = Vec::new();
    for (place, branch) in branches.iter().enumerate() {
        let of = if branches.len() == 1 { String::new() } else { format!("branch {}, ", place + 1) };
        cases.extend(of_branch(stage, &Branch::new(stage, branch), query, &of)?);
    }
    cases.push(quiet(stage, query, duties)?);
    Ok(cases)
}

/// Firing from the first moment to the last, without any label of a series.
fn always(stage: &Stage<'_>) -> Case {
    let phases = stage.phases(&[]);
    let firing = |at| Look { at, expect: Expect::Fires(vec![Element::new()]) };
    case(stage, "whatever happens".to_owned(), &phases, vec![firing(0), firing(end_of(&phases))])
}

fn of_branch(stage: &Stage<'_>, branch: &Branch<'_>, alert: &Expr, of: &str) -> Result<Vec<Case>, Error> {
    let healthy = stage.hold(&[Condition::Holds(branch.query)], &[], Moment::End)?[0];
    if healthy {
        return Err(Error::new(&stage.text_of(branch.query), "it holds while all is well".to_owned()));
    }
    let fault = branch.fault()?;
    let mut cases = Vec::new();
    for (which, condition) in branch.conditions.iter().enumerate() {
        let name = |what: &str| match branch.conditions.len() {
            1 => format!("{of}{what}"),
            _ => format!("{of}{what}: {}", stage.text_of(condition.query())),
        };
        if branch.asks_for_history(which) {
            cases.push(without_history(stage, branch, which, &fault, name("all but the history"))?);
            continue;
        }
        let edge = branch.edge(which, &fault)?;
        match edge {
            Some(edge) => {
                cases.push(past(stage, alert, &edge, name("just past"))?);
                cases.push(below(stage, alert, &edge, name("just below"))?);
                if !edge.is_alone {
                    cases.extend(apart(stage, branch, which, &fault, name("all but this"))?);
                }
            }
            None => cases.push(apart(stage, branch, which, &fault, name("all but this"))?.ok_or_else(|| {
                let part = stage.text_of(condition.query());
                Error::new(&part, "no edge of it was found while the other conditions hold".to_owned())
            })?),
        }
    }
    Ok(cases)
}

fn case(stage: &Stage<'_>, name: String, phases: &[Phase], looks: Vec<Look>) -> Case {
    let played = stage.played(phases);
    let tracks = played.values().flatten();
    let written = tracks.map(|track| (written_series(&track.name, &track.labels), track.written())).collect();
    Case { name, series: written, looks }
}

pub(crate) fn written_series(name: &str, labels: &Element) -> String {
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    format!("{name}{{{}}}", labels.join(","))
}

fn end_of(phases: &[Phase]) -> usize {
    phases.iter().map(|phase| phase.steps).sum::<usize>() - 1
}

/// Healthy, and then just past: it must fire, after the hold time and not before.
fn past(stage: &Stage<'_>, alert: &Expr, edge: &Edge, name: String) -> Result<Case, Error> {
    let phases = stage.phases(&edge.past);
    let played = stage.played(&phases);
    let evaluation = stage.evaluation(&played);
    let mut firing: Vec<Element> =
        evaluation.answers(alert, end_of(&phases))?.into_iter().map(|(labels, _)| labels).collect();
    firing.sort();
    let looks = vec![
        Look { at: stage.healthy_steps - 1, expect: Expect::Silent(stage.healthy_steps) },
        Look { at: end_of(&phases), expect: Expect::Fires(firing) },
    ];
    Ok(case(stage, name, &phases, looks))
}

/// Healthy, and then just below: it must never even be pending.
fn below(stage: &Stage<'_>, alert: &Expr, edge: &Edge, name: String) -> Result<Case, Error> {
    let mut phases = stage.phases(&edge.below);
    if answers_at_onset(stage, alert, &phases)? {
        // A guard that asks for traffic is still met by the traffic of before, when a fault begins and most of the traffic stops. So
        // what is just below its edge is so from the start.
        let own: Vec<Turn> = edge.below.iter().filter(|turn| !edge.past.contains(turn)).cloned().collect();
        phases[0].changes.extend(stage.changes(&own));
        if answers_at_onset(stage, alert, &phases)? {
            return Err(Error::new(&name, "it holds for a while though it is below its edge".to_owned()));
        }
    }
    let looks = vec![
        Look { at: stage.healthy_steps - 1, expect: Expect::Silent(stage.healthy_steps) },
        // What is pending while series are new is over when the first steps are.
        Look { at: end_of(&phases), expect: Expect::Nothing(stage.fault_steps) },
    ];
    Ok(case(stage, name, &phases, looks))
}

/// Whether the alert has a value before every window is full of the fault.
fn answers_at_onset(stage: &Stage<'_>, alert: &Expr, phases: &[Phase]) -> Result<bool, Error> {
    let played = stage.played(phases);
    let evaluation = stage.evaluation(&played);
    for step in stage.healthy_steps..stage.healthy_steps + stage.onset_steps {
        if !evaluation.answers(alert, step)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The fault is there from the start: an alert that asks for history waits for it.
fn without_history(
    stage: &Stage<'_>,
    branch: &Branch<'_>,
    which: usize,
    fault: &[Turn],
    name: String,
) -> Result<Case, Error> {
    let changes = stage.changes(fault);
    let steps = (2..=stage.healthy_steps).rev();
    for steps in steps {
        let phases = [Phase { steps, changes: changes.clone() }];
        let hold = stage.hold_at_end(&branch.conditions, &phases, fault)?;
        if hold.iter().enumerate().all(|(place, holds)| *holds == (place != which)) {
            let looks = vec![Look { at: steps - 1, expect: Expect::Silent(steps) }];
            return Ok(case(stage, name, &phases, looks));
        }
    }
    let part = stage.text_of(branch.conditions[which].query());
    Err(Error::new(&part, "at no time do the other conditions hold without this history".to_owned()))
}

/// A fault that is fresh, or over: a moment at which all conditions but one hold.
fn apart(
    stage: &Stage<'_>,
    branch: &Branch<'_>,
    which: usize,
    fault: &[Turn],
    name: String,
) -> Result<Option<Case>, Error> {
    let healthy = Phase { steps: stage.healthy_steps, changes: stage.before(fault) };
    let failing = |steps| Phase { steps, changes: stage.changes(fault) };
    // Dense at first, since a short window fills and empties within a few steps.
    let mut lengths: Vec<usize> =
        (0..).map(|step| 1 + step * step / 4).take_while(|steps| *steps < stage.fault_steps).collect();
    lengths.dedup();
    let fresh = lengths.iter().map(|steps| vec![healthy.clone(), failing(*steps)]);
    let over = lengths.iter().map(|steps| {
        vec![healthy.clone(), failing(stage.fault_steps), Phase { steps: *steps, changes: stage.before(fault) }]
    });
    for phases in fresh.chain(over) {
        let hold = stage.hold_at_end(&branch.conditions, &phases, fault)?;
        if hold.iter().enumerate().all(|(place, holds)| *holds == (place != which)) {
            let looks = vec![Look { at: end_of(&phases), expect: Expect::NothingNow }];
            return Ok(Some(case(stage, name, &phases, looks)));
        }
    }
    Ok(None)
}

/// Series appear, are healthy, stand still, and are missing in turn: silence, unless one of these is what the alert is for.
fn quiet(stage: &Stage<'_>, query: &Expr, duties: &[Duty]) -> Result<Case, Error> {
    let usual = Phase { steps: stage.healthy_steps, changes: BTreeMap::new() };
    let mut phases = vec![usual.clone()];
    let mut looks = vec![Look { at: stage.healthy_steps - 1, expect: Expect::Silent(stage.healthy_steps) }];
    let mut add = |changes: BTreeMap<usize, Behaviour>, expect: Expect| {
        phases.push(Phase { steps: stage.fault_steps, changes });
        looks.push(Look { at: end_of(&phases), expect });
        phases.push(Phase { steps: BETWEEN, changes: BTreeMap::new() });
    };
    let still = |place: usize| match stage.sources[place].healthy {
        Behaviour::Growing(_) => Some((place, Behaviour::Growing(0.0))),
        Behaviour::Rate(_) => Some((place, Behaviour::Rate(0.0))),
        Behaviour::Observed { up_to, .. } => Some((place, Behaviour::Observed { per_second: 0.0, up_to })),
        _ => None,
    };
    let silent = Expect::Silent(stage.fault_steps);
    let still = (0..stage.sources.len()).filter_map(still).collect();
    add(still, if duties.contains(&Duty::NoTraffic) { Expect::FiresSomehow } else { silent.clone() });
    let bases = stage.bases(query);
    let watched: BTreeSet<usize> =
        bases.iter().filter(|base| base.is_watched).flat_map(|base| base.sources.iter().copied()).collect();
    let missing: BTreeSet<Vec<usize>> = bases
        .iter()
        .filter(|base| !base.is_watched)
        .map(|base| base.sources.iter().filter(|place| !watched.contains(place)).copied().collect())
        .collect();
    for sources in missing.into_iter().filter(|sources: &Vec<usize>| !sources.is_empty()) {
        let changes = sources.into_iter().map(|place| (place, Behaviour::Absent)).collect();
        // Which series it watches for is tried by the branch that does; it need not watch for all of them.
        if !duties.contains(&Duty::Missing) {
            add(changes, silent.clone());
        }
    }
    Ok(case(stage, "healthy, without traffic, with series missing".to_owned(), &phases, looks))
}
