//! The part of the world that an alert rests on, and what can be turned on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use promql::syntax::{Expr, VectorSelector};

use super::{
    Error,
    evaluate::{Element, Evaluation, matches},
    query::{self, Condition, Reach, one_line, selectors},
    rules::{AlertRule, Query, Rules},
    timeline::{Phase, Track, tracks},
    world::{Behaviour, Source, World},
};

/// How many groups of series a trial holds: the one that fails, and another beside it.
const GROUPS: usize = 2;
/// How many sources of a group that no selector tells apart.
const ALIKE: usize = 3;
/// Into how many intervals the hold time is divided.
const HELD: u32 = 4;
/// How many steps there may be for the sake of dividing the hold time.
const STEPS: f64 = 3000.0;
/// What a trial's interval may be, the coarsest first.
const INTERVALS: [u64; 14] = [86_400, 21_600, 7_200, 3_600, 1_800, 900, 600, 300, 120, 60, 30, 15, 5, 1];
/// The interval of a query without windows.
const USUAL: Duration = Duration::from_secs(60);

/// A selector of recorded or scraped series, seen through the recording rules.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    selector: VectorSelector,
    /// The query in which it stands.
    text: String,
    /// The selectors of the recording rules on the way here; their matchers narrow this one, as far as they can.
    through: Vec<VectorSelector>,
    pub(crate) function: Option<String>,
    pub(crate) range: Option<Duration>,
    pub(crate) is_past: bool,
    /// Whether the query asks that it be missing.
    pub(crate) is_watched: bool,
    /// The sources that it takes.
    pub(crate) sources: Vec<usize>,
}

/// What was passed on the way from a query to what it rests on.
#[derive(Default)]
struct Way<'a> {
    /// The query that is passed.
    text: &'a str,
    through: Vec<VectorSelector>,
    /// The innermost function, with its window.
    function: Option<(&'a str, Option<Duration>)>,
    is_past: bool,
    is_watched: bool,
}

/// One thing that is turned away from healthy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turn {
    pub(crate) sources: Vec<usize>,
    pub(crate) knob: Knob,
    pub(crate) value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Knob {
    Level,
    Drift,
    Age,
    /// Observations or events a second.
    Flow,
    /// How many times the healthy flow.
    Scale,
    /// The same, but also before the fault: a shop with more or with fewer customers.
    Traffic,
    /// A flow or a level, but only before the fault.
    Past,
    /// Up to where a histogram's observations reach.
    Spread,
    /// The other state, if above zero.
    Flip,
    /// In how many of so many samples the state is the other one.
    Flicker(u32),
    /// How often it changes in so many samples.
    Step(u32),
    /// No sample, if above zero.
    Gone,
}

/// What an alert's trial is played on.
pub(crate) struct Stage<'a> {
    rules: &'a Rules,
    /// The query that is tried.
    text: &'a str,
    pub(crate) sources: Vec<Source>,
    pub(crate) interval: Duration,
    /// The labels by which the query tells its subjects apart; empty when by all.
    keys: BTreeSet<String>,
    metrics: BTreeSet<String>,
    healthy: Vec<(usize, Rc<Track>)>,
    pub(crate) healthy_steps: usize,
    /// How long a fault lasts before every window is full of it.
    pub(crate) onset_steps: usize,
    /// How long a fault lasts: until the hold time has passed after its onset.
    pub(crate) fault_steps: usize,
}

/// When a condition is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// When every window is full of the fault.
    Onset,
    /// After the hold time.
    End,
}

impl<'a> Stage<'a> {
    /// `samples` is how many the shortest window holds.
    pub(crate) fn new(
        rules: &'a Rules,
        alert: &'a AlertRule,
        query: &'a Query,
        world: &World,
        samples: u32,
    ) -> Result<Self, Error> {
        let Query { text, tree } = query;
        let reach = query::reach(tree, rules);
        let interval = interval(alert.held, reach, samples);
        let steps = |duration: Duration| duration.as_secs_f64().div_euclid(interval.as_secs_f64()) as usize;
        let metrics = rules.metrics(tree);
        let keys = query::subjects(tree, rules);
        let mut stage = Self {
            rules,
            text,
            sources: world.sources.clone(),
            interval,
            keys,
            healthy: Vec::new(),
            healthy_steps: steps(reach.far) + 3,
            onset_steps: steps(reach.near) + 1,
            fault_steps: steps(reach.near) + held_steps(alert.held, interval) + 3,
            metrics,
        };
        stage.thin(tree)?;
        let phases = stage.phases(&[]);
        stage.healthy = stage.tracks(&phases);
        Ok(stage)
    }

