//! Which metrics a query reads.

use std::collections::BTreeSet;

use promql_parser::parser::Expr;

use crate::{parsing, symbols::selector_name};

/// The names of the metrics that a query reads; of a recording rule, its own name. A query that cannot be read reads nothing: the
/// [`Checker`](crate::Checker) says why.
pub fn metrics_read(query: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Ok(expression) = parsing::parse(query) {
        collect(&expression, &mut names);
    }
    names
}

fn collect(expression: &Expr, names: &mut BTreeSet<String>) {
    match expression {
        Expr::VectorSelector(selector) => names.extend(selector_name(selector).map(str::to_owned)),
        Expr::MatrixSelector(selector) => names.extend(selector_name(&selector.vs).map(str::to_owned)),
        Expr::Aggregate(aggregate) => {
            collect(&aggregate.expr, names);
            if let Some(parameter) = &aggregate.param {
                collect(parameter, names);
            }
        }
        Expr::Binary(binary) => {
            collect(&binary.lhs, names);
            collect(&binary.rhs, names);
        }
        Expr::Paren(paren) => collect(&paren.expr, names),
        Expr::Unary(unary) => collect(&unary.expr, names),
        Expr::Subquery(subquery) => collect(&subquery.expr, names),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| collect(argument, names)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_reads_what_stands_in_any_part_of_it() {
        let query = "topk(scalar(limits), sum by (a) (rate(x_total[5m]))) / -(max_over_time(y[1h:1m])) or api:z > 1";
        assert_eq!(metrics_read(query).into_iter().collect::<Vec<_>>(), ["api:z", "limits", "x_total", "y"]);
        assert_eq!(metrics_read("rate({__name__=\"x_total\"}[5m])").into_iter().collect::<Vec<_>>(), ["x_total"]);
        assert!(metrics_read("sum by (").is_empty());
    }
}
