//! `traffic stats`: the last report again, and beside it what the server itself counted in that time.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Args;
use serde::Serialize;
use shop::{ports::Ports, services::ServiceName};
use signals::http;

use crate::{
    arguments::{Common, Format, Target},
    complain,
    ending::Ending,
    engine::Quantile,
    kept,
    prometheus::{Prometheus, Refusal, Sample},
    report::Report,
    say,
    table::{table, time},
};

/// How long Prometheus may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `traffic stats` takes.
#[derive(Args, Debug)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub common: Common,

    /// The Prometheus that watches the shop; unless told, the one that `cargo xtask up` starts beside it.
    #[arg(long, env, value_name = "URL")]
    pub prometheus: Option<Target>,
}

/// What the server counted and measured while the run lasted, of all that was sent to it by whomever.
#[derive(Debug, Serialize)]
struct ServerSide {
    prometheus: String,
    routes: Vec<Route>,
    /// Over all routes, interpolated between the bounds of its buckets.
    p95_seconds: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Route {
    route: String,
    status: Option<u16>,
    code: Option<String>,
    client: u64,
    server: f64,
}

#[derive(Serialize)]
struct Both<'a> {
    report: &'a Report,
    server: Option<ServerSide>,
}

/// Shows the last report.
pub(crate) async fn stats(options: &Stats) -> anyhow::Result<Ending> {
    let Some(report) = kept::last()? else {
        complain("nothing was run yet; `traffic run` sends 100 requests in a minute");
        return Ok(Ending::Misused);
    };
    let prometheus = Prometheus::new(options.prometheus.clone().unwrap_or_else(|| beside(&report)), PATIENCE);
    let server = match ServerSide::ask(&prometheus, &report).await {
        Ok(server) => Some(server),
        Err(refusal) => {
            complain(&format!("{}; so only this side's numbers are shown", refusal.sentence()));
            None
        }
    };
    match options.common.format {
        Format::Text => {
            report.show(Format::Text)?;
            if let Some(server) = server {
                say(&server.for_people(&report));
            }
        }
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&Both { report: &report, server })?)),
    }
    Ok(Ending::Passed)
}

/// The Prometheus of the stack that the report's target belongs to: as far from its usual port as the gateway is from its.
fn beside(report: &Report) -> Target {
    let target: Target = report.about.target.parse().unwrap_or_default();
    let offset = i32::from(target.address().1) - i32::from(ServiceName::Gateway.doors().public);
    let port = u16::try_from(i32::from(Ports::FIXED.prometheus) + offset).unwrap_or(Ports::FIXED.prometheus);
    target.with_port(port)
}

impl ServerSide {
    async fn ask(prometheus: &Prometheus, report: &Report) -> Result<Self, Refusal> {
        // What was counted last is scraped a little later, and what was counted before the start a little earlier.
        let scrape = prometheus.scrape_interval().await?.unwrap_or_default();
        let began = Duration::from_millis(report.began_unix_ms);
        let ended = began + Duration::from_secs_f64(report.lasted_seconds) + scrape * 2;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if now < ended {
            tokio::time::sleep(ended - now).await;
        }
        let duration = http::SERVER_DURATION.declaration.prometheus_name();
        let service = ServiceName::Gateway.as_str();
        let [method, route, status, error] =
            [http::METHOD, http::ROUTE, http::STATUS_CODE, http::ERROR_TYPE].map(|key| key.replace('.', "_"));
        let (from, to) = (began.as_secs_f64(), ended.as_secs_f64());
        let grew = |by: &str, series: &str| {
            let series = format!("{duration}_{series}{{service=\"{service}\"}}");
            format!("sum by ({by}) ({series} @ {to:.3}) - sum by ({by}) ({series} @ {from:.3})")
        };
        let counted = prometheus.query(&grew(&format!("{method}, {route}, {status}, {error}"), "count"), None).await?;
        let p95 = format!("histogram_quantile(0.95, {})", grew("le", "bucket"));
        let p95 = prometheus.query(&p95, None).await?.first().map(Sample::value).filter(|p95| p95.is_finite());

        let mut routes: BTreeMap<End, (u64, f64)> = BTreeMap::new();
        for sample in counted.iter().filter(|sample| sample.value() > 0.0) {
            let label = |key: &str| sample.metric.get(key).filter(|value| !value.is_empty()).cloned();
            let method = label(&method).unwrap_or_default();
            let route = label(&route).filter(|route| route != http::OTHER);
            let route = route.map_or(NO_ROUTE.to_owned(), |route| format!("{method} {route}"));
            let key = (route, label(&status).and_then(|status| status.parse().ok()), label(&error));
            routes.entry(key).or_default().1 += sample.value();
        }
        for counted in &report.routes {
            let route = counted.route.clone().unwrap_or_else(|| NO_ROUTE.to_owned());
            let key = (route, counted.end.status, counted.end.code.clone());
            routes.entry(key).or_default().0 += counted.requests;
        }
        let routes = routes.into_iter().map(|((route, status, code), (client, server))| Route {
            route,
            status,
            code,
            client,
            server,
        });
        Ok(Self { prometheus: prometheus.target().to_string(), routes: routes.collect(), p95_seconds: p95 })
    }

    fn for_people(&self, report: &Report) -> String {
        let mut rows = vec![["route", "ended as", "client", "server"].map(str::to_owned).to_vec()];
        for Route { route, status, code, client, server } in &self.routes {
            let label = [status.map(|status| status.to_string()), code.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            rows.push(vec![route.clone(), label, client.to_string(), format!("{server:.0}")]);
        }
        let Report { latency_seconds, about, .. } = report;
        let client = match latency_seconds.p95 {
            Quantile::Seconds(seconds) => time(seconds),
            Quantile::Never => "never answered".to_owned(),
            Quantile::TooFew => "not known".to_owned(),
        };
        let server = self.p95_seconds.map_or("not known".to_owned(), time);
        format!(
            "\nWhat {} says of the gateway in that time, whoever asked it (this run learned with {} requests first):\n\n{}\n\
             p95      {client} for the client, {server} in the server, between the bounds of its buckets\n",
            self.prometheus,
            about.requests_before_the_start,
            table(&rows, &[2, 3]),
        )
    }
}

/// A route, a status and a code.
type End = (String, Option<u16>, Option<String>);

/// Where a request goes that finds no route.
const NO_ROUTE: &str = "(no route)";