    /// Leaves out what no selector takes, and most of what none tells apart.
    fn thin(&mut self, query: &Expr) -> Result<(), Error> {
        let bases = self.bases(query);
        if let Some(base) = bases.iter().find(|base| base.sources.is_empty()) {
            let selector = base.selector.place.0.of(&base.text);
            return Err(Error::new(&one_line(selector), "no series of the world is taken by it".to_owned()));
        }
        let mut kept = BTreeSet::new();
        for base in &bases {
            let mut groups: Vec<BTreeMap<&str, &str>> = Vec::new();
            let mut alike: BTreeMap<(usize, Vec<bool>), usize> = BTreeMap::new();
            for place in &base.sources {
                let key = self.group(*place);
                let group = groups.iter().position(|group| *group == key).unwrap_or_else(|| {
                    groups.push(key);
                    groups.len() - 1
                });
                let told_apart = bases.iter().map(|base| base.sources.contains(place)).collect();
                let count = alike.entry((group, told_apart)).or_default();
                *count += 1;
                if group < GROUPS && *count <= ALIKE {
                    kept.insert(*place);
                }
            }
        }
        self.sources = kept.into_iter().map(|place| self.sources[place].clone()).collect();
        Ok(())
    }

    /// What tells a source's subject apart from others.
    fn group(&self, place: usize) -> BTreeMap<&str, &str> {
        let labels = self.sources[place].labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        labels.filter(|(key, _)| self.keys.is_empty() || self.keys.contains(*key)).collect()
    }

    /// Those of the sources that belong to the same subject as the first of `like`.
    pub(crate) fn same_subject(&self, like: &[usize], sources: &[usize]) -> Vec<usize> {
        let Some(first) = like.first() else { return sources.to_vec() };
        let subject = self.group(*first);
        let is_of = |place: &&usize| {
            let group = self.group(**place);
            subject.iter().all(|(key, value)| group.get(key).is_none_or(|other| other == value))
        };
        let same: Vec<usize> = sources.iter().filter(is_of).copied().collect();
        if same.is_empty() { sources.to_vec() } else { same }
    }

    /// What a query rests on, through the recording rules.
    pub(crate) fn bases(&self, query: &Expr) -> Vec<Base> {
        let mut found = Vec::new();
        self.collect(query, &Way { text: self.text, ..Way::default() }, &mut found);
        found
    }

    fn collect(&self, query: &Expr, way: &Way<'_>, found: &mut Vec<Base>) {
        for selected in selectors(query) {
            let function = selected.function.map(|function| (function, selected.range)).or(way.function);
            let is_past = way.is_past || selected.looks_at_the_past();
            let is_watched = way.is_watched || matches!(selected.function, Some("absent" | "absent_over_time"));
            if self.rules.is_recorded(selected.name()) {
                let through: Vec<_> = way.through.iter().cloned().chain([selected.selector.clone()]).collect();
                for rule in self.rules.recording(selected.name()) {
                    let (text, through) = (rule.query.text.as_str(), through.clone());
                    self.collect(&rule.query.tree, &Way { text, through, function, is_past, is_watched }, found);
                }
                continue;
            }
            let mut base = Base {
                selector: selected.selector.clone(),
                text: way.text.to_owned(),
                through: way.through.clone(),
                function: function.map(|(function, _)| function.to_owned()),
                range: selected.range.or(function.and_then(|(_, range)| range)),
                is_past,
                is_watched,
                sources: Vec::new(),
            };
            base.sources = (0..self.sources.len()).filter(|place| base.takes(&self.sources[*place])).collect();
            found.push(base);
        }
    }

    /// Whatever flows.
    pub(crate) fn flowing(&self) -> Vec<usize> {
        (0..self.sources.len()).filter(|place| self.sources[*place].healthy.flow().is_some()).collect()
    }

    /// A healthy time, and then one in which this is turned.
    pub(crate) fn phases(&self, turns: &[Turn]) -> Vec<Phase> {
        let healthy = Phase { steps: self.healthy_steps, changes: self.before(turns) };
        vec![healthy, Phase { steps: self.fault_steps, changes: self.changes(turns) }]
    }

    /// How sources behave before the fault.
    pub(crate) fn before(&self, turns: &[Turn]) -> BTreeMap<usize, Behaviour> {
        self.changed(turns.iter().filter(|turn| matches!(turn.knob, Knob::Traffic | Knob::Past)))
    }

    /// How sources behave when this is turned.
    pub(crate) fn changes(&self, turns: &[Turn]) -> BTreeMap<usize, Behaviour> {
        self.changed(turns.iter().filter(|turn| turn.knob != Knob::Past))
    }

