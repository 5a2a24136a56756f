//! A real Alertmanager on a free port, with a rendered configuration.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shop::ports::Ports;
use shop_monitoring::Place;
use stack::{
    Launch, Process, Ready,
    tools::{self, Tool},
};

/// How long anything may take to come true; on an idle machine it takes a part of a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// The labels or the annotations of an alert.
pub(crate) type Labels = BTreeMap<String, String>;

pub(crate) fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The folder in which a place's files are written as they lie in the repository, emptied first.
pub(crate) fn render(name: &str, place: &Place) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    for file in shop_monitoring::files(place).unwrap_or_else(|refused| panic!("{refused}")) {
        let path = folder.join(file.path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, file.contents).expect("written");
    }
    folder
}

/// Where a rendered Alertmanager's configuration lies.
pub(crate) fn configuration(folder: &Path) -> PathBuf {
    folder.join("deploy/alertmanager/alertmanager.yml")
}

/// A program of Alertmanager's, built if it is missing.
pub(crate) fn program(tool: Tool) -> PathBuf {
    tools::install(&[tool], &mut |_| {}).expect("the pinned Alertmanager");
    tools::need(tool).expect("was installed")
}

/// A running Alertmanager, which ends with the value.
pub(crate) struct Alertmanager {
    pub url: String,
    http: reqwest::Client,
    _process: Process,
}

impl Alertmanager {
    /// Starts it on what is rendered in a folder.
    pub(crate) async fn start(folder: &Path) -> Self {
        let address = format!("127.0.0.1:{}", Ports::free().expect("free ports").alertmanager);
        let launch = Launch::new("alertmanager", program(Tool::Alertmanager), folder.join("alertmanager.log"))
            .arg(format!("--config.file={}", configuration(folder).display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg(format!("--web.external-url=http://{address}"))
            .arg("--cluster.listen-address=");
        let mut process = launch.start().unwrap_or_else(|why| panic!("{why}"));
        let url = format!("http://{address}");
        process
            .wait_ready(&Ready::Http(format!("{url}/-/ready")), PATIENCE)
            .await
            .unwrap_or_else(|why| panic!("{why}"));
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { url, http, _process: process }
    }

    /// Posts alerts as Prometheus does, firing.
    pub(crate) async fn fire(&self, alerts: impl IntoIterator<Item = (Labels, Labels)>) {
        let firing = |(labels, annotations)| json!({ "labels": labels, "annotations": annotations });
        self.post(alerts.into_iter().map(firing).collect()).await;
    }

    /// Posts that alerts are over.
    pub(crate) async fn end(&self, alerts: impl IntoIterator<Item = (Labels, Labels)>) {
        let (start, end) = ("2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z");
        let over = |(labels, annotations)| json!({ "labels": labels, "annotations": annotations, "startsAt": start, "endsAt": end });
        self.post(alerts.into_iter().map(over).collect()).await;
    }

    async fn post(&self, alerts: Vec<Value>) {
        let answer =
            self.http.post(format!("{}/api/v2/alerts", self.url)).json(&alerts).send().await.expect("an answer");
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        assert_eq!(status, 200, "{body}");
    }

    /// The alerts that fire, each with whether it is inhibited.
    pub(crate) async fn alerts(&self) -> Vec<(Labels, bool)> {
        let url = format!("{}/api/v2/alerts?inhibited=true", self.url);
        let answer = self.http.get(url).send().await.expect("an answer");
        let alerts: Vec<Value> = answer.json().await.expect("alerts");
        let read = |alert: Value| {
            let by = alert["status"]["inhibitedBy"].as_array().expect("a list").len();
            (serde_json::from_value(alert["labels"].clone()).expect("labels"), by > 0)
        };
        alerts.into_iter().map(read).collect()
    }
}

/// Waits until `look` gives something; says what never came true.
pub(crate) async fn eventually<T>(what: impl fmt::Display, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "within {PATIENCE:?} it never came true that {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
