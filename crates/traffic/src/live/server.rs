//! What the server says of itself, by the recording rules that Prometheus keeps: each over five minutes (docs/recording-rules.md).

use std::{collections::BTreeMap, time::Duration};

use tokio::{sync::watch, time::interval};

use crate::{
    arguments::Target,
    prometheus::{Prometheus, Refusal},
};

/// Often enough: the rules are worked out every 30 s.
const POLL: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(3);

const REQUEST_RATE: &str = "sum by (service) (service:request_rate)";
const ERROR_RATE: &str = "max by (service) (service:error_rate)";
const P95: &str = "max by (service) (service:response_time_p95)";

/// What Prometheus was last told, or why it does not say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    /// By service.
    pub services: BTreeMap<String, Service>,
    pub trouble: Option<String>,
}

/// A service as it sees itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Service {
    pub request_rate: Option<f64>,
    pub error_rate: Option<f64>,
    pub p95_seconds: Option<f64>,
}

/// Where an answer belongs.
type Field = fn(&mut Service) -> &mut Option<f64>;

/// Asks now and then, for as long as anybody looks.
pub(super) fn follow(target: Target) -> watch::Receiver<Server> {
    let (sender, receiver) = watch::channel(Server::default());
    tokio::spawn(async move {
        let prometheus = Prometheus::new(target, PATIENCE);
        let mut polls = interval(POLL);
        while !sender.is_closed() {
            polls.tick().await;
            let asked = Server::ask(&prometheus).await;
            sender.send_modify(|server| match asked {
                Ok(answer) => *server = answer,
                // What was known is shown no longer: nobody could tell that it is old.
                Err(refusal) => {
                    *server = Server { trouble: Some(refusal.sentence().to_owned()), ..Server::default() };
                }
            });
        }
    });
    receiver
}

impl Server {
    async fn ask(prometheus: &Prometheus) -> Result<Self, Refusal> {
        let mut services: BTreeMap<String, Service> = BTreeMap::new();
        let fields: [(&str, Field); 3] = [
            (REQUEST_RATE, |service| &mut service.request_rate),
            (ERROR_RATE, |service| &mut service.error_rate),
            (P95, |service| &mut service.p95_seconds),
        ];
        for (query, field) in fields {
            for sample in prometheus.query(query, None).await? {
                let name = sample.metric.get("service").cloned().unwrap_or_default();
                *field(services.entry(name).or_default()) = Some(sample.value()).filter(|value| value.is_finite());
            }
        }
        let is_empty = services.is_empty();
        Ok(Self { services, trouble: is_empty.then(|| "Prometheus has no numbers of the shop yet".to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What this workspace renders for Prometheus.
    const RULES: &str = include_str!("../../../../deploy/prometheus/rules/recording.yml");

    #[test]
    fn what_is_asked_for_is_recorded() {
        for query in [REQUEST_RATE, ERROR_RATE, P95] {
            let asked = query.rsplit('(').next().unwrap_or_default().trim_end_matches(')');
            assert!(RULES.contains(&format!("- record: {asked}\n")), "no rule records {asked}");
        }
    }
}
