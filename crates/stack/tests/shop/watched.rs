//! Nothing that is rendered asks in vain: under traffic every query of every rule, alert, dashboard and page has an answer, and every
//! command of a runbook that asks over HTTP works.

use std::{
    collections::BTreeMap,
    process::Stdio,
    time::{Duration, Instant},
};

use promql::{
    ForeignKind,
    syntax::{self, Expr, Span, VectorSelector},
};
use serde_json::Value;
use shop_monitoring::Place;
use stack::{Binaries, Database, Profile, Server};
use tokio::process::Command;

use crate::{runbooks, world::Shop};

/// The slowest rules are evaluated once a minute, and some of them read others.
const PATIENCE: Duration = Duration::from_secs(100);

/// What the rendered files ask for, and who asks.
type Asked = BTreeMap<String, String>;

#[tokio::test]
async fn every_rendered_query_and_command_is_answered_under_traffic() {
    // With PostgreSQL, so that there is something for its exporter to tell.
    let servers = [&Server::WATCHING[..], &[Server::PostgresExporter]].concat();
    let shop = Shop::open(Shop::plan("watched", Database::Postgres), &servers).await;
    let place = Place::local().with_ports(*shop.stack.ports()).on_postgres();
    let asked = asked(&place);
    assert!(asked.len() > 100, "only {} queries were found", asked.len());

    let gateway = shop.gateway("");
    let binaries = Binaries::build(Profile::Dev).expect("the services build");
    let mut traffic = Command::new(binaries.named("traffic").expect("the customers"))
        .args(["run", "-n", "2400", "-t", "240", "--target", &gateway])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Also when something here fails.
        .kill_on_drop(true)
        .spawn()
        .expect("customers come");

    let end = Instant::now() + PATIENCE;
    let mut waiting: Asked = asked.clone();
    while !waiting.is_empty() && Instant::now() < end {
        let mut unanswered = Asked::new();
        for (query, who) in waiting {
            let answer = answer(&shop, &query).await.unwrap_or_else(|why| panic!("{who}: {why}\n{query}"));
            if answer == 0 {
                unanswered.insert(query, who);
            }
        }
        waiting = unanswered;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let failing = runbooks::failing(&place);
    let _ = traffic.kill().await;
    assert!(failing.is_empty(), "these commands of runbooks fail:\n\n{}", failing.join("\n\n"));
    let told: Vec<String> =
        waiting.iter().map(|(query, who)| format!("{who}\n    {}", query.replace('\n', "\n    "))).collect();
    assert!(told.is_empty(), "{} of {} queries have no answer:\n\n{}", told.len(), asked.len(), told.join("\n\n"));
}

/// How many series Prometheus gives. A warning or a remark of its is an error: it knows something that we did not.
async fn answer(shop: &Shop, query: &str) -> Result<usize, String> {
    let url = format!("{}/api/v1/query", shop.stack.server_url(Server::Prometheus));
    let answer = shop.http.get(url).query(&[("query", query)]).send().await.map_err(|why| why.to_string())?;
    let answer: Value = answer.json().await.map_err(|why| why.to_string())?;
    let mut remarks = Vec::new();
    for kind in ["error", "warnings", "infos"] {
        let said = answer.get(kind).map(|said| said.as_array().cloned().unwrap_or_else(|| vec![said.clone()]));
        remarks.extend(said.unwrap_or_default().into_iter().filter(|remark| !is_known_counter(&remark.to_string())));
    }
    if !remarks.is_empty() {
        return Err(format!("{remarks:?}"));
    }
    answer["data"]["result"].as_array().map(Vec::len).ok_or_else(|| answer.to_string())
}

/// Prometheus tells a counter by the end of its name. Of some exporters' metrics we know that they are counters though they are called
/// otherwise.
fn is_known_counter(remark: &str) -> bool {
    let counters = promql::foreign_metrics().into_iter().filter(|metric| metric.kind == ForeignKind::Counter);
    remark.contains("might not be a counter")
        && counters.map(|metric| metric.name).any(|name| remark.contains(&format!("\\\"{name}\\\"")))
}

/// Every query of the rendered files, made fit for a shop that is minutes old: variables are filled in, comparisons that hold only
/// when something is wrong are taken off, and nothing asks for last week.
fn asked(place: &Place) -> Asked {
    let mut asked = Asked::new();
    for file in shop_monitoring::files(place).unwrap_or_else(|refused| panic!("{refused}")) {
        for query in written(&file.path, &file.contents) {
            let query = now(&filled(&query));
            for part in always_answered(&read(&query)) {
                asked.entry(part.of(&query).to_owned()).or_insert_with(|| file.path.clone());
            }
        }
    }
    asked
}

/// The queries in a file, as they stand there.
fn written(path: &str, contents: &str) -> Vec<String> {
    if path.starts_with("deploy/prometheus/rules/") || path.starts_with("dashboards/") {
        // JSON is YAML too.
        let value: serde_norway::Value = serde_norway::from_str(contents).unwrap_or_else(|why| panic!("{path}: {why}"));
        return strings(&value, "expr");
    }
    let blocks = contents.split("```promql\n").skip(1).filter_map(|rest| rest.split("```").next());
    if path.ends_with(".md") { blocks.map(str::to_owned).collect() } else { Vec::new() }
}

fn strings(value: &serde_norway::Value, key: &str) -> Vec<String> {
    use serde_norway::Value;
    match value {
        Value::Mapping(mapping) => {
            let of = |(name, inner): (&Value, &Value)| match (name.as_str(), inner.as_str()) {
                (Some(name), Some(text)) if name == key => vec![text.to_owned()],
                _ => strings(inner, key),
            };
            mapping.iter().flat_map(of).collect()
        }
        Value::Sequence(items) => items.iter().flat_map(|item| strings(item, key)).collect(),
        _ => Vec::new(),
    }
}

/// The query with a dashboard's variables at "all", and Grafana's own at what they are on a fresh page.
fn filled(query: &str) -> String {
    let mut filled = String::new();
    let mut rest = query;
    while let Some((before, after)) = rest.split_once('$') {
        let after = after.trim_start_matches('{');
        let name: String =
            after.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
        filled += before;
        filled += if name.starts_with("__") { "5m" } else { ".*" };
        rest = after[name.len()..].trim_start_matches([':']).trim_start_matches("regex").trim_start_matches('}');
    }
    filled + rest
}

fn read(query: &str) -> Expr {
    syntax::parse(query).unwrap_or_else(|why| panic!("{why}\n{query}"))
}

/// The query without offsets: the stack has no last week.
fn now(query: &str) -> String {
    let mut now = query.to_owned();
    // From the end, so that what comes before stays where it is.
    for shift in shifts(&read(query)).into_iter().rev() {
        now.replace_range(shift.start..shift.end, "");
    }
    now
}

/// What moves a reading, in the order in which it stands.
fn shifts(expression: &Expr) -> Vec<Span> {
    let inner = expression.parts().into_iter().flat_map(shifts);
    let own = match expression {
        Expr::VectorSelector(selector) => &selector.shift,
        Expr::MatrixSelector(selector) => &selector.vs.shift,
        Expr::Subquery(subquery) => &subquery.shift,
        _ => return inner.collect(),
    };
    inner.chain([own.place.0]).collect()
}

/// The parts of an expression that have an answer whenever all is well, and each series that it reads.
fn always_answered(expression: &Expr) -> Vec<Span> {
    let series =
        |selector: &VectorSelector| if is_of_alerts(selector) { selector.name_place.0 } else { selector.place.0 };
    let mut parts: Vec<Span> = expression.selectors().into_iter().map(series).collect();
    parts.extend(without_conditions(expression));
    parts
}

fn without_conditions(expression: &Expr) -> Vec<Span> {
    match expression {
        Expr::Paren(paren) => without_conditions(&paren.expr),
        Expr::Binary(binary) if binary.op.is_set_operator() => {
            expression.parts().into_iter().flat_map(without_conditions).collect()
        }
        Expr::Binary(binary) if binary.op.is_comparison() => {
            let is_number = |side: &&Expr| matches!(side, Expr::NumberLiteral(_));
            expression.parts().into_iter().filter(|side| !is_number(side)).flat_map(without_conditions).collect()
        }
        // What is there only when something is missing is asked for by its series.
        Expr::Call(call) if call.func.name.starts_with("absent") => Vec::new(),
        // An empty table of alerts is good; that it can be filled, the watchdog shows.
        expression if expression.selectors().into_iter().any(is_of_alerts) => Vec::new(),
        // A condition inside an aggregation.
        Expr::Aggregate(aggregate) if matches!(&aggregate.expr, Expr::Binary(binary) if binary.op.is_comparison()) => {
            without_conditions(&aggregate.expr)
        }
        expression => vec![expression.span()],
    }
}

fn is_of_alerts(selector: &VectorSelector) -> bool {
    selector.name.as_deref() == Some("ALERTS")
}

#[test]
fn variables_are_filled_in() {
    assert_eq!(filled(r#"a{x=~"$service", y=~"${route:regex}"}[$__rate_interval]"#), r#"a{x=~".*", y=~".*"}[5m]"#);
}

#[test]
fn nothing_is_asked_of_last_week() {
    assert_eq!(now("rate(a[5m] offset 1w) / b offset 5m > 1"), "rate(a[5m] ) / b  > 1");
    assert_eq!(now("max_over_time((a offset 1d)[1h:] offset 1w)"), "max_over_time((a )[1h:] )");
}
