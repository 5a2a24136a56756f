//! Has promtool play trials (<https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/>).

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::Path,
    process::{Command, Stdio},
};

use serde::Serialize;

use super::{
    Error,
    evaluate::Element,
    parallel::each,
    rules::Rules,
    stage::held_steps,
    trial::{Case, Expect, Look, Trial},
};

/// Begins the comment by which a query is known again.
pub(crate) const MARK: &str = " # query ";
/// What Prometheus writes in place of a sentence that it could not fill in.
const NOT_EXPANDED: [&str; 2] = ["error expanding template", "<no value>"];

/// A trial that an alert failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub alert: String,
    /// Which case, and what promtool said.
    pub said: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} fails its trial:", self.alert)?;
        self.said.lines().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

#[derive(Serialize)]
pub(crate) struct FileWritten {
    pub(crate) rule_files: Vec<String>,
    pub(crate) evaluation_interval: String,
    pub(crate) tests: Vec<TestWritten>,
}

#[derive(Serialize)]
pub(crate) struct TestWritten {
    pub(crate) name: String,
    pub(crate) interval: String,
    pub(crate) input_series: Vec<SeriesWritten>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) alert_rule_test: Vec<AlertWritten>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) promql_expr_test: Vec<QueryWritten>,
}

#[derive(Serialize)]
pub(crate) struct SeriesWritten {
    pub(crate) series: String,
    pub(crate) values: String,
}

#[derive(Serialize)]
pub(crate) struct AlertWritten {
    eval_time: String,
    alertname: String,
    exp_alerts: [(); 0],
}

#[derive(Serialize)]
pub(crate) struct QueryWritten {
    pub(crate) expr: String,
    pub(crate) eval_time: String,
    pub(crate) exp_samples: Vec<SampleWritten>,
}

#[derive(Serialize)]
pub(crate) struct SampleWritten {
    labels: String,
    value: f64,
}

/// Has promtool try these rules, and returns what failed. `folder` is an empty one for the files; they stay there.
///
/// The rules are those under trial: they need not be the ones that the trials were made of.
///
/// # Errors
/// When promtool cannot be started, a file cannot be written, or the rules lack an alert.
pub fn run(promtool: &Path, folder: &Path, trials: &[Trial], rules: &Rules) -> Result<Vec<Failure>, Error> {
    let said = each(trials, |trial| played(promtool, folder, trial, rules).map_err(|error| error.of(&trial.alert)));
    let mut failures = Vec::new();
    for (trial, said) in trials.iter().zip(said) {
        failures.extend(said?.map(|said| Failure { alert: trial.alert.clone(), said }));
    }
    Ok(failures)
}

/// What promtool said if it is not content.
fn played(promtool: &Path, folder: &Path, trial: &Trial, rules: &Rules) -> Result<Option<String>, Error> {
    let write = |name: &str, text: &str| {
        let path = folder.join(format!("{}.{name}.yml", trial.alert));
        fs::write(&path, text).map(|()| path).map_err(|error| Error::new("its files", error.to_string()))
    };
    let rule_file = write("rules", &rules.without(&trial.stand_ins).file_of(&trial.alert)?)?;
    let rule_file = rule_file.display().to_string();
    let mut wanted = Vec::new();
    let tests = trial.cases.iter().map(|case| test(trial, case, &mut wanted)).collect();
    let tests = write("trial", &written(trial, &rule_file, tests)?)?;
    let (is_content, said) = asked(promtool, &tests)?;
    if !is_content {
        return Ok(Some(told(&said, &wanted)));
    }
    // Promtool shows the sentences only of alerts that it did not expect.
    let unexpected = trial.cases.iter().find_map(|case| sentences(trial, case)).into_iter().collect();
    let probe = write("sentences", &written(trial, &rule_file, unexpected)?)?;
    let (_, said) = asked(promtool, &probe)?;
    let is_expanded = said.contains("Annotations:{") && !NOT_EXPANDED.iter().any(|sign| said.contains(sign));
    Ok((!is_expanded).then(|| format!("its sentences are not filled in:\n{said}")))
}

/// Promtool's words, with what was wanted in place of the query that asked for it.
fn told(said: &str, wanted: &[String]) -> String {
    let plain = |line: &str| {
        let (_, after) = line.split_once(MARK)?;
        let (place, after) = after.split_once('"')?;
        let (case, time) = (wanted.get(place.parse::<usize>().ok()?)?, after.trim_matches([',', ' ']));
        Some(format!("{case} ({time})"))
    };
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "FAILED:");
    lines.map(|line| plain(line).unwrap_or_else(|| format!("    {line}")) + "\n").collect()
}

