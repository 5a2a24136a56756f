//! The page: bundled by esbuild, served by a Node process that dies with us.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use stack::{Launch, Process};

use super::Settings;

/// The flags of esbuild: one module, the fonts beside it.
const BUNDLE: [&str; 9] = [
    "--bundle",
    "--format=esm",
    "--jsx=automatic",
    "--define:process.env.NODE_ENV=\"production\"",
    "--loader:.svg=dataurl",
    "--loader:.ttf=file",
    "--loader:.woff2=file",
    "--minify",
    "--log-level=warning",
];

/// The folder of the page's source and of its server.
pub(super) fn source() -> PathBuf {
    stack::workspace_root().join("xtask").join("preview")
}

/// Bundles the page's source with its packages; gives the folder of the result.
pub(super) fn bundle(packages: &Path) -> anyhow::Result<PathBuf> {
    let assets = target()?.join("assets");
    let mut esbuild = Command::new(packages.join("node_modules/.bin/esbuild"));
    esbuild
        .arg(source().join("src/main.jsx"))
        .args(BUNDLE)
        .arg(format!("--outdir={}", assets.display()))
        // The source lies elsewhere than its packages.
        .env("NODE_PATH", packages.join("node_modules"))
        .stdin(Stdio::null());
    let said = esbuild.output().context("esbuild could not be started")?;
    if !said.status.success() {
        bail!("the page could not be bundled:\n{}", String::from_utf8_lossy(&said.stderr));
    }
    Ok(assets)
}

/// Starts one of the server's scripts.
pub(super) fn launch(node: &Path, script: &str, settings: &Settings) -> anyhow::Result<Process> {
    let launch = Launch::new("the preview's server", node, target()?.join("server.log"))
        .arg(source().join("server").join(script))
        .arg(serde_json::to_string(settings)?);
    Ok(launch.start()?)
}

/// A file of the dashboards' folder, as the server sees it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Listed {
    Good { uid: String, title: String },
    Broken { error: String },
}

/// What the server found in the dashboards' folder.
pub(super) async fn dashboards(address: &str) -> anyhow::Result<Vec<Listed>> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let answer = client()?.get(format!("{address}/preview/dashboards")).send().await?;
    if answer.status().is_success() {
        return Ok(answer.json().await?);
    }
    bail!("{}", answer.json::<Refusal>().await?.error)
}

/// Whether Prometheus answers; if not, a sentence that says so.
pub(super) async fn ask_prometheus(url: &str) -> Result<(), String> {
    let asked = async {
        let answer = client()?.get(format!("{url}/api/v1/status/buildinfo")).send().await?;
        anyhow::Ok(answer.error_for_status()?.json::<serde_json::Value>().await?)
    };
    match asked.await {
        Ok(answer) if answer["status"] == "success" => Ok(()),
        _ => Err(format!("no Prometheus answers at {url}; `cargo xtask up` starts one, --prometheus names another")),
    }
}

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?)
}

fn target() -> anyhow::Result<PathBuf> {
    let folder = stack::target_folder()?.join("preview");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}
