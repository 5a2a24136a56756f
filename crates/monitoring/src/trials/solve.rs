//! Finds what must be turned, and how far, for a condition to be just met and just not met while the others hold.

use promql::syntax::Expr;

use super::{
    Error,
    query::{Condition, compares, conditions, equates, numbers},
    stage::{Base, Knob, Moment, Stage, Turn},
    world::Behaviour,
};

/// How far beside an edge a trial stays, as a part of the way from healthy.
const MARGIN: f64 = 1e-3;
/// How often the way to an edge is halved.
const HALVINGS: usize = 30;
/// How much traffic there is, also before the fault, while an edge is looked for: in times the healthy one.
const SCALES: [f64; 5] = [1.0, 100.0, 1e4, 0.01, 1e-4];

/// The two sides of the place where one condition begins to hold.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) past: Vec<Turn>,
    pub(crate) below: Vec<Turn>,
    /// Whether the others hold on both sides, so that this condition alone decides.
    pub(crate) is_alone: bool,
}

/// Where a knob crosses an edge.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    /// Where the knob stands while all is well.
    from: f64,
    holds: f64,
    fails: f64,
}

impl Crossing {
    /// Places that are clearly past the edge, the farthest first; none if there is no room.
    fn well_past(self) -> impl Iterator<Item = f64> {
        let twice = self.holds + (self.holds - self.from);
        let half_of_the_rest = (self.from > self.holds).then_some(self.holds / 2.0);
        [Some(twice), half_of_the_rest].into_iter().flatten()
    }

    /// A little to the side of an edge that points away from the other side.
    fn beside(self, side: f64, other: f64) -> f64 {
        let way = (side - self.from).abs();
        let margin = if side == 0.0 { way } else { way.min(side.abs()) } * MARGIN;
        side + (side - other).signum() * margin
    }
}

/// One thing that could be turned.
#[derive(Clone, Debug)]
struct Candidate {
    sources: Vec<usize>,
    knob: Knob,
    from: f64,
    /// Values ever farther from healthy, each in one direction.
    ways: Vec<Vec<f64>>,
}

impl Candidate {
    fn to(&self, value: f64) -> Turn {
        Turn { sources: self.sources.clone(), knob: self.knob, value }
    }

    fn is_whole(&self) -> bool {
        matches!(self.knob, Knob::Flip | Knob::Flicker(_) | Knob::Step(_) | Knob::Gone)
    }

    /// What is left of it when it stands here already.
    fn beyond(&self, here: f64) -> Self {
        let is_beyond = |value: &f64| (value - here) * (here - self.from) > 0.0;
        let ways = self.ways.iter().map(|way| way.iter().copied().filter(is_beyond).collect()).collect();
        Self { from: here, ways, ..self.clone() }
    }

    /// Whether there is nothing between two values: what flows flows noticeably or not at all.
    fn is_step(&self, to: f64) -> bool {
        self.is_whole() || (to == 0.0 && matches!(self.knob, Knob::Scale | Knob::Traffic))
    }
}

/// A branch of an alert, all of whose conditions must hold together.
pub(crate) struct Branch<'a> {
    stage: &'a Stage<'a>,
    pub(crate) query: &'a Expr,
    pub(crate) conditions: Vec<Condition<'a>>,
}

impl<'a> Branch<'a> {
    pub(crate) fn new(stage: &'a Stage<'a>, query: &'a Expr) -> Self {
        Self { stage, query, conditions: conditions(query) }
    }

    fn hold(&self, turns: &[Turn]) -> Result<Vec<bool>, Error> {
        self.stage.hold(&self.conditions, turns, Moment::Onset)
    }

    fn holds(&self, which: usize, turns: &[Turn], at: Moment) -> Result<bool, Error> {
        Ok(self.stage.hold(&self.conditions[which..=which], turns, at)?[0])
    }

    /// Whether all conditions hold together, of one subject, from the onset to the end.
    fn fires(&self, turns: &[Turn]) -> Result<bool, Error> {
        let together = [Condition::Holds(self.query)];
        Ok(self.stage.hold(&together, turns, Moment::Onset)?[0] && self.stage.hold(&together, turns, Moment::End)?[0])
    }

