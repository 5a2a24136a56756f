//! Who may depend on whom.

use std::collections::BTreeSet;

use crate::workspace::{GENERAL, Workspace, names, services, toml};

#[track_caller]
fn assert_none(of: &BTreeSet<String>, among: &BTreeSet<String>, rule: &str) {
    let found: Vec<_> = among.intersection(of).collect();
    assert!(found.is_empty(), "{rule}, but has {found:?}");
}

/// What belongs to this shop: it may use the general crates, and they not it.
fn of_the_shop(workspace: &Workspace) -> BTreeSet<String> {
    let members = workspace.members().into_iter().map(|package| package.name.to_string());
    members.filter(|name| !GENERAL.contains(&name.as_str())).collect()
}

#[test]
fn the_general_crates_know_nothing_of_the_shop_nor_do_their_tests() {
    let workspace = Workspace::read();
    let of_the_shop = of_the_shop(workspace);
    assert!(of_the_shop.contains("shop") && of_the_shop.is_superset(&services()), "{of_the_shop:?}");
    for general in GENERAL {
        let rule = format!("{general} is to know nothing of the shop");
        assert_none(&of_the_shop, &workspace.built_into_tests_of(general), &rule);
    }
}

#[test]
fn services_never_depend_on_each_other() {
    let (workspace, services) = (Workspace::read(), services());
    for service in &services {
        let rule = format!("{service} is to speak with other services by HTTP only");
        assert_none(&services, &workspace.built_into_tests_of(service), &rule);
    }
}

#[test]
fn traffic_knows_the_shop_and_the_general_crates_alone() {
    let workspace = Workspace::read();
    let mut strangers = of_the_shop(workspace);
    strangers.remove("shop");
    let rule = "traffic is to know the shop and the general crates alone";
    assert_none(&strangers, &workspace.built_into_tests_of("traffic"), rule);
}

#[test]
fn nothing_depends_on_xtask() {
    assert_eq!(Workspace::read().dependents("xtask"), BTreeSet::new());
}

#[test]
fn rendering_and_xtask_are_built_without_the_web_server_the_database_and_the_sdk() {
    let workspace = Workspace::read();
    let heavy =
        names(["actix-web", "actix-http", "sqlx", "sqlx-core", "opentelemetry_sdk", "opentelemetry-otlp", "telemetry"]);
    assert!(workspace.built_into("gateway").contains("opentelemetry_sdk"), "the graph is not read as it should be");
    for light in ["xtask", "shop-monitoring", "signals"] {
        assert_none(&heavy, &workspace.built_into(light), &format!("{light} is to be quick to build"));
    }
}

#[test]
fn faults_are_words_and_no_machinery() {
    let machinery = names(["actix-web", "tokio", "sqlx", "opentelemetry_sdk", "telemetry"]);
    assert_none(&machinery, &Workspace::read().built_into("faults"), "faults is to be a vocabulary");
}

/// A meter comes from the SDK, which only `telemetry` has, or from OpenTelemetry's global, which clippy bans.
#[test]
fn only_signals_and_telemetry_touch_meters() {
    let workspace = Workspace::read();
    for sdk in ["opentelemetry_sdk", "opentelemetry-otlp", "opentelemetry-prometheus", "prometheus"] {
        assert_eq!(workspace.dependents(sdk), names(["telemetry"]), "who depends on {sdk}");
    }
    // Orders carries a span's context into its tasks, and no more.
    assert_eq!(workspace.dependents("opentelemetry"), names(["orders", "signals", "telemetry"]));
    for (path, text) in workspace.sources() {
        if !path.starts_with("crates/signals") && !path.starts_with("crates/telemetry") {
            // Put together, so as not to find itself.
            let meters = concat!("opentelemetry", "::metrics");
            assert!(!text.contains(meters), "{} names {meters}", path.display());
        }
    }
}

#[test]
fn clippy_bans_the_ways_to_a_meter_with_a_reason() {
    let clippy = toml("clippy.toml");
    let bans = clippy["disallowed-methods"].as_array().expect("a list");
    for banned in ["global::meter", "global::meter_with_scope", "global::meter_provider"] {
        let path = format!("opentelemetry::{banned}");
        let ban = bans.iter().find(|ban| ban["path"].as_str() == Some(&path));
        let ban = ban.unwrap_or_else(|| panic!("clippy.toml does not ban {path}"));
        assert!(
            ban.get("reason").and_then(toml::Value::as_str).is_some_and(|reason| !reason.is_empty()),
            "{path} is banned without a reason"
        );
    }
}

#[test]
fn no_crate_lifts_the_bans_by_a_clippy_toml_of_its_own() {
    for package in Workspace::read().members() {
        for name in ["clippy.toml", ".clippy.toml"] {
            let own = package.manifest_path.with_file_name(name);
            assert!(
                !own.exists(),
                "{own} replaces the workspace's; write #[expect(…, reason = …)] where a ban does not hold"
            );
        }
    }
}

#[test]
fn every_crate_has_the_workspaces_lints() {
    let lints = &toml("Cargo.toml")["workspace"]["lints"];
    for package in Workspace::read().members() {
        let own = toml(&package.manifest_path)
            .get("lints")
            .cloned()
            .unwrap_or_else(|| panic!("{} has no lints", package.name));
        if package.name.as_str() == "signals" {
            // Its manifest says why it cannot have `unsafe_code`.
            let mut all_but_one = lints.clone();
            all_but_one["rust"]
                .as_table_mut()
                .expect("a table")
                .remove("unsafe_code")
                .expect("the lint it cannot have");
            assert_eq!(own, all_but_one, "signals has every lint of the workspace but one");
            let reason = "# The workspace's lints, but for `unsafe_code`:";
            assert!(crate::workspace::text(&package.manifest_path).contains(reason), "signals does not say why");
        } else {
            assert_eq!(own.get("workspace"), Some(&true.into()), "{} is to have the workspace's lints", package.name);
        }
    }
}
