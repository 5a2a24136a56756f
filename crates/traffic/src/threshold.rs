//! What is promised of a run, such as `p95 < 2s for order`, or must not come to pass in it, such as `errors > 20%`.

use std::{fmt, time::Duration};

use promql::nearest;
use serde::{Deserialize, Serialize};

use crate::{arguments::time, engine::Thousandths, steps::groups, underline::underlined};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Quantile(Thousandths),
    Maximum,
    Mean,
    /// The share of requests that did not end as the shop promises.
    Errors,
}

const MEASURES: [(&str, Measure); 8] = [
    ("p50", Measure::Quantile(500)),
    ("p90", Measure::Quantile(900)),
    ("p95", Measure::Quantile(950)),
    ("p99", Measure::Quantile(990)),
    ("p999", Measure::Quantile(999)),
    ("max", Measure::Maximum),
    ("mean", Measure::Mean),
    ("errors", Measure::Errors),
];

/// On which side of the bound a measure is to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Below,
    Above,
}

impl Side {
    fn sign(self) -> &'static str {
        match self {
            Side::Below => "<",
            Side::Above => ">",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Side::Below => "write it as p95<2s, errors<1% or p99<500ms for order",
            Side::Above => "write it as errors>20% or p95>3s",
        }
    }
}

/// A measure and its bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Threshold {
    /// As it was written.
    pub text: String,
    pub measure: Measure,
    /// In seconds; of errors, a share from 0 to 1.
    pub bound: f64,
    /// The step or the group of steps that it is about; all requests if none.
    pub whom: Option<String>,
}

/// A promise that is judged at the end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slo(pub Threshold);

/// What ends a run before its time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StopWhen(pub Threshold);

impl std::str::FromStr for Slo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Threshold::read(text, Side::Below).map(Self)
    }
}

impl std::str::FromStr for StopWhen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let threshold = Threshold::read(text, Side::Above)?;
        match &threshold.whom {
            None => Ok(Self(threshold)),
            Some(whom) => {
                let start = text.rfind(whom.as_str()).unwrap_or_default();
                Err(underlined(text, start..text.len(), "what stops a run is counted over all of its requests"))
            }
        }
    }
}

impl Threshold {
    /// Reads `MEASURE < BOUND [for STEP-OR-GROUP]`, or the same with `>`.
    fn read(text: &str, side: Side) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0 };
        let (start, word) = reader.word(|c| c.is_ascii_alphanumeric() || c == '.');
        let known = MEASURES.into_iter().find(|(name, _)| *name == word);
        let (_, measure) = known.ok_or_else(|| reader.objection(start, word, &unknown_measure(word)))?;

        let (start, sign) = reader.word(|c| "<>=!".contains(c));
        if sign != side.sign() {
            let reason = format!("here stands `{}`; {}", side.sign(), side.example());
            return Err(reader.objection(start, sign, &reason));
        }
        let (start, bound) = reader.word(|c| !c.is_whitespace());
        let read = if measure == Measure::Errors { share(bound) } else { seconds(bound) };
        let bound = read.map_err(|reason| reader.objection(start, bound, &reason))?;

        let (start, word) = reader.word(|c| !c.is_whitespace());
        let whom = match word {
            "" => None,
            "for" => Some(reader.whom()?),
            _ => {
                return Err(reader.objection(
                    start,
                    word,
                    "after the bound only `for` may stand, and a step or a group",
                ));
            }
        };
        Ok(Self { text: text.trim().to_owned(), measure, bound, whom })
    }

    /// A value of its measure, for people.
    pub(crate) fn shown(&self, value: f64) -> String {
        if self.measure == Measure::Errors { format!("{:.2} %", value * 100.0) } else { crate::table::time(value) }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next word of such characters and where it begins, after any blanks.
    fn word(&mut self, is_part: impl Fn(char) -> bool) -> (usize, &'a str) {
        let rest = &self.text[self.at..];
        let start = self.at + rest.len() - rest.trim_start().len();
        let rest = &self.text[start..];
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at = start + length;
        (start, &rest[..length])
    }

    /// The step or group that the rest names.
    fn whom(&mut self) -> Result<String, String> {
        let rest = self.text[self.at..].trim();
        let start = self.text.len() - self.text[self.at..].trim_start().len();
        let steps: Vec<&str> = groups().flat_map(|group| std::iter::once(group.name).chain(group.steps())).collect();
        if steps.contains(&rest) {
            return Ok(rest.to_owned());
        }
        let reason = match nearest(rest, steps.iter().copied()) {
            Some(near) => format!("no step or group is called so; did you mean `{near}`?"),
            None => {
                let groups: Vec<&str> = groups().map(|group| group.name).collect();
                format!("no step or group is called so; the groups are {}", groups.join(", "))
            }
        };
        Err(self.objection(start, rest, &reason))
    }

    fn objection(&self, start: usize, part: &str, reason: &str) -> String {
        // What is missing at the end is shown there, and of what cannot begin a word its first character.
        let rest = self.text.get(start..).unwrap_or_default();
        let length = if part.is_empty() { rest.chars().next().map_or(0, char::len_utf8) } else { part.len() };
        underlined(self.text, start..start + length, reason)
    }
}

