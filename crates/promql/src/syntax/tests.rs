//! What is read, and what is refused where.

use super::*;

/// A tree as one reads it, with parentheses around every operator.
fn shown(expression: &Expr, query: &str) -> String {
    match expression {
        Expr::Binary(binary) => {
            format!("({} {} {})", shown(&binary.lhs, query), binary.op, shown(&binary.rhs, query))
        }
        Expr::Unary(unary) => format!("-({})", shown(&unary.expr, query)),
        Expr::Paren(paren) => shown(&paren.expr, query),
        other => other.span().of(query).to_owned(),
    }
}

#[track_caller]
fn check(query: &str, expect: &str) {
    let read = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    assert_eq!(shown(&read, query), expect, "{query}");
}

#[track_caller]
fn refused(query: &str, part: &str, says: &str) {
    let error = parse(query).expect_err(query);
    assert_eq!((error.span.of(query), error.reason.contains(says)), (part, true), "{query}: {error:?}");
}

#[test]
fn operators_bind_as_they_do_in_prometheus() {
    check("a or b > 5", "(a or (b > 5))");
    check("a + b * c ^ d ^ e", "(a + (b * (c ^ (d ^ e))))");
    check("-a ^ 2 * b", "(-((a ^ 2)) * b)");
    check("2 ^ -3 - 1", "((2 ^ -3) - 1)");
    check("a and b unless c or d", "(((a and b) unless c) or d)");
    check("a AND on (x) b", "(a and b)");
    check("a - b - c", "((a - b) - c)");
    check("1 + 2 == bool 3", "((1 + 2) == 3)");
}

#[test]
fn everything_knows_where_it_stands() {
    check("sum by (a) (rate(x{b=\"c\"}[5m] offset 1h)) * 2", "(sum by (a) (rate(x{b=\"c\"}[5m] offset 1h)) * 2)");
    check("  x [5m:30s] @ end()", "x [5m:30s] @ end()");
    check("sum(x) without (a) > 1", "(sum(x) without (a) > 1)");
    check("{\"a.b\", c!=\"d\",} offset -5m", "{\"a.b\", c!=\"d\",} offset -5m");
    check("sum", "sum");
    check("rate(x[5m * 2 + step()])", "rate(x[5m * 2 + step()])");
    check("a / on (x) group_left (y) fill_right (0) b", "(a / b)");
    check("increase(x[5m] anchored)", "increase(x[5m] anchored)");
    check("topk(5, x) # the most\n", "topk(5, x)");
    check("label_join(x, \"a\", \",\", \"b\", \"c\")", "label_join(x, \"a\", \",\", \"b\", \"c\")");
    check("x{a=~\"/users/{id}\"}", "x{a=~\"/users/{id}\"}");
}

#[test]
fn what_moves_a_reading_knows_where_it_stands() {
    for (query, expect) in [
        ("rate(x[5m] offset 1h @ end())", "offset 1h @ end()"),
        ("x offset -5m * 2", "offset -5m"),
        ("increase(x[5m] anchored)", "anchored"),
        ("x", ""),
    ] {
        let read = parse(query).expect(query);
        assert_eq!(read.selectors()[0].shift.place.0.of(query), expect, "{query}");
    }
}

#[test]
fn what_is_wrong_is_underlined() {
    refused("sum(rate(x[5m])", "", "ends here");
    refused("rate(x)", "x", "wants a range vector");
    refused("x{a=b}", "b", "cannot stand here");
    refused("x{a=~\"(\"}", "\"(\"", "cannot be read");
    refused("rat(x[5m])", "rat", "no function `rat`");
    refused("(x)[5m]", "[5m]", "only series");
    refused("x offset 5m [5m]", "[5m]", "before `offset`");
    refused("a + bool b", "+", "`bool`");
    refused("1 < 2", "<", "need `bool`");
    refused("a and 1", "1", "this is a number");
    refused("a * on (x) group_left (x) b", "x", "there already");
    refused("sum(1)", "1", "aggregates an instant vector");
    refused("topk(x)", "topk(x)", "takes 2 arguments");
    refused("{a=~\".*\"}", "{a=~\".*\"}", "every series");
    refused("a{__name__=\"b\"}", "__name__", "named twice");
    refused("x[0s]", "0s", "longer than nothing");
    refused("1[5m:]", "1", "instant vector again");
    refused("a $ b", "$", "means nothing");
    refused("x[5m] offset 5m offset 5m", "offset", "twice");
    refused("round(x, 1, 2)", "round(x, 1, 2)", "takes 1 to 2");
    refused("", "", "no query");
}

#[test]
fn what_is_too_deep_is_refused() {
    for (opens, closes) in [("sum(", ")"), ("-", ""), ("up or ", ""), ("2^", ""), ("(", ")"), ("x[5m - ", "]")] {
        let query = format!("{}up{}", opens.repeat(100_000), closes.repeat(100_000));
        assert!(parse(&query).is_err_and(|why| why.is_unsupported || why.reason.contains("cannot stand")), "{opens}");
    }
    assert!(parse(&format!("{}up{}", "sum(".repeat(90), ")".repeat(90))).is_ok());
    assert!(parse(&vec!["up"; 400].join(" or ")).is_ok());
    assert!(parse(&format!("up{}", "[5m:]".repeat(1000))).is_err());
}
