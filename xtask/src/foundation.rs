//! Has Grafana's own data model read the dashboards: what it does not hand back again it does not know.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use stack::{Error, tools::Event};

use crate::{
    kept::{on_path, once},
    tools::Progress,
};

const NAME: &str = "Grafana's Foundation SDK";
/// The oldest Python that it runs on.
const OLDEST: (u32, u32) = (3, 11);
/// The version of the SDK, with its checksum.
const PINS: &str = include_str!("../../deploy/tools/requirements.txt");
const ROUND_TRIP: &str = "xtask/foundation/round_trip.py";

/// What the SDK made of the dashboards.
#[derive(Deserialize)]
struct Read {
    /// The kinds of panel that it knows.
    kinds: Vec<String>,
    /// What it hands back of each, by its path.
    again: BTreeMap<String, Value>,
}

/// What of the dashboards at these paths Grafana's model drops or changes: each with the file and the place in it.
///
/// Three places it takes as they are: the options of a transformation, what a variable asks, and a kind's `custom` that has none.
///
/// # Errors
/// When Python or the SDK cannot be had, or a file cannot be read.
pub(crate) fn findings(root: &Path, dashboards: &[&str]) -> anyhow::Result<Vec<String>> {
    let read = round_trip(root, dashboards)?;
    let mut findings = Vec::new();
    for path in dashboards {
        let text = fs::read_to_string(root.join(path)).with_context(|| (*path).to_owned())?;
        let ours: Value = serde_json::from_str(&text).with_context(|| (*path).to_owned())?;
        let again = read.again.get(*path).with_context(|| format!("{NAME} said nothing of {path}"))?;
        let mut lost = Vec::new();
        compare(&ours, again, "$", &mut lost);
        for (position, panel) in ours["panels"].as_array().into_iter().flatten().enumerate() {
            // The options of a kind that it does not know are taken as they are, too.
            if !read.kinds.iter().any(|kind| panel["type"] == **kind) {
                lost.push(format!("$.panels[{position}].type {} is no kind of panel", panel["type"]));
            }
        }
        findings.extend(lost.into_iter().map(|lost| format!("{path}: {lost}")));
    }
    Ok(findings)
}

/// What stands in `ours` and not, or not so, in `again`. What `again` has besides are defaults.
fn compare(ours: &Value, again: &Value, place: &str, lost: &mut Vec<String>) {
    match (ours, again) {
        (Value::Object(ours), Value::Object(again)) => {
            for (key, value) in ours {
                let place = format!("{place}.{key}");
                match again.get(key) {
                    Some(again) => compare(value, again, &place, lost),
                    None => lost.push(format!("{place} is unknown there")),
                }
            }
        }
        (Value::Array(ours), Value::Array(again)) if ours.len() == again.len() => {
            for (position, (value, again)) in ours.iter().zip(again).enumerate() {
                compare(value, again, &format!("{place}[{position}]"), lost);
            }
        }
        _ if ours == again => {}
        _ => lost.push(format!("{place} becomes {again}")),
    }
}

fn round_trip(root: &Path, dashboards: &[&str]) -> anyhow::Result<Read> {
    let mut progress = Progress::new();
    let python = install(&mut |event| progress.show(event))?;
    let said = Command::new(python)
        .arg(stack::workspace_root().join(ROUND_TRIP))
        .args(dashboards)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .context("Python could not be started")?;
    if !said.status.success() {
        bail!("{NAME} cannot read the dashboards:\n{}", String::from_utf8_lossy(&said.stderr));
    }
    serde_json::from_slice(&said.stdout).context("what Python wrote cannot be read")
}

/// The Python of an environment that has the SDK.
fn install(progress: &mut dyn FnMut(Event)) -> anyhow::Result<PathBuf> {
    let (python, about) = need_python()?;
    let folder = once("foundation", &[PINS, &about, env::consts::ARCH], progress, |folder, log, progress| {
        let begun = Instant::now();
        progress(Event::Begins { name: NAME, log: log.to_owned() });
        let pins = folder.join("requirements.txt");
        fs::write(&pins, PINS)?;
        let mut environment = Command::new(&python);
        environment.args(["-m", "venv"]).arg(folder);
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes", "-r"])
            .arg(pins);
        let file = File::create(log).with_context(|| log.display().to_string())?;
        for mut command in [environment, pip] {
            let status = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file.try_clone()?).status();
            if !status.is_ok_and(|status| status.success()) {
                let said = fs::read_to_string(log).unwrap_or_default();
                let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
                let sentence = format!(
                    "{NAME} could not be installed: {last}; Python needs its `venv` and `pip` (Debian: python3-venv); the whole log is {}",
                    log.display()
                );
                bail!(Error::MissingTool(sentence));
            }
        }
        progress(Event::Done { name: NAME, elapsed: begun.elapsed() });
        Ok(())
    })?;
    Ok(folder.join("bin/python"))
}

