//! The pages for people lead somewhere: every link to a file, and every link to a heading.

use std::{collections::BTreeMap, path::Path};

use shop_monitoring::{Place, definitions, files};

fn rendered() -> BTreeMap<String, String> {
    let files = files(&Place::local()).unwrap_or_else(|refused| panic!("{refused}"));
    files.into_iter().map(|file| (file.path, file.contents)).collect()
}

/// The targets of a page's links. What stands in a block of code is no link.
fn links(page: &str) -> Vec<&str> {
    let text = page.split("\n```").step_by(2);
    text.flat_map(|text| text.split("](").skip(1).filter_map(|rest| rest.split(')').next())).collect()
}

/// The names of a page's headings, by GitHub's rule.
fn headings(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |char: char| char.is_alphanumeric() || "-_ ".contains(char);
    let name = |heading: &str| heading.to_lowercase().chars().filter(|char| kept(*char)).collect::<String>();
    headings.map(|heading| name(heading).replace(' ', "-")).collect()
}

/// The file that a link on the page at `from` leads to, from the repository's root.
fn target(from: &str, link: &str) -> String {
    if link.is_empty() {
        return from.to_owned();
    }
    let mut path: Vec<_> = from.split('/').collect();
    path.pop();
    for part in link.split('/') {
        match part {
            ".." => assert!(path.pop().is_some(), "{link} on {from} leads out of the repository"),
            part => path.push(part),
        }
    }
    path.join("/")
}

#[test]
fn every_link_of_a_rendered_page_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = rendered();
    let mut followed = 0;
    for (path, page) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        for link in links(page).into_iter().filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let to = target(path, file);
            assert!(files.contains_key(&to) || root.join(&to).is_file(), "{link} on {path} leads to no file");
            if let Some(heading) = heading {
                let there = headings(&files[&to]).iter().filter(|name| *name == heading).count();
                assert_eq!(there, 1, "{link} on {path} leads to no heading, or to several");
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "only {followed} links were found");
}

#[test]
fn every_alert_stands_in_the_index_and_every_signal_in_the_catalogue() {
    let files = rendered();
    let index = links(&files["docs/runbooks/README.md"]);
    for alert in definitions(&Place::local()).each_alert() {
        assert!(index.contains(&&*format!("{}.md", alert.name)), "{} is not in the index", alert.name);
    }
    let signals = headings(&files["docs/signals.md"]);
    for signal in signals::all() {
        let name = signal.declaration().prometheus_name();
        assert!(signals.contains(&name), "{name} is not in the catalogue");
    }
    for service in ["gateway", "catalog", "orders", "payments"] {
        assert!(files["docs/signals.md"].contains(&format!("\n| `{service}` | ")), "{service} is not in the catalogue");
    }
}

#[test]
fn the_questions_of_people_can_all_be_asked() {
    let titles: Vec<_> = definitions(&Place::local()).each_question().map(|question| question.title).collect();
    for title in [
        "Requests in the last minute",
        "Failed requests in the last minute",
        "Share of requests that fail, by route",
        "Errors by type, where they arise",
        "95th percentile of response time, by route",
        "Slow statements in the last hour",
        "Connections of each pool",
        "Orders in the last hour, by state",
        "Revenue of the last hour, by currency",
    ] {
        assert!(titles.contains(&title), "nobody answers {title:?}");
    }
}

#[test]
fn every_runbook_says_what_to_type_where_the_service_listens() {
    let ports = shop::ports::Ports::moved_by(1000).expect("1000 is fine");
    let files = files(&Place::local().with_ports(ports)).expect("rendered");
    let page = |name: &str| -> &str {
        &files.iter().find(|file| file.path == format!("docs/runbooks/{name}.md")).expect("a page").contents
    };
    let asks = format!("curl -sG http://127.0.0.1:{}/api/v1/query", ports.prometheus);
    for alert in definitions(&Place::local()).each_alert() {
        assert!(page(alert.name).contains(&asks), "{} does not say {asks}", alert.name);
    }
    let traces = format!("http://127.0.0.1:{}/api/traces?service=$SERVICE", ports.jaeger);
    for name in ["APIHighErrorRate", "ApiLatencyHigh", "AvailabilityBurnsFast", "PaymentsFailing"] {
        assert!(page(name).contains(&traces), "{name} does not say {traces}");
    }
    assert!(!page("HostCpuHigh").contains("/api/traces"), "no trace tells why a host is busy");
    let ready = format!("curl -s http://127.0.0.1:{}/readyz # catalog", ports.catalog.admin);
    assert!(page("ApiDown").contains(&ready), "{}", page("ApiDown"));
}
