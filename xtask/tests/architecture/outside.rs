//! What comes from outside, held against deny.toml as cargo-deny would.

use cargo_metadata::{Package, semver::VersionReq};
use spdx::{Expression, Licensee, ParseMode};
use toml::Value;

use crate::workspace::{Workspace, toml};

fn from_outside(workspace: &Workspace) -> Vec<&Package> {
    let is_ours = |package: &Package| workspace.metadata.workspace_members.contains(&package.id);
    let packages = workspace.metadata.packages.iter().filter(|package| !is_ours(package)).collect::<Vec<_>>();
    assert!(packages.len() > 100, "only {} packages were found", packages.len());
    packages
}

/// A list in a table of deny.toml.
fn list(table: &str, key: &str) -> Vec<Value> {
    let list = toml("deny.toml")[table][key].as_array().expect("a list").clone();
    assert!(!list.is_empty(), "{key} is empty");
    list
}

fn allows(allowed: &[Licensee], licences: &str) -> Result<bool, String> {
    // Older manifests write `MIT/Apache-2.0`.
    let expression = Expression::parse_mode(licences, ParseMode::LAX).map_err(|why| why.to_string())?;
    Ok(expression.evaluate(|wanted| allowed.iter().any(|licensee| licensee.satisfies(wanted))))
}

fn allowed() -> Vec<Licensee> {
    let names = list("licenses", "allow");
    names.iter().map(|name| Licensee::parse(name.as_str().expect("a name")).expect("a licence")).collect()
}

#[test]
fn every_licence_is_allowed() {
    let (workspace, allowed) = (Workspace::read(), allowed());
    for package in from_outside(workspace) {
        let licences = package.license.as_deref().unwrap_or_else(|| panic!("{} names no licence", package.name));
        assert_eq!(allows(&allowed, licences), Ok(true), "{} is under {licences}", package.name);
    }
}

#[test]
fn one_of_several_licences_will_do_but_each_of_those_joined_must() {
    let check = |licences, is_allowed| assert_eq!(allows(&allowed(), licences), Ok(is_allowed), "{licences}");
    check("MIT", true);
    check("MIT/Apache-2.0", true);
    check("Unlicense OR MIT", true);
    check("(GPL-3.0 OR MIT) AND Unicode-3.0", true);
    check("Apache-2.0 WITH LLVM-exception", true);
    check("MIT AND GPL-3.0", false);
    check("AGPL-3.0-only", false);
    check("GPL-2.0-only WITH Classpath-exception-2.0", false);
}

#[test]
fn nothing_banned_comes_in_and_every_ban_has_a_reason() {
    let workspace = Workspace::read();
    for ban in list("bans", "deny") {
        let spec = ban["crate"].as_str().expect("a crate");
        let (name, versions) = spec.split_once('@').unwrap_or((spec, "*"));
        let versions = VersionReq::parse(versions).expect("versions");
        let is_banned = |package: &&&Package| package.name.as_str() == name && versions.matches(&package.version);
        let packages = from_outside(workspace);
        let found: Vec<_> = packages.iter().filter(is_banned).map(|package| package.id.to_string()).collect();
        let reason =
            ban.get("reason").and_then(Value::as_str).unwrap_or_else(|| panic!("{spec} is banned without a reason"));
        assert!(found.is_empty(), "{found:?} is banned: {reason}");
    }
}

#[test]
fn everything_from_outside_comes_from_crates_io() {
    for table in ["unknown-registry", "unknown-git"] {
        assert_eq!(toml("deny.toml")["sources"][table].as_str(), Some("deny"));
    }
    for package in from_outside(Workspace::read()) {
        let is_crates_io = package.source.as_ref().is_some_and(cargo_metadata::Source::is_crates_io);
        assert!(is_crates_io, "{} does not", package.id);
    }
}
