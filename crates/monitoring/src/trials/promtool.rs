//! Has promtool play trials (<https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/>).

use std::{
    collections::BTreeMap,
    fmt, fs,
    num::NonZero,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde::Serialize;

use super::{
    Error,
    rules::Rules,
    stage::held_steps,
    trial::{Case, Expect, Look, Trial},
};

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
struct FileWritten {
    rule_files: [String; 1],
    evaluation_interval: String,
    tests: Vec<TestWritten>,
}

#[derive(Serialize)]
struct TestWritten {
    name: String,
    interval: String,
    input_series: Vec<SeriesWritten>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alert_rule_test: Vec<AlertWritten>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    promql_expr_test: Vec<QueryWritten>,
}

#[derive(Serialize)]
struct SeriesWritten {
    series: String,
    values: String,
}

#[derive(Serialize)]
struct AlertWritten {
    eval_time: String,
    alertname: String,
    exp_alerts: [(); 0],
}

#[derive(Serialize)]
struct QueryWritten {
    expr: String,
    eval_time: String,
    exp_samples: Vec<SampleWritten>,
}

#[derive(Serialize)]
struct SampleWritten {
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
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let error = Mutex::new(None);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match played(promtool, folder, trial, rules) {
                        Ok(None) => {}
                        Ok(Some(said)) => {
                            let failure = Failure { alert: trial.alert.clone(), said };
                            failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
                        }
                        Err(reason) => {
                            error.lock().unwrap_or_else(PoisonError::into_inner).replace(reason.of(&trial.alert));
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by(|left, right| left.alert.cmp(&right.alert));
    Ok(failures)
}

/// What promtool said if it is not content.
fn played(promtool: &Path, folder: &Path, trial: &Trial, rules: &Rules) -> Result<Option<String>, Error> {
    let write = |name: &str, text: &str| {
        let path = folder.join(format!("{}.{name}.yml", trial.alert));
        fs::write(&path, text).map(|()| path).map_err(|error| Error::new("its files", error.to_string()))
    };
    let rule_file = write("rules", &rules.file_of(&trial.alert)?)?;
    let rule_file = rule_file.display().to_string();
    let tests = write("trial", &written(trial, &rule_file, trial.cases.iter().map(|case| test(trial, case)).collect())?)?;
    let (is_content, said) = asked(promtool, &tests)?;
    if !is_content {
        return Ok(Some(said));
    }
    // Promtool shows the sentences only of alerts that it did not expect.
    let unexpected = trial.cases.iter().find_map(|case| sentences(trial, case)).into_iter().collect();
    let probe = write("sentences", &written(trial, &rule_file, unexpected)?)?;
    let (_, said) = asked(promtool, &probe)?;
    let is_expanded = said.contains("Annotations:{") && !NOT_EXPANDED.iter().any(|sign| said.contains(sign));
    Ok((!is_expanded).then(|| format!("its sentences are not filled in:\n{said}")))
}

fn asked(promtool: &Path, tests: &Path) -> Result<(bool, String), Error> {
    let asked = Command::new(promtool).args(["test", "rules"]).arg(tests).stdin(Stdio::null()).output();
    let output = asked.map_err(|error| Error::new("promtool", format!("cannot be started: {error}")))?;
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).trim().to_owned()).join("\n");
    Ok((output.status.success(), said))
}

fn written(trial: &Trial, rule_file: &str, tests: Vec<TestWritten>) -> Result<String, Error> {
    let file = FileWritten {
        rule_files: [rule_file.to_owned()],
        evaluation_interval: seconds(trial, 1),
        tests,
    };
    serde_norway::to_string(&file).map_err(|error| Error::new("its trial", error.to_string()))
}

fn test(trial: &Trial, case: &Case) -> TestWritten {
    let queries = case.looks.iter().flat_map(|look| queries(trial, look)).collect();
    TestWritten { promql_expr_test: queries, ..bare(trial, case) }
}

fn bare(trial: &Trial, case: &Case) -> TestWritten {
    let written = |(series, values): &(String, String)| SeriesWritten { series: series.clone(), values: values.clone() };
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
    let asked = AlertWritten {
        eval_time: seconds(trial, firing.at),
        alertname: trial.alert.clone(),
        exp_alerts: [],
    };
    Some(TestWritten { alert_rule_test: vec![asked], ..bare(trial, case) })
}

fn seconds(trial: &Trial, steps: usize) -> String {
    format!("{}s", steps as u64 * trial.interval.as_secs())
}

/// What is asked of Prometheus' own record of the alert: the sentences and their numbers do not matter to it.
fn queries(trial: &Trial, look: &Look) -> Vec<QueryWritten> {
    let name = &trial.alert;
    let at = |expr: String, exp_samples| QueryWritten { expr, eval_time: seconds(trial, look.at), exp_samples };
    let firing = format!(r#"ALERTS{{alertname="{name}",alertstate="firing"}}"#);
    let number = |value| vec![SampleWritten { labels: "{}".to_owned(), value }];
    match &look.expect {
        Expect::Nothing(steps) => {
            let any = format!(r#"count_over_time(ALERTS{{alertname="{name}"}}[{}])"#, seconds(trial, *steps));
            vec![at(any, Vec::new())]
        }
        Expect::Silent(steps) => {
            vec![at(format!("count_over_time({firing}[{}])", seconds(trial, *steps)), Vec::new())]
        }
        Expect::NothingNow => vec![at(format!(r#"ALERTS{{alertname="{name}"}}"#), Vec::new())],
        Expect::FiresSomehow => vec![at(format!("count({firing}) > bool 0"), number(1.0))],
        Expect::Fires(elements) => {
            let of = |element: &BTreeMap<String, String>| SampleWritten { labels: alerting(trial, element), value: 1.0 };
            let first = format!("min(min_over_time(timestamp({firing})[{}:{}]))", seconds(trial, look.at + 1), seconds(trial, 1));
            let held = format!(r#"{first} - min(ALERTS_FOR_STATE{{alertname="{name}"}})"#);
            vec![
                at(firing.clone(), elements.iter().map(of).collect()),
                at(held, number((held_steps(trial.held, trial.interval) as u64 * trial.interval.as_secs()) as f64)),
            ]
        }
    }
}

/// The series by which Prometheus records that an alert fires.
fn alerting(trial: &Trial, element: &BTreeMap<String, String>) -> String {
    let own = [("alertname", trial.alert.as_str()), ("alertstate", "firing")];
    let mut labels: BTreeMap<&str, &str> = element.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    labels.extend(trial.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    labels.extend(own);
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
    format!("ALERTS{{{}}}", labels.join(","))
}
