//! What to put in place of a variable, by where in a query it stands.

use std::ops::Range;
use std::time::Duration;

use promql::syntax::{ValueType, function};

use super::matchers;
use super::substitute::{Change, Role, Surroundings};
use super::token::{Kind, Token, tokens};
use super::variable::Variable;

/// Words that are followed by labels in parentheses.
const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Words that are no metric's name.
const KEYWORDS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// Aggregations whose first argument is a number.
const WITH_NUMBER: [&str; 5] = ["topk", "bottomk", "limitk", "limit_ratio", "quantile"];

/// A number that fits every place where a function wants one: a quantile, a count, a bound.
const SOME_NUMBER: &str = "1";

/// An open bracket.
enum Bracket<'a> {
    /// Around labels; of an aggregation, if it is one.
    Labels {
        aggregation: Option<&'a str>,
    },
    /// Around the arguments of a function or an aggregation, and in which of them the reader is.
    Arguments {
        of: &'a str,
        index: usize,
    },
    Window,
    Other,
}

/// Goes through a query from the left to the right.
pub(super) struct Walk<'a, 's> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) surroundings: &'s Surroundings<'s>,
    pub(super) changes: Vec<Change>,
    brackets: Vec<Bracket<'a>>,
    /// The aggregation whose labels were just read, and whose arguments follow.
    aggregation: Option<&'a str>,
}

/// What is to be put into a query, in order.
pub(super) fn find(text: &str, surroundings: &Surroundings) -> Vec<Change> {
    let tokens = tokens(text, surroundings.references(text));
    let mut walk = Walk { tokens, surroundings, changes: Vec::new(), brackets: Vec::new(), aggregation: None };
    let mut index = 0;
    while index < walk.tokens.len() {
        index = walk.step(index);
    }
    walk.changes
}

/// Whether a token is a word that may name a metric.
pub(super) fn may_name(token: &Token) -> bool {
    token.kind == Kind::Word && !KEYWORDS.contains(&token.text) && !GROUPINGS.contains(&token.text)
}

