//! What a query is: a tree in which everything knows where it stands, as Prometheus 3 reads it
//! (<https://prometheus.io/docs/prometheus/latest/querying/basics/>).

mod duration;
mod function;
mod grammar;
mod lexer;
mod matcher;
mod operator;
pub(crate) mod pattern;
#[cfg(test)]
mod tests;
mod text;
mod typing;

use std::{fmt, time::Duration};

pub use duration::duration;
pub use function::{Function, function};
pub use matcher::{MatchOperator, Matcher};
pub use operator::{Aggregator, BinaryOperator};

/// More parentheses and calls within each other nobody writes, and whoever reads that far down runs out of stack.
const MOST_NESTED: usize = 100;
/// Deeper trees than this nobody writes either. A row of operators makes them: each stands above the one before.
const MOST_LEVELS: usize = 500;

/// A part of a text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    /// The first byte after it.
    pub end: usize,
}

impl Span {
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the beginning of this to the end of the other.
    #[must_use]
    pub const fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }

    /// Whether another lies within.
    pub fn has(self, other: Option<Self>) -> bool {
        other.is_some_and(|other| self.start <= other.start && other.end <= self.end)
    }

    /// The part of the text that it was made for; nothing of another text that is too short.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Where a part of a query stands. Two parts are equal wherever they stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub span: Span,
    /// What is wrong, for people.
    pub reason: String,
    /// What to write instead.
    pub help: String,
    /// Whether a Prometheus may read it all the same.
    pub is_unsupported: bool,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Unreadable {}

/// What an expression comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    Scalar,
    /// One value of each series.
    Vector,
    /// Values of each series over a range of time.
    Matrix,
    String,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::Scalar => "a number",
            ValueType::Vector => "an instant vector",
            ValueType::Matrix => "a range vector",
            ValueType::String => "a text",
        })
    }
}

/// A query or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    NumberLiteral(NumberLiteral),
    StringLiteral(StringLiteral),
    VectorSelector(Box<VectorSelector>),
    MatrixSelector(Box<MatrixSelector>),
    Subquery(Box<Subquery>),
    Paren(Paren),
    Unary(Box<Unary>),
    Binary(Box<Binary>),
    Aggregate(Box<Aggregate>),
    Call(Box<Call>),
}

/// A number, or a duration in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberLiteral {
    pub value: f64,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StringLiteral {
    pub value: String,
    pub place: Place,
}

/// Series, by name and labels, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VectorSelector {
    pub name: Option<String>,
    pub matchers: Vec<Matcher>,
    pub shift: Shift,
    /// Of the name, if it is said.
    pub name_place: Place,
    pub place: Place,
}

/// When something is read, beside now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shift {
    pub offset: Offset,
    pub at: Option<At>,
    /// Whether the ends of a range are found between samples (`anchored`, `smoothed`).
    pub is_interpolated: bool,
    /// Of all that says so; nothing if nothing does.
    pub place: Place,
}

/// How far back something is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Offset {
    /// So many milliseconds ago; in the future if it is negative.
    Fixed(i64),
    /// It depends on who asks.
    Computed,
}

impl Default for Offset {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

/// The moment that `@` names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// Seconds since 1970.
    Timestamp(f64),
    Start,
    End,
}

/// Series over a range of time.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSelector {
    pub vs: VectorSelector,
    /// Nothing when it is computed from what only the asker knows.
    pub range: Option<Duration>,
    pub range_place: Place,
    pub place: Place,
}

/// A query asked again and again over a range of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Subquery {
    pub expr: Expr,
    /// Nothing when it is computed from what only the asker knows.
    pub range: Option<Duration>,
    /// Nothing for the server's own.
    pub step: Option<Duration>,
    pub shift: Shift,
    pub range_place: Place,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Paren {
    pub expr: Box<Expr>,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Unary {
    pub is_negative: bool,
    pub expr: Expr,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    pub op: BinaryOperator,
    pub lhs: Expr,
    pub rhs: Expr,
    pub modifier: Modifier,
    pub op_place: Place,
    pub place: Place,
}

/// How two sides are put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modifier {
    pub return_bool: bool,
    pub matching: Option<LabelModifier>,
    pub grouping: Option<GroupModifier>,
    /// What is put where a side has no series, on the left and on the right.
    pub fill: [Option<f64>; 2],
}

