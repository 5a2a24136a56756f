//! Two sides of an operator: which of their series meet, and what comes of it
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching>).

use std::{collections::BTreeSet, rc::Rc};

use super::{Inference, Kind, Label, Labels, Presence, Range, Vector, share};
use crate::syntax::{Binary, BinaryOperator, GroupModifier, LabelModifier};

pub(super) fn of<'a>(binary: &'a Binary, inference: &Inference<'a>) -> Vector {
    let sides = Sides::of(binary, inference);
    let (left, right) = (&sides.left, &sides.right);
    // Two that are always there need not meet.
    let best = if sides.has_scalar.contains(&true) { Presence::Always } else { Presence::Measured };
    let both = left.presence.and(right.presence).and(best);
    match binary.op {
        BinaryOperator::Or => Vector::new(
            left.labels.or(&right.labels),
            left.range.clone().or(right.range.clone()),
            left.presence.or(right.presence),
        ),
        BinaryOperator::Unless => Vector { presence: Presence::WhenSo, ..Vector::clone(left) },
        BinaryOperator::And => Vector::new(sides.meeting(&left.labels, &right.labels, &[]), left.range.clone(), both),
        operator if operator.is_comparison() => {
            let presence = if binary.modifier.return_bool { both } else { Presence::WhenSo };
            Vector::new(sides.result(), compared(binary, operator, &sides), presence)
        }
        operator => {
            let range = calculated(binary, operator, &sides);
            Vector::new(sides.result(), range, both)
        }
    }
}

fn compared(binary: &Binary, operator: BinaryOperator, sides: &Sides) -> Range {
    if binary.modifier.return_bool {
        return Range::between(0.0, 1.0, "`bool` makes 0 or 1", "compare without `bool`, or with 0 and 1");
    }
    let (left, right) = (&sides.left.range, &sides.right.range);
    // The value that is left is that of the vector.
    if sides.has_scalar == [true, false] {
        right.clone().where_it_is(operator.mirrored(), left)
    } else {
        left.clone().where_it_is(operator, right)
    }
}

fn calculated(binary: &Binary, operator: BinaryOperator, sides: &Sides) -> Range {
    let (left, right) = (sides.left.range.clone(), sides.right.range.clone());
    if sides.fills {
        return Range::default();
    }
    match operator {
        BinaryOperator::Add => left.sum(right),
        BinaryOperator::Sub => left.sum(right.negated()),
        BinaryOperator::Mul => left.product(right),
        // With many on the right a part may be divided by the whole of others.
        BinaryOperator::Div if !matches!(sides.many, Some((Side::Right, _))) => {
            share::of(&binary.lhs, &binary.rhs).unwrap_or_else(|| left.quotient(right))
        }
        BinaryOperator::Div => left.quotient(right),
        BinaryOperator::Mod => folded(&left, &right, |left, right| left % right),
        BinaryOperator::Pow => folded(&left, &right, f64::powf).rounded(),
        _ => Range::default(),
    }
}

fn folded(left: &Range, right: &Range, operator: impl Fn(f64, f64) -> f64) -> Range {
    left.number().zip(right.number()).map_or_else(Range::default, |(left, right)| Range::exactly(operator(left, right)))
}

/// The two sides of an operator between vectors, and by which labels their series meet.
pub(crate) struct Sides {
    pub(crate) left: Rc<Vector>,
    pub(crate) right: Rc<Vector>,
    /// Whether either is a plain number, which meets everything.
    pub(crate) has_scalar: [bool; 2],
    by: By,
    /// The labels that `group_left` or `group_right` takes from the other side, and which side has many.
    many: Option<(Side, Vec<String>)>,
    /// Whether a number is put where a side has no series, so that nothing must meet.
    fills: bool,
}

/// Several series of one side for one key, where one is wanted.
pub(crate) struct Several {
    /// `left` or `right`.
    pub(crate) side: &'static str,
    /// The label that alone tells them apart.
    pub(crate) label: String,
    /// Whether there are several whenever there is one.
    pub(crate) is_certain: bool,
    /// Whether the side may be said to have many.
    pub(crate) may_group: bool,
}

enum By {
    /// All labels but these.
    AllBut(Vec<String>),
    /// Only these.
    On(Vec<String>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// Where a label is named that two sides are to meet by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    On,
    Ignoring,
    /// In `group_left` or `group_right`.
    Taken,
}

impl Sides {
    pub(crate) fn of<'a>(binary: &'a Binary, inference: &Inference<'a>) -> Self {
        let modifier = &binary.modifier;
        let by = match &modifier.matching {
            None => By::AllBut(Vec::new()),
            Some(LabelModifier::Include(labels)) => By::On(labels.labels.clone()),
            Some(LabelModifier::Exclude(labels)) => By::AllBut(labels.labels.clone()),
        };
        let many = match &modifier.grouping {
            Some(GroupModifier::Left(labels)) => Some((Side::Left, labels.labels.clone())),
            Some(GroupModifier::Right(labels)) => Some((Side::Right, labels.labels.clone())),
            None => None,
        };
        let fills = modifier.fill.iter().any(Option::is_some);
        let has_scalar = [&binary.lhs, &binary.rhs].map(|side| side.is_scalar());
        Self { left: inference.of(&binary.lhs), right: inference.of(&binary.rhs), has_scalar, by, many, fills }
    }

