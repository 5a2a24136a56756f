//! From words to a tree (<https://github.com/prometheus/prometheus/blob/main/promql/parser/generated_parser.y>).

mod modifier;
mod selector;

use std::time::Duration;

use super::{
    Aggregate, Aggregator, At, Binary, BinaryOperator, Call, Expr, Keys, LabelModifier, MOST_LEVELS, MOST_NESTED,
    NumberLiteral, Offset, Paren, Place, Shift, Span, StringLiteral, Subquery, Unary, Unreadable, ValueType, function,
    lexer::{Token, Word, tokens},
    typing,
};
use crate::spelling::nearest;

pub(super) fn parse(query: &str) -> Result<Expr, Unreadable> {
    let tokens = tokens(query)?;
    let mut parser = Parser { query, tokens, at: 0, levels: 0 };
    if parser.peek() == &Word::End {
        return Err(wrong(Span::new(0, query.len()), "there is no query", "write one"));
    }
    let (expression, _) = parser.expression(0)?;
    match parser.peek() {
        Word::End => Ok(expression),
        _ => Err(parser.unexpected("an operator or the end of the query")),
    }
}

pub(super) fn wrong(span: Span, reason: impl Into<String>, help: impl Into<String>) -> Unreadable {
    Unreadable { span, reason: reason.into(), help: help.into(), is_unsupported: false }
}

struct Parser<'q> {
    query: &'q str,
    tokens: Vec<Token<'q>>,
    at: usize,
    /// How deep the parser stands.
    levels: usize,
}

/// A tree and how many levels it has.
type Tree = (Expr, usize);

/// What stands before an operand, and binds less than a power does.
const SIGN_BINDS: u8 = BinaryOperator::Pow.precedence();