/// Which side has many series for one of the other, and the labels that it takes from there.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupModifier {
    Left(Keys),
    Right(Keys),
}

/// LabelModifier that count, or that do not.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelModifier {
    /// `by` or `on`.
    Include(Keys),
    /// `without` or `ignoring`.
    Exclude(Keys),
}

/// LabelModifier by their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keys {
    pub labels: Vec<String>,
    pub(crate) places: Vec<Place>,
    /// With the parentheses, if there are any.
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub op: Aggregator,
    pub modifier: Option<LabelModifier>,
    pub param: Option<Expr>,
    pub expr: Expr,
    pub op_place: Place,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub func: &'static Function,
    pub args: Vec<Expr>,
    pub name_place: Place,
    pub place: Place,
}

/// Reads a query.
///
/// # Errors
/// Where and why the text is no query.
pub fn parse(query: &str) -> Result<Expr, Unreadable> {
    grammar::parse(query)
}

impl Keys {
    /// Where a key stands.
    pub fn span_of(&self, key: &str) -> Span {
        let position = self.labels.iter().position(|label| label == key);
        position.map_or(self.place.0, |position| self.places[position].0)
    }
}

impl LabelModifier {
    pub const fn keys(&self) -> &Keys {
        match self {
            LabelModifier::Include(keys) | LabelModifier::Exclude(keys) => keys,
        }
    }
}

impl GroupModifier {
    /// The labels that are taken from the one side.
    pub const fn taken(&self) -> &Keys {
        match self {
            GroupModifier::Left(keys) | GroupModifier::Right(keys) => keys,
        }
    }
}

impl Expr {
    /// Where it stands.
    pub const fn span(&self) -> Span {
        match self {
            Expr::NumberLiteral(number) => number.place.0,
            Expr::StringLiteral(text) => text.place.0,
            Expr::VectorSelector(selector) => selector.place.0,
            Expr::MatrixSelector(selector) => selector.place.0,
            Expr::Subquery(subquery) => subquery.place.0,
            Expr::Paren(paren) => paren.place.0,
            Expr::Unary(unary) => unary.place.0,
            Expr::Binary(binary) => binary.place.0,
            Expr::Aggregate(aggregate) => aggregate.place.0,
            Expr::Call(call) => call.place.0,
        }
    }

    /// What it comes to.
    pub fn value_type(&self) -> ValueType {
        match self {
            Expr::NumberLiteral(_) => ValueType::Scalar,
            Expr::StringLiteral(_) => ValueType::String,
            Expr::VectorSelector(_) | Expr::Aggregate(_) => ValueType::Vector,
            Expr::MatrixSelector(_) | Expr::Subquery(_) => ValueType::Matrix,
            Expr::Paren(paren) => paren.expr.value_type(),
            Expr::Unary(unary) => unary.expr.value_type(),
            Expr::Call(call) => call.func.returns,
            Expr::Binary(binary) => match (binary.lhs.value_type(), binary.rhs.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
        }
    }

    pub fn is_scalar(&self) -> bool {
        self.value_type() == ValueType::Scalar
    }

    /// The same without the parentheses around it.
    pub fn bare(&self) -> &Self {
        match self {
            Expr::Paren(paren) => paren.expr.bare(),
            other => other,
        }
    }

    /// The parts that it is made of, in the order in which they stand.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::VectorSelector(_) | Expr::MatrixSelector(_) => {
                Vec::new()
            }
            Expr::Subquery(subquery) => vec![&subquery.expr],
            Expr::Paren(paren) => vec![&paren.expr],
            Expr::Unary(unary) => vec![&unary.expr],
            Expr::Binary(binary) => vec![&binary.lhs, &binary.rhs],
            Expr::Aggregate(aggregate) => aggregate.param.iter().chain([&aggregate.expr]).collect(),
            Expr::Call(call) => call.args.iter().collect(),
        }
    }

    /// Every selector in it, in the order in which they stand.
    pub fn selectors(&self) -> Vec<&VectorSelector> {
        match self {
            Expr::VectorSelector(selector) => vec![selector],
            Expr::MatrixSelector(selector) => vec![&selector.vs],
            other => other.parts().into_iter().flat_map(Self::selectors).collect(),
        }
    }
}