fn unknown_measure(word: &str) -> String {
    let names = MEASURES.map(|(name, _)| name);
    let known = format!("what can be measured is {}", names.join(", "));
    match nearest(word, names) {
        Some(near) => format!("{known}; did you mean `{near}`?"),
        None => known,
    }
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let percent = number.filter(|percent| *percent > 0.0 && *percent <= 100.0);
    Ok(percent.ok_or("a share of errors is written as 1% or 0.5%, more than 0 and 100% at most")? / 100.0)
}

fn seconds(text: &str) -> Result<f64, String> {
    if text.ends_with(|c: char| c.is_ascii_digit()) {
        return Err("a time has a unit: ms, s, m or h".to_owned());
    }
    time(text).map(|time: Duration| time.as_secs_f64()).map_err(|_| "a time is written as 500ms, 2s or 1m".to_owned())
}

/// Whether a promise held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Held {
    Kept,
    Broken,
    /// It cannot be told.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slo(text: &str) -> Result<Slo, String> {
        text.parse()
    }

    #[track_caller]
    fn check(text: &str, measure: Measure, bound: f64, whom: Option<&str>) {
        let Slo(Threshold { measure: read, bound: limit, whom: about, .. }) = slo(text).expect("it can be read");
        assert_eq!((read, limit, about.as_deref()), (measure, bound, whom));
    }

    #[test]
    fn thresholds_are_read_with_and_without_blanks() {
        check("p95<2s", Measure::Quantile(950), 2.0, None);
        check(" p999 <  500ms ", Measure::Quantile(999), 0.5, None);
        check("max < 1m for look at a product", Measure::Maximum, 60.0, Some("look at a product"));
        check("mean<1.5s for order", Measure::Mean, 1.5, Some("order"));
        check("errors < 0.5% for search", Measure::Errors, 0.005, Some("search"));
        assert_eq!("errors > 20%".parse::<StopWhen>().map(|stop| stop.0.bound), Ok(0.2));
    }

    #[track_caller]
    fn check_refused(text: &str, expect: &str) {
        assert_eq!(slo(text).expect_err("it cannot be read"), expect);
    }

    #[test]
    fn what_cannot_be_read_is_underlined() {
        check_refused(
            "p96<2s",
            "\n  p96<2s\n  ^^^ what can be measured is p50, p90, p95, p99, p999, max, mean, errors; did you mean `p90`?",
        );
        check_refused(
            "p95>2s",
            "\n  p95>2s\n     ^ here stands `<`; write it as p95<2s, errors<1% or p99<500ms for order",
        );
        check_refused("p95<2", "\n  p95<2\n      ^ a time has a unit: ms, s, m or h");
        check_refused("p95<soon", "\n  p95<soon\n      ^^^^ a time is written as 500ms, 2s or 1m");
        check_refused(
            "errors<2s",
            "\n  errors<2s\n         ^^ a share of errors is written as 1% or 0.5%, more than 0 and 100% at most",
        );
        check_refused("p95<", "\n  p95<\n      ^ a time is written as 500ms, 2s or 1m");
        check_refused(
            "p95<2s for ordr",
            "\n  p95<2s for ordr\n             ^^^^ no step or group is called so; did you mean `order`?",
        );
        check_refused(
            "p95<2s in order",
            "\n  p95<2s in order\n         ^^ after the bound only `for` may stand, and a step or a group",
        );
        for text in
            ["", "<", "p95", "p95 < 2s for", "p95 < 2s for ", "errors < 0%", "errors < 101%", "p95 < -1s", "é<1"]
        {
            assert!(slo(text).is_err(), "{text:?}");
        }
    }
}
