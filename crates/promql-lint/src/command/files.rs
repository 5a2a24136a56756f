//! Which files are meant by the arguments, and their texts.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// The name under which the standard input is told.
const STANDARD_INPUT: &str = "stdin";
const EXTENSIONS: [&str; 3] = ["yml", "yaml", "json"];

/// A file to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub path: String,
    /// Its bytes: whether they are a text is for the reader to say, with the place where they are not.
    pub bytes: Vec<u8>,
    /// Whether somebody named it; others of its folder need not be meant for us.
    pub is_named: bool,
}

/// Reads every file that is meant, each once, in the order of the arguments and by name within a folder.
///
/// # Errors
/// When one cannot be had, and when a folder holds none.
pub(super) fn read(root: &Path, arguments: &[String]) -> anyhow::Result<Vec<Input>> {
    let mut paths: Vec<(PathBuf, bool)> = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if !root.join(path).is_dir() {
            paths.push((path.to_path_buf(), true));
            continue;
        }
        let mut found = Vec::new();
        walk(root, path, &mut found)?;
        if found.is_empty() {
            bail!("{argument} holds no .yml, .yaml or .json file");
        }
        paths.extend(found.into_iter().map(|path| (path, false)));
    }
    let mut inputs: Vec<Input> = Vec::new();
    for (path, is_named) in paths {
        let input = input(root, &path, is_named)?;
        match inputs.iter_mut().find(|known| known.path == input.path) {
            Some(known) => known.is_named |= is_named,
            None => inputs.push(input),
        }
    }
    Ok(inputs)
}

fn input(root: &Path, path: &Path, is_named: bool) -> anyhow::Result<Input> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("the standard input cannot be read")?;
        return Ok(Input { path: STANDARD_INPUT.to_owned(), bytes, is_named });
    }
    let bytes = fs::read(root.join(path)).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(Input { path: path.display().to_string(), bytes, is_named })
}

/// Finds the files of a folder. What is hidden is no configuration, and a link may lead in a circle.
fn walk(root: &Path, folder: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let context = || format!("{} cannot be read", folder.display());
    let mut entries =
        fs::read_dir(root.join(folder)).with_context(context)?.collect::<io::Result<Vec<_>>>().with_context(context)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (folder.join(entry.file_name()), entry.file_type().with_context(context)?);
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_meant = path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|meant| extension == *meant));
        if is_hidden {
            continue;
        }
        if kind.is_dir() {
            walk(root, &path, paths)?;
        } else if is_meant && root.join(&path).is_file() {
            paths.push(path);
        }
    }
    Ok(())
}
