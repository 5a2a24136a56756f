//! `cargo xtask test`: all that CI runs, step by step.

use std::{
    fmt,
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use clap::{Args, Parser as _, ValueEnum};
use stack::{
    Binaries, Profile,
    tools::{self, Tool},
};

use crate::{
    Arguments, Outcome,
    cargo::{self, cargo},
    room, tell,
    tools::Progress,
    validate,
};

/// What clippy and the tests of the whole workspace write when nothing was built before, with what cargo keeps to compile a change sooner.
const ROOM_GIB: f64 = 9.0;

/// Runs all that CI runs, step by step; a step that fails does not keep the others from being run.
///
/// Exit codes: 0 all passed, 1 a step failed, 3 a needed tool is missing (whatever else failed).
#[derive(Args)]
pub(crate) struct Test {
    /// Runs only this step; may be given again for another.
    #[arg(long, value_enum, value_name = "STEP", conflicts_with = "skip")]
    only: Vec<Step>,
    /// Leaves this step out; may be given again for another.
    #[arg(long, value_enum, value_name = "STEP")]
    skip: Vec<Step>,
}

/// What is run, in this order: the quick first, and last the tests, so that what they say stands at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// rustfmt would change nothing.
    Fmt,
    /// What is committed is what would be rendered.
    Render,
    /// The checker finds nothing in our own rules, dashboards and routes, warnings denied.
    Lint,
    /// clippy finds nothing, in tests and benches neither.
    Clippy,
    /// The pinned servers and PostgreSQL are there, or can be had.
    Tools,
    /// The servers' own checkers accept what is rendered.
    Validate,
    /// Every test passes, on both database engines and on the real servers.
    Tests,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Ended(Outcome, Duration),
    /// Another step, without which it cannot be run, failed.
    NotRun(Step),
}

impl Test {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let steps = Step::value_variants().iter().copied().filter(|step| self.wants(*step));
        if self.wants(Step::Clippy) || self.wants(Step::Tests) {
            room::warn_below(ROOM_GIB, "this");
        }
        let mut endings: Vec<(Step, Ending)> = Vec::new();
        for step in steps {
            let lacking = endings.iter().find(|(other, ending)| step.needs() == Some(*other) && !ending.is_good());
            let ending = match lacking {
                Some((other, _)) => Ending::NotRun(*other),
                None => step.run(),
            };
            println!("== {step} {ending}\n");
            endings.push((step, ending));
        }
        println!("{}", summary(&endings));
        Ok(outcome(&endings))
    }

    fn wants(&self, step: Step) -> bool {
        (self.only.is_empty() || self.only.contains(&step)) && !self.skip.contains(&step)
    }
}

impl Step {
    fn run(self) -> Ending {
        println!("== {self}");
        let begun = Instant::now();
        let outcome = self.look().unwrap_or_else(|error| match tell(&error) {
            Outcome::ToolMissing => Outcome::ToolMissing,
            _ => Outcome::Findings,
        });
        Ending::Ended(outcome, begun.elapsed())
    }

    fn look(self) -> anyhow::Result<Outcome> {
        match self {
            Step::Fmt => {
                cargo::need("fmt", "rustfmt")?;
                // By itself rustfmt colours its findings in a CI's log too.
                let color = if io::stdout().is_terminal() { "auto" } else { "never" };
                cargo(&["fmt", "--all", "--check", "--", "--color", color])
            }
            Step::Render => Arguments::try_parse_from(["cargo xtask", "render", "--check"])?.verb.run(),
            Step::Lint => Arguments::try_parse_from(["cargo xtask", "lint"])?.verb.run(),
            Step::Clippy => {
                cargo::need("clippy", "clippy")?;
                // Not by RUSTFLAGS, which would compile every dependency once more.
                cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
            }
            Step::Tools => {
                let mut progress = Progress::new();
                for found in tools::install(&Tool::ALL, &mut |event| progress.show(event))? {
                    println!("{:<17} {}", found.tool, found.describe());
                }
                Ok(Outcome::Done)
            }
            Step::Validate => validate::run(),
            Step::Tests => {
                // The tests start the services; built here, the first of them need not wait for it.
                Binaries::build(Profile::Dev)?;
                cargo(&["test", "--workspace", "--no-fail-fast"])
            }
        }
    }

    /// The step whose failure would only be told again by this one.
    const fn needs(self) -> Option<Step> {
        match self {
            Step::Validate | Step::Tests => Some(Step::Tools),
            Step::Fmt | Step::Render | Step::Lint | Step::Clippy | Step::Tools => None,
        }
    }
}

impl Ending {
    fn is_good(self) -> bool {
        matches!(self, Ending::Ended(Outcome::Done, _))
    }
}

/// A table of all steps, and one line that says how it went.
fn summary(endings: &[(Step, Ending)]) -> String {
    let mut text: String = endings.iter().map(|(step, ending)| format!("  {step:<10}{ending}\n")).collect();
    let failed: Vec<String> =
        endings.iter().filter(|(_, ending)| !ending.is_good()).map(|(step, _)| step.to_string()).collect();
    text += &match (endings.len(), failed.is_empty()) {
        (0, _) => "nothing was run: every step was left out".to_owned(),
        (1, true) => "the one step passed; the others were left out".to_owned(),
        (steps, true) if steps == Step::value_variants().len() => "all steps passed".to_owned(),
        (steps, true) => format!("{steps} steps passed; the others were left out"),
        (_, false) => format!("failed: {}", failed.join(", ")),
    };
    text
}

fn outcome(endings: &[(Step, Ending)]) -> Outcome {
    if endings.is_empty() {
        return Outcome::WrongUse;
    }
    if endings.iter().any(|(_, ending)| matches!(ending, Ending::Ended(Outcome::ToolMissing, _))) {
        return Outcome::ToolMissing;
    }
    if endings.iter().all(|(_, ending)| ending.is_good()) { Outcome::Done } else { Outcome::Findings }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, time) = match self {
            Ending::NotRun(other) => return write!(f, "was not run, because {other} failed"),
            Ending::Ended(Outcome::Done, time) => ("passed", time),
            Ending::Ended(Outcome::ToolMissing, time) => ("lacks a tool", time),
            Ending::Ended(Outcome::Findings | Outcome::WrongUse, time) => ("failed", time),
        };
        write!(f, "{word} ({:.1} s)", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ended(outcome: Outcome) -> Ending {
        Ending::Ended(outcome, Duration::from_secs(1))
    }

    #[track_caller]
    fn check(endings: &[(Step, Ending)], ends_as: Outcome, says: &str) {
        assert_eq!(outcome(endings), ends_as);
        assert_eq!(summary(endings).lines().last(), Some(says));
    }

    #[test]
    fn one_failed_step_fails_all_and_is_named() {
        let passed = Step::value_variants().iter().map(|step| (*step, ended(Outcome::Done)));
        let mut endings: Vec<_> = passed.collect();
        check(&endings, Outcome::Done, "all steps passed");
        endings[3].1 = ended(Outcome::Findings);
        check(&endings, Outcome::Findings, "failed: clippy");
        endings[4].1 = ended(Outcome::ToolMissing);
        endings[6].1 = Ending::NotRun(Step::Tools);
        check(&endings, Outcome::ToolMissing, "failed: clippy, tools, tests");
    }

    #[test]
    fn a_part_does_not_pass_for_the_whole() {
        check(&[(Step::Fmt, ended(Outcome::Done))], Outcome::Done, "the one step passed; the others were left out");
        check(&[], Outcome::WrongUse, "nothing was run: every step was left out");
    }
}
