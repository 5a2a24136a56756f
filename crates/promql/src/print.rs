//! Writes an expression as a person would: on one line while it fits, then broken at operators and parentheses.

use std::fmt;

use crate::{
    expression::{Expression, Operator, Selector},
    window::prometheus_duration,
};

/// A line that is longer is broken.
const WIDTH: usize = 100;

impl Expression {
    /// The expression over as many lines as it needs, without a final line break.
    pub(crate) fn pretty(&self) -> String {
        self.broken(0)
    }

    fn broken(&self, depth: usize) -> String {
        let pad = "  ".repeat(depth);
        let line = self.to_string();
        if pad.len() + line.len() <= WIDTH {
            return pad + &line;
        }
        self.over_lines(depth)
    }

    fn over_lines(&self, depth: usize) -> String {
        let pad = "  ".repeat(depth);
        match self {
            Self::Number(_) | Self::Selector(_) => format!("{pad}{self}"),
            Self::Call(function, arguments) => {
                let inner: Vec<_> = arguments.iter().map(|argument| argument.broken(depth + 1)).collect();
                format!("{pad}{function}(\n{}\n{pad})", inner.join(",\n"))
            }
            Self::Aggregate { operator, by, of } => {
                format!("{pad}{operator}{} (\n{}\n{pad})", grouping(by), of.broken(depth + 1))
            }
            Self::Binary { operator, left, right } => {
                let side = |side: &Self, is_right| side.side(*operator, is_right, depth);
                let sign = operator.as_str();
                match (&**left, &**right) {
                    (_, Self::Number(number)) => format!("{} {sign} {number}", side(left, false)),
                    (Self::Number(number), _) => format!("{pad}{number} {sign} {}", side(right, true).trim_start()),
                    _ => format!("{}\n{pad}{sign}\n{}", side(left, false), side(right, true)),
                }
            }
        }
    }

    /// One side of an operator that is broken.
    fn side(&self, around: Operator, is_right: bool, depth: usize) -> String {
        if self.needs_parentheses(around, is_right) {
            let pad = "  ".repeat(depth);
            return format!("{pad}(\n{}\n{pad})", self.broken(depth + 1));
        }
        match self {
            // A chain of one operator is broken at each link.
            Self::Binary { operator, .. } if *operator == around => self.over_lines(depth),
            _ => self.broken(depth),
        }
    }

    fn needs_parentheses(&self, around: Operator, is_right: bool) -> bool {
        match self {
            Self::Binary { operator, .. } => {
                operator.binding() < around.binding() || (is_right && operator.binding() == around.binding())
            }
            _ => false,
        }
    }
}

fn grouping(by: &[crate::Key]) -> String {
    let keys: Vec<_> = by.iter().map(ToString::to_string).collect();
    if keys.is_empty() { String::new() } else { format!(" by ({})", keys.join(", ")) }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Selector(selector) => write!(f, "{selector}"),
            Self::Call(function, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{function}({})", arguments.join(", "))
            }
            Self::Aggregate { operator, by, of } if by.is_empty() => write!(f, "{operator}({of})"),
            Self::Aggregate { operator, by, of } => write!(f, "{operator}{} ({of})", grouping(by)),
            Self::Binary { operator, left, right } => {
                let side = |side: &Self, is_right| {
                    if side.needs_parentheses(*operator, is_right) { format!("({side})") } else { side.to_string() }
                };
                write!(f, "{} {} {}", side(left, false), operator.as_str(), side(right, true))
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        if !self.matchers.is_empty() {
            let matchers: Vec<_> = self.matchers.iter().map(ToString::to_string).collect();
            write!(f, "{{{}}}", matchers.join(", "))?;
        }
        match self.range {
            Some(range) => write!(f, "[{}]", prometheus_duration(range)),
            None => Ok(()),
        }
    }
}