/// Python's program, with its version and where it belongs: an environment holds on to both.
fn need_python() -> Result<(PathBuf, String), Error> {
    let missing = |what: &str| {
        let (major, minor) = OLDEST;
        Error::MissingTool(format!(
            "the dashboards are read by {NAME}, which needs {what}: install Python {major}.{minor} or later, from https://www.python.org"
        ))
    };
    let python = on_path(&["python3"]).ok_or_else(|| missing("python3, which is not on PATH"))?;
    let said = Command::new(&python)
        .args(["-c", "import sys; print(*sys.version_info[:2], sys.base_prefix)"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| missing(&format!("a python3 that runs ({error})")))?;
    let about = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let mut numbers = about.split(' ').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok((python, about)),
        _ => Err(missing(&format!("a later Python than that of {}", python.display()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(ours: &Value, again: &Value, expect: &[&str]) {
        let mut lost = Vec::new();
        compare(ours, again, "$", &mut lost);
        assert_eq!(lost, expect);
    }

    #[test]
    fn what_is_dropped_or_changed_is_named_with_its_place() {
        let ours = json!({ "a": [{ "b": 1, "c": null }], "d": [1, 2] });
        check(&ours, &ours, &[]);
        check(&ours, &json!({ "a": [{ "b": 1, "c": null, "default": 0 }], "d": [1, 2] }), &[]);
        check(
            &ours,
            &json!({ "a": [{ "b": "1" }], "d": [1] }),
            &["$.a[0].b becomes \"1\"", "$.a[0].c is unknown there", "$.d becomes [1]"],
        );
    }

    /// The findings on the committed overview after a change.
    fn findings_after(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let committed = fs::read_to_string(stack::workspace_root().join("dashboards/overview.json")).unwrap();
        let mut dashboard = serde_json::from_str(&committed).unwrap();
        change(&mut dashboard);
        let folder = env::temp_dir().join(format!("vitrine-foundation-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("changed.json"), dashboard.to_string()).unwrap();
        let findings = findings(&folder, &["changed.json"]);
        fs::remove_dir_all(&folder).unwrap();
        findings.unwrap()
    }

    #[test]
    fn an_unknown_key_of_a_panel_is_found_wherever_it_stands() {
        let of_kind = |dashboard: &Value, kind: &str| {
            dashboard["panels"].as_array().unwrap().iter().position(|panel| panel["type"] == kind).unwrap()
        };
        let findings = findings_after(|dashboard| {
            let (lines, table) = (of_kind(dashboard, "timeseries"), of_kind(dashboard, "table"));
            let panels = dashboard["panels"].as_array_mut().unwrap();
            panels[lines]["discription"] = json!("misspelt");
            panels[lines]["options"]["legend"]["showLegends"] = json!(true);
            panels[lines]["fieldConfig"]["defaults"]["custom"]["lineWith"] = json!(1);
            panels[lines]["targets"][0]["expression"] = json!("up");
            panels[table]["transformations"] = json!([{ "id": "organize", "option": {}, "options": {} }]);
            panels.push(json!({ "id": 99, "type": "time-series", "options": {} }));
        });
        let found = |place: &str| {
            findings.iter().any(|finding| finding.starts_with("changed.json: $.panels[") && finding.contains(place))
        };
        for place in [
            ".discription is",
            ".legend.showLegends is",
            ".custom.lineWith is",
            ".targets[0].expression is",
            ".transformations[0].option is",
        ] {
            assert!(found(place), "{place} is not found: {findings:#?}");
        }
        assert!(found("\"time-series\" is no kind of panel"), "{findings:#?}");
        assert_eq!(findings.len(), 6, "{findings:#?}");
    }
}
