//! Whether alerts wait as long as they are meant to, whatever they ask.

use std::{fs, path::Path, time::Duration};

use promql::prometheus_duration;

use super::{
    Error,
    meaning::ask::{answers, said},
    promtool::{FileWritten, MARK, QueryWritten, SeriesWritten, TestWritten},
    rules::{AlertRule, Rules},
};

/// How far apart the moments of the test are; hold times are told apart if they differ by more.
const STEP: Duration = Duration::from_secs(6);
/// How many moments the condition does not hold at first.
const BEFORE: u32 = 3;

/// A hold time as it stands in a rule, and as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub held: Duration,
    pub meant: Duration,
}

/// Whether an alert with each of these hold times fires just when it is meant to: not a moment before, and then. `folder` is for
/// promtool's files.
///
/// # Errors
/// When promtool cannot be started, a file cannot be written, or what promtool says is not understood.
pub fn waits(promtool: &Path, folder: &Path, waits: &[Wait]) -> Result<Vec<bool>, Error> {
    let name = |place: usize| format!("Waits{place}");
    let rule = |(place, wait): (usize, &Wait)| AlertRule {
        name: name(place),
        query: "condition == 1".to_owned(),
        held: wait.held,
        labels: [].into(),
        annotations: [].into(),
    };
    let rules: Vec<AlertRule> = waits.iter().enumerate().map(rule).collect();
    let rules = Rules::default().file_with(&rules.iter().collect::<Vec<_>>())?;
    let write = |what: &str, text: &str| {
        let path = folder.join(format!("waits.{what}.yml"));
        fs::write(&path, text).map(|()| path).map_err(|error| Error::new("its files", error.to_string()))
    };
    let rule_file = write("rules", &rules)?.display().to_string();
    let steps = |time: Duration| time.div_duration_f64(STEP).ceil() as u32;
    let longest = waits.iter().map(|wait| steps(wait.meant)).max().unwrap_or_default();
    let asked = |(place, wait): (usize, &Wait)| {
        let due = STEP * (BEFORE + steps(wait.meant));
        [due - STEP, due].into_iter().enumerate().map(move |(which, at)| QueryWritten {
            expr: format!(r#"ALERTS{{alertname="{}",alertstate="firing"}}{MARK}{}"#, name(place), 2 * place + which),
            eval_time: prometheus_duration(at),
            exp_samples: Vec::new(),
        })
    };
    let condition = format!("0x{} 1x{}", BEFORE - 1, longest + BEFORE);
    let test = TestWritten {
        name: "waits".to_owned(),
        interval: prometheus_duration(STEP),
        input_series: vec![SeriesWritten { series: "condition".to_owned(), values: condition }],
        alert_rule_test: Vec::new(),
        promql_expr_test: waits.iter().enumerate().flat_map(asked).collect(),
    };
    let interval = prometheus_duration(STEP);
    let file = FileWritten { rule_files: vec![rule_file], evaluation_interval: interval, tests: vec![test] };
    let text = serde_norway::to_string(&file).map_err(|error| Error::new("its test", error.to_string()))?;
    let Some(said) = said(promtool, &write("test", &text)?)? else { return Ok(vec![true; waits.len()]) };
    let answers = answers(&said, 2 * waits.len())?;
    let fires = |place: usize| answers[place].as_ref().is_ok_and(|answer| !answer.is_empty());
    Ok((0..waits.len()).map(|place| !fires(2 * place) && fires(2 * place + 1)).collect())
}