impl<'q> Parser<'q> {
    fn peek(&self) -> &Word<'q> {
        &self.tokens[self.at].word
    }

    fn peek_second(&self) -> &Word<'q> {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + 1).min(last)].word
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// Where the word before stands.
    fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn next(&mut self) -> Word<'q> {
        let word = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        word
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Word::Sign(found) if *found == sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(sign);
        if is_there {
            self.next();
        }
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<Span, Unreadable> {
        let span = self.span();
        if self.takes(sign) { Ok(span) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// The key word that comes next, in small letters.
    fn word(&self) -> Option<String> {
        match self.peek() {
            Word::Name(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Word::Name(name) if name.eq_ignore_ascii_case(word))
    }

    fn unexpected(&self, wanted: &str) -> Unreadable {
        let found = match self.peek() {
            Word::End => "the query ends here".to_owned(),
            _ => format!("`{}` cannot stand here", self.span().of(self.query)),
        };
        wrong(self.span(), found, format!("write {wanted}"))
    }

    /// Goes down a level, unless that is too deep.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Unreadable>) -> Result<T, Unreadable> {
        self.check(self.levels + 1, MOST_NESTED)?;
        self.levels += 1;
        let result = read(self);
        self.levels -= 1;
        result
    }

    fn check(&self, levels: usize, most: usize) -> Result<(), Unreadable> {
        if levels <= most {
            return Ok(());
        }
        let reason = format!("it has more than {most} operators and calls that lie within each other");
        let help = "split it into recording rules".to_owned();
        Err(Unreadable { span: self.span(), reason, help, is_unsupported: true })
    }

    /// Operands and the operators between them that bind at least so tightly.
    fn expression(&mut self, least: u8) -> Result<Tree, Unreadable> {
        let (mut left, mut levels) = self.signed()?;
        while let Some(op) = self.operator().filter(|op| op.precedence() >= least) {
            let op_place = Place(self.span());
            self.next();
            let modifier = self.modifier()?;
            // A power is taken from the right.
            let tightness = if op == BinaryOperator::Pow { op.precedence() } else { op.precedence() + 1 };
            let (right, other_levels) = self.deeper(|parser| parser.expression(tightness))?;
            levels = levels.max(other_levels) + 1;
            self.check(levels, MOST_LEVELS)?;
            let place = Place(left.span().to(right.span()));
            let binary = Binary { op, lhs: left, rhs: right, modifier, op_place, place };
            typing::binary(&binary)?;
            left = Expr::Binary(Box::new(binary));
        }
        Ok((left, levels))
    }

    fn operator(&self) -> Option<BinaryOperator> {
        let found = match self.peek() {
            Word::Sign(sign) => (*sign).to_owned(),
            Word::Name(_) => self.word()?,
            _ => return None,
        };
        BinaryOperator::ALL.iter().copied().find(|op| op.as_str() == found)
    }

    fn signed(&mut self) -> Result<Tree, Unreadable> {
        if !self.is_sign("-") && !self.is_sign("+") {
            return self.postfixed();
        }
        let start = self.span();
        let is_negative = self.next() == Word::Sign("-");
        let (inner, levels) = self.deeper(|parser| parser.expression(SIGN_BINDS))?;
        let place = Place(start.to(inner.span()));
        if let Expr::NumberLiteral(number) = inner {
            let value = if is_negative { -number.value } else { number.value };
            return Ok((Expr::NumberLiteral(NumberLiteral { value, place }), levels));
        }
        let unary = Unary { is_negative, expr: inner, place };
        typing::unary(&unary)?;
        Ok((Expr::Unary(Box::new(unary)), levels + 1))
    }

    /// An operand and what follows it: a range, a shift.
    fn postfixed(&mut self) -> Result<Tree, Unreadable> {
        let (mut inner, mut levels) = self.operand()?;
        loop {
            if self.is_sign("[") {
                inner = self.ranged(inner)?;
                levels += 1;
                self.check(levels, MOST_NESTED)?;
            } else if self.is_sign("@")
                || self.is_word("offset")
                || self.is_word("anchored")
                || self.is_word("smoothed")
            {
                self.shifted(&mut inner)?;
            } else {
                return Ok((inner, levels));
            }
        }
    }

    fn operand(&mut self) -> Result<Tree, Unreadable> {
        let span = self.span();
        match self.peek().clone() {
            Word::Number(value) => {
                self.next();
                Ok((Expr::NumberLiteral(NumberLiteral { value, place: Place(span) }), 1))
            }
            Word::Duration(milliseconds) => {
                self.next();
                let value = milliseconds as f64 / 1000.0;
                Ok((Expr::NumberLiteral(NumberLiteral { value, place: Place(span) }), 1))
            }
            Word::Text(value) => {
                self.next();
                Ok((Expr::StringLiteral(StringLiteral { value, place: Place(span) }), 1))
            }
            Word::Sign("(") => {
                self.next();
                let (inner, levels) = self.deeper(|parser| parser.expression(0))?;
                let end = self.expect(")")?;
                Ok((Expr::Paren(Paren { expr: Box::new(inner), place: Place(span.to(end)) }), levels + 1))
            }
            Word::Sign("{") => Ok((Expr::VectorSelector(Box::new(self.selector(None)?)), 1)),
            Word::Name(name) => self.named(name),
            _ => Err(self.unexpected("a metric, a number, a function or `(`")),
        }
    }

    fn named(&mut self, name: &'q str) -> Result<Tree, Unreadable> {
        const RESERVED: [&str; 6] = ["bool", "on", "ignoring", "group_left", "group_right", "atan2"];
        let (span, small) = (self.span(), name.to_ascii_lowercase());
        if let Some(value) = [("inf", f64::INFINITY), ("nan", f64::NAN)].into_iter().find(|(word, _)| *word == small) {
            self.next();
            return Ok((Expr::NumberLiteral(NumberLiteral { value: value.1, place: Place(span) }), 1));
        }
        let is_call = self.peek_second() == &Word::Sign("(");
        let is_grouped =
            matches!(self.peek_second(), Word::Name(next) if ["by", "without"].contains(&&*next.to_ascii_lowercase()));
        let aggregator = Aggregator::ALL.iter().copied().find(|aggregator| aggregator.as_str() == small);
        if let Some(op) = aggregator.filter(|_| is_call || is_grouped) {
            return self.aggregate(op);
        }
        if is_call && !RESERVED.contains(&&*small) {
            return self.call(name);
        }
        if RESERVED.contains(&&*small) {
            return Err(self.unexpected("a metric, a number, a function or `(`"));
        }
        self.next();
        Ok((Expr::VectorSelector(Box::new(self.selector(Some((name, span)))?)), 1))
    }

    fn call(&mut self, name: &str) -> Result<Tree, Unreadable> {
        let name_span = self.span();
        let func = function(name).ok_or_else(|| unknown_function(name, name_span))?;
        self.next();
        let (args, levels, end) = self.arguments()?;
        let call = Call { func, args, name_place: Place(name_span), place: Place(name_span.to(end)) };
        typing::call(&call)?;
        Ok((Expr::Call(Box::new(call)), levels + 1))
    }

    /// What stands in the parentheses of a call, how deep it is, and where they close.
    fn arguments(&mut self) -> Result<(Vec<Expr>, usize, Span), Unreadable> {
        self.expect("(")?;
        let (mut args, mut levels) = (Vec::new(), 0);
        if self.is_sign(")") {
            let end = self.expect(")")?;
            return Ok((args, levels, end));
        }
        loop {
            let (argument, inner) = self.deeper(|parser| parser.expression(0))?;
            args.push(argument);
            levels = levels.max(inner);
            if self.is_sign(")") {
                let end = self.expect(")")?;
                return Ok((args, levels, end));
            }
            if !self.takes(",") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
    }

    fn aggregate(&mut self, op: Aggregator) -> Result<Tree, Unreadable> {
        let op_span = self.span();
        self.next();
        let before = self.grouping()?;
        let (mut args, levels, mut end) = self.arguments()?;
        let modifier = match before {
            Some(before) => Some(before),
            None => {
                let after = self.grouping()?;
                end = after.as_ref().map_or(end, |after| after.keys().place.0);
                after
            }
        };
        let place = Place(op_span.to(end));
        let wanted = if op.takes_parameter() { 2 } else { 1 };
        if args.len() != wanted {
            let reason = format!("`{op}` takes {wanted} arguments, and {} are given", args.len());
            let help = if wanted == 2 {
                "it takes a parameter first, then what it aggregates"
            } else {
                "give it what it aggregates"
            };
            return Err(wrong(place.0, reason, help));
        }
        let (Some(expr), param) = (args.pop(), args.pop()) else { return Err(self.unexpected("what is aggregated")) };
        let aggregate = Aggregate { op, modifier, param, expr, op_place: Place(op_span), place };
        typing::aggregate(&aggregate)?;
        Ok((Expr::Aggregate(Box::new(aggregate)), levels + 1))
    }

    fn grouping(&mut self) -> Result<Option<LabelModifier>, Unreadable> {
        let make = match self.word().as_deref() {
            Some("by") => LabelModifier::Include,
            Some("without") => LabelModifier::Exclude,
            _ => return Ok(None),
        };
        self.next();
        Ok(Some(make(self.keys()?)))
    }
}

/// A function that Prometheus does not have, or that we do not know yet.
fn unknown_function(name: &str, span: Span) -> Unreadable {
    let near = nearest(name, function::names().chain(Aggregator::ALL.iter().map(|aggregator| aggregator.as_str())));
    let help = near.map_or_else(
        || "mind that functions are written in small letters, and that Grafana's and MetricsQL's are none".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Unreadable { is_unsupported: near.is_none(), ..wrong(span, format!("there is no function `{name}`"), help) }
}
