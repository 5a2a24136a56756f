//! The expression under a query: a small tree without types, which the typed surface builds and the printer writes.

use std::{collections::BTreeSet, time::Duration};

use crate::label::{LabelCondition, LabelName};

#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Number(f64),
    Selector(Selector),
    /// The values of a query over a window, at each step.
    Subquery {
        of: Box<Expression>,
        range: Duration,
        step: Duration,
    },
    Call(&'static str, Vec<Expression>),
    Aggregate {
        operator: &'static str,
        /// What the operator wants to know, such as how many of the highest.
        parameter: Option<f64>,
        by: Vec<LabelName>,
        of: Box<Expression>,
    },
    Binary {
        operator: Operator,
        /// The labels that must agree; all of them when absent.
        on: Option<Vec<LabelName>>,
        left: Box<Expression>,
        right: Box<Expression>,
    },
}

/// Series by their name and labels; with a range, their samples over it.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    pub(crate) metric: String,
    pub(crate) conditions: Vec<LabelCondition>,
    pub(crate) range: Option<Duration>,
    /// How long ago.
    pub(crate) offset: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Unless,
    Above,
    Below,
    AtLeast,
    AtMost,
    Equal,
    NotEqual,
    Plus,
    Minus,
    Times,
    DividedBy,
}

impl Operator {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Operator::Or => "or",
            Operator::And => "and",
            Operator::Unless => "unless",
            Operator::Above => ">",
            Operator::Below => "<",
            Operator::AtLeast => ">=",
            Operator::AtMost => "<=",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Plus => "+",
            Operator::Minus => "-",
            Operator::Times => "*",
            Operator::DividedBy => "/",
        }
    }

    /// How tightly it binds (<https://prometheus.io/docs/prometheus/latest/querying/operators/#binary-operator-precedence>).
    pub(crate) const fn binding(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And | Operator::Unless => 2,
            Operator::Above
            | Operator::Below
            | Operator::AtLeast
            | Operator::AtMost
            | Operator::Equal
            | Operator::NotEqual => 3,
            Operator::Plus | Operator::Minus => 4,
            Operator::Times | Operator::DividedBy => 5,
        }
    }
}

impl Selector {
    /// All series of a metric, now.
    pub(crate) fn new(metric: impl Into<String>) -> Self {
        Self { metric: metric.into(), conditions: Vec::new(), range: None, offset: None }
    }

    /// Their samples over a window.
    pub(crate) fn over(mut self, window: Duration) -> Expression {
        self.range = Some(window);
        Expression::Selector(self)
    }
}

impl From<Selector> for Expression {
    fn from(selector: Selector) -> Self {
        Self::Selector(selector)
    }
}

impl Expression {
    /// A function of one argument.
    pub(crate) fn call(function: &'static str, argument: Expression) -> Self {
        Self::Call(function, vec![argument])
    }

    pub(crate) fn aggregate(self, operator: &'static str, by: Vec<LabelName>) -> Self {
        Self::Aggregate { operator, parameter: None, by, of: Box::new(self) }
    }

    pub(crate) fn binary(self, operator: Operator, right: impl Into<Expression>) -> Self {
        Self::Binary { operator, on: None, left: Box::new(self), right: Box::new(right.into()) }
    }

    pub(crate) fn binary_on(self, operator: Operator, on: Vec<LabelName>, right: Expression) -> Self {
        Self::Binary { operator, on: Some(on), left: Box::new(self), right: Box::new(right) }
    }

    /// The same, reading only series that match, wherever it reads.
    pub(crate) fn only(mut self, conditions: &[LabelCondition]) -> Self {
        self.each_selector(&mut |selector| selector.conditions.extend_from_slice(conditions));
        self
    }

    /// The same so long ago.
    pub(crate) fn offset(mut self, ago: Duration) -> Self {
        self.each_selector(&mut |selector| selector.offset = Some(selector.offset.unwrap_or_default() + ago));
        self
    }

    /// The names of the metrics that it reads; of a recording rule, its own name.
    pub(crate) fn metrics(&self) -> BTreeSet<&str> {
        match self {
            Self::Number(_) => BTreeSet::new(),
            Self::Selector(selector) => [selector.metric.as_str()].into(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::metrics).collect(),
            Self::Subquery { of, .. } | Self::Aggregate { of, .. } => of.metrics(),
            Self::Binary { left, right, .. } => &left.metrics() | &right.metrics(),
        }
    }

    /// Changes every selector in place.
    pub(crate) fn each_selector(&mut self, change: &mut impl FnMut(&mut Selector)) {
        match self {
            Self::Number(_) => {}
            Self::Selector(selector) => change(selector),
            Self::Call(_, arguments) => arguments.iter_mut().for_each(|argument| argument.each_selector(change)),
            Self::Subquery { of, .. } | Self::Aggregate { of, .. } => of.each_selector(change),
            Self::Binary { left, right, .. } => {
                left.each_selector(change);
                right.each_selector(change);
            }
        }
    }
}

impl From<f64> for Expression {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}
