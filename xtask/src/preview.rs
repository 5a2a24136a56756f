//! `cargo xtask preview`: the dashboards in a browser, where no Grafana is at hand.

mod packages;
mod page;
mod pictures;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{self, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use serde::Serialize;
use shop::ports::Ports;
use shop_monitoring::Place;
use stack::{Error, Ready};

use crate::{Outcome, tools::Progress};

const PATIENCE: Duration = Duration::from_secs(20);
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// Shows the dashboards in a browser, drawn with Grafana's own panel components against the live Prometheus.
///
/// It is a preview and says so: what Grafana's components do not do (variables, heat maps, rows) is imitated. dashboards/ is read
/// anew at each load of the page, so that `cargo xtask render` and a reload show a change. Needs Node.js with npm; the page's packages
/// are installed once into the user's cache folder. Addresses are Grafana's: /d/UID, /d/UID?viewPanel=N, &var-NAME=VALUE.
#[derive(Args, Debug)]
pub(crate) struct Preview {
    /// Asks this Prometheus instead of the one of `cargo xtask up`.
    #[arg(long, value_name = "URL", value_parser = prometheus_url)]
    prometheus: Option<String>,
    /// Listens there, on loopback only; 3000, moved by --port-offset, unless told otherwise.
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Belongs to the stack that was started with this `--port-offset`.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port_offset: u16,
    /// Takes pictures instead: UID.png of each dashboard, and report.json, which tells of each panel whether it was drawn.
    ///
    /// Exits with 1 when a panel failed or had no data. Needs Chromium: VITRINE_CHROMIUM, or chromium, chromium-browser or
    /// google-chrome on PATH.
    #[arg(long, value_name = "DIR")]
    screenshot: Option<PathBuf>,
    /// Counts a panel without data as good: in a well shop some have none.
    #[arg(long, requires = "screenshot")]
    allow_empty: bool,
    /// Looks back so far, such as 15m, instead of as far as each dashboard says.
    #[arg(long, value_name = "TIME", value_parser = range)]
    range: Option<String>,
    /// Chooses a variable's value; given again for the same variable, both.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Shows only this dashboard; may be given again for another.
    #[arg(long = "dashboard", value_name = "UID")]
    only: Vec<String>,
    /// Reads the dashboards there instead of in dashboards/.
    #[arg(long, value_name = "DIR")]
    dashboards: Option<PathBuf>,
}

/// What the page and its server are told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    prometheus: String,
    port: u16,
    dashboards: PathBuf,
    only: Vec<String>,
    range: Option<String>,
    variables: BTreeMap<String, Vec<String>>,
    /// As Grafana's data source is told, for `$__rate_interval`.
    scrape_interval: String,
    /// The folder that holds node_modules.
    packages: PathBuf,
    /// The folder of the bundle.
    assets: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<pictures::Wanted>,
}

impl Preview {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        tokio::runtime::Runtime::new().context("no runtime")?.block_on(self.preview())
    }

    async fn preview(self) -> anyhow::Result<Outcome> {
        let mut settings = self.settings()?;
        let node = packages::need_node()?;
        if let Some(folder) = &self.screenshot {
            settings.pictures = Some(pictures::Wanted::new(path::absolute(folder)?)?);
            page::ask_prometheus(&settings.prometheus).await.map_err(anyhow::Error::msg)?;
        } else {
            free(settings.port)?;
        }
        let mut progress = Progress::new();
        settings.packages = packages::install(&mut |event| progress.show(event))?;
        settings.assets = page::bundle(&settings.packages)?;
        if settings.pictures.is_some() {
            return pictures::take(&node, &settings, self.allow_empty).await;
        }
        serve(&node, &settings).await
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let ports = Ports::moved_by(self.port_offset).map_err(anyhow::Error::msg)?;
        let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &self.variables {
            variables.entry(name.clone()).or_default().push(value.clone());
        }
        let folder = self.dashboards.clone().unwrap_or_else(|| stack::workspace_root().join("dashboards"));
        Ok(Settings {
            prometheus: self.prometheus.clone().unwrap_or_else(|| format!("http://127.0.0.1:{}", ports.prometheus)),
            // Grafana's own, so that its addresses lead here.
            port: self.port.unwrap_or(ports.grafana),
            dashboards: path::absolute(folder)?,
            only: self.only.clone(),
            range: self.range.clone(),
            variables,
            scrape_interval: format!("{}s", Place::local().scrape_interval.as_secs()),
            packages: PathBuf::new(),
            assets: PathBuf::new(),
            pictures: None,
        })
    }
}

/// Serves until Ctrl-C, or until the server dies.
async fn serve(node: &path::Path, settings: &Settings) -> anyhow::Result<Outcome> {
    let mut server = page::launch(node, "serve.mjs", settings)?;
    let address = format!("http://127.0.0.1:{}", settings.port);
    server.wait_ready(&Ready::Http(format!("{address}/preview/settings")), PATIENCE).await?;

    let listed = page::dashboards(&address).await?;
    println!("\nThe preview (not Grafana) of {} is at {address}\n", settings.dashboards.display());
    for dashboard in &listed {
        match dashboard {
            page::Listed::Good { uid, title } => println!("  {title:<28}{address}/d/{uid}"),
            page::Listed::Broken { error } => println!("  error: {error}"),
        }
    }
    if let Err(why) = page::ask_prometheus(&settings.prometheus).await {
        eprintln!("\nerror: {why}; the page asks again at each refresh");
    }
    println!("\nCtrl-C ends it.");

    let mut tick = tokio::time::interval(WATCH_EVERY);
    loop {
        tokio::select! {
            heard = tokio::signal::ctrl_c() => {
                heard?;
                server.stop().await;
                return Ok(Outcome::Done);
            }
            _ = tick.tick() => if let Some(death) = server.death() {
                return Err(Error::Died(death).into());
            },
        }
    }
}

/// Looks before the server does, for a sentence that says what to do.
fn free(port: u16) -> anyhow::Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .with_context(|| format!("port {port} cannot be had for the preview; name another by --port"))
}

fn prometheus_url(text: &str) -> anyhow::Result<String> {
    let is_http = |url: &reqwest::Url| matches!(url.scheme(), "http" | "https");
    if !reqwest::Url::parse(text).is_ok_and(|url| is_http(&url)) {
        bail!("it is no address such as http://127.0.0.1:9090");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn range(text: &str) -> anyhow::Result<String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let is_time =
        digits.parse().is_ok_and(|count: u32| count > 0) && matches!(&text[digits.len()..], "s" | "m" | "h" | "d");
    if is_time { Ok(text.to_owned()) } else { Err(anyhow!("it is no time such as 90s, 15m, 6h or 2d")) }
}

fn variable(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).context("it is not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests;
