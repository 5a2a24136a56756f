//! What the checker learns from a real Prometheus that scrapes a target: names, types, labels, what it records, how often it scrapes.

mod target;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use promql::{Checker, Observed, ObservedKind, Severity, Symbols};
use promql_lint::sources::{self, Access, Live};
use shop::ports::Ports;
use stack::{
    Launch, Process, Ready,
    tools::{self, Tool},
};

use self::target::Target;

/// How long anything may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many series the great target has.
const MANY: usize = 100_000;

const SMALL: &str = "# TYPE requests counter\n# HELP requests Requests.\nrequests_total{code=\"200\"} 1\nrequests_total{code=\"500\",reason=\"x\"} 1\n\
                     # TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\nwait_seconds_bucket{le=\"1\"} 1\nwait_seconds_bucket{le=\"+Inf\"} 2\n\
                     wait_seconds_sum 1\nwait_seconds_count 2\n# TYPE \"my.metric\" gauge\n{\"my.metric\",\"my.label\"=\"ä\"} 1\n# EOF\n";

const RULES: &str = "groups:\n- name: api\n  interval: 1s\n  rules:\n  - record: job:requests:rate1m\n    expr: sum by (job) (rate(requests_total[1m]))\n    labels:\n      kind: http\n";

/// A running Prometheus with its targets; all end with the value.
struct World {
    url: String,
    _process: Process,
    _targets: Vec<Target>,
}

impl World {
    async fn start(name: &str, targets: Vec<Target>) -> Self {
        tools::install(&[Tool::Prometheus], &mut |_| {}).expect("the pinned Prometheus");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("made");
        let addresses: Vec<String> = targets.iter().map(|target| format!("'{}'", target.address)).collect();
        let configuration = format!(
            "global: {{ scrape_interval: 7s, external_labels: {{ region: eu }} }}\nrule_files: [rules.yml]\nscrape_configs:\n\
             - job_name: shop\n  scrape_interval: 1s\n  static_configs: [{{ targets: [{}] }}]\n- job_name: idle\n",
            addresses.join(", ")
        );
        fs::write(folder.join("prometheus.yml"), configuration).expect("written");
        fs::write(folder.join("rules.yml"), RULES).expect("written");
        let address = format!("127.0.0.1:{}", Ports::free().expect("free ports").prometheus);
        let launch =
            Launch::new("prometheus", tools::need(Tool::Prometheus).expect("was installed"), folder.join("log"))
                .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
                .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
                .arg(format!("--web.listen-address={address}"));
        let mut process = launch.start().unwrap_or_else(|why| panic!("{why}"));
        let url = format!("http://{address}");
        let ready = process.wait_ready(&Ready::Http(format!("{url}/-/ready")), PATIENCE).await;
        ready.unwrap_or_else(|why| panic!("{why}"));
        Self { url, _process: process, _targets: targets }
    }

