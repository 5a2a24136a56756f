//! The parts of a query that have values of their own: the sides of its operators.

use promql::syntax::Expr;

/// A query and its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parted {
    whole: String,
    parts: Vec<String>,
}

impl Parted {
    pub(super) fn of(query: &str, tree: &Expr) -> Self {
        let mut parts = Vec::new();
        collect(query, tree, &mut parts);
        parts.retain(|part| part != query);
        Self { whole: query.to_owned(), parts }
    }

    /// The whole, and then each part.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.whole].into_iter().chain(&self.parts).map(String::as_str)
    }

    /// The same of another text; its parts only where each corresponds to one of these.
    pub(super) fn like(&self, query: &str, tree: &Expr) -> Self {
        let other = Self::of(query, tree);
        let corresponds = other.parts.len() == self.parts.len();
        if corresponds { other } else { Self { parts: Vec::new(), ..other } }
    }
}

/// The sides of every operator, from the outermost inwards, without numbers; of comparisons and set operators only the sides, since what
/// these choose the whole shows.
fn collect(query: &str, tree: &Expr, parts: &mut Vec<String>) {
    match tree {
        Expr::Paren(paren) => collect(query, &paren.expr, parts),
        Expr::Binary(binary) => {
            if !binary.op.is_set_operator() && !binary.op.is_comparison() {
                parts.push(tree.span().of(query).to_owned());
            }
            collect(query, &binary.lhs, parts);
            collect(query, &binary.rhs, parts);
        }
        Expr::NumberLiteral(_) => {}
        other => {
            parts.push(other.span().of(query).to_owned());
            other.parts().into_iter().filter(|part| has_sides(part)).for_each(|part| collect(query, part, parts));
        }
    }
}

fn has_sides(tree: &Expr) -> bool {
    matches!(tree, Expr::Binary(_)) || tree.parts().into_iter().any(has_sides)
}

#[cfg(test)]
mod tests {
    use promql::syntax::parse;

    use super::*;

    #[track_caller]
    fn check(query: &str, expect: &[&str]) {
        let parted = Parted::of(query, &parse(query).expect("a query"));
        assert_eq!(parted.parts, expect, "{query}");
    }

    #[test]
    fn the_sides_of_operators_are_parts() {
        check("sum(x)", &[]);
        check("sum(x) / sum(y) > 0.1", &["sum(x) / sum(y)", "sum(x)", "sum(y)"]);
        check("x > 1 and (y or 2 * z)", &["x", "y", "2 * z", "z"]);
        check("clamp_min(x / y, 0)", &["x / y", "x", "y"]);
    }

    #[test]
    fn parts_correspond_only_if_there_are_as_many() {
        let like = |query: &str, other: &str| {
            let parted = Parted::of(query, &parse(query).expect("a query"));
            parted.like(other, &parse(other).expect("a query")).parts.len()
        };
        assert_eq!(like("a / b", "a / c"), 2);
        assert_eq!(like("a / b", "a"), 0);
    }
}
