//! What a guard watches: a query, and on which side of which number its series must stay.

use std::{fmt, str::FromStr};

use promql::syntax::{BinaryOperator, Expr, parse};

use crate::underline::underlined;

const EXAMPLE: &str = "write it as 'api:error_rate > 0.05': a query, a comparison, a number";

/// A query with a threshold: it trips when any series is beyond the number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Watched {
    /// As it was written.
    pub text: String,
    /// What Prometheus is asked: all that stands before the last comparison.
    pub query: String,
    pub expr: Expr,
    beyond: Beyond,
    pub bound: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beyond {
    Above,
    AtOrAbove,
    Below,
    AtOrBelow,
}

impl Watched {
    /// Whether a value is beyond the number; what is no number never is.
    pub(crate) fn is_beyond(&self, value: f64) -> bool {
        match self.beyond {
            Beyond::Above => value > self.bound,
            Beyond::AtOrAbove => value >= self.bound,
            Beyond::Below => value < self.bound,
            Beyond::AtOrBelow => value <= self.bound,
        }
    }

    /// Of two values the one that is nearer to tripping it, or further beyond.
    pub(crate) fn is_worse(&self, value: f64, than: f64) -> bool {
        match self.beyond {
            Beyond::Above | Beyond::AtOrAbove => value > than || than.is_nan(),
            Beyond::Below | Beyond::AtOrBelow => value < than || than.is_nan(),
        }
    }

    /// How a value that is the worst is called.
    pub(crate) fn worst(&self) -> &'static str {
        match self.beyond {
            Beyond::Above | Beyond::AtOrAbove => "highest",
            Beyond::Below | Beyond::AtOrBelow => "lowest",
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Watched {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expr = parse(text).map_err(|unreadable| {
            let promql::syntax::Unreadable { span, reason, help, .. } = unreadable;
            let help = if help.is_empty() { String::new() } else { format!("; {help}") };
            underlined(text, span.start..span.end, &format!("{reason}{help}"))
        })?;
        let object = |expr: &Expr, reason: &str| {
            let span = expr.span();
            Err(underlined(text, span.start..span.end, reason))
        };
        let Expr::Binary(binary) = expr.bare() else {
            return object(&expr, &format!("this compares with nothing; {EXAMPLE}"));
        };
        let beyond = match binary.op {
            BinaryOperator::Gtr => Beyond::Above,
            BinaryOperator::Gte => Beyond::AtOrAbove,
            BinaryOperator::Lss => Beyond::Below,
            BinaryOperator::Lte => Beyond::AtOrBelow,
            op if op.is_set_operator() => {
                return object(
                    &expr,
                    &format!(
                        "`{}` is the last to be worked out here; put all of it but the threshold in parentheses",
                        op.as_str()
                    ),
                );
            }
            op => {
                return object(&expr, &format!("`{}` is no threshold; {EXAMPLE}", op.as_str()));
            }
        };
        if binary.modifier.return_bool {
            return object(&expr, "with `bool` every series would be told apart by 0 and 1; leave it out");
        }
        let Some(bound) = number(&binary.rhs) else {
            return object(&binary.rhs, &format!("the threshold is a number that stands on the right; {EXAMPLE}"));
        };
        if binary.lhs.is_scalar() {
            return object(&binary.lhs, "this asks for no series; name a metric");
        }
        let query = binary.lhs.span().of(text).to_owned();
        Ok(Self { text: text.trim().to_owned(), query, expr: binary.lhs.clone(), beyond, bound })
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr.bare() {
        Expr::NumberLiteral(number) => Some(number.value),
        Expr::Unary(unary) => number(&unary.expr).map(|value| if unary.is_negative { -value } else { value }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, query: &str, beyond: Beyond, bound: f64) {
        let watched: Watched = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((watched.query.as_str(), watched.beyond, watched.bound), (query, beyond, bound));
    }

    #[test]
    fn the_last_comparison_is_the_threshold_and_one_inside_stays_inside() {
        check("api:error_rate > 0.05", "api:error_rate", Beyond::Above, 0.05);
        check("up{job=\"services\"} < 1", "up{job=\"services\"}", Beyond::Below, 1.0);
        check("sum(rate(x[1m]) > 3) >= 2", "sum(rate(x[1m]) > 3)", Beyond::AtOrAbove, 2.0);
        check("(a > 1) > 2", "(a > 1)", Beyond::Above, 2.0);
        check("a > 1 > 2", "a > 1", Beyond::Above, 2.0);
        check("a / b <= -1e3", "a / b", Beyond::AtOrBelow, -1000.0);
        check("(a > 5)", "a", Beyond::Above, 5.0);
        check("max by (x) (y) > 5m", "max by (x) (y)", Beyond::Above, 300.0);
    }

    #[track_caller]
    fn check_refused(text: &str, expect: &str) {
        assert_eq!(text.parse::<Watched>().expect_err("it is refused"), expect);
    }

    #[test]
    fn what_has_no_threshold_is_underlined() {
        check_refused(
            "api:error_rate",
            &format!("\n  api:error_rate\n  {} this compares with nothing; {EXAMPLE}", "^".repeat(14)),
        );
        check_refused(
            "a or b > 5",
            "\n  a or b > 5\n  ^^^^^^^^^^ `or` is the last to be worked out here; put all of it but the threshold in parentheses",
        );
        check_refused(
            "5 < a",
            &format!("\n  5 < a\n      ^ the threshold is a number that stands on the right; {EXAMPLE}"),
        );
        for text in ["", "a >", "a > b", "a > bool 1", "a == 1", "a + 1", "1 > 2", "rate(x) > 1", "a > > 1"] {
            assert!(text.parse::<Watched>().is_err(), "{text:?}");
        }
    }
}
