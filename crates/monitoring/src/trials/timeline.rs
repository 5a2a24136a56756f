//! A trial's time: phases one after the other, in each of which every source behaves in one way.

use std::collections::BTreeMap;

use super::world::{Behaviour, Labels, Part, Source, written_bound};

/// A stretch of time in which some sources leave their healthy behaviour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phase {
    pub(crate) steps: usize,
    /// By the source's place among the trial's sources.
    pub(crate) changes: BTreeMap<usize, Behaviour>,
}

/// One series over the whole timeline.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pieces: Vec<Piece>,
}

/// A series in one phase.
#[derive(Clone, Debug)]
struct Piece {
    from: usize,
    steps: usize,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    Gone,
    /// The value at the first sample, and by how much each later one is greater.
    Line {
        first: f64,
        each: f64,
    },
    /// The usual and the other value; the other `other` times in every `of` samples.
    Flicker {
        usual: f64,
        unusual: f64,
        other: u32,
        of: u32,
    },
    /// The value before, and how often in `of` samples it grows by one.
    Steps {
        first: f64,
        changes: u32,
        of: u32,
    },
    /// Each sample as it is.
    Listed(Vec<Option<f64>>),
}

/// How many of the first `samples` of a pattern are marked, if `marked` of every `of` are, as evenly as can be.
fn marks(samples: usize, marked: u32, of: u32) -> u64 {
    samples as u64 * u64::from(marked) / u64::from(of.max(1))
}

impl Piece {
    fn at(&self, step: usize) -> Option<f64> {
        let index = step - self.from;
        match &self.shape {
            Shape::Gone => None,
            Shape::Listed(values) => values.get(index).copied().flatten(),
            Shape::Line { first, each } => Some(first + each * index as f64),
            Shape::Flicker { usual, unusual, other, of } => {
                let marked = marks(index + 1, *other, *of) > marks(index, *other, *of);
                Some(if marked { *unusual } else { *usual })
            }
            Shape::Steps { first, changes, of } => Some(first + marks(index + 1, *changes, *of) as f64),
        }
    }

    /// As promtool's expanding notation writes it.
    fn written(&self) -> String {
        match &self.shape {
            Shape::Gone if self.steps == 1 => "stale".to_owned(),
            Shape::Gone => format!("stale _x{}", self.steps - 1),
            Shape::Line { first, each } => {
                let sign = if *each < 0.0 { '-' } else { '+' };
                format!("{first}{sign}{}x{}", each.abs(), self.steps - 1)
            }
            Shape::Flicker { .. } | Shape::Steps { .. } => {
                let values = (self.from..self.from + self.steps).filter_map(|step| self.at(step));
                values.map(|value| value.to_string()).collect::<Vec<_>>().join(" ")
            }
            Shape::Listed(values) => {
                let mut before = None;
                let sample = |value: &Option<f64>| {
                    // A series that ends says so once.
                    let gone = if before.is_some() { "stale" } else { "_" };
                    before = *value;
                    value.map_or_else(|| gone.to_owned(), |value| value.to_string())
                };
                values.iter().map(sample).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

impl Track {
    /// A series with these samples, one at each step.
    pub(crate) fn listed(name: &str, labels: Labels, values: Vec<Option<f64>>) -> Self {
        let piece = Piece { from: 0, steps: values.len(), shape: Shape::Listed(values) };
        Self { name: name.to_owned(), labels, pieces: vec![piece] }
    }

    /// The sample at a step; none when there is none.
    pub(crate) fn at(&self, step: usize) -> Option<f64> {
        let piece = self.pieces.iter().rev().find(|piece| piece.from <= step)?;
        if step < piece.from + piece.steps { piece.at(step) } else { None }
    }

    /// All its samples, as promtool's expanding notation writes them.
    pub(crate) fn written(&self) -> String {
        self.pieces.iter().map(Piece::written).collect::<Vec<_>>().join(" ")
    }
}

/// The series that `wanted` wants by name, of the sources that `played` wants by place; each with its source's place.
pub(crate) fn tracks(
    sources: &[Source],
    phases: &[Phase],
    interval: f64,
    played: impl Fn(usize) -> bool,
    wanted: impl Fn(&str) -> bool,
) -> Vec<(usize, Track)> {
    let mut tracks = Vec::new();
    for (place, source) in sources.iter().enumerate().filter(|(place, _)| played(*place)) {
        for part in source.parts() {
            let name = format!("{}{}", source.name, part.suffix());
            if wanted(&name) {
                let mut labels = source.labels.clone();
                if let Part::Bucket(bound) = part {
                    labels.insert("le".to_owned(), written_bound(bound));
                }
                let pieces = pieces(place, source, part, phases, interval);
                tracks.push((place, Track { name, labels, pieces }));
            }
        }
    }
    tracks
}

fn pieces(place: usize, source: &Source, part: Part, phases: &[Phase], interval: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut before) = (0, None);
    for phase in phases.iter().filter(|phase| phase.steps > 0) {
        let behaviour = phase.changes.get(&place).copied().unwrap_or(source.healthy);
        let grow = |per_second: f64| {
            let each = exactly_addable(per_second * interval);
            // A counter is born at zero, and goes on from where it was.
            Shape::Line { first: before.map_or(0.0, |before: f64| before + each), each }
        };
        let usual = usual(source.healthy);
        let shape = match behaviour {
            Behaviour::Absent => Shape::Gone,
            Behaviour::Level(level) | Behaviour::Rate(level) => Shape::Line { first: level, each: 0.0 },
            Behaviour::State(state) => Shape::Line { first: f64::from(u8::from(state)), each: 0.0 },
            Behaviour::Age(age) => Shape::Line { first: from as f64 * interval - age, each: interval },
            Behaviour::Growing(per_second) | Behaviour::Ticking(per_second) => grow(per_second),
            Behaviour::Observed { per_second, up_to } => grow(per_second * part.share(up_to)),
            Behaviour::Drifting(per_second) => {
                let each = per_second * interval;
                Shape::Line { first: before.unwrap_or(usual) + each, each }
            }
            Behaviour::Flickering { other, of } => Shape::Flicker { usual, unusual: 1.0 - usual, other, of },
            Behaviour::Stepping { changes, of } => Shape::Steps { first: before.unwrap_or(usual), changes, of },
        };
        let piece = Piece { from, steps: phase.steps, shape };
        from += phase.steps;
        before = piece.at(from - 1).or(before);
        pieces.push(piece);
    }
    pieces
}

/// The nearest number of so few digits that adding it over and over is exact: promtool adds up a series sample by sample, and a sum
/// that comes out a trifle less than where the next phase begins would be a counter's reset.
fn exactly_addable(number: f64) -> f64 {
    f64::from(number as f32)
}

/// Where a gauge stands while all is well.
fn usual(healthy: Behaviour) -> f64 {
    match healthy {
        Behaviour::Level(level) | Behaviour::Rate(level) => level,
        Behaviour::State(state) => f64::from(u8::from(state)),
        _ => 0.0,
    }
}