    /// What must be turned so that every condition holds, well past each edge.
    pub(crate) fn fault(&self) -> Result<Vec<Turn>, Error> {
        let mut turns: Vec<Turn> = Vec::new();
        for _ in 0..=self.conditions.len() {
            let hold = self.hold(&turns)?;
            let Some(failing) = hold.iter().position(|holds| !holds) else { break };
            self.meet(failing, &mut turns)?;
        }
        if self.fires(&turns)? {
            return Ok(turns);
        }
        let part = self.stage.text_of(self.query);
        Err(Error::new(&part, "its conditions can be met one by one, but not together".to_owned()))
    }

    /// Turns something so that a condition holds.
    fn meet(&self, which: usize, turns: &mut Vec<Turn>) -> Result<(), Error> {
        let like: Vec<usize> = turns.first().map(|turn| turn.sources.clone()).unwrap_or_default();
        for candidate in self.candidates(which, &like) {
            let turned = turns.iter().find(|turn| turn.knob == candidate.knob && turn.sources == candidate.sources);
            // What was turned already is not turned back.
            let candidate = turned.map_or_else(|| candidate.clone(), |turn| candidate.beyond(turn.value));
            let with = |value: f64| turned_to(turns, &candidate, value);
            let Some(crossing) = self.crossing(&candidate, |value| self.holds(which, &with(value), Moment::Onset))?
            else {
                continue;
            };
            let mut well_past = None;
            if !candidate.is_whole() {
                for value in crossing.well_past() {
                    if self.holds(which, &with(value), Moment::Onset)? {
                        well_past = Some(value);
                        break;
                    }
                }
            }
            *turns = with(well_past.unwrap_or(crossing.holds));
            return Ok(());
        }
        let part = self.stage.text_of(self.conditions[which].query());
        Err(Error::new(&part, "nothing that can be turned makes this hold: state its series by hand".to_owned()))
    }

    /// The edge of one condition, the others being met by `fault`.
    pub(crate) fn edge(&self, which: usize, fault: &[Turn]) -> Result<Option<Edge>, Error> {
        let like = fault.first().map(|turn| turn.sources.clone()).unwrap_or_default();
        let flowing = self.flowing(&like);
        let mut shared = None;
        for scale in SCALES {
            let scaled = Turn { sources: flowing.clone(), knob: Knob::Traffic, value: scale };
            let is_scaled = (scale - 1.0).abs() > f64::EPSILON;
            if is_scaled && flowing.is_empty() {
                break;
            }
            let base: Vec<Turn> = fault.iter().cloned().chain(is_scaled.then_some(scaled)).collect();
            for candidate in self.candidates(which, &like) {
                let with = |value: f64| turned_to(&base, &candidate, value);
                let Some(crossing) = self.edge_of(&candidate, |value, at| self.holds(which, &with(value), at))? else {
                    continue;
                };
                let Some(edge) = self.sides(which, &candidate, crossing, with)? else { continue };
                if edge.is_alone {
                    return Ok(Some(edge));
                }
                shared.get_or_insert(edge);
            }
        }
        Ok(shared)
    }

    fn sides(
        &self,
        which: usize,
        candidate: &Candidate,
        crossing: Crossing,
        with: impl Fn(f64) -> Vec<Turn>,
    ) -> Result<Option<Edge>, Error> {
        let Crossing { holds, fails, .. } = crossing;
        let (mut past, mut below) = (with(holds), with(fails));
        if !candidate.is_whole() {
            let farther = with(crossing.beside(holds, fails));
            if self.fires(&farther)? {
                past = farther;
            }
            let nearer = with(crossing.beside(fails, holds));
            if !self.holds(which, &nearer, Moment::End)? {
                below = nearer;
            }
        }
        if !self.fires(&past)? || self.holds(which, &below, Moment::End)? {
            return Ok(None);
        }
        let others = self.hold(&below)?.into_iter().enumerate().filter(|(place, _)| *place != which);
        let is_alone = others.into_iter().all(|(_, holds)| holds);
        Ok(Some(Edge { past, below, is_alone }))
    }

