//! Mistakes in operators and their sides.

use promql::syntax::{Binary, BinaryOperator, Expr, Span, ValueType};

use crate::{Edit, Site, operator::Made};

use BinaryOperator as Op;

/// What stands for milliseconds where seconds are meant.
const FACTOR: &str = "1000";

fn binary<'a>(site: &Site<'a>) -> Option<&'a Binary> {
    match site.node {
        Expr::Binary(binary) => Some(binary),
        _ => None,
    }
}

fn instead(site: &Site<'_>, of: &[BinaryOperator]) -> Made {
    let Some(binary) = binary(site).filter(|binary| of.contains(&binary.op)) else { return Vec::new() };
    let others = of.iter().filter(|other| **other != binary.op);
    others.map(|other| Edit::new(binary.op_place.0, other.as_str())).collect()
}

pub(crate) fn arithmetic(site: &Site<'_>) -> Made {
    instead(site, &[Op::Add, Op::Sub, Op::Mul, Op::Div])
}

pub(crate) fn comparison(site: &Site<'_>) -> Made {
    instead(site, &[Op::Gtr, Op::Gte, Op::Lss, Op::Lte, Op::Eql, Op::Neq])
}

pub(crate) fn set(site: &Site<'_>) -> Made {
    instead(site, &[Op::And, Op::Or, Op::Unless])
}

/// The text of a side that stands alone.
fn alone(site: &Site<'_>, side: &Expr) -> String {
    let text = site.text(side);
    if matches!(side, Expr::Binary(_)) { format!("({text})") } else { text.to_owned() }
}

pub(crate) fn swap(site: &Site<'_>) -> Made {
    let is_mirrored = |op: BinaryOperator| matches!(op, Op::Add | Op::Mul | Op::Eql | Op::Neq);
    // A chain of alternatives is the same in any order where no two have the same labels; of their values the first counts.
    let Some(binary) = binary(site).filter(|binary| !is_mirrored(binary.op)) else { return Vec::new() };
    let between = Span::new(binary.lhs.span().end, binary.rhs.span().start).of(site.query);
    let swapped = format!("{}{between}{}", alone(site, &binary.rhs), alone(site, &binary.lhs));
    vec![Edit::new(binary.place.0, swapped)]
}

pub(crate) fn drop(site: &Site<'_>) -> Made {
    let Some(binary) = binary(site) else { return Vec::new() };
    // A number alone asks nothing.
    let asks = |side: &&Expr| side.value_type() == ValueType::Vector;
    // A side binds at least as tightly as the whole did.
    let keep = |side: &Expr| Edit::new(binary.place.0, site.text(side));
    [&binary.lhs, &binary.rhs].into_iter().filter(asks).map(keep).collect()
}

pub(crate) fn bool(site: &Site<'_>) -> Made {
    let Some(binary) = binary(site).filter(|binary| binary.op.is_comparison()) else { return Vec::new() };
    if binary.modifier.return_bool {
        let after = binary.op_place.0.end;
        let at = site.query.get(after..).and_then(|rest| rest.find("bool")).map(|at| after + at);
        return at.map(|at| Edit::drop(Span::new(at, at + "bool".len()))).into_iter().collect();
    }
    vec![Edit::insert(binary.op_place.0.end, " bool")]
}

pub(crate) fn unit(site: &Site<'_>) -> Made {
    let scaled = |side: &Expr| {
        let wrapped = |sign: &str| format!("({FACTOR} {sign} {})", alone(site, side));
        let divided = format!("({} / {FACTOR})", alone(site, side));
        [Edit::new(side.span(), wrapped("*")), Edit::new(side.span(), divided)]
    };
    let is_shown = site.parent.is_none() && !site.is_condition && site.node.value_type() == ValueType::Vector;
    let mut made = if is_shown { scaled(site.node).to_vec() } else { Vec::new() };
    let Some(binary) = binary(site).filter(|binary| !binary.op.is_set_operator()) else { return made };
    let is_zero = |side: &Expr| matches!(side.bare(), Expr::NumberLiteral(number) if number.value == 0.0);
    let sides = [(&binary.lhs, &binary.rhs), (&binary.rhs, &binary.lhs)];
    let sides = sides.into_iter().filter(|(side, other)| {
        // Nothing is the same in any unit, and a product the same whichever factor is scaled.
        let is_free = is_zero(other) || (binary.op == Op::Mul && std::ptr::eq(*side, &raw const binary.rhs));
        side.value_type() == ValueType::Vector && !is_free
    });
    made.extend(sides.flat_map(|(side, _)| scaled(side)));
    made
}
