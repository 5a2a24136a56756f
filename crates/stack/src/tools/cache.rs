//! The user's cache folder of built tools, keyed by the pins, so that clones share it and new pins never meet old programs.

use std::{env, path::PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Tool, build, postgres};
use crate::error::Error;

/// The pins as they are committed under deploy/tools.
pub(super) const GO_MOD: &str = include_str!("../../../../deploy/tools/go.mod");
pub(super) const GO_SUM: &str = include_str!("../../../../deploy/tools/go.sum");
pub(super) const COLLECTOR_MANIFEST: &str = include_str!("../../../../deploy/tools/collector.yaml");

/// The exporters share no dependency's version with the servers.
pub(super) const EXPORTERS_GO_MOD: &str = include_str!("../../../../deploy/tools/exporters/go.mod");
pub(super) const EXPORTERS_GO_SUM: &str = include_str!("../../../../deploy/tools/exporters/go.sum");

/// The key of the present pins of the servers: a hash over all that decides what is built.
pub fn key() -> String {
    let recipes = build::PINS.concat();
    hash(&[GO_MOD, GO_SUM, COLLECTOR_MANIFEST, &recipes, postgres::VERSION, env::consts::OS, env::consts::ARCH])
}

/// The key of a tool's pins. Those of the exporters are apart, so that a change of theirs builds no server again.
fn key_of(tool: Tool) -> String {
    match tool {
        Tool::NodeExporter | Tool::BlackboxExporter | Tool::PostgresExporter => {
            hash(&[EXPORTERS_GO_MOD, EXPORTERS_GO_SUM, env::consts::OS, env::consts::ARCH])
        }
        _ => key(),
    }
}

/// Twelve hexadecimal digits over some texts.
pub fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// `$XDG_CACHE_HOME/vitrine`, or the same under ~/.cache: what can be had again and is shared by clones.
///
/// # Errors
/// When neither HOME nor XDG_CACHE_HOME says where that is.
pub fn user_folder() -> Result<PathBuf, Error> {
    let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = base.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    let base = base.ok_or_else(|| {
        Error::Failed("there is no cache folder for the tools: set HOME or XDG_CACHE_HOME".to_owned())
    })?;
    Ok(base.join("vitrine"))
}

/// The folder of all built tools, of these pins and of others.
pub(super) fn root() -> Result<PathBuf, Error> {
    Ok(user_folder()?.join("tools"))
}

/// The folder of everything built from the same pins as this tool.
pub(super) fn folder(tool: Tool) -> Result<PathBuf, Error> {
    Ok(root()?.join(key_of(tool)))
}

/// The folder in which a tool's program lies once it is built.
pub(super) fn programs(tool: Tool) -> Result<PathBuf, Error> {
    Ok(match tool {
        // PostgreSQL finds its libraries and its share folder beside its programs.
        Tool::Postgres | Tool::Initdb => folder(tool)?.join("postgres").join("bin"),
        _ => folder(tool)?.join("bin"),
    })
}
