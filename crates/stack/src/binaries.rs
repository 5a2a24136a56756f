//! The services' binaries: built by cargo, found through what cargo says.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;
use shop::services::ServiceName;

use crate::error::Error;

/// How the services are compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    #[default]
    Dev,
    /// Quick to run.
    Release,
}

/// Where each binary of the workspace is; by default none is known, which will do for a stack of servers alone.
#[derive(Clone, Debug, Default)]
pub struct Binaries(BTreeMap<String, PathBuf>);

impl Binaries {
    /// Builds every binary of the workspace and finds them; cargo's progress and errors go to standard error.
    ///
    /// # Errors
    /// When cargo is not there or the build fails.
    pub fn build(profile: Profile) -> Result<Self, Error> {
        let release = if profile == Profile::Release { &["--release"][..] } else { &[] };
        Self::built(&[&["--bins"], release].concat())
    }

    /// Builds only the binary of this name, as [`Binaries::build`] would.
    ///
    /// # Errors
    /// When cargo is not there or the build fails.
    pub fn build_only(name: &str) -> Result<Self, Error> {
        Self::built(&["--bin", name])
    }

    fn built(what: &[&str]) -> Result<Self, Error> {
        // Not `-p NAME` for each: that would unify features anew and build much of it twice.
        let output = cargo()
            .args(["build", "--workspace", "--message-format=json-render-diagnostics"])
            .args(what)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| Error::failed("cargo, which builds the workspace, could not be started", error))?;
        if !output.status.success() {
            return Err(Error::Failed("the workspace does not build; cargo says why above".to_owned()));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let artifacts = said.lines().filter_map(|line| serde_json::from_str::<Artifact>(line).ok());
        Ok(Self(artifacts.filter_map(|artifact| Some((artifact.target.name, artifact.executable?))).collect()))
    }

    /// The binary of a service.
    ///
    /// # Errors
    /// When the workspace has no binary of that name.
    pub fn service(&self, service: ServiceName) -> Result<&Path, Error> {
        self.named(service.as_str())
    }

    /// Any binary of the workspace, such as `traffic`.
    ///
    /// # Errors
    /// When the workspace has no binary of that name.
    pub fn named(&self, name: &str) -> Result<&Path, Error> {
        let found = self.0.get(name).map(PathBuf::as_path);
        found.ok_or_else(|| Error::Failed(format!("the workspace builds no binary named {name}")))
    }
}

/// The root of the workspace that this crate was built in.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The workspace's target folder.
///
/// # Errors
/// When `cargo metadata` does not tell.
pub fn target_folder() -> Result<PathBuf, Error> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let output = cargo()
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .stderr(Stdio::null())
        .output()
        .map_err(|error| Error::failed("cargo could not be started", error))?;
    serde_json::from_slice::<Metadata>(&output.stdout)
        .map(|metadata| metadata.target_directory)
        .map_err(|error| Error::failed("cargo metadata does not name the target folder", error))
}

/// The cargo that runs us, or the one on PATH, in the workspace's root.
///
/// It is not told what cargo told us of our own package: some build scripts look at that, and everything above them would be compiled
/// again, back and forth.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let is_of_our_package = name.to_str().is_some_and(|name| OF_A_PACKAGE.iter().any(|of| name.starts_with(of)));
        if is_of_our_package {
            command.env_remove(name);
        }
    }
    command.current_dir(workspace_root());
    command
}

/// How the variables begin that cargo sets for what it builds, runs and tests
/// (<https://doc.rust-lang.org/cargo/reference/environment-variables.html>).
const OF_A_PACKAGE: [&str; 7] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
];

/// The few fields of cargo's `compiler-artifact` message that we read; other messages do not parse as one.
#[derive(Deserialize)]
struct Artifact {
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}
