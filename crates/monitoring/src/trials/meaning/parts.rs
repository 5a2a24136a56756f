//! The parts of a query that have values of their own: the sides of its operators; and what it makes of their values.

use promql::syntax::{Expr, Span};

/// How many rows a table has at most.
const MOST_ROWS: usize = 100;

/// A query and its parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parted {
    whole: String,
    /// What it compares and combines.
    sides: Vec<String>,
    /// What these are made of.
    parts: Vec<String>,
    /// The query with numbers in place of what it compares and combines, a row of them each.
    frames: Vec<String>,
    rows: Vec<Vec<Number>>,
}

/// Which text of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Text {
    Whole,
    Side(usize),
    Part(usize),
    /// It reads no series, and so answers the same in every world.
    Frame(usize),
}

/// What stands for a side of a comparison; nothing for a side that is not there.
type Number = Option<f64>;

impl Parted {
    pub(super) fn of(query: &str, tree: &Expr) -> Self {
        let mut sides = Vec::new();
        compared(tree, None, &mut sides);
        let rows = if is_whole(&sides, tree) { Vec::new() } else { rows(&sides) };
        Self::with(query, tree, rows)
    }

    fn with(query: &str, tree: &Expr, rows: Vec<Vec<Number>>) -> Self {
        let mut sides = Vec::new();
        compared(tree, None, &mut sides);
        let spans: Vec<Span> = sides.into_iter().map(|(span, _)| span).collect();
        let sides: Vec<String> = spans.iter().map(|span| span.of(query).to_owned()).collect();
        let mut parts = Vec::new();
        collect(query, tree, &mut parts);
        parts.retain(|part| part != query);
        let is_like = |row: &&Vec<Number>| row.len() == spans.len();
        let frames = rows.iter().filter(is_like).map(|row| framed(query, &spans, row)).collect();
        Self { whole: query.to_owned(), sides, parts, frames, rows }
    }

    /// Every text that has a value of its own, the whole before all others.
    pub(super) fn texts(&self) -> Vec<(Text, &str)> {
        let mut texts = vec![(Text::Whole, &*self.whole)];
        let sides = self.sides.iter().enumerate().filter(|(_, side)| **side != self.whole);
        texts.extend(sides.map(|(at, side)| (Text::Side(at), &**side)));
        texts.extend(self.parts.iter().enumerate().map(|(at, part)| (Text::Part(at), &**part)));
        texts.extend(self.frames.iter().enumerate().map(|(at, frame)| (Text::Frame(at), &**frame)));
        texts
    }

    /// The same of another text; sides and parts only where each corresponds to one of these.
    pub(super) fn like(&self, query: &str, tree: &Expr) -> Self {
        let other = Self::with(query, tree, self.rows.clone());
        if other.sides.len() != self.sides.len() {
            // If a side was left out, the others are still what they were.
            let rows = places(&other.sides, &self.sides).map_or_else(Vec::new, |places| {
                let left = |row: &Vec<Number>| places.iter().map(|place| row[*place]).collect();
                self.rows.iter().map(left).collect()
            });
            return Self { sides: Vec::new(), parts: Vec::new(), ..Self::with(query, tree, rows) };
        }
        if other.parts.len() == self.parts.len() { other } else { Self { parts: Vec::new(), ..other } }
    }
}

/// Where each of these stands among all, if they stand there in this order.
fn places(some: &[String], all: &[String]) -> Option<Vec<usize>> {
    let mut from = 0;
    let mut next = |one: &String| {
        let place = from + all[from..].iter().position(|other| other == one)?;
        from = place + 1;
        Some(place)
    };
    some.iter().map(&mut next).collect()
}

fn is_whole(sides: &[(Span, Vec<Number>)], tree: &Expr) -> bool {
    matches!(sides, [(span, _)] if *span == tree.span())
}

