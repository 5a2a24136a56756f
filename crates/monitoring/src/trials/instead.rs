//! Other texts in an alert's place: which of them fail its trial.
//!
//! Most fail already by what they answer at the moments that the trial looks at, and for that nothing need be played. What is left is
//! played as alerts, many at once.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Error,
    evaluate::Element,
    meaning::{
        answer::Answer,
        ask::{answers, said},
    },
    promtool::{FileWritten, MARK, QueryWritten, TestWritten, bare, queries, seconds},
    rules::{AlertRule, Rules},
    trial::{Case, Expect, Look, Trial},
};

/// How many moments of a time in which nothing must be so are looked at before it is played.
const MOMENTS: usize = 6;
/// How many texts are played at once.
const AT_ONCE: usize = 24;

/// A text and a hold time in an alert's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    pub query: String,
    pub held: Duration,
}

/// Why each of these fails the alert's trial; nothing where it passes. `folder` is for promtool's files.
///
/// # Errors
/// When promtool cannot be started, a file cannot be written, or the rules lack the alert.
pub fn failing(
    promtool: &Path,
    folder: &Path,
    trial: &Trial,
    rules: &Rules,
    instead: &[Instead],
) -> Result<Vec<Option<String>>, Error> {
    let rules = rules.without(&trial.stand_ins);
    let tried = Tried { promtool, folder, trial, rules: &rules, alert: rules.alert(&trial.alert)?, instead };
    let mut reasons = vec![None; instead.len()];
    for (place, case) in trial.cases.iter().enumerate() {
        tried.look(place, case, &mut reasons)?;
    }
    let open: Vec<usize> = (0..instead.len()).filter(|place| reasons[*place].is_none()).collect();
    for open in open.chunks(AT_ONCE) {
        for (place, case) in trial.cases.iter().enumerate() {
            tried.play(place, case, open, &mut reasons)?;
        }
    }
    Ok(reasons)
}

struct Tried<'a> {
    promtool: &'a Path,
    folder: &'a Path,
    trial: &'a Trial,
    rules: &'a Rules,
    alert: &'a AlertRule,
    instead: &'a [Instead],
}

impl Tried<'_> {
    fn rule(&self, place: usize, name: String) -> AlertRule {
        let Instead { query, held } = &self.instead[place];
        AlertRule { name, query: query.clone(), held: *held, ..self.alert.clone() }
    }

    fn write(&self, case: usize, what: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.folder.join(format!("{}.{case}.{what}.yml", self.trial.alert));
        fs::write(&path, text).map(|()| path).map_err(|error| Error::new("its files", error.to_string()))
    }

    fn file(&self, case: usize, rules: &[AlertRule], test: TestWritten) -> Result<PathBuf, Error> {
        let rules: Vec<&AlertRule> = rules.iter().collect();
        let rules = self.write(case, "rules", &self.rules.file_with(&rules)?)?;
        let file = FileWritten {
            rule_files: vec![rules.display().to_string()],
            evaluation_interval: seconds(self.trial, 1),
            tests: vec![test],
        };
        let text = serde_norway::to_string(&file).map_err(|error| Error::new("its trial", error.to_string()))?;
        self.write(case, "instead", &text)
    }

    /// Asks for what the texts answer where the trial looks.
    fn look(&self, at: usize, case: &Case, reasons: &mut [Option<String>]) -> Result<(), Error> {
        let (mut asked, mut written) = (Vec::new(), Vec::new());
        for place in (0..reasons.len()).filter(|place| reasons[*place].is_none()) {
            for look in &case.looks {
                for step in moments(look) {
                    let expr = format!("{}{MARK}{}", self.instead[place].query, asked.len());
                    written.push(QueryWritten { expr, eval_time: seconds(self.trial, step), exp_samples: Vec::new() });
                    asked.push((place, look));
                }
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let test = TestWritten { promql_expr_test: written, ..bare(self.trial, case) };
        // The alert itself is in the file for the rules that it rests on.
        let file = self.file(at, std::slice::from_ref(self.alert), test)?;
        let Some(said) = said(self.promtool, &file)? else { return Ok(()) };
        for ((place, look), answer) in asked.iter().zip(answers(&said, asked.len())?) {
            let is_held = !self.instead[*place].held.is_zero();
            let why = match answer {
                Ok(answer) => contradicts(&look.expect, &answer, is_held).then_some("the alert's trial"),
                // A rule that is in error does not fire.
                Err(_) => matches!(look.expect, Expect::Fires(_) | Expect::FiresSomehow).then_some("an error"),
            };
            if let (Some(why), None) = (why, &reasons[*place]) {
                reasons[*place] = Some(format!("{}: {why}", case.name));
            }
        }
        Ok(())
    }

    /// Plays the texts as alerts.
    fn play(&self, at: usize, case: &Case, open: &[usize], reasons: &mut [Option<String>]) -> Result<(), Error> {
        let open: Vec<usize> = open.iter().copied().filter(|place| reasons[*place].is_none()).collect();
        let name = |place: usize| format!("{}_{place}", self.trial.alert);
        let rules: Vec<AlertRule> = open.iter().map(|place| self.rule(*place, name(*place))).collect();
        let (mut asked, mut written) = (Vec::new(), Vec::new());
        for place in open {
            let trial = Trial { alert: name(place), cases: Vec::new(), ..self.trial.clone() };
            for (_, mut query) in case.looks.iter().flat_map(|look| queries(&trial, look)) {
                query.expr += &format!("{MARK}{}", asked.len());
                written.push(query);
                asked.push(place);
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let file = self.file(at, &rules, TestWritten { promql_expr_test: written, ..bare(self.trial, case) })?;
        // What takes too long passes.
        let Some(said) = said(self.promtool, &file)? else { return Ok(()) };
        for place in marked(&said).into_iter().filter_map(|number| asked.get(number)) {
            reasons[*place] = Some(case.name.clone());
        }
        Ok(())
    }
}

/// The numbers of the marked queries that promtool names.
fn marked(said: &str) -> BTreeSet<usize> {
    let number = |line: &str| line.rsplit_once(MARK)?.1.split_once('"')?.0.parse().ok();
    said.lines().filter_map(number).collect()
}

/// When a text is asked about, for what must be so at a look.
fn moments(look: &Look) -> Vec<usize> {
    let steps = match look.expect {
        Expect::Nothing(steps) | Expect::Silent(steps) => steps,
        Expect::NothingNow | Expect::Fires(_) | Expect::FiresSomehow => 1,
    };
    let mut moments: Vec<usize> = (0..MOMENTS).map(|part| look.at - (steps - 1) * part / MOMENTS).collect();
    moments.dedup();
    moments
}

/// Whether an alert with this answer at one of the moments cannot pass.
fn contradicts(expect: &Expect, answer: &Answer, is_held: bool) -> bool {
    let has = |element: &Element| answer.elements().any(|labels| labels == element);
    match expect {
        Expect::Nothing(_) | Expect::NothingNow => !answer.is_empty(),
        Expect::Silent(_) => !is_held && !answer.is_empty(),
        Expect::Fires(elements) => {
            !elements.iter().all(has) || (!is_held && answer.elements().count() != elements.len())
        }
        Expect::FiresSomehow => answer.is_empty(),
    }
}
