//! Writes an expression as a person would: on one line while it fits, then broken at operators and parentheses.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use crate::{
    expression::{Expression, Operator, Selector},
    label::LabelName,
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
        let mut line = Line { text: "  ".repeat(depth) };
        // What does not fit is given up at the edge, since it would be written anew at each depth.
        if write!(line, "{self}").is_ok() { line.text } else { self.over_lines(depth) }
    }

    fn over_lines(&self, depth: usize) -> String {
        let pad = "  ".repeat(depth);
        match self {
            Self::Number(_) | Self::Selector(_) => format!("{pad}{self}"),
            Self::Subquery { of, range, step } => {
                format!("{pad}(\n{}\n{pad}){}", of.broken(depth + 1), window(*range, *step))
            }
            Self::Call(function, arguments) => {
                let inner: Vec<_> = arguments.iter().map(|argument| argument.broken(depth + 1)).collect();
                format!("{pad}{function}(\n{}\n{pad})", inner.join(",\n"))
            }
            Self::Aggregate { operator, parameter, by, of } => {
                let parameter = parameter.map_or_else(String::new, |number| format!("{pad}  {number},\n"));
                format!("{pad}{operator}{} (\n{parameter}{}\n{pad})", grouping(by), of.broken(depth + 1))
            }
            Self::Binary { operator, on, left, right } => {
                let side = |side: &Self, is_right| side.side(*operator, is_right, depth);
                let sign = format!("{}{}", operator.as_str(), matching(on.as_deref()));
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

/// A line that ends where it would become too long.
struct Line {
    text: String,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        if self.text.len() > WIDTH { Err(fmt::Error) } else { Ok(()) }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[impl fmt::Display]) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        write!(f, "{comma}{part}")?;
    }
    Ok(())
}

fn grouping(by: &[LabelName]) -> String {
    if by.is_empty() { String::new() } else { format!(" by ({})", listed(by)) }
}

fn matching(on: Option<&[LabelName]>) -> String {
    on.map_or_else(String::new, |names| format!(" on ({})", listed(names)))
}

fn listed(names: &[LabelName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn window(range: Duration, step: Duration) -> String {
    format!("[{}:{}]", prometheus_duration(range), prometheus_duration(step))
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Selector(selector) => write!(f, "{selector}"),
            Self::Call(function, arguments) => {
                write!(f, "{function}(")?;
                joined(f, arguments)?;
                f.write_str(")")
            }
            Self::Subquery { of, range, step } => match **of {
                Self::Binary { .. } => write!(f, "({of}){}", window(*range, *step)),
                _ => write!(f, "{of}{}", window(*range, *step)),
            },
            Self::Aggregate { operator, parameter, by, of } => {
                let space = if by.is_empty() { "" } else { " " };
                write!(f, "{operator}{}{space}(", grouping(by))?;
                if let Some(parameter) = parameter {
                    write!(f, "{parameter}, ")?;
                }
                write!(f, "{of})")
            }
            Self::Binary { operator, on, left, right } => {
                let side = |f: &mut fmt::Formatter<'_>, side: &Self, is_right| {
                    if side.needs_parentheses(*operator, is_right) { write!(f, "({side})") } else { side.fmt(f) }
                };
                side(f, left, false)?;
                write!(f, " {}{} ", operator.as_str(), matching(on.as_deref()))?;
                side(f, right, true)
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        if !self.conditions.is_empty() {
            f.write_str("{")?;
            joined(f, &self.conditions)?;
            f.write_str("}")?;
        }
        if let Some(range) = self.range {
            write!(f, "[{}]", prometheus_duration(range))?;
        }
        match self.offset {
            Some(ago) => write!(f, " offset {}", prometheus_duration(ago)),
            None => Ok(()),
        }
    }
}
