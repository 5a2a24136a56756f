//! The page for people: every operator with an example.

use crate::OPERATORS;

/// The body of the page, in Markdown.
pub fn page() -> String {
    let mut body = "A rule that is slightly wrong looks like one that is right. `cargo xtask mutate` shows whether a mistake would be \
        noticed: it changes every rendered expression (of recording rules, alerts, panels, runbooks and queries) by every operator \
        below, one change at a time, and asks\n\n\
        1. the checker, whether it finds an error or a warning that it does not find in the original;\n\
        2. Prometheus, for the value of the changed expression in worlds made for the original: every label has several values, every \
        series its own numbers, and in some worlds series are missing, come late, stand still or are there for a while only. The sides of \
        operators are asked for as well; and of what compares and combines, what it makes of numbers at the limit, just below and \
        just above it. What the original is to answer is worked out by an evaluation of our own, without Prometheus. \
        `cargo test -p stack --test trials` compares the two for every expression;\n\
        3. of an alert, a condition that begins to hold, whether it fires when it is meant to, and its trials: whether it fires just past each \
        edge and nowhere else.\n\n\
        A mutant that none of them tells from the original survives, and so does one that takes too long. Some cannot be told from it, \
        because they mean the same: those are named in `crates/shop-monitoring/src/equivalents.rs`, each with the reason. An entry there \
        that meets no mutant, or one that something catches, is refused.\n\n\
        `--list` prints the operators and every mutant; `--only NAME` and `--operator NAME` choose; `--format json` is for \
        machines. The last line is the score. Exit 0 when nothing survives, 1 otherwise.\n\n\
        | operator | what it does | a query | a mutant |\n|---|---|---|---|\n"
        .to_owned();
    let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
    for operator in OPERATORS {
        let (before, after) = operator.example;
        body += &format!("| `{}` | {} | {} | {} |\n", operator.name, operator.does, code(before), code(after));
    }
    body
}
