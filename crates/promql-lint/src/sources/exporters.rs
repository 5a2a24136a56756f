//! The metrics of common exporters and servers, as they expose them: tables that `cargo xtask exporters` makes from the real ones.
//!
//! A table is text, two lines a metric: name, kind and labels, then what it is.
//!
//! ```text
//! node_cpu_seconds_total counter {cpu, mode="idle"|"iowait"|"irq"|"nice"|"softirq"|"steal"|"system"|"user"}
//!   Seconds the CPUs spent in each mode.
//! ```
//!
//! A label that only some series have ends in `?`. A label whose values the software fixes has them behind it; of the others the values
//! belong to a machine and are left out.

use std::collections::BTreeSet;

use promql::{Observed, ObservedKind, ObservedLabel};

/// The exporters that are known, with their tables. `go` is what every server says that is written in Go with Prometheus' own library.
pub const TABLES: [(&str, &str); 8] = [
    ("alertmanager", include_str!("../../exporters/alertmanager.txt")),
    ("blackbox_exporter", include_str!("../../exporters/blackbox_exporter.txt")),
    ("collector", include_str!("../../exporters/collector.txt")),
    ("go", include_str!("../../exporters/go.txt")),
    ("jaeger", include_str!("../../exporters/jaeger.txt")),
    ("node_exporter", include_str!("../../exporters/node_exporter.txt")),
    ("postgres_exporter", include_str!("../../exporters/postgres_exporter.txt")),
    ("prometheus", include_str!("../../exporters/prometheus.txt")),
];

/// What exporters of these names expose.
///
/// # Errors
/// When one of them is not known; the sentence says which are.
pub fn exporters<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Vec<Observed>, String> {
    let mut all = Vec::new();
    for name in names {
        let table = TABLES.iter().find(|(known, _)| *known == name);
        let (_, table) = table.ok_or_else(|| {
            let known: Vec<_> = TABLES.iter().map(|(known, _)| *known).collect();
            format!("no table of an exporter is called `{name}`; there are {}", known.join(", "))
        })?;
        all.extend(read_table(table));
    }
    Ok(all)
}

/// What the tables of all known exporters say.
pub fn every_exporter() -> Vec<Observed> {
    TABLES.iter().flat_map(|(_, table)| read_table(table)).collect()
}

/// The table of an exporter, such as `node_exporter 1.12.1`.
pub fn write_table(exporter: &str, metrics: &[Observed]) -> String {
    let mut text = format!("# {exporter}: what it exposes. Made by `cargo xtask exporters`; do not edit.\n");
    let numbers = |name: &str, numbers: &[String]| {
        let values: Vec<_> = numbers.iter().map(|number| quoted(number)).collect();
        (!values.is_empty()).then(|| format!("{name}={}", values.join("|")))
    };
    for metric in metrics {
        let labels = metric.labels.iter().map(|(name, label)| {
            let sure = if label.always { "" } else { "?" };
            let values: Vec<_> = label.values.iter().filter(|_| label.is_closed).map(|value| quoted(value)).collect();
            if values.is_empty() { format!("{name}{sure}") } else { format!("{name}{sure}={}", values.join("|")) }
        });
        let ends = [numbers("le", &metric.bounds), numbers("quantile", &metric.quantiles)];
        let labels = labels.chain(ends.into_iter().flatten()).collect::<Vec<_>>().join(", ");
        let unit = match &metric.unit {
            Some(unit) => format!(" in {unit}"),
            None => String::new(),
        };
        let help = metric.help.split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("\n{} {}{unit} {{{labels}}}\n  {help}\n", metric.name, metric.kind.as_str());
    }
    text
}

/// What a table says. A line that is none of a table's is passed over.
pub fn read_table(text: &str) -> Vec<Observed> {
    let exporter = text.strip_prefix("# ").and_then(|text| text.split_once(':')).map_or("a table", |(name, _)| name);
    let mut all: Vec<Observed> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  "), all.last_mut()) {
            (Some(help), Some(metric)) => help.clone_into(&mut metric.help),
            _ => all.extend(read_metric(line).map(|metric| Observed { source: exporter.to_owned(), ..metric })),
        }
    }
    all
}

