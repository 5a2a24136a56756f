//! Programs of others on PATH, and their packages: installed once into the user's cache, so that clones share them.

use std::{
    env,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use stack::tools::{self, Event};

/// The first of these programs on PATH.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

/// The folder of a kind that belongs to these pins. If it is not there, `install` fills it, with the path of a log.
///
/// # Errors
/// When it cannot be made, or `install` fails.
pub(crate) fn once(
    kind: &str,
    pins: &[&str],
    progress: &mut dyn FnMut(Event),
    install: impl FnOnce(&Path, &Path, &mut dyn FnMut(Event)) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let root = tools::user_folder()?.join(kind);
    let folder = root.join(tools::hash(pins));
    if folder.is_dir() {
        return Ok(folder);
    }
    fs::create_dir_all(&root).with_context(|| root.display().to_string())?;
    let lock = File::create(root.join("lock"))?;
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        progress(Event::Waits);
        lock.lock()?;
    }
    // Whoever held the lock may have installed them.
    if !folder.is_dir() {
        let unfinished = folder.with_extension("part");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir_all(&unfinished)?;
        install(&unfinished, &folder.with_extension("log"), progress)?;
        // Only what is whole gets the name that is looked for.
        fs::rename(&unfinished, &folder)?;
    }
    Ok(folder)
}
