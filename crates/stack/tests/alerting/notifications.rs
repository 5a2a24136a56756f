//! What reaches whom, and what it says: the configuration for production, on a real Alertmanager, with its addresses in secret files.

use std::{fs, path::Path};

use monitoring::Severity;
use serde_json::Value;
use shop_monitoring::{Place, Receivers, definitions};

use crate::{
    alertmanager::{Alertmanager, Labels, configuration, eventually, labels, render},
    listener::Listener,
};

/// The annotations of each alert, as they stand in the rule file.
fn annotations(folder: &Path) -> Vec<(String, Labels)> {
    let rules = fs::read_to_string(folder.join("deploy/prometheus/rules/alerts.yml")).expect("the alerts");
    let rules: serde_norway::Value = serde_norway::from_str(&rules).expect("YAML");
    let groups = rules["groups"].as_sequence().expect("groups");
    let rules = groups.iter().flat_map(|group| group["rules"].as_sequence().expect("rules"));
    rules
        .map(|rule| {
            let annotations = serde_norway::from_value(rule["annotations"].clone()).expect("annotations");
            (rule["alert"].as_str().expect("a name").to_owned(), annotations)
        })
        .collect()
}

/// Lets nothing wait for others of its bundle, as a clock that runs faster would; all else stays as it is rendered.
fn hurry(folder: &Path) {
    let path = configuration(folder);
    let written = fs::read_to_string(&path).expect("the configuration");
    let hurried: Vec<_> = written
        .lines()
        .map(|line| match line.split_once("group_wait: ") {
            Some((before, _)) => format!("{before}group_wait: 0s"),
            None => match line.split_once("group_interval: ") {
                Some((before, _)) => format!("{before}group_interval: 1s"),
                None => line.to_owned(),
            },
        })
        .collect();
    fs::write(path, hurried.join("\n")).expect("written");
}

struct World {
    alertmanager: Alertmanager,
    listener: Listener,
    annotations: Vec<(String, Labels)>,
}

impl World {
    /// The place for production, with secret files that lead to the listener.
    async fn start(name: &str) -> Self {
        let listener = Listener::start().await;
        let secrets = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-secrets"));
        fs::create_dir_all(&secrets).expect("made");
        for to in ["page", "ticket", "chat", "watchdog"] {
            let url = format!("http://{}/{to}", listener.address);
            fs::write(secrets.join(format!("{to}_url")), url).expect("written");
        }
        let secrets = secrets.display().to_string().leak();
        Self::on(name, Place::production().telling(Receivers::SecretsIn(secrets)), listener).await
    }

    async fn on(name: &str, place: Place, listener: Listener) -> Self {
        let folder = render(name, &place);
        hurry(&folder);
        let annotations = annotations(&folder);
        Self { alertmanager: Alertmanager::start(&folder).await, listener, annotations }
    }

    /// The first message in the chat that says this.
    async fn message(&self, says: &str) -> Value {
        let attachment = |post: Value| post["attachments"][0].clone();
        eventually(format_args!("the chat says {says:?}"), async || {
            let said = |message: &Value| message.to_string().contains(says);
            self.listener.posts("/chat").into_iter().map(attachment).find(said)
        })
        .await
    }
}

fn alert(name: &str, severity: Severity, service: &str) -> Labels {
    labels([
        ("alertname", name),
        ("severity", severity.as_str()),
        ("service", service),
        ("topic", "errors"),
        ("owner", "shop"),
        ("environment", "production"),
    ])
}

fn said(summary: &str) -> Labels {
    labels([("summary", summary), ("description", "Over five minutes 7% failed; 5% is the limit.")])
}

