//! The workspace as cargo resolves it, and its files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use shop::services::SERVICES;

/// What knows nothing of the shop and can be had without it; every other crate counts as the shop's.
pub(crate) const GENERAL: [&str; 8] =
    ["signals", "promql", "promql-lint", "mutation", "monitoring", "telemetry", "faults", "chassis"];

/// The services' crates, which are named as the services.
pub(crate) fn services() -> BTreeSet<String> {
    SERVICES.iter().map(|row| row.name.to_string()).collect()
}

pub(crate) fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

pub(crate) struct Workspace {
    pub metadata: Metadata,
    /// Who needs whom, and for what.
    edges: BTreeMap<PackageId, Vec<(PackageId, Vec<DependencyKind>)>>,
}

impl Workspace {
    /// Reads what cargo resolves for this machine, without asking the network.
    pub(crate) fn read() -> &'static Self {
        static READ: LazyLock<Workspace> = LazyLock::new(Workspace::resolve);
        &READ
    }

    fn resolve() -> Self {
        let rustc = Command::new("rustc").arg("-vV").output().expect("rustc says its version");
        let version = String::from_utf8(rustc.stdout).expect("in letters");
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("and its host");
        let options = ["--offline", "--filter-platform", host].map(str::to_owned);
        let manifest = root().join("Cargo.toml");
        let metadata =
            MetadataCommand::new().manifest_path(manifest).other_options(options).exec().expect("cargo metadata");
        let resolve = metadata.resolve.as_ref().expect("cargo resolves");
        let needs = |node: &cargo_metadata::Node| {
            let kinds = |dep: &cargo_metadata::NodeDep| dep.dep_kinds.iter().map(|info| info.kind).collect();
            node.deps.iter().map(|dep| (dep.pkg.clone(), kinds(dep))).collect()
        };
        let edges = resolve.nodes.iter().map(|node| (node.id.clone(), needs(node))).collect();
        Self { metadata, edges }
    }

    pub(crate) fn members(&self) -> Vec<&Package> {
        self.metadata.workspace_packages()
    }

    pub(crate) fn member(&self, name: &str) -> &Package {
        let found = self.members().into_iter().find(|package| package.name.as_str() == name);
        found.unwrap_or_else(|| panic!("the workspace has no crate named {name}"))
    }

    /// Every crate that is built into this one, at whatever remove; not what its tests need.
    pub(crate) fn built_into(&self, name: &str) -> BTreeSet<String> {
        self.reached(name, false)
    }

    /// Every crate that is built into this one or its tests.
    pub(crate) fn built_into_tests_of(&self, name: &str) -> BTreeSet<String> {
        self.reached(name, true)
    }

    fn reached(&self, name: &str, tests: bool) -> BTreeSet<String> {
        let root = &self.member(name).id;
        let (mut seen, mut todo) = (BTreeSet::new(), vec![root]);
        while let Some(id) = todo.pop() {
            let counts = |kind: &DependencyKind| *kind != DependencyKind::Development || (tests && id == root);
            let needed = self.edges[id].iter().filter(|(_, kinds)| kinds.iter().any(counts)).map(|(needed, _)| needed);
            todo.extend(needed.filter(|needed| seen.insert(*needed)));
        }
        seen.into_iter().filter(|id| *id != root).map(|id| self.metadata[id].name.to_string()).collect()
    }

    /// The members whose manifests name this crate, for whatever use.
    pub(crate) fn dependents(&self, of: &str) -> BTreeSet<String> {
        let depends = |package: &&Package| package.dependencies.iter().any(|dependency| dependency.name == of);
        self.members().into_iter().filter(depends).map(|package| package.name.to_string()).collect()
    }

    /// Every Rust file of the workspace with its text, by its path below the root.
    pub(crate) fn sources(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        for package in self.members() {
            gather(package.manifest_path.parent().expect("a folder").as_std_path(), &mut files);
        }
        assert!(files.len() > 50, "only {} Rust files were found", files.len());
        files
    }
}

/// What is in a file of the repository.
pub(crate) fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

pub(crate) fn toml(path: impl AsRef<Path>) -> toml::Table {
    text(&path).parse().unwrap_or_else(|why| panic!("{}: {why}", path.as_ref().display()))
}

fn root() -> PathBuf {
    stack::workspace_root()
}

fn gather(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            gather(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let path = entry.strip_prefix(root()).expect("below the root").to_path_buf();
            files.push((path, text(&entry)));
        }
    }
}