    fn changed<'t>(&self, turns: impl Iterator<Item = &'t Turn>) -> BTreeMap<usize, Behaviour> {
        let mut changes = BTreeMap::new();
        // A scale is of what flows after everything else was turned.
        let (scales, others): (Vec<&Turn>, Vec<&Turn>) =
            turns.partition(|turn| matches!(turn.knob, Knob::Scale | Knob::Traffic));
        for turn in others.into_iter().chain(scales) {
            for place in &turn.sources {
                let before = changes.get(place).copied().unwrap_or(self.sources[*place].healthy);
                changes.insert(*place, turned(before, turn.knob, turn.value));
            }
        }
        changes
    }

    fn tracks(&self, phases: &[Phase]) -> Vec<(usize, Rc<Track>)> {
        let interval = self.interval.as_secs_f64();
        let wanted = |name: &str| self.metrics.contains(name);
        let tracks = tracks(&self.sources, phases, interval, |_| true, wanted);
        tracks.into_iter().map(|(place, track)| (place, Rc::new(track))).collect()
    }

    /// All series of the trial on a timeline.
    pub(crate) fn played(&self, phases: &[Phase]) -> BTreeMap<String, Vec<Rc<Track>>> {
        by_name(self.tracks(phases))
    }

    /// What answers the query, and parts of it, on a timeline.
    pub(crate) fn evaluation<'s>(&'s self, tracks: &'s BTreeMap<String, Vec<Rc<Track>>>) -> Evaluation<'s> {
        Evaluation { text: self.text, tracks, rules: self.rules, interval: self.interval.as_secs_f64() }
    }

    /// A part of the query as it is written, for people.
    pub(crate) fn text_of(&self, part: &Expr) -> String {
        one_line(part.span().of(self.text))
    }

    /// Whether each of the conditions holds at a moment with this turned.
    pub(crate) fn hold(
        &self,
        conditions: &[Condition<'_>],
        turns: &[Turn],
        moment: Moment,
    ) -> Result<Vec<bool>, Error> {
        let phases = self.phases(turns);
        let changed: BTreeSet<usize> = phases.iter().flat_map(|phase| phase.changes.keys().copied()).collect();
        let interval = self.interval.as_secs_f64();
        let wanted = |name: &str| self.metrics.contains(name);
        let turned = tracks(&self.sources, &phases, interval, |place| changed.contains(&place), wanted);
        let turned = turned.into_iter().map(|(place, track)| (place, Rc::new(track)));
        let kept = self.healthy.iter().filter(|(place, _)| !changed.contains(place)).cloned();
        let played = by_name(kept.chain(turned).collect());
        let evaluation = self.evaluation(&played);
        let step = self.healthy_steps
            + match moment {
                Moment::Onset => self.onset_steps,
                Moment::End => self.fault_steps,
            };
        self.each_holds(conditions, &evaluation, step - 1, turns)
    }

    /// Whether each of the conditions holds at the end of a timeline, for the subject of what is turned in it.
    pub(crate) fn hold_at_end(
        &self,
        conditions: &[Condition<'_>],
        phases: &[Phase],
        turns: &[Turn],
    ) -> Result<Vec<bool>, Error> {
        let played = self.played(phases);
        let evaluation = self.evaluation(&played);
        let last = phases.iter().map(|phase| phase.steps).sum::<usize>().saturating_sub(1);
        self.each_holds(conditions, &evaluation, last, turns)
    }

    /// A condition holds for a subject if an element of its answer contradicts none of the subject's labels.
    fn each_holds(
        &self,
        conditions: &[Condition<'_>],
        evaluation: &Evaluation<'_>,
        step: usize,
        turns: &[Turn],
    ) -> Result<Vec<bool>, Error> {
        let subject = turns.first().and_then(|turn| turn.sources.first()).map(|place| self.group(*place));
        let concerns = |labels: &Element| {
            let agrees = |(key, value): (&&str, &&str)| labels.get(*key).is_none_or(|other| other == value);
            subject.as_ref().is_none_or(|subject| subject.iter().all(agrees))
        };
        let holds = |condition: &Condition<'_>| {
            let answers = evaluation.answers(condition.query(), step)?;
            let is_there = answers.iter().any(|(labels, _)| concerns(labels));
            Ok(is_there == matches!(condition, Condition::Holds(_)))
        };
        conditions.iter().map(holds).collect()
    }
}

impl Base {
    fn takes(&self, source: &Source) -> bool {
        let name = self.selector.name.as_deref().unwrap_or_default();
        let mut parts =
            source.parts().into_iter().filter(|part| name.strip_prefix(&source.name) == Some(part.suffix()));
        let Some(part) = parts.next() else { return false };
        let mut labels = source.labels.clone();
        if let super::world::Part::Bucket(_) = part {
            // A matcher on the bound tells no source apart.
            for matcher in self.selector.matchers.iter().filter(|matcher| matcher.name == "le") {
                labels.insert("le".to_owned(), matcher.value.clone());
            }
        }
        matches(&self.selector, &labels) && self.through.iter().all(|outer| could_match(outer, &source.labels))
    }
}

/// Whether a recorded series made of this one may be taken: labels that it lacks may be added or aggregated away.
fn could_match(selector: &VectorSelector, labels: &BTreeMap<String, String>) -> bool {
    let mut matchers = selector.matchers.iter();
    matchers.all(|matcher| labels.get(&matcher.name).is_none_or(|value| matcher.is_match(value)))
}

fn by_name(tracks: Vec<(usize, Rc<Track>)>) -> BTreeMap<String, Vec<Rc<Track>>> {
    let mut named: BTreeMap<String, Vec<Rc<Track>>> = BTreeMap::new();
    for (_, track) in tracks {
        named.entry(track.name.clone()).or_default().push(track);
    }
    named
}

/// The coarsest interval at which the shortest window still holds enough samples, and that divides the hold time into enough parts. If
/// that would make too many steps, the hold time is divided less finely, or met only roughly.
fn interval(held: Duration, reach: Reach, samples: u32) -> Duration {
    let widest = reach.finest.map_or(USUAL, |window| window / samples);
    let all = INTERVALS.map(Duration::from_secs);
    let fits = |interval: &Duration, duration: Duration| duration.as_millis().is_multiple_of(interval.as_millis());
    let fit_all = |interval: &Duration| *interval <= widest && reach.finest.is_none_or(|window| fits(interval, window));
    let few = |interval: &Duration| (reach.far + reach.near).div_duration_f64(*interval) <= STEPS;
    let dividing = |parts: u32| {
        let held = held / parts;
        all.into_iter().filter(fit_all).find(|interval| fits(interval, held) && (held.is_zero() || *interval <= held))
    };
    let fine = dividing(HELD).filter(few).or_else(|| dividing(1).filter(few));
    fine.or_else(|| all.into_iter().find(fit_all)).unwrap_or(Duration::from_secs(1))
}

/// How many intervals it takes until an alert that is held fires.
pub(crate) fn held_steps(held: Duration, interval: Duration) -> usize {
    held.div_duration_f64(interval).ceil() as usize
}

fn turned(before: Behaviour, knob: Knob, value: f64) -> Behaviour {
    match (knob, before) {
        (Knob::Gone, _) if value > 0.0 => Behaviour::Absent,
        (Knob::Level | Knob::Past, Behaviour::Rate(_)) => Behaviour::Rate(value),
        (Knob::Level, _) | (Knob::Past, Behaviour::Level(_)) => Behaviour::Level(value),
        (Knob::Drift, _) => Behaviour::Drifting(value),
        (Knob::Age, _) => Behaviour::Age(value),
        (Knob::Flow | Knob::Past, Behaviour::Observed { up_to, .. }) => {
            Behaviour::Observed { per_second: value, up_to }
        }
        (Knob::Flow, Behaviour::Ticking(_)) => Behaviour::Ticking(value),
        (Knob::Flow, _) | (Knob::Past, Behaviour::Growing(_)) => Behaviour::Growing(value),
        (Knob::Scale | Knob::Traffic, Behaviour::Growing(per_second)) => Behaviour::Growing(per_second * value),
        (Knob::Scale | Knob::Traffic, Behaviour::Rate(per_second)) => Behaviour::Rate(per_second * value),
        (Knob::Scale | Knob::Traffic, Behaviour::Ticking(per_second)) => Behaviour::Ticking(per_second * value),
        (Knob::Scale | Knob::Traffic, Behaviour::Observed { per_second, up_to }) => {
            Behaviour::Observed { per_second: per_second * value, up_to }
        }
        (Knob::Spread, Behaviour::Observed { per_second, .. }) => Behaviour::Observed { per_second, up_to: value },
        (Knob::Flip, Behaviour::State(state)) if value > 0.0 => Behaviour::State(!state),
        (Knob::Flicker(of), _) if value > 0.0 => Behaviour::Flickering { other: value as u32, of },
        (Knob::Step(of), _) if value > 0.0 => Behaviour::Stepping { changes: value as u32, of },
        (_, before) => before,
    }
}