    /// What is learnt once it is all there.
    async fn live(&self, is_there: impl Fn(&Live) -> bool) -> Live {
        let end = Instant::now() + PATIENCE;
        loop {
            let live = sources::prometheus(&self.url, &Access::default()).unwrap_or_else(|why| panic!("{why}"));
            if is_there(&live) {
                return live;
            }
            assert!(Instant::now() < end, "it never came to be there; last seen: {live:?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn named<'l>(live: &'l Live, name: &str) -> &'l Observed {
    live.metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name} is not known"))
}

#[tokio::test]
async fn what_a_prometheus_has_is_known_after_asking() {
    let world = World::start("sources-small", vec![Target::serving(SMALL)]).await;
    let live = world
        .live(|live| {
            let has_type = live.metrics.iter().any(|metric| metric.name == "requests_total" && !metric.help.is_empty());
            has_type && live.metrics.iter().any(|metric| metric.name == "job:requests:rate1m" && metric.has_series)
        })
        .await;
    assert_eq!(live.remarks, Vec::<String>::new());

    let requests = named(&live, "requests_total");
    assert_eq!((requests.kind, requests.help.as_str()), (ObservedKind::Counter, "Requests."));
    assert!(requests.labels["code"].always && requests.labels["job"].always && !requests.labels["reason"].always);
    assert!(requests.labels["code"].values.iter().eq(["200", "500"]));
    let wait = named(&live, "wait_seconds");
    assert_eq!((wait.kind, wait.unit.as_deref()), (ObservedKind::Histogram, Some("seconds")));
    assert_eq!(wait.bounds, ["1.0", "+Inf"]);
    assert!(named(&live, "my.metric").labels["my.label"].values.contains("ä"));
    assert!(live.labels.contains("my.label"));

    let recorded = named(&live, "job:requests:rate1m");
    assert!(recorded.labels.keys().eq(["job", "kind"]), "{:?}", recorded.labels);
    let [rule] = live.recorded.as_slice() else { panic!("{:?}", live.recorded) };
    assert_eq!((rule.name.as_str(), rule.interval), ("job:requests:rate1m", Duration::from_secs(1)));
    assert_eq!(rule.query, "sum by (job) (rate(requests_total[1m]))");
    assert_eq!(rule.labels, [("kind".to_owned(), "http".to_owned())].into());

    assert_eq!(live.scraping.interval, Some(Duration::from_secs(7)));
    let intervals = [("idle", 7), ("shop", 1)].map(|(job, seconds)| (job.to_owned(), Duration::from_secs(seconds)));
    assert_eq!(live.scraping.intervals, intervals.into());
    assert_eq!(live.scraping.external_labels, [("region".to_owned(), "eu".to_owned())].into());

    let mut symbols = Symbols::new(["job", "instance"]);
    live.metrics.iter().for_each(|metric| symbols.observe(metric));
    let errors = |query: &str| {
        let findings = Checker::new(&symbols).check("query", query).into_iter();
        findings.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.reason).collect::<Vec<_>>()
    };
    assert_eq!(errors("up{env=\"x\"} == 0"), Vec::<String>::new(), "targets may have any labels");
    assert_eq!(errors("sum by (job, zone) (rate(requests_total[5m]))"), Vec::<String>::new());
    assert!(errors("wait_seconds_bucket{le=\"1\"}")[0].contains("has no bucket 1"));
    assert!(!errors("rate(my_metric[5m])").is_empty() || !errors("rate({\"my.metric\"}[5m])").is_empty());
}

#[tokio::test]
async fn a_hundred_thousand_series_are_read_in_seconds() {
    let line = |i: usize| format!("many{{a=\"{i}\",b=\"x\",method=\"get\",path=\"/api/v1/things\"}} 1\n");
    let text = (0..MANY).map(line).collect::<String>();
    let world = World::start("sources-many", vec![Target::serving(&text)]).await;
    let mut took = Duration::MAX;
    let live = world.live(|live| live.metrics.iter().any(|metric| metric.name == "many" && metric.has_series)).await;
    for _ in 0..3 {
        let began = Instant::now();
        sources::prometheus(&world.url, &Access::default()).unwrap_or_else(|why| panic!("{why}"));
        took = took.min(began.elapsed());
    }
    assert!(named(&live, "many").labels["a"].values.len() < 1000, "values of what has so many are not all kept");
    assert!(took < Duration::from_secs(10), "reading {MANY} series took {took:?}");
}

#[tokio::test]
async fn what_is_no_prometheus_is_told_so() {
    let target = Target::serving("a 1\n");
    let url = format!("http://{}", target.address);
    let why = sources::prometheus(&url, &Access::default()).expect_err("is no Prometheus").to_string();
    assert!(why.contains("this is no answer of Prometheus") && why.contains("http://localhost:9090"), "{why}");
    let all = sources::fetch(&url, &Access::default()).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(all[0].name, "a");
}
