//! Comparisons that are never so, or always.

use promql_parser::parser::{BinaryExpr, Expr, value::ValueType};

use super::Check;
use crate::{Error, infer::Range};

impl<'a> Check<'a> {
    pub(super) fn comparison(&mut self, binary: &'a BinaryExpr) {
        if binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool) {
            return;
        }
        let operator = binary.op.to_string();
        let (left, right) = (self.inference.of(&binary.lhs), self.inference.of(&binary.rhs));
        let is_threshold = is_constant(&binary.lhs) || is_constant(&binary.rhs);
        if left.range.never(&operator, &right.range) {
            let (reason, help) = why(&left.range, &right.range);
            self.find(Error::NeverTrue, &self.shown(binary), format!("this is never so: {reason}"), help);
        } else if is_threshold
            && left.range.always(&operator, &right.range)
            && !left.range.tells_presence
            && !right.range.tells_presence
        {
            let (reason, help) = why(&left.range, &right.range);
            self.find(Error::AlwaysTrue, &self.shown(binary), format!("this is always so: {reason}"), help);
        }
    }

    /// The comparison as it stands in the query: the operator and the threshold, if they can be found.
    fn shown(&self, binary: &BinaryExpr) -> String {
        let written =
            [format!("{} {}", binary.op, binary.rhs), format!("{} {}", binary.lhs, binary.op), binary.rhs.to_string()];
        written.into_iter().find(|part| self.query.contains(part)).unwrap_or_default()
    }
}

/// Whether it is a threshold and no measurement: then a comparison is there to filter, and one that filters nothing is a mistake.
fn is_constant(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(paren) => is_constant(&paren.expr),
        Expr::Call(call) if call.func.name == "vector" => true,
        _ => expression.value_type() == ValueType::Scalar,
    }
}

fn why(left: &Range, right: &Range) -> (String, String) {
    let known = left.why.as_ref().or(right.why.as_ref()).map(|why| (why.reason.clone(), why.help.clone()));
    known.unwrap_or_else(|| {
        let side = if left.number().is_some() { right } else { left };
        let reason = format!("the value lies between {} and {}", side.low, side.high);
        (reason, "compare with a value that it can have".to_owned())
    })
}