    /// Where a candidate makes a condition hold from the onset on, and where it does not make it hold to the very end: two places
    /// for what grows worse by itself.
    fn edge_of(
        &self,
        candidate: &Candidate,
        holds: impl Fn(f64, Moment) -> Result<bool, Error>,
    ) -> Result<Option<Crossing>, Error> {
        let Some(onset) = self.crossing(candidate, |value| holds(value, Moment::Onset))? else { return Ok(None) };
        if candidate.knob != Knob::Drift {
            return Ok(Some(onset));
        }
        let end = self.crossing(candidate, |value| holds(value, Moment::End))?;
        Ok(end.map(|end| Crossing { fails: end.fails, ..onset }))
    }

    /// Where a condition that does not hold at a candidate's healthy place begins to hold, or the other way round.
    fn crossing(
        &self,
        candidate: &Candidate,
        holds: impl Fn(f64) -> Result<bool, Error>,
    ) -> Result<Option<Crossing>, Error> {
        let at_first = holds(candidate.from)?;
        for way in &candidate.ways {
            let mut before = candidate.from;
            for value in way {
                if holds(*value)? == at_first {
                    before = *value;
                    continue;
                }
                let mut after = *value;
                for _ in 0..HALVINGS {
                    let middle = f64::midpoint(before, after);
                    if candidate.is_step(*value) || middle <= before.min(after) || middle >= before.max(after) {
                        break;
                    }
                    if holds(middle)? == at_first { before = middle } else { after = middle }
                }
                let (holds, fails) = if at_first { (before, after) } else { (after, before) };
                return Ok(Some(Crossing { from: candidate.from, holds, fails }));
            }
        }
        Ok(None)
    }

    /// Whatever flows and belongs to the same subject.
    fn flowing(&self, like: &[usize]) -> Vec<usize> {
        self.stage.same_subject(like, &self.stage.flowing())
    }

    /// What could be turned to change a condition; the likeliest first.
    fn candidates(&self, which: usize, like: &[usize]) -> Vec<Candidate> {
        let query = self.conditions[which].query();
        let mut candidates = Vec::new();
        for base in self.stage.bases(query).iter().filter(|base| !base.is_past) {
            if base.is_watched {
                candidates.push(whole(base.sources.clone(), Knob::Gone, 1));
                continue;
            }
            let all = self.stage.same_subject(like, &base.sources);
            let all = self.stage.same_subject(&all, &all);
            if !compares(query) {
                // Nothing but presence is asked for.
                candidates.push(whole(all, Knob::Gone, 1));
                continue;
            }
            let one: Vec<usize> = all.iter().take(1).copied().collect();
            for sources in [Some(one), Some(all.clone()).filter(|all| all.len() > 1)].into_iter().flatten() {
                candidates.extend(self.of_sources(base, sources, query));
            }
            let is_traffic = |place: &usize| self.stage.sources[*place].healthy.flow().is_some_and(|flow| flow > 0.0);
            if all.iter().any(is_traffic) {
                candidates.push(scale(Knob::Scale, all));
            }
        }
        for base in self.stage.bases(query).iter().filter(|base| base.is_past) {
            candidates.extend(self.past(self.stage.same_subject(like, &base.sources)));
        }
        let flowing = self.flowing(like);
        if !flowing.is_empty() {
            candidates.push(scale(Knob::Traffic, flowing));
        }
        candidates
    }

    /// What the first of these sources was like before the fault.
    fn past(&self, sources: Vec<usize>) -> Option<Candidate> {
        let first = *sources.first()?;
        let healthy = self.stage.sources[first].healthy;
        let (from, unit) = match healthy {
            Behaviour::Level(level) => (level, level.abs().max(1.0) * 1e-9),
            _ => (healthy.flow()?, 1e-9),
        };
        let ways = vec![farther(from, unit, 30), toward_zero(from, unit)];
        Some(Candidate { sources: vec![first], knob: Knob::Past, from, ways })
    }