    /// The keys that are named in `on`, `ignoring` or `group_left`, with the labels of who should have them.
    pub(crate) fn named(&self) -> Vec<(&str, Naming, Labels)> {
        let (naming, keys) = match &self.by {
            By::On(keys) => (Naming::On, keys),
            By::AllBut(keys) => (Naming::Ignoring, keys),
        };
        let either = self.left.labels.or(&self.right.labels);
        let keys = keys.iter().map(|key| (key.as_str(), naming, either.clone()));
        let taken = self.many.iter().flat_map(|(side, taken)| {
            let one = if *side == Side::Left { &self.right } else { &self.left };
            taken.iter().map(|key| (key.as_str(), Naming::Taken, one.labels.clone()))
        });
        keys.chain(taken).collect()
    }

    /// Whether they meet by all labels that they have.
    pub(crate) fn meet_by_all(&self) -> bool {
        matches!(&self.by, By::AllBut(keys) if keys.is_empty()) && self.many.is_none()
    }

    pub(crate) fn matches_by(&self, key: &str) -> bool {
        match &self.by {
            By::AllBut(keys) => !keys.iter().any(|named| named == key),
            By::On(keys) => keys.iter().any(|named| named == key),
        }
    }

    /// The series of one side that meet one of the other, with what they take from there. Sides that never meet are refused where they
    /// stand; what is made of them is looked into as if they did.
    fn meeting(&self, ours: &Labels, others: &Labels, taken: &[String]) -> Labels {
        let perhaps = || taken.iter().fold(ours.clone(), |labels, key| labels.with(key, &Label::perhaps()));
        if self.fills {
            return perhaps();
        }
        ours.meeting(others, &|key| self.matches_by(key), taken).unless_empty(perhaps())
    }

    /// Why no series of one side can ever meet one of the other, with the label that stands in the way if it is one alone.
    pub(crate) fn contradiction(&self) -> Option<(Option<String>, String)> {
        let (left, right) = (&self.left.labels, &self.right.labels);
        if self.fills || self.has_scalar.contains(&true) || left.is_empty() || right.is_empty() {
            return None;
        }
        if !left.meeting(right, &|key| self.matches_by(key), &[]).is_empty() {
            return None;
        }
        let keys: BTreeSet<&str> = left.keys().into_iter().chain(right.keys()).collect();
        let keys = || keys.iter().copied().filter(|key| self.matches_by(key));
        let alone = keys().find(|key| left.meeting(right, &|other| other == *key, &[]).is_empty());
        let Some(key) = alone else {
            let keys = keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            return Some((None, format!("{keys} never have the same values together on both sides")));
        };
        let why = if right.never_has(key) {
            format!("every series on the left carries `{key}`, and none on the right does")
        } else if left.never_has(key) {
            format!("every series on the right carries `{key}`, and none on the left does")
        } else {
            format!("`{key}` never has the same value on both sides")
        };
        Some((Some(key.to_owned()), why))
    }

    /// The label by which no series of one side meets one of the other as far as they were seen, and a sentence that says so: one that
    /// every series on one side carries, and none that was seen on the other does. Relabelling may have added it there, and who names it
    /// in `on` is taken to know.
    pub(crate) fn doubt(&self) -> Option<(String, String)> {
        if self.fills || matches!(self.by, By::On(_)) {
            return None;
        }
        let (left, right) = (&self.left.labels, &self.right.labels);
        let one_sided = |has: &Labels, lacks: &Labels| {
            let mut always = has.always().into_iter().filter(|key| self.matches_by(key));
            always.find(|key| lacks.was_seen_without(key)).map(str::to_owned)
        };
        let said = |key: String, has: &str, lacks: &str| {
            let why = format!("every series on the {has} carries `{key}`, and none that was seen on the {lacks} does");
            (key, why)
        };
        one_sided(left, right)
            .map(|key| said(key, "left", "right"))
            .or_else(|| one_sided(right, left).map(|key| said(key, "right", "left")))
    }

    /// Whether a side that must have one series for each key has several.
    pub(crate) fn several(&self) -> Option<Several> {
        if self.fills || self.has_scalar.contains(&true) {
            return None;
        }
        let one_sides = match &self.many {
            None => vec![("right", &self.right, &self.left), ("left", &self.left, &self.right)],
            Some((Side::Left, _)) => vec![("right", &self.right, &self.left)],
            Some((Side::Right, _)) => vec![("left", &self.left, &self.right)],
        };
        one_sides.into_iter().find_map(|(side, vector, other)| {
            let is_there = |vector: &Vector| vector.presence != Presence::WhenSo;
            // Labels of an info say what is so, and tell nothing apart.
            let may_repeat = vector.measured.kind != Kind::Info;
            let (label, is_sure) = vector.labels.repeated(&|key| self.matches_by(key)).filter(|_| may_repeat)?;
            let is_certain = is_sure && is_there(vector) && is_there(other);
            Some(Several { side, label, is_certain, may_group: self.many.is_none() })
        })
    }

    /// The labels of the result.
    fn result(&self) -> Labels {
        let (left, right) = (&self.left.labels, &self.right.labels);
        match self.has_scalar {
            [true, _] => return right.clone(),
            [_, true] => return left.clone(),
            _ => {}
        }
        if let Some((side, taken)) = &self.many {
            let (many, one) = if *side == Side::Left { (left, right) } else { (right, left) };
            return self.meeting(many, one, taken);
        }
        let met = self.meeting(left, right, &[]);
        // A number that was put in has the labels of the side that was there.
        let met = if self.fills { met.or(right) } else { met };
        match &self.by {
            By::On(keys) => met.only(keys),
            By::AllBut(keys) => met.without(keys),
        }
    }
}
