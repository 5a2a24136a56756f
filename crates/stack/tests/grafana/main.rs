//! A Grafana is one more member of the stack, on what is rendered for it. None can be had here: a stand-in notes what it is told.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;
use shop::ports::Ports;
use stack::{Binaries, Member, Plan, Server, Stack, tools::Grafana};

/// A program of this name that stands in for Grafana, with what makes a folder its home.
fn installed(folder: &Path, name: &str) -> Grafana {
    let (home, program) = (folder.join("home"), folder.join("home/bin").join(name));
    fs::create_dir_all(home.join("bin")).expect("a folder");
    fs::create_dir_all(home.join("conf")).expect("a folder");
    fs::write(home.join("conf/defaults.ini"), "").expect("its defaults");
    fs::write(&program, include_str!("stand_in.py")).expect("a program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("may be run");
    Grafana { program, home }
}

/// What a stand-in of this name was told when the stack started it.
async fn told(name: &str) -> (Value, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let grafana = installed(folder.path(), name);
    let ports = Ports::free().expect("ports");
    let plan = Plan::new(folder.path().join("stack")).services([]).ports(ports).grafana(grafana);
    let mut stack = Stack::start(plan, Binaries::default()).await.expect("the stand-in answers at the rendered port");
    assert_eq!(stack.server_url(Server::Grafana), format!("http://127.0.0.1:{}", ports.grafana));
    let log = fs::read_to_string(stack.log(Member::Server(Server::Grafana))).expect("its log, beside the others");
    assert!(log.contains("the stand-in listens"), "{log}");
    stack.stop().await;
    let told = folder.path().join("stack/data/grafana/told.json");
    let told = serde_json::from_str(&fs::read_to_string(told).expect("what it was told")).expect("JSON");
    (told, folder)
}

#[tokio::test]
async fn it_finds_the_rendered_files_by_its_environment_and_keeps_its_own_apart() {
    let (told, folder) = told("grafana").await;
    let stack = folder.path().join("stack").canonicalize().expect("its path");
    let root = stack.join("configuration");
    assert_eq!(told["environment"]["VITRINE_ROOT"], root.display().to_string());
    for path in ["datasources/datasources.yml", "dashboards/dashboards.yml"] {
        let provisioning = Path::new(told["provisioning"].as_str().expect("a path"));
        assert!(provisioning.join(path).is_file(), "{path} is not in {}", provisioning.display());
    }
    let home = told["home_dashboard"].as_str().expect("a path");
    assert!(Path::new(home).is_file() && Path::new(home).parent() == Some(&root.join("dashboards")), "{home}");
    for own in ["GF_PATHS_DATA", "GF_PATHS_LOGS", "GF_PATHS_PLUGINS"] {
        let place = told["environment"][own].as_str().expect("a path");
        assert!(Path::new(place).starts_with(stack.join("data/grafana")), "{own} is {place}");
    }
}

#[tokio::test]
async fn the_server_is_a_subcommand_but_of_the_older_program() {
    let (today, folder) = told("grafana").await;
    let home = format!("--homepath={}", folder.path().join("home").display());
    assert_eq!((&today["arguments"][0], &today["arguments"][1]), (&"server".into(), &home.into()));
    let (older, folder) = told("grafana-server").await;
    let home = format!("--homepath={}", folder.path().join("home").display());
    assert_eq!(older["arguments"][0], home);
}