/// What stands below the outermost comparisons and set operators, without numbers, and what is worth putting there: around the number
/// that it is compared with, or something and nothing.
fn compared(tree: &Expr, other: Option<&Expr>, sides: &mut Vec<(Span, Vec<Number>)>) {
    match tree {
        Expr::Paren(paren) => compared(&paren.expr, other, sides),
        Expr::Binary(binary) if binary.op.is_set_operator() => {
            compared(&binary.lhs, None, sides);
            compared(&binary.rhs, None, sides);
        }
        Expr::Binary(binary) if binary.op.is_comparison() => {
            compared(&binary.lhs, Some(&binary.rhs), sides);
            compared(&binary.rhs, Some(&binary.lhs), sides);
        }
        Expr::NumberLiteral(_) => {}
        side => {
            let numbers = match other.map(Expr::bare) {
                Some(Expr::NumberLiteral(limit)) => {
                    let step = (limit.value.abs() / 1024.0).max(1.0 / 1024.0);
                    vec![Some(limit.value), Some(limit.value - step), Some(limit.value + step)]
                }
                Some(_) => vec![Some(1.0), Some(2.0), None],
                None => vec![Some(1.0), None],
            };
            sides.push((side.span(), numbers));
        }
    }
}

/// Every row of numbers if there are not too many; else those in which all but one side are alike.
fn rows(sides: &[(Span, Vec<Number>)]) -> Vec<Vec<Number>> {
    let count: usize = sides.iter().map(|(_, numbers)| numbers.len()).product();
    if count <= MOST_ROWS {
        let mut rows = vec![Vec::new()];
        for (_, numbers) in sides {
            let with = |row: &Vec<Number>| {
                let row = row.clone();
                numbers.iter().map(move |number| [&row[..], &[*number]].concat()).collect::<Vec<_>>()
            };
            rows = rows.iter().flat_map(with).collect();
        }
        return rows;
    }
    let mut all = Vec::new();
    for place in 0..3 {
        let row: Vec<Number> = sides.iter().map(|(_, numbers)| numbers[place.min(numbers.len() - 1)]).collect();
        for (side, (_, numbers)) in sides.iter().enumerate() {
            for number in numbers {
                let mut row = row.clone();
                row[side] = *number;
                all.push(row);
            }
        }
    }
    all
}

/// The query with these numbers at these places.
fn framed(query: &str, spans: &[Span], row: &[Number]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (span, number) in spans.iter().zip(row) {
        text += Span::new(at, span.start).of(query);
        text += &number.map_or_else(|| "(vector(1) < 0)".to_owned(), |number| format!("vector({number})"));
        at = span.end;
    }
    text + Span::new(at, query.len()).of(query)
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
        let texts: Vec<&str> = parted
            .texts()
            .into_iter()
            .filter(|(text, _)| matches!(text, Text::Side(_) | Text::Part(_)))
            .map(|(_, text)| text)
            .collect();
        assert_eq!(texts, expect, "{query}");
    }

    #[test]
    fn the_sides_of_operators_are_parts() {
        check("sum(x)", &[]);
        check("sum(x) / sum(y) > 0.1", &["sum(x) / sum(y)", "sum(x) / sum(y)", "sum(x)", "sum(y)"]);
        check("x > 1 and (y or 2 * z)", &["x", "y", "2 * z", "x", "y", "2 * z", "z"]);
        check("2 * x > 1 or y", &["2 * x", "y", "2 * x", "x", "y"]);
        check("clamp_min(x / y, 0)", &["x / y", "x", "y"]);
    }

    #[test]
    fn what_is_compared_is_replaced_by_numbers_at_and_around_the_limit() {
        let frames = |query: &str| Parted::of(query, &parse(query).expect("a query")).frames;
        assert_eq!(frames("sum(x) > 0"), ["vector(0) > 0", "vector(-0.0009765625) > 0", "vector(0.0009765625) > 0"]);
        assert_eq!(frames("x / y"), [""; 0]);
        assert_eq!(frames("absent(x) or absent(y)").len(), 4);
        assert_eq!(frames("x > y")[2], "vector(1) > (vector(1) < 0)");
    }

    #[test]
    fn parts_correspond_only_if_there_are_as_many() {
        let like = |query: &str, other: &str| {
            let parted = Parted::of(query, &parse(query).expect("a query"));
            let like = parted.like(other, &parse(other).expect("a query"));
            (like.sides.len(), like.parts.len())
        };
        assert_eq!(like("a / b", "a / c"), (1, 2));
        assert_eq!(like("a / b", "a"), (1, 0));
        assert_eq!(like("a / b > 1", "2 * a / b > 1"), (1, 0));
        let parted = Parted::of("a or b", &parse("a or b").expect("a query"));
        let like = parted.like("b", &parse("b").expect("a query"));
        assert_eq!(like.frames, ["vector(1)", "(vector(1) < 0)", "vector(1)", "(vector(1) < 0)"]);
    }
}
