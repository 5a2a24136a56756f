//! Comparisons that are never so, or always.

use super::Check;
use crate::{
    Code,
    infer::Range,
    syntax::{Binary, Expr, Span},
};

impl<'a> Check<'a> {
    pub(super) fn comparison(&mut self, binary: &'a Binary) {
        if binary.modifier.return_bool {
            return;
        }
        let (operator, span) = (binary.op, threshold(binary));
        let (left, right) = (self.inference.of(&binary.lhs), self.inference.of(&binary.rhs));
        let is_threshold = is_constant(&binary.lhs) || is_constant(&binary.rhs);
        if left.range.never(operator, &right.range) {
            let (reason, help, code) = why(&left.range, &right.range);
            self.find(code, span, format!("this is never so: {reason}"), help);
        } else if is_threshold
            && left.range.always(operator, &right.range)
            && !left.range.tells_presence
            && !right.range.tells_presence
        {
            let (reason, help, _) = why(&left.range, &right.range);
            self.find(Code::AlwaysTrue, span, format!("this is always so: {reason}"), help);
        }
    }
}

/// Where the operator and the threshold stand.
const fn threshold(binary: &Binary) -> Span {
    binary.op_place.0.to(binary.place.0)
}

/// Whether it is a threshold and no measurement: then a comparison is there to filter, and one that filters nothing is a mistake.
fn is_constant(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(paren) => is_constant(&paren.expr),
        Expr::Call(call) if call.func.name == "vector" => true,
        _ => expression.is_scalar(),
    }
}

fn why(left: &Range, right: &Range) -> (String, String, Code) {
    let known = left.why.as_ref().or(right.why.as_ref()).map(|why| (why.reason.clone(), why.help.clone(), why.beyond));
    known.unwrap_or_else(|| {
        let side = if left.number().is_some() && right.number().is_none() { right } else { left };
        let reason = side.number().map_or_else(
            || format!("the value lies between {} and {}", side.low, side.high),
            |number| format!("the value is {number}, whatever happens"),
        );
        (
            reason,
            "compare with a value that it can have, or drop it: this side never adds anything".to_owned(),
            Code::NeverTrue,
        )
    })
}
