//! The servers' configuration, rendered for the ports of this stack.

use std::{fs, io, path::Path};

use shop_monitoring::Place;

use crate::error::Error;

/// Writes every rendered file under `folder`, by the path that it has in the repository.
pub(crate) fn write(folder: &Path, place: &Place) -> Result<(), Error> {
    // A rule file of an earlier rendering would still be loaded.
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::failed(folder.display(), error)),
        _ => {}
    }
    for file in shop_monitoring::files(place)
        .map_err(|error| Error::failed("the configuration could not be rendered", error))?
    {
        let path = folder.join(file.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, file.contents)).map_err(|error| Error::failed(path.display(), error))?;
    }
    Ok(())
}
