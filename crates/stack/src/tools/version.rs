//! Tools on PATH, and whether their version will do.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Tool;

/// A tool on PATH whose version will do for our configuration.
pub(super) fn on_path(tool: Tool) -> Option<PathBuf> {
    candidates(tool).into_iter().find(|program| version(tool, program).is_some_and(|version| will_do(tool, version)))
}

fn candidates(tool: Tool) -> Vec<PathBuf> {
    // The small `otelcol` of the distributions lacks what our configuration names; the large one has it.
    let name = if tool == Tool::Collector { "otelcol-contrib" } else { tool.program() };
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    if matches!(tool, Tool::Postgres | Tool::Initdb) {
        folders.extend(debian_postgres());
    }
    folders.into_iter().map(|folder| folder.join(name)).filter(|program| program.is_file()).collect()
}

/// Debian keeps the server's programs off PATH, a folder for each major version; the newest first.
fn debian_postgres() -> Vec<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = installed
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    folders.into_iter().map(|(_, folder)| folder).collect()
}

fn will_do(tool: Tool, version: (u32, u32)) -> bool {
    match tool {
        Tool::Prometheus | Tool::Promtool => ((3, 7)..(4, 0)).contains(&version),
        Tool::Alertmanager | Tool::Amtool => ((0, 28)..(1, 0)).contains(&version),
        // Its components are renamed from one minor version to the next.
        Tool::Collector => version == (0, 140),
        Tool::Jaeger => ((2, 10)..(3, 0)).contains(&version),
        Tool::NodeExporter => ((1, 8)..(2, 0)).contains(&version),
        Tool::BlackboxExporter => ((0, 25)..(1, 0)).contains(&version),
        Tool::PostgresExporter => ((0, 16)..(1, 0)).contains(&version),
        Tool::Postgres | Tool::Initdb => version >= (14, 0),
    }
}

fn version(tool: Tool, program: &Path) -> Option<(u32, u32)> {
    of(program, if tool == Tool::Jaeger { "version" } else { "--version" })
}

/// What a program answers when it is asked for its version by this argument.
pub(super) fn of(program: &Path, argument: &str) -> Option<(u32, u32)> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    // Older ones answer on standard error.
    [output.stdout, output.stderr].iter().find_map(|said| first_version(&String::from_utf8_lossy(said)))
}

/// The first `MAJOR.MINOR` in what a program says of itself.
fn first_version(said: &str) -> Option<(u32, u32)> {
    said.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let mut numbers = word.split('.');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_each_program_says() {
        let check = |said: &str, expect| assert_eq!(first_version(said), expect, "{said}");
        check("prometheus, version 3.7.3 (branch: HEAD, revision: 0a41f0000c)", Some((3, 7)));
        check("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some((15, 18)));
        check("otelcol-contrib version 0.140.1", Some((0, 140)));
        check(r#"{"gitCommit":"1f2","gitVersion":"v2.13.0","buildDate":"2025-12-02"}"#, Some((2, 13)));
        check("no version at all", None);
    }

    #[test]
    fn a_version_that_our_configuration_does_not_fit_is_passed_over() {
        assert!(will_do(Tool::Prometheus, (3, 7)));
        assert!(!will_do(Tool::Prometheus, (2, 53)));
        assert!(!will_do(Tool::Collector, (0, 159)));
        assert!(!will_do(Tool::Postgres, (13, 9)));
    }
}
