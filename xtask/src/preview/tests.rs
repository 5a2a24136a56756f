//! What can be said of the preview without a browser.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use clap::Parser as _;
use serde_json::Value;
use shop::ports::Ports;

use super::*;
use crate::{Arguments, Verb};

fn parse(arguments: &[&str]) -> Result<Preview, clap::Error> {
    let parsed = Arguments::try_parse_from(["cargo xtask", "preview"].iter().chain(arguments))?;
    let Verb::Preview(preview) = parsed.verb else { unreachable!("another verb was parsed") };
    Ok(preview)
}

#[track_caller]
fn refused(arguments: &[&str], why: &str) {
    let said = parse(arguments).expect_err("was accepted").to_string();
    assert!(said.contains(why), "{said}");
}

fn node() -> PathBuf {
    packages::need_node().expect("the preview's tests need Node.js")
}

#[test]
fn arguments_that_cannot_be_meant_are_refused_with_the_reason() {
    refused(&["--range", "15 minutes"], "it is no time such as 90s, 15m, 6h or 2d");
    refused(&["--range", "0m"], "it is no time");
    refused(&["--range", "m"], "it is no time");
    refused(&["--variable", "service"], "it is not NAME=VALUE");
    refused(&["--variable", "=orders"], "it is not NAME=VALUE");
    refused(&["--prometheus", "localhost:9090"], "http");
    refused(&["--allow-empty"], "--screenshot");
}

#[test]
fn the_offset_moves_the_page_and_the_prometheus_that_it_asks() {
    let settings = parse(&["--port-offset", "100"]).unwrap().settings().unwrap();
    assert_eq!((settings.port, settings.prometheus.as_str()), (3100, "http://127.0.0.1:9190"));
    let settings =
        parse(&["--port-offset", "100", "--port", "80", "--prometheus", "http://far/p/"]).unwrap().settings().unwrap();
    assert_eq!((settings.port, settings.prometheus.as_str()), (80, "http://far/p"));
    assert!(parse(&["--port-offset", "65000"]).unwrap().settings().is_err());
}

#[test]
fn a_variable_that_is_given_again_has_both_values() {
    let given = ["--variable", "service=orders", "--variable", "service=gateway", "--variable", "query=a=b"];
    let variables = parse(&given).unwrap().settings().unwrap().variables;
    let expected = [("query", vec!["a=b"]), ("service", vec!["orders", "gateway"])];
    let expected = expected.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()));
    assert_eq!(variables, BTreeMap::from(expected));
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_is_installed() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    assert!(free(port).unwrap_err().to_string().contains(&format!("port {port} cannot be had")));
}

#[tokio::test]
async fn the_committed_dashboards_are_served_and_the_server_ends_with_us() {
    let mut settings = parse(&[]).unwrap().settings().unwrap();
    settings.port = Ports::free().unwrap().jaeger;
    let address = format!("http://127.0.0.1:{}", settings.port);
    let mut server = page::launch(&node(), "serve.mjs", &settings).unwrap();
    server.wait_ready(&Ready::Http(format!("{address}/d/overview?viewPanel=1")), PATIENCE).await.unwrap();

    let listed = page::dashboards(&address).await.unwrap();
    let committed = fs::read_dir(stack::workspace_root().join("dashboards")).unwrap().count();
    assert_eq!(listed.len(), committed);
    assert!(
        listed.iter().any(|entry| matches!(entry, page::Listed::Good { uid, .. } if uid == "overview")),
        "{listed:?}"
    );

    drop(server);
    assert!(page::dashboards(&address).await.is_err(), "the server outlived us");
}

#[tokio::test]
async fn a_dashboard_that_is_not_there_is_refused_with_those_that_are() {
    let mut settings = parse(&["--dashboard", "weather"]).unwrap().settings().unwrap();
    settings.port = Ports::free().unwrap().jaeger;
    let address = format!("http://127.0.0.1:{}", settings.port);
    let mut server = page::launch(&node(), "serve.mjs", &settings).unwrap();
    server.wait_ready(&Ready::Http(format!("{address}/preview/settings")), PATIENCE).await.unwrap();
    let said = page::dashboards(&address).await.unwrap_err().to_string();
    assert!(said.contains("no dashboard weather") && said.contains("overview"), "{said}");
}

#[test]
fn the_pages_own_tests_pass() {
    let mut tests: Vec<PathBuf> =
        fs::read_dir(page::source().join("test")).unwrap().map(|entry| entry.unwrap().path()).collect();
    tests.sort();
    assert!(tests.len() >= 5, "only {tests:?}");
    let said = Command::new(node()).arg("--test").args(&tests).output().unwrap();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}

#[test]
fn packages_are_pinned_and_their_lock_names_no_registry() {
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(page::source().join(name)).unwrap()).unwrap()
    };
    let (manifest, lock) = (read("package.json"), read("package-lock.json"));
    let wanted = manifest["dependencies"].as_object().unwrap();
    let packages = lock["packages"].as_object().unwrap();
    assert!(wanted.len() > 10 && packages.len() > 300, "{} and {}", wanted.len(), packages.len());
    for (name, version) in wanted {
        assert_eq!(&packages[&format!("node_modules/{name}")]["version"], version, "{name}");
    }
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        assert!(package["integrity"].is_string(), "{name} has no checksum");
        assert!(package.get("resolved").is_none(), "{name} names where it came from");
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(!licence.contains("GPL"), "{name} is under {licence}");
    }
}