fn read_metric(line: &str) -> Option<Observed> {
    let (head, labels) = line.strip_suffix('}')?.split_once(" {")?;
    let mut words = head.split(' ');
    let (name, kind) = (words.next()?, ObservedKind::named(words.next()?)?);
    let said = words.next().and_then(|_| words.next()).map(str::to_owned);
    let mut metric = Observed { name: name.to_owned(), kind, unit: said, has_series: true, ..Observed::default() };
    let mut rest = labels;
    while !rest.is_empty() {
        let end = rest.find([',', '=']).unwrap_or(rest.len());
        let (written, after) = rest.split_at(end);
        let (values, after) = read_values(after)?;
        let name = written.trim_end_matches('?');
        match name {
            "le" if kind != ObservedKind::Gauge => metric.bounds = values,
            "quantile" if kind == ObservedKind::Summary => metric.quantiles = values,
            _ => {
                let values: BTreeSet<String> = values.into_iter().collect();
                let label = ObservedLabel { always: name == written, is_closed: !values.is_empty(), values };
                metric.labels.insert(name.to_owned(), label);
            }
        }
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
    Some(metric)
}

/// Values behind a label's name, and what follows them.
fn read_values(text: &str) -> Option<(Vec<String>, &str)> {
    let Some(mut rest) = text.strip_prefix('=') else { return Some((Vec::new(), text)) };
    let mut values = Vec::new();
    loop {
        let (value, after) = unquoted(rest)?;
        values.push(value);
        match after.strip_prefix('|') {
            Some(next) => rest = next,
            None => return Some((values, after)),
        }
    }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A value in quotes at the beginning of a text, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.strip_prefix('"')?.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 2..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                escaped => value.push(escaped),
            },
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::exposition;

    #[test]
    fn every_table_is_read_as_it_was_written() {
        for (name, table) in TABLES {
            let metrics = read_table(table);
            assert!(metrics.len() > 10, "{name} has only {} metrics", metrics.len());
            let exporter = &metrics[0].source;
            assert!(exporter == name || exporter.starts_with(&format!("{name} ")), "{name} is of {exporter}");
            assert_eq!(write_table(exporter, &metrics), table, "{name}");
        }
    }

    #[test]
    fn a_table_keeps_what_is_known_of_a_metric() {
        let text = "# HELP a_seconds It is\\nlong.\n# TYPE a_seconds histogram\na_seconds_bucket{x=\"1\",le=\"1\"} 1\n\
                    a_seconds_bucket{x=\"1\",le=\"+Inf\"} 1\na_seconds_sum 1\n# TYPE b summary\nb{quantile=\"0.5\",y=\"z\"} 1\n\
                    # TYPE c gauge\n# UNIT c volts\nc{odd=\"q\\\"|, \\\\ \\n}\"} 1\n# TYPE d stateset\nd{d=\"on\"} 1\n";
        let mut metrics = exposition(text, "given").expect("is right");
        let odd = metrics[2].labels.get_mut("odd").expect("is there");
        odd.is_closed = true;
        let table = write_table("some 1.0", &metrics);
        let read = read_table(&table);
        assert_eq!(write_table("some 1.0", &read), table);
        assert_eq!(read[2].labels["odd"], metrics[2].labels["odd"]);
        assert_eq!((&read[0].bounds, &read[1].quantiles), (&metrics[0].bounds, &metrics[1].quantiles));
        assert_eq!((read[0].help.as_str(), read[0].source.as_str()), ("It is long.", "some 1.0"));
        assert_eq!(read[2].unit, metrics[2].unit);
    }

    #[test]
    fn an_exporter_that_is_not_known_is_named_with_those_that_are() {
        let why = exporters(["node_exporter", "redis"]).expect_err("is to be refused");
        assert!(why.contains("`redis`") && why.contains("node_exporter"), "{why}");
    }
}
