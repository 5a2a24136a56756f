//! What programs of one machine leave for each other: where a user's state is kept, and in it the token of the faults.

use std::{env, path::PathBuf};

/// The folder for what should survive a restart but is no configuration: `$XDG_STATE_HOME/vitrine`, else `~/.local/state/vitrine`
/// (<https://specifications.freedesktop.org/basedir-spec/latest/>). Nothing where neither variable is set.
pub fn state_folder() -> Option<PathBuf> {
    // A relative path is to be ignored, by the specification.
    let named = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = named.or_else(|| Some(env::home_dir()?.join(".local/state")));
    state.map(|state| state.join("vitrine"))
}

/// Where the token is that opens `/faults` of the shop whose gateway listens on this port: whoever starts a shop on this machine writes
/// it for its user alone, and removes it at the end.
pub fn faults_token_file(gateway_port: u16) -> Option<PathBuf> {
    state_folder().map(|folder| folder.join(format!("faults-{gateway_port}.token")))
}
