//! A query as a tree that can be made at random, written down and cut back.

use std::fmt::{self, Write as _};

/// What a part of a query comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Scalar,
    Vector,
    Range,
    Text,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Number(String),
    Text(String),
    Selector(Selector),
    Subquery {
        of: Box<Node>,
        window: String,
        step: String,
        shift: Shift,
    },
    Call {
        function: &'static str,
        arguments: Vec<Node>,
    },
    Aggregate {
        operator: &'static str,
        parameter: Option<Box<Node>>,
        grouping: Option<Grouping>,
        of: Box<Node>,
    },
    Binary {
        operator: &'static str,
        is_bool: bool,
        matching: Option<Grouping>,
        many: Option<Grouping>,
        sides: Box<[Node; 2]>,
    },
    Minus(Box<Node>),
}

/// Series by name and labels; with a window, their samples in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selector {
    /// Empty when a matcher says it.
    pub name: String,
    pub matchers: Vec<Matcher>,
    pub window: Option<String>,
    pub shift: Shift,
}

/// A condition on a label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Matcher {
    pub key: String,
    pub operator: &'static str,
    pub value: String,
}

/// By how much something is read earlier, and whether at a fixed moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shift {
    pub offset: Option<String>,
    pub at: Option<String>,
}

/// `by`, `without`, `on`, `ignoring`, `group_left` or `group_right` with their labels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grouping {
    pub word: &'static str,
    pub keys: Vec<String>,
}

/// Functions that make a number of nothing or of a vector.
const SCALARS: [&str; 3] = ["scalar", "time", "pi"];

impl Node {
    pub(crate) fn call(function: &'static str, arguments: impl Into<Vec<Node>>) -> Self {
        Self::Call { function, arguments: arguments.into() }
    }

    pub(crate) fn number(value: impl fmt::Display) -> Self {
        Self::Number(value.to_string())
    }

    pub(crate) fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// What it comes to.
    pub(crate) fn kind(&self) -> Type {
        match self {
            Self::Number(_) => Type::Scalar,
            Self::Text(_) => Type::Text,
            Self::Selector(Selector { window: Some(_), .. }) | Self::Subquery { .. } => Type::Range,
            Self::Selector(_) | Self::Aggregate { .. } => Type::Vector,
            Self::Call { function, .. } if SCALARS.contains(function) => Type::Scalar,
            Self::Call { .. } => Type::Vector,
            Self::Binary { sides, .. } if sides.iter().all(|side| side.kind() == Type::Scalar) => Type::Scalar,
            Self::Binary { .. } => Type::Vector,
            Self::Minus(of) => of.kind(),
        }
    }

    /// Its parts.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Selector(_) => Vec::new(),
            Self::Subquery { of, .. } | Self::Minus(of) => vec![of],
            Self::Call { arguments, .. } => arguments.iter().collect(),
            Self::Aggregate { parameter, of, .. } => parameter.iter().map(|it| &**it).chain([&**of]).collect(),
            Self::Binary { sides, .. } => sides.iter().collect(),
        }
    }

    /// Its parts, to be changed.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Node> {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Selector(_) => Vec::new(),
            Self::Subquery { of, .. } | Self::Minus(of) => vec![of],
            Self::Call { arguments, .. } => arguments.iter_mut().collect(),
            Self::Aggregate { parameter, of, .. } => {
                parameter.iter_mut().map(|it| &mut **it).chain([&mut **of]).collect()
            }
            Self::Binary { sides, .. } => sides.iter_mut().collect(),
        }
    }

    /// What it is made of, without names, labels and numbers: queries with one skeleton contradict for one reason, mostly.
    pub(crate) fn skeleton(&self) -> String {
        let word = match self {
            Self::Number(_) | Self::Text(_) => return "_".to_owned(),
            Self::Selector(selector) => return if selector.window.is_some() { "s[]" } else { "s" }.to_owned(),
            Self::Subquery { .. } => "[:]",
            Self::Call { function, .. } => function,
            Self::Aggregate { operator, .. } | Self::Binary { operator, .. } => operator,
            Self::Minus(_) => "minus",
        };
        let parts: Vec<String> = self.children().into_iter().map(Self::skeleton).collect();
        format!("{word}({})", parts.join(","))
    }

    /// A side of an operator, in parentheses where it could be read in another way.
    fn operand(&self) -> String {
        match self {
            Self::Binary { .. } | Self::Minus(_) => format!("({self})"),
            Self::Number(number) if number.starts_with('-') => format!("({self})"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(number),
            Self::Text(text) => write!(f, "{}", quoted(text)),
            Self::Selector(selector) => write!(f, "{selector}"),
            Self::Subquery { of, window, step, shift } => write!(f, "{}[{window}:{step}]{shift}", of.operand()),
            Self::Call { function, arguments } => write!(f, "{function}({})", list(arguments)),
            Self::Aggregate { operator, parameter, grouping, of } => {
                write!(f, "{operator}")?;
                if let Some(grouping) = grouping {
                    write!(f, " {grouping} ")?;
                }
                let parameter = parameter.as_ref().map_or_else(String::new, |it| format!("{it}, "));
                write!(f, "({parameter}{of})")
            }
            Self::Binary { operator, is_bool, matching, many, sides } => {
                let [left, right] = &**sides;
                write!(f, "{} {operator} ", left.operand())?;
                if *is_bool {
                    f.write_str("bool ")?;
                }
                for grouping in [matching, many].into_iter().flatten() {
                    write!(f, "{grouping} ")?;
                }
                f.write_str(&right.operand())
            }
            Self::Minus(of) => write!(f, "-{}", of.operand()),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, matchers, window, shift } = self;
        let mut inside: Vec<String> = matchers.iter().map(ToString::to_string).collect();
        if is_plain_name(name) {
            f.write_str(name)?;
        } else if !name.is_empty() {
            inside.insert(0, quoted(name));
        }
        if !inside.is_empty() {
            write!(f, "{{{}}}", inside.join(", "))?;
        }
        if let Some(window) = window {
            write!(f, "[{window}]")?;
        }
        write!(f, "{shift}")
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", written_key(&self.key), self.operator, quoted(&self.value))
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(offset) = &self.offset {
            write!(f, " offset {offset}")?;
        }
        if let Some(at) = &self.at {
            write!(f, " @ {at}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self.keys.iter().map(|key| written_key(key)).collect();
        write!(f, "{} ({})", self.word, keys.join(", "))
    }
}

fn list(arguments: &[Node]) -> String {
    arguments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn is_plain(name: &str, also: &[char]) -> bool {
    let is_start = |letter: char| letter.is_ascii_alphabetic() || letter == '_' || also.contains(&letter);
    name.starts_with(is_start) && name.chars().all(|letter| is_start(letter) || letter.is_ascii_digit())
}

fn is_plain_name(name: &str) -> bool {
    is_plain(name, &[':'])
}

fn written_key(key: &str) -> String {
    if is_plain(key, &[]) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut written = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                written.push('\\');
                written.push(letter);
            }
            '\n' => written.push_str("\\n"),
            letter => written.push(letter),
        }
    }
    let _ = written.write_char('"');
    written
}