    fn of_sources(&self, base: &Base, sources: Vec<usize>, query: &Expr) -> Vec<Candidate> {
        let Some(first) = sources.first() else { return Vec::new() };
        let function = base.function.as_deref().unwrap_or_default();
        let samples = base.range.map_or(1, |range| (range.as_secs_f64() / self.stage.interval.as_secs_f64()) as u32);
        let with = |knob, from, ways| Candidate { sources: sources.clone(), knob, from, ways };
        if matches!(function, "changes" | "resets") {
            return vec![whole(sources, Knob::Step(samples), samples)];
        }
        match self.stage.sources[*first].healthy {
            Behaviour::Level(level) if matches!(function, "predict_linear" | "deriv" | "delta" | "idelta") => {
                let unit = level.abs().max(1.0) * 1e-12;
                vec![with(Knob::Drift, 0.0, vec![farther(0.0, -unit, 30), farther(0.0, unit, 30)])]
            }
            Behaviour::Level(level) | Behaviour::Rate(level) => vec![with(Knob::Level, level, levels(level, query))],
            Behaviour::State(_) => {
                let flip = whole(sources.clone(), Knob::Flip, 1);
                let flicker = whole(sources.clone(), Knob::Flicker(samples), samples);
                if samples > 1 { vec![flicker, flip] } else { vec![flip] }
            }
            Behaviour::Age(age) => {
                vec![with(Knob::Age, age, vec![farther(age, 1e-3, 22), farther(age, -1e-3, 22)])]
            }
            Behaviour::Growing(per_second) | Behaviour::Ticking(per_second) => {
                vec![with(Knob::Flow, per_second, vec![farther(per_second, 1e-9, 30)])]
            }
            Behaviour::Observed { per_second, up_to } => {
                let wider = (1..40).map(|step| up_to * 1.5_f64.powi(step)).collect();
                let narrower = (1..40).map(|step| up_to * 0.7_f64.powi(step)).collect();
                vec![
                    with(Knob::Flow, per_second, vec![farther(per_second, 1e-9, 30)]),
                    with(Knob::Spread, up_to, vec![wider, narrower]),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// Whether a condition compares nothing, and so asks only for history or presence.
    pub(crate) fn asks_for_history(&self, which: usize) -> bool {
        let query = self.conditions[which].query();
        !compares(query) && self.stage.bases(query).iter().any(|base| base.is_past)
    }
}

/// The fault with a candidate at another place.
fn turned_to(base: &[Turn], candidate: &Candidate, value: f64) -> Vec<Turn> {
    let mut turns = base.to_vec();
    match turns.iter_mut().find(|turn| turn.knob == candidate.knob && turn.sources == candidate.sources) {
        Some(turn) => turn.value = value,
        None => turns.push(candidate.to(value)),
    }
    turns
}

/// Values from a place away, each step four times as wide as the one before.
fn farther(from: f64, unit: f64, steps: i32) -> Vec<f64> {
    (0..steps).map(|step| from + unit * 4.0_f64.powi(step)).collect()
}

fn levels(level: f64, query: &Expr) -> Vec<Vec<f64>> {
    let unit = level.abs().max(1.0) * 1e-9;
    // Only an exact number can meet an equality.
    let mut ways: Vec<Vec<f64>> = numbers(query).into_iter().map(|number| vec![number]).collect();
    if !equates(query) {
        ways.clear();
    }
    ways.push(farther(level, unit, 40));
    // What is never negative while all is well never is.
    ways.push(if level < 0.0 { farther(level, -unit, 40) } else { toward_zero(level, unit) });
    ways
}

/// Values from a place down to nothing.
fn toward_zero(from: f64, unit: f64) -> Vec<f64> {
    farther(from, -unit, 40).into_iter().take_while(|value| *value > 0.0).chain([0.0]).collect()
}

fn whole(sources: Vec<usize>, knob: Knob, most: u32) -> Candidate {
    Candidate { sources, knob, from: 0.0, ways: vec![(1..=most).map(f64::from).collect()] }
}

fn scale(knob: Knob, sources: Vec<usize>) -> Candidate {
    let less = (1..10).map(|step| 0.25_f64.powi(step)).chain([0.0]).collect();
    let more = (1..20).map(|step| 4.0_f64.powi(step)).collect();
    Candidate { sources, knob, from: 1.0, ways: vec![less, more] }
}
