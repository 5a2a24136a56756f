//! A Grafana that somebody installed: no registry of packages carries one, and it cannot be built here.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::version;
use crate::{error::Error, process::Launch};

/// Names its program.
pub const VARIABLE: &str = "VITRINE_GRAFANA";
/// Names its home, where that is not found from its program.
pub const HOME_VARIABLE: &str = "VITRINE_GRAFANA_HOME";

/// What is there only in its home, and without which it does not start.
const DEFAULTS: &str = "conf/defaults.ini";
/// Its home where the Debian and the RPM package put it.
const PACKAGED: &str = "/usr/share/grafana";
/// The program of today, and the one before it.
const PROGRAMS: [&str; 2] = ["grafana", "grafana-server"];
/// The oldest that knows all that our files say.
const OLDEST: (u32, u32) = (11, 1);

/// Grafana's program, and the home that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grafana {
    /// `grafana`, whose server is a subcommand, or the older `grafana-server`.
    pub program: PathBuf,
    /// The folder with `conf` and `public`.
    pub home: PathBuf,
}

/// Finds a Grafana: by its environment variable, or on PATH if its version will do.
///
/// # Errors
/// When a variable names what is not there, or the named program's home is not found.
pub fn find() -> Result<Option<Grafana>, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    find_in(env::var_os(VARIABLE), env::var_os(HOME_VARIABLE), &path)
}

fn find_in(program: Option<OsString>, home: Option<OsString>, path: &OsString) -> Result<Option<Grafana>, Error> {
    let home = home.map(PathBuf::from);
    if let Some(home) = home.as_deref().filter(|home| !is_home(home)) {
        let sentence = format!("{HOME_VARIABLE} names {}, which has no {DEFAULTS}", home.display());
        return Err(Error::MissingTool(sentence));
    }
    if let Some(program) = program.map(PathBuf::from) {
        if !program.is_file() {
            return Err(Error::MissingTool(format!("{VARIABLE} names {}, which is not there", program.display())));
        }
        let home = home.or_else(|| home_of(&program)).ok_or_else(|| {
            Error::MissingTool(format!(
                "the home of {} is not found; name the folder that has {DEFAULTS} in {HOME_VARIABLE}",
                program.display()
            ))
        })?;
        return Ok(Some(Grafana { program, home }));
    }
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    let candidates = PROGRAMS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let mut usable = candidates.filter(|program| program.is_file()).filter(|program| {
        version::of(program, "--version").or_else(|| version::of(program, "-v")).is_some_and(|it| it >= OLDEST)
    });
    Ok(usable.find_map(|program| Some(Grafana { home: home.clone().or_else(|| home_of(&program))?, program })))
}

/// Where its program lies in `HOME/bin` (the archive), beside a `share/grafana` (Homebrew), or in a package's place.
fn home_of(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().ok()?;
    let above = program.parent()?.parent()?;
    let places = [above.to_owned(), above.join("share/grafana"), PathBuf::from(PACKAGED)];
    places.into_iter().find(|place| is_home(place))
}

fn is_home(place: &Path) -> bool {
    place.join(DEFAULTS).is_file()
}

impl Grafana {
    /// How it is started, under a name and with its log; what follows are arguments of its server.
    pub(crate) fn launch(&self, name: &str, log: PathBuf) -> Launch {
        let launch = Launch::new(name, &self.program, log);
        let is_older = self.program.file_name().is_some_and(|name| name == PROGRAMS[1]);
        let launch = if is_older { launch } else { launch.arg("server") };
        launch.arg(format!("--homepath={}", self.home.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    /// A program that says that it is of this version, in `FOLDER/bin`.
    fn installed(folder: &Path, name: &str, version: &str) -> PathBuf {
        let program = folder.join("bin").join(name);
        fs::create_dir_all(folder.join("bin")).expect("a folder");
        fs::write(&program, format!("#!/bin/sh\necho 'grafana version {version}'\n")).expect("a program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("may be run");
        program
    }

    fn make_home(folder: &Path) {
        fs::create_dir_all(folder.join("conf")).expect("a folder");
        fs::write(folder.join(DEFAULTS), "").expect("its defaults");
    }

    fn path_of(folder: &Path) -> OsString {
        folder.join("bin").into_os_string()
    }

    #[test]
    fn one_on_path_is_taken_with_its_home_if_its_version_will_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = installed(folder.path(), "grafana-server", "12.3.1");
        make_home(folder.path());
        let home = folder.path().canonicalize().expect("its path");
        let found = find_in(None, None, &path_of(folder.path())).expect("no mistake");
        assert_eq!(found, Some(Grafana { program, home: home.clone() }));
        let newer = installed(folder.path(), "grafana", "13.0.0");
        let found = find_in(None, None, &path_of(folder.path())).expect("no mistake");
        assert_eq!(found, Some(Grafana { program: newer, home }));
        installed(folder.path(), "grafana", "10.4.2");
        installed(folder.path(), "grafana-server", "11.0.9");
        assert_eq!(find_in(None, None, &path_of(folder.path())).expect("no mistake"), None);
    }

    #[test]
    fn one_that_is_named_but_cannot_be_used_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let said = |program: &Path, home: Option<OsString>| {
            find_in(Some(program.into()), home, &OsString::new()).expect_err("it cannot be used").to_string()
        };
        assert!(said(&folder.path().join("none"), None).contains("which is not there"));
        let program = installed(folder.path(), "grafana", "13.0.0");
        assert!(said(&program, None).contains(HOME_VARIABLE));
        assert!(said(&program, Some(folder.path().into())).contains("has no conf/defaults.ini"));
        make_home(folder.path());
        let found = find_in(Some(program.into()), Some(folder.path().into()), &OsString::new()).expect("no mistake");
        assert_eq!(found.map(|found| found.home), Some(folder.path().to_owned()));
    }
}
