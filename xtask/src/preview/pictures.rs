//! Pictures of the dashboards, taken by a browser without a window, and what is said of each panel.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use stack::{Ending, Error};

use super::{Settings, page};
use crate::{Outcome, kept::on_path};

const VARIABLE: &str = "VITRINE_CHROMIUM";
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const REPORT: &str = "report.json";
/// The script's exit code for a wish that cannot be met.
const WRONG_USE: i32 = 2;
/// Each dashboard has a minute of its own; this is for a browser that hangs.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Where the pictures go, and who takes them.
#[derive(Debug, Serialize)]
pub(super) struct Wanted {
    out: PathBuf,
    chromium: PathBuf,
}

impl Wanted {
    pub(super) fn new(out: PathBuf) -> Result<Self, Error> {
        let named = env::var_os(VARIABLE).map(PathBuf::from);
        if let Some(path) = named.as_ref().filter(|path| !path.is_file()) {
            return Err(Error::MissingTool(format!("{VARIABLE} names {}, which is not there", path.display())));
        }
        let chromium = named.or_else(|| on_path(&BROWSERS)).ok_or_else(|| {
            Error::MissingTool(format!(
                "pictures need Chromium: install it (Debian's package is `chromium`), or name one in {VARIABLE}"
            ))
        })?;
        Ok(Self { out, chromium })
    }
}

/// What the script wrote down.
#[derive(Debug, Deserialize)]
struct Report {
    dashboards: Vec<Seen>,
}

#[derive(Debug, Deserialize)]
struct Seen {
    file: String,
    picture: Option<String>,
    problems: Vec<String>,
    panels: Vec<SeenPanel>,
}

#[derive(Debug, Deserialize)]
struct SeenPanel {
    title: String,
    outcome: PanelOutcome,
    message: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum PanelOutcome {
    #[serde(rename = "drawn")]
    Drawn,
    #[serde(rename = "no data")]
    NoData,
    #[serde(rename = "error")]
    Error,
    /// It had not answered when the patience ended.
    #[serde(rename = "asking")]
    Asking,
}

/// Takes a picture of each dashboard, and says what became of its panels.
pub(super) async fn take(node: &Path, settings: &Settings, allow_empty: bool) -> anyhow::Result<Outcome> {
    let out = &settings.pictures.as_ref().context("nobody wants pictures")?.out;
    let path = out.join(REPORT);
    // An old report must not pass for the new one.
    if path.exists() {
        fs::remove_file(&path).with_context(|| path.display().to_string())?;
    }
    let mut script = page::launch(node, "screenshot.mjs", settings)?;
    match script.wait_ended(PATIENCE).await? {
        Ending::Exited(0) => {}
        Ending::Exited(WRONG_USE) => bail!("{}", script.last_lines(1).concat()),
        _ => bail!(script.death().map_or_else(|| Error::Failed("the script did not end".to_owned()), Error::Died)),
    }
    let report = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let report: Report = serde_json::from_str(&report).with_context(|| path.display().to_string())?;
    for seen in &report.dashboards {
        println!("{seen}");
    }
    println!("pictures and {REPORT} are in {}", out.display());
    Ok(if report.is_good(allow_empty) { Outcome::Done } else { Outcome::Findings })
}

impl Report {
    fn is_good(&self, allow_empty: bool) -> bool {
        !self.dashboards.is_empty() && self.dashboards.iter().all(|seen| seen.is_good(allow_empty))
    }
}

impl Seen {
    fn is_good(&self, allow_empty: bool) -> bool {
        let is_good = |panel: &SeenPanel| match panel.outcome {
            PanelOutcome::Drawn => true,
            PanelOutcome::NoData => allow_empty,
            PanelOutcome::Error | PanelOutcome::Asking => false,
        };
        self.problems.is_empty() && !self.panels.is_empty() && self.panels.iter().all(is_good)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawn = self.panels.iter().filter(|panel| panel.outcome == PanelOutcome::Drawn).count();
        let picture = self.picture.as_deref().unwrap_or("no picture");
        write!(f, "{}: {drawn} of {} panels drawn, {picture}", self.file, self.panels.len())?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        for panel in self.panels.iter().filter(|panel| panel.outcome != PanelOutcome::Drawn) {
            write!(f, "\n  {}: {}", panel.title, panel.outcome)?;
            if let Some(message) = &panel.message {
                write!(f, " ({message})")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for PanelOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drawn => "drawn",
            Self::NoData => "no data",
            Self::Error => "error",
            Self::Asking => "no answer in time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dashboard: &str, is_good: bool, is_good_if_empty_is: bool) {
        let report: Report = serde_json::from_str(&format!(r#"{{ "dashboards": [{dashboard}] }}"#)).unwrap();
        assert_eq!((report.is_good(false), report.is_good(true)), (is_good, is_good_if_empty_is), "{dashboard}");
    }

    fn dashboard(outcome: &str, problems: &str) -> String {
        let panels = format!(
            r#"[{{ "title": "Orders", "outcome": "drawn" }}, {{ "title": "Refunds", "outcome": "{outcome}" }}]"#
        );
        format!(r#"{{ "file": "shop.json", "picture": "shop.png", "problems": {problems}, "panels": {panels} }}"#)
    }

    #[test]
    fn one_panel_that_is_not_drawn_is_a_finding() {
        check(&dashboard("drawn", "[]"), true, true);
        check(&dashboard("no data", "[]"), false, true);
        check(&dashboard("error", "[]"), false, false);
        check(&dashboard("asking", "[]"), false, false);
        check(&dashboard("drawn", r#"["variable service: no answer"]"#), false, false);
    }

    #[test]
    fn nothing_drawn_at_all_is_a_finding() {
        check("", false, false);
        check(r#"{ "file": "shop.json", "problems": [], "panels": [] }"#, false, false);
    }

    #[test]
    fn what_is_not_drawn_is_named_with_its_reason() {
        let seen = r#"{ "file": "shop.json", "picture": "shop.png", "problems": ["a problem"], "panels": [
            { "title": "Orders", "outcome": "drawn" },
            { "title": "Refunds", "outcome": "no data", "message": "no series" }
        ] }"#;
        let seen: Seen = serde_json::from_str(seen).unwrap();
        let said = "shop.json: 1 of 2 panels drawn, shop.png\n  a problem\n  Refunds: no data (no series)";
        assert_eq!(seen.to_string(), said);
    }
}