pub(crate) fn asked(promtool: &Path, tests: &Path) -> Result<(bool, String), Error> {
    let asked = Command::new(promtool).args(["test", "rules"]).arg(tests).stdin(Stdio::null()).output();
    let output = asked.map_err(|error| Error::new("promtool", format!("cannot be started: {error}")))?;
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).trim().to_owned()).join("\n");
    Ok((output.status.success(), said))
}

fn written(trial: &Trial, rule_file: &str, tests: Vec<TestWritten>) -> Result<String, Error> {
    let file = FileWritten { rule_files: vec![rule_file.to_owned()], evaluation_interval: seconds(trial, 1), tests };
    serde_norway::to_string(&file).map_err(|error| Error::new("its trial", error.to_string()))
}

/// A case as a test. What each of its queries wants is told in `wanted`, and the query is marked with its place there: promtool names
/// the query that failed, but not the test.
fn test(trial: &Trial, case: &Case, wanted: &mut Vec<String>) -> TestWritten {
    let mut promql_expr_test = Vec::new();
    for (what, mut query) in case.looks.iter().flat_map(|look| queries(trial, look)) {
        query.expr += &format!("{MARK}{}", wanted.len());
        wanted.push(format!("{}: {what}", case.name));
        promql_expr_test.push(query);
    }
    TestWritten { promql_expr_test, ..bare(trial, case) }
}

pub(crate) fn bare(trial: &Trial, case: &Case) -> TestWritten {
    let written =
        |(series, values): &(String, String)| SeriesWritten { series: series.clone(), values: values.clone() };
    TestWritten {
        name: format!("{}: {}", trial.alert, case.name),
        interval: seconds(trial, 1),
        input_series: case.series.iter().map(written).collect(),
        alert_rule_test: Vec::new(),
        promql_expr_test: Vec::new(),
    }
}

fn sentences(trial: &Trial, case: &Case) -> Option<TestWritten> {
    let firing = case.looks.iter().find(|look| matches!(look.expect, Expect::Fires(_)))?;
    let asked = AlertWritten { eval_time: seconds(trial, firing.at), alertname: trial.alert.clone(), exp_alerts: [] };
    Some(TestWritten { alert_rule_test: vec![asked], ..bare(trial, case) })
}

pub(crate) fn seconds(trial: &Trial, steps: usize) -> String {
    format!("{}s", steps as u64 * trial.interval.as_secs())
}

/// What is asked of Prometheus' own record of the alert, each with what is wanted: the alert's sentences and their numbers do not
/// matter to it.
pub(crate) fn queries(trial: &Trial, look: &Look) -> Vec<(String, QueryWritten)> {
    let name = &trial.alert;
    let ask = |wanted: &str, expr: String, exp_samples| {
        (wanted.to_owned(), QueryWritten { expr, eval_time: seconds(trial, look.at), exp_samples })
    };
    let any = format!(r#"ALERTS{{alertname="{name}"}}"#);
    let firing = format!(r#"ALERTS{{alertname="{name}",alertstate="firing"}}"#);
    let within = |series: &str, steps| format!("count_over_time({series}[{}])", seconds(trial, steps));
    let number = |value| vec![SampleWritten { labels: "{}".to_owned(), value }];
    match &look.expect {
        Expect::Nothing(steps) => vec![ask("it must not even be pending", within(&any, *steps), Vec::new())],
        Expect::Silent(steps) => vec![ask("it must not fire", within(&firing, *steps), Vec::new())],
        Expect::NothingNow => vec![ask("it must not be pending or firing now", any, Vec::new())],
        Expect::FiresSomehow => vec![ask("it must fire", format!("count({firing}) > bool 0"), number(1.0))],
        Expect::Fires(elements) => {
            let of = |element: &Element| SampleWritten { labels: alerting(trial, element), value: 1.0 };
            let (all, step) = (seconds(trial, look.at + 1), seconds(trial, 1));
            let first = format!("min(min_over_time(timestamp({firing})[{all}:{step}]))");
            let waited = format!(r#"{first} - min(ALERTS_FOR_STATE{{alertname="{name}"}})"#);
            let held = held_steps(trial.held, trial.interval) as f64 * trial.interval.as_secs_f64();
            vec![
                ask("it must fire, with these labels", firing, elements.iter().map(of).collect()),
                ask("it must fire when it was held, no sooner and no later", waited, number(held)),
            ]
        }
    }
}

/// The series by which Prometheus records that an alert fires.
fn alerting(trial: &Trial, element: &Element) -> String {
    let own = [("alertname", trial.alert.as_str()), ("alertstate", "firing")];
    let mut labels: BTreeMap<&str, &str> = element.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    labels.extend(trial.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    labels.extend(own);
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    format!("ALERTS{{{}}}", labels.join(","))
}
