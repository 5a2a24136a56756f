//! The parts of a condition that have values: what it compares, and what it combines.

use promql::syntax::{Expr, Span};

/// A query, its parts that have values of their own, and how these are combined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parted {
    whole: String,
    parts: Vec<String>,
    /// The text without its parts; two queries with the same frame combine what they combine in the same way.
    frame: String,
}

impl Parted {
    pub(super) fn of(query: &str, tree: &Expr) -> Self {
        let mut spans = Vec::new();
        collect(tree, &mut spans);
        let mut frame = String::new();
        let mut at = 0;
        for span in &spans {
            frame += &Span::new(at, span.start).of(query).split_whitespace().collect::<Vec<_>>().join(" ");
            frame += " _ ";
            at = span.end;
        }
        frame += Span::new(at, query.len()).of(query);
        let is_whole = spans.len() == 1 && spans[0] == tree.span();
        let parts = if is_whole { Vec::new() } else { spans.iter().map(|span| span.of(query).to_owned()).collect() };
        Self { whole: query.to_owned(), parts, frame }
    }

    /// The whole, and then each part.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.whole].into_iter().chain(&self.parts).map(String::as_str)
    }

    /// The same of another text; its parts only where they correspond to these.
    pub(super) fn like(&self, query: &str, tree: &Expr) -> Self {
        let other = Self::of(query, tree);
        // How parts are compared is seen in what the whole does.
        let combines = |frame: &str| frame.matches('_').count();
        if combines(&other.frame) == combines(&self.frame) && other.parts.len() == self.parts.len() {
            other
        } else {
            Self { parts: Vec::new(), ..other }
        }
    }
}

/// What stands below the outermost comparisons and set operators, without numbers.
fn collect(tree: &Expr, spans: &mut Vec<Span>) {
    match tree {
        Expr::Paren(paren) => collect(&paren.expr, spans),
        Expr::Binary(binary) if binary.op.is_set_operator() || binary.op.is_comparison() => {
            collect(&binary.lhs, spans);
            collect(&binary.rhs, spans);
        }
        Expr::NumberLiteral(_) => {}
        other => spans.push(other.span()),
    }
}
