//! Grafana's files hold only what its documentation knows: a key that is misspelt is passed over in silence by the server.

use std::collections::{BTreeMap, BTreeSet};

use serde_norway::Value;
use shop::ports::Ports;
use shop_monitoring::{Place, files};

/// The settings that we make, of those that <https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/> lists.
const SETTINGS: &[(&str, &[&str])] = &[
    ("paths", &["provisioning"]),
    ("server", &["http_addr", "http_port", "root_url"]),
    ("dashboards", &["default_home_dashboard_path", "min_refresh_interval"]),
    ("auth.anonymous", &["enabled", "org_role"]),
    ("auth", &["disable_login_form"]),
    ("users", &["allow_sign_up", "allow_org_create", "viewers_can_edit"]),
    ("security", &["disable_initial_admin_creation", "disable_gravatar"]),
    ("analytics", &["reporting_enabled", "check_for_updates", "check_for_plugin_updates", "feedback_links_enabled"]),
    ("news", &["news_feed_enabled"]),
    ("snapshots", &["external_enabled"]),
    (
        "plugins",
        &["preinstall_disabled", "preinstall_auto_update", "plugin_admin_enabled", "public_key_retrieval_disabled"],
    ),
    ("feature_toggles", &["enable"]),
    ("log", &["mode"]),
];

/// Paths of keys, of those that <https://grafana.com/docs/grafana/latest/administration/provisioning/> lists, and for a kind of data
/// source its own page: /datasources/jaeger/ for what is under `tracesToMetrics` and `nodeGraph`.
const PROVISIONING: &[(&str, &[&str])] = &[
    (
        "dashboards/dashboards.yml",
        &[
            "apiVersion",
            "providers.allowUiUpdates",
            "providers.disableDeletion",
            "providers.folder",
            "providers.folderUid",
            "providers.name",
            "providers.options.path",
            "providers.type",
            "providers.updateIntervalSeconds",
        ],
    ),
    (
        "datasources/datasources.yml",
        &[
            "apiVersion",
            "datasources.access",
            "datasources.editable",
            "datasources.isDefault",
            "datasources.jsonData.alertmanagerUid",
            "datasources.jsonData.handleGrafanaManagedAlerts",
            "datasources.jsonData.httpMethod",
            "datasources.jsonData.implementation",
            "datasources.jsonData.manageAlerts",
            "datasources.jsonData.nodeGraph.enabled",
            "datasources.jsonData.prometheusType",
            "datasources.jsonData.timeInterval",
            "datasources.jsonData.tracesToMetrics.datasourceUid",
            "datasources.jsonData.tracesToMetrics.queries.name",
            "datasources.jsonData.tracesToMetrics.queries.query",
            "datasources.jsonData.tracesToMetrics.spanEndTimeShift",
            "datasources.jsonData.tracesToMetrics.spanStartTimeShift",
            "datasources.jsonData.tracesToMetrics.tags.key",
            "datasources.jsonData.tracesToMetrics.tags.value",
            "datasources.name",
            "datasources.type",
            "datasources.uid",
            "datasources.url",
            "prune",
        ],
    ),
    ("plugins/plugins.yml", &["apiVersion"]),
];

fn rendered(place: &Place, path: &str) -> String {
    let path = format!("deploy/grafana/{path}");
    let files = files(place).unwrap_or_else(|refused| panic!("{refused}"));
    files.into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is not rendered")).contents
}

fn settings(place: &Place) -> BTreeMap<String, BTreeMap<String, String>> {
    let (mut sections, mut section) = (BTreeMap::new(), String::new());
    for line in rendered(place, "grafana.ini").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
            assert!(sections.insert(section.clone(), BTreeMap::new()).is_none(), "[{section}] begins twice");
        } else {
            let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{line} is no setting"));
            let keys = sections.get_mut(&section).unwrap_or_else(|| panic!("{line} is in no section"));
            assert!(keys.insert(key.to_owned(), value.to_owned()).is_none(), "{key} is set twice in [{section}]");
        }
    }
    sections
}

/// The paths of all values that are no mapping and no list.
fn paths(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Mapping(mapping) => {
            for (key, inner) in mapping {
                let key = key.as_str().expect("a word");
                paths(inner, &if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }, found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| paths(item, above, found)),
        _ => {
            found.insert(above.to_owned());
        }
    }
}

#[test]
fn every_setting_is_a_documented_one() {
    let known: BTreeMap<_, BTreeSet<_>> = SETTINGS
        .iter()
        .map(|(section, keys)| ((*section).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()))
        .collect();
    let ours = settings(&Place::local());
    let ours =
        ours.into_iter().map(|(section, keys)| (section, keys.into_keys().collect())).collect::<BTreeMap<_, _>>();
    assert_eq!(ours, known);
}

#[test]
fn every_provisioned_key_is_a_documented_one() {
    for (path, known) in PROVISIONING {
        let value: Value =
            serde_norway::from_str(&rendered(&Place::local(), &format!("provisioning/{path}"))).expect("YAML");
        let mut found = BTreeSet::new();
        paths(&value, "", &mut found);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), *known, "{path}");
    }
}

#[test]
fn the_dashboards_ask_a_data_source_that_is_provisioned() {
    let sources: Value =
        serde_norway::from_str(&rendered(&Place::local(), "provisioning/datasources/datasources.yml")).expect("YAML");
    let uids: Vec<_> =
        sources["datasources"].as_sequence().expect("a list").iter().map(|source| &source["uid"]).collect();
    let dashboards =
        files(&Place::local()).expect("rendered").into_iter().filter(|file| file.path.starts_with("dashboards/"));
    let mut asked = 0;
    for dashboard in dashboards {
        let dashboard: Value = serde_norway::from_str(&dashboard.contents).expect("JSON is YAML too");
        for panel in dashboard["panels"].as_sequence().expect("panels").iter().filter(|panel| panel["type"] != "row") {
            assert!(uids.contains(&&panel["datasource"]["uid"]), "{:?}", panel["datasource"]);
            asked += 1;
        }
    }
    assert!(asked > 50, "only {asked} panels were looked at");
}

#[test]
fn an_offset_moves_grafana_and_whom_it_asks() {
    let place = Place::local().with_ports(Ports::moved_by(100).expect("100 is fine"));
    let server = &settings(&place)["server"];
    assert_eq!((server["http_port"].as_str(), server["root_url"].as_str()), ("3100", "http://127.0.0.1:3100/"));
    let sources = rendered(&place, "provisioning/datasources/datasources.yml");
    for port in [9190, 16786, 9193] {
        assert!(sources.contains(&format!("url: http://127.0.0.1:{port}\n")), "nobody asks {port}:\n{sources}");
    }
}

/// Without these a page that is open on a desk tells strangers of it, or fetches programs.
#[test]
fn it_listens_on_loopback_and_asks_nobody_outside() {
    let settings = settings(&Place::local());
    assert_eq!(settings["server"]["http_addr"], "127.0.0.1");
    assert_eq!(settings["auth.anonymous"]["org_role"], "Viewer");
    assert_eq!(settings["plugins"]["preinstall_disabled"], "true");
    assert!(settings["analytics"].values().all(|value| value == "false"));
}