impl<'a> Walk<'a, '_> {
    fn step(&mut self, index: usize) -> usize {
        let token = self.tokens[index].clone();
        let next_is = |sign: &str| self.tokens.get(index + 1).is_some_and(|next| next.is(sign));
        if token.kind == Kind::Word && token.has_variables() && next_is("{") && !self.in_window() {
            return matchers::read(self, Some(index), index + 1);
        }
        if token.is("{") {
            let named = index.checked_sub(1).filter(|&before| may_name(&self.tokens[before]));
            return matchers::read(self, named, index);
        }
        match token.kind {
            Kind::Sign => self.bracket(index),
            Kind::Text => self.text(&token),
            Kind::Word if token.has_variables() => self.word(index, &token),
            Kind::Word => {}
        }
        index + 1
    }

    fn bracket(&mut self, index: usize) {
        let before = index.checked_sub(1).map(|before| &self.tokens[before]);
        match self.tokens[index].text {
            "(" => {
                let bracket = match before.filter(|before| before.kind == Kind::Word) {
                    Some(word) if GROUPINGS.contains(&word.text) => {
                        let aggregation = index.checked_sub(2).map(|at| self.tokens[at].text);
                        Bracket::Labels { aggregation: aggregation.filter(|_| matches!(word.text, "by" | "without")) }
                    }
                    Some(word) => Bracket::Arguments { of: word.text, index: 0 },
                    None => match self.aggregation.take() {
                        Some(of) => Bracket::Arguments { of, index: 0 },
                        None => Bracket::Other,
                    },
                };
                self.brackets.push(bracket);
            }
            "[" => self.brackets.push(Bracket::Window),
            ")" | "]" => {
                self.aggregation = match self.brackets.pop() {
                    Some(Bracket::Labels { aggregation }) => aggregation,
                    _ => None,
                };
            }
            "," => {
                if let Some(Bracket::Arguments { index, .. }) = self.brackets.last_mut() {
                    *index += 1;
                }
            }
            _ => {}
        }
    }

    fn in_window(&self) -> bool {
        matches!(self.brackets.last(), Some(Bracket::Window))
    }

    pub(super) fn put(&mut self, range: Range<usize>, text: impl Into<String>, open: Option<(&str, Role)>) {
        let open = open.map(|(variable, role)| (variable.to_owned(), role));
        self.changes.push(Change { range, text: text.into(), open });
    }

    fn text(&mut self, token: &Token) {
        for variable in &token.variables {
            let known = self.choice(variable.name).map(str::to_owned);
            let open = known.is_none().then_some((variable.name, Role::Text));
            self.put(variable.range.clone(), known.as_deref().unwrap_or(variable.name), open);
        }
    }

    /// One of the values that a variable offers, if it can stand in a name.
    pub(super) fn choice(&self, name: &str) -> Option<&str> {
        let value = self.surroundings.variable(name).and_then(Variable::some_value)?;
        let is_name = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
        (is_name && !value.starts_with(|c: char| c.is_ascii_digit())).then_some(value)
    }

    fn word(&mut self, index: usize, token: &Token) {
        let name = token.variables[0].name;
        let before = |distance: usize| index.checked_sub(distance).map(|at| &self.tokens[at]);
        let after_offset = before(1).is_some_and(|before| before.is("offset"))
            || before(1).is_some_and(|sign| sign.is("-")) && before(2).is_some_and(|before| before.is("offset"));
        let next = self.tokens.get(index + 1);
        let groups = next.is_some_and(|next| next.is("by") || next.is("without"));
        if matches!(self.brackets.last(), Some(Bracket::Labels { .. })) {
            self.label(index, token);
        } else if self.in_window() || after_offset {
            let text = self.duration(token);
            self.put(token.range.clone(), text, Some((name, Role::Duration)));
        } else if groups || next.is_some_and(|next| next.is("(")) {
            self.function(index, token, groups);
        } else if before(1).is_some_and(|before| before.is("@")) || self.is_number(index, token) {
            self.number(token);
        } else {
            self.metric(token);
        }
    }

    fn label(&mut self, index: usize, token: &Token) {
        let name = token.variables[0].name;
        if let Some(value) = self.choice(name).filter(|_| token.is_variable()).map(str::to_owned) {
            return self.put(token.range.clone(), value, None);
        }
        let comma = self.tokens.get(index + 1).filter(|next| next.is(","));
        let end = comma.map_or(token.range.end, |comma| comma.range.end);
        self.put(token.range.start..end, "", Some((name, Role::Label)));
    }

    fn duration(&self, token: &Token) -> String {
        if token.is_variable() && self.surroundings.own_number(&token.variables[0]).is_none() {
            return written(self.surroundings.duration(token.variables[0].name));
        }
        let window = self.surroundings.window();
        self.filled(token, |rest| match rest {
            "ms" => window.as_millis().to_string(),
            "s" => window.as_secs().max(1).to_string(),
            "m" => window.as_secs().div_ceil(60).to_string(),
            _ => SOME_NUMBER.to_owned(),
        })
    }

    /// The token with numbers in place of its variables; one that is not known depends on what follows it.
    fn filled(&self, token: &Token, unknown: impl Fn(&str) -> String) -> String {
        let mut text = String::new();
        let mut at = token.range.start;
        for variable in &token.variables {
            text += &token.text[at - token.range.start..variable.range.start - token.range.start];
            at = variable.range.end;
            let rest = &token.text[at - token.range.start..];
            let own = self.surroundings.own_number(variable);
            let chosen = || self.surroundings.variable(variable.name)?.some_value().filter(|value| is_number(value));
            text += &own.or_else(|| chosen().map(str::to_owned)).unwrap_or_else(|| unknown(rest));
        }
        text + &token.text[at - token.range.start..]
    }

    fn function(&mut self, index: usize, token: &Token, groups: bool) {
        let name = token.variables[0].name;
        let mut text = String::new();
        let mut at = 0;
        for variable in &token.variables {
            let start = variable.range.start - token.range.start;
            text += &token.text[at..start];
            text += self.choice(variable.name).unwrap_or("avg");
            at = variable.range.end - token.range.start;
        }
        text += &token.text[at..];
        let known = token.variables.iter().all(|variable| self.choice(variable.name).is_some());
        if !known && (token.is_variable() || function(&text).is_none()) {
            text = match groups {
                true => "max",
                false if self.takes_window(index + 1) => "last_over_time",
                false => "sort",
            }
            .to_owned();
        }
        self.put(token.range.clone(), text, (!known).then_some((name, Role::Function)));
    }

    /// Whether the last thing in the parentheses that open here is a window.
    fn takes_window(&self, open: usize) -> bool {
        /// Farther away than this no parenthesis is closed that somebody wrote.
        const FARTHEST: usize = 200;
        let mut depth = 0;
        for (index, token) in self.tokens.iter().enumerate().skip(open).take(FARTHEST) {
            depth += i32::from(token.is("(")) - i32::from(token.is(")"));
            if depth == 0 {
                return self.tokens[index - 1].is("]");
            }
        }
        false
    }

    fn is_number(&self, index: usize, token: &Token) -> bool {
        let variable = &token.variables[0];
        if self.surroundings.own_number(variable).is_some() {
            return true;
        }
        let own = self.surroundings.variable(variable.name);
        if !token.is_variable() || own.is_some_and(Variable::names_metrics) {
            return token.text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        }
        if let Some(value) = own.and_then(Variable::some_value) {
            return is_number(value);
        }
        let next = self.tokens.get(index + 1);
        if next.is_some_and(|next| next.is("[")) {
            return false;
        }
        let before = index.checked_sub(1).map(|at| &self.tokens[at]);
        let calculates = |token: Option<&Token>| token.is_some_and(|token| is_operator(token) || token.is("bool"));
        calculates(next) || calculates(before) || self.wants_number()
    }

    /// Whether the argument that is being read is to be a number.
    fn wants_number(&self) -> bool {
        let Some(Bracket::Arguments { of, index }) = self.brackets.last() else { return false };
        let wanted = function(of).and_then(|function| function.args.get(*index));
        wanted == Some(&ValueType::Scalar) || (WITH_NUMBER.contains(of) && *index == 0)
    }

    fn number(&mut self, token: &Token) {
        let own = self.surroundings.own_number(&token.variables[0]).is_some();
        let text = self.filled(token, |_| SOME_NUMBER.to_owned());
        self.put(token.range.clone(), text, (!own).then_some((token.variables[0].name, Role::Number)));
    }

    fn metric(&mut self, token: &Token) {
        let name = token.variables[0].name;
        match self.choice(name).filter(|_| token.is_variable()).map(str::to_owned) {
            Some(value) => self.put(token.range.clone(), value, None),
            None => {
                let matcher = format!("{{{}}}", matchers::of_name(token));
                self.put(token.range.clone(), matcher, Some((name, Role::Metric)));
            }
        }
    }
}

fn is_operator(token: &Token) -> bool {
    const OPERATORS: [&str; 12] = ["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<="];
    token.kind == Kind::Sign && OPERATORS.contains(&token.text)
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

fn written(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis % 1_000 == 0 => format!("{}s", millis / 1_000),
        millis => format!("{millis}ms"),
    }
}