#[tokio::test]
async fn each_level_reaches_its_own_receiver_and_people_read_it_in_the_chat() {
    let world = World::start("notifications").await;
    let page = (alert("Graver", Severity::Critical, "orders"), said("7% of the requests to orders fail"));
    let ticket = (alert("Milder", Severity::Warning, "catalog"), said("3% of the requests to catalog fail"));
    let note = (alert("Mild", Severity::Info, "gateway"), said("2% of the requests to gateway fail"));
    let watchdog = (alert("Watchdog", Severity::Info, "prometheus"), said("all is well"));
    world.alertmanager.fire([page.clone(), ticket, note, watchdog]).await;

    for (path, name) in [("/page", "Graver"), ("/ticket", "Milder"), ("/watchdog", "Watchdog")] {
        let post = eventually(format_args!("{path} is told"), async || world.listener.posts(path).pop()).await;
        assert_eq!(post["alerts"].as_array().map(Vec::len), Some(1), "{path}: {post}");
        assert_eq!(post["alerts"][0]["labels"]["alertname"], name, "{path}");
    }
    for (says, title, color) in [
        ("Graver", "[FIRING] critical: 7% of the requests to orders fail", "danger"),
        ("Milder", "[FIRING] warning: 3% of the requests to catalog fail", "warning"),
        ("Mild*", "[FIRING] info: 2% of the requests to gateway fail", "#439fe0"),
    ] {
        let message = world.message(says).await;
        assert_eq!((message["title"].as_str(), message["color"].as_str()), (Some(title), Some(color)), "{message}");
        let text = message["text"].as_str().expect("a text");
        assert!(text.contains("Over five minutes 7% failed; 5% is the limit.\nSince 20"), "{text}");
    }

    world.alertmanager.end([page]).await;
    let over = world.message("[RESOLVED]").await;
    assert_eq!(over["title"], "[RESOLVED] critical: 7% of the requests to orders fail");
    assert_eq!(over["color"], "good");
    assert!(over["text"].as_str().is_some_and(|text| text.contains("Over since 2020-01-01 00:00:01 UTC")), "{over}");
}

#[tokio::test]
async fn the_notification_of_every_alert_leads_to_its_runbook_its_panel_and_a_silence() {
    let world = World::start("notification-links").await;
    let definitions = definitions(&Place::production());
    for alert in definitions.each_alert().filter(|alert| alert.name != "Watchdog") {
        let (_, annotations) = world.annotations.iter().find(|(name, _)| name == alert.name).expect("it is rendered");
        // A service of its own, lest one alert keep another quiet or share its bundle.
        let service = format!("of {}", alert.name);
        let mut labels = self::alert(alert.name, alert.severity, &service);
        labels.insert("topic".to_owned(), alert.topic.to_owned());
        world.alertmanager.fire([(labels, annotations.clone())]).await;

        let message = world.message(&format!("*{}*", alert.name)).await;
        let text = message["text"].as_str().expect("a text");
        let url = &world.alertmanager.url;
        for line in [
            format!("Runbook: https://runbooks.shop.example/docs/runbooks/{}.md", alert.name),
            format!("Panel: https://grafana.shop.example{}", annotations["panel"]),
            format!(
                "Silence: {url}/#/silences/new?filter=%7Balertname%3D%22{}%22%2C%20environment%3D%22production%22%2C%20\
                 owner%3D%22shop%22%2C%20service%3D%22of%20{}%22%2C%20severity%3D%22{}%22%2C%20topic%3D%22{}%22%7D",
                alert.name,
                alert.name,
                alert.severity.as_str(),
                alert.topic,
            ),
        ] {
            assert!(text.lines().any(|written| written == line), "no line {line:?} in\n{text}");
        }
        assert!(annotations["panel"].starts_with("/d/"), "{}: {}", alert.name, annotations["panel"]);
    }
}

#[tokio::test]
async fn alerts_on_one_topic_of_a_service_come_as_one_bundle() {
    let world = World::start("notification-bundle").await;
    let one = (alert("One", Severity::Critical, "orders"), said("one"));
    let other = (alert("Other", Severity::Critical, "orders"), said("other"));
    world.alertmanager.fire([one, other]).await;
    // The bundle is cut when it is first sent; what comes a moment later is told with what was there before.
    let message = world.message("2 alerts").await;
    assert_eq!(message["title"], "[FIRING] critical: 2 alerts on production, orders, errors");
    assert!(
        message["text"].as_str().is_some_and(|text| text.contains("*One*: one") && text.contains("*Other*: other"))
    );
}

#[tokio::test]
async fn one_listener_can_stand_for_every_receiver() {
    let listener = Listener::start().await;
    let place = Place::local().telling(Receivers::Listener(listener.address));
    let world = World::on("notification-listener", place, listener).await;
    let told = [
        ("/page", alert("Graver", Severity::Critical, "orders")),
        ("/ticket", alert("Milder", Severity::Warning, "catalog")),
        ("/note", alert("Mild", Severity::Info, "gateway")),
        ("/watchdog", alert("Watchdog", Severity::Info, "prometheus")),
    ];
    world.alertmanager.fire(told.clone().map(|(_, labels)| (labels, Labels::new()))).await;
    for (path, labels) in told {
        let post = eventually(format_args!("{path} is told"), async || world.listener.posts(path).pop()).await;
        let told: Labels = serde_json::from_value(post["alerts"][0]["labels"].clone()).expect("labels");
        assert_eq!(told, labels, "{path}");
    }
}
