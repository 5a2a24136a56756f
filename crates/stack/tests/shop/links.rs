//! From a span back to the metrics: what Grafana is told to ask, filled in as it does it, is answered by the span's own service alone.

use std::{fs, time::Duration};

use serde_norway::Value as Yaml;
use stack::{Database, Server};

use crate::world::{Shop, eventually};

/// The rules of the services are evaluated every thirty seconds.
const PATIENCE: Duration = Duration::from_secs(75);

#[tokio::test]
async fn a_span_leads_to_what_is_recorded_of_its_own_service() {
    let servers = [Server::Prometheus, Server::Collector, Server::Jaeger];
    let shop = Shop::open(Shop::plan("links", Database::Sqlite), &servers).await;
    let answer = shop.buy("ada", "p-001", "tok_ok").await.expect("the gateway answers");
    let url = format!("{}/api/traces/{}", shop.stack.server_url(Server::Jaeger), answer.trace_id);
    let look = async || shop.get(url.clone()).await["data"][0]["processes"].as_object().cloned().unwrap_or_default();
    let within = Duration::from_secs(15);
    let processes = eventually("the trace has all four services", within, look, |processes| processes.len() == 4).await;

    let provisioned = shop.stack.configuration().join("deploy/grafana/provisioning/datasources/datasources.yml");
    let provisioned: Yaml = serde_norway::from_str(&fs::read_to_string(provisioned).expect("rendered")).expect("YAML");
    let sources = provisioned["datasources"].as_sequence().expect("a list");
    let jaeger = sources.iter().find(|source| source["type"] == "jaeger").expect("Jaeger");
    let links = &jaeger["jsonData"]["tracesToMetrics"];
    let (tags, queries) =
        (links["tags"].as_sequence().expect("a list"), links["queries"].as_sequence().expect("a list"));
    assert!(!queries.is_empty());

    for process in processes.values() {
        let own = process["tags"].as_array().expect("a list");
        let matchers: Vec<String> = tags
            .iter()
            .filter_map(|tag| {
                let own = own.iter().find(|own| own["key"].as_str() == tag["key"].as_str())?;
                Some(format!("{}=\"{}\"", tag["value"].as_str()?, own["value"].as_str()?))
            })
            .collect();
        assert_eq!(matchers.len(), tags.len(), "a tag that a span does not have narrows nothing: {process}");
        for query in queries {
            // Grafana makes one dollar of two when it reads the file.
            let query =
                query["query"].as_str().expect("a query").replace("$$", "$").replace("$__tags", &matchers.join(", "));
            let prometheus = format!("{}/api/v1/query", shop.stack.server_url(Server::Prometheus));
            let asked =
                shop.http.get(prometheus).query(&[("query", &query)]).build().expect("a request").url().to_string();
            let look = async || shop.get(asked.clone()).await["data"]["result"].as_array().cloned().unwrap_or_default();
            let series =
                eventually(&format!("{query} has an answer"), PATIENCE, look, |series| !series.is_empty()).await;
            assert!(series.iter().all(|one| one["metric"]["service"] == process["serviceName"]), "{query}: {series:?}");
        }
    }
}
