//! What the shop promises and watches: its recording rules, alerts, dashboards and pages for people, whom Prometheus scrapes, and who hears of what.
//!
//! [`files`] renders all of it for a [`Place`]. A set of definitions with a certain mistake in it is refused, with the reasons.

mod collecting;
mod declared;
mod drills;
mod place;
mod questions;
mod runbooks;
mod unused;

pub mod alerts;
pub mod business;
pub mod dashboards;
pub mod equivalents;
pub mod exporters;
pub mod foreign;
pub mod grafana;
pub mod healthy;
pub mod labels;
pub mod promises;
pub mod recordings;
pub mod requests;
mod roads;
pub mod routing;
pub mod scraping;
pub mod waiting;
pub mod windows;

pub use declared::symbols;
pub use monitoring::{File, Refused};
pub use place::{Place, Receivers};

use labels::{ENVIRONMENT, INSTANCE, JOB, SERVICE};
use monitoring::{Catalogue, Definitions, Kubernetes};
use promql::Checker;
use shop::services::SERVICES;

/// Every rendered file, sorted by path.
///
/// # Errors
/// When the checker finds a certain mistake in a definition.
pub fn files(place: &Place) -> Result<Vec<File>, Refused> {
    let definitions = definitions(place);
    let symbols = definitions.symbols(&symbols());
    let checker = Checker::new(&symbols);
    let mut files = definitions.files(&checker)?;
    files.extend(self::definitions(&Place::production()).manifests(&checker)?);
    let servers = [collecting::collector, collecting::jaeger, collecting::jaeger_page];
    for server in servers {
        files.push(server(place).map_err(Refused::Unwritable)?);
    }
    files.push(File::page("docs/mutation.md", "crates/mutation/src/operator.rs", "Mutation", &mutation::page()));
    files.extend(exporters::files(place));
    files.extend(scraping::files(place).map_err(Refused::Unwritable)?);
    files.extend(routing::files(place, "deploy/alertmanager").map_err(Refused::Unwritable)?);
    // Only whom it tells differs in production; the folder is mounted there as it is.
    files.extend(routing::files(&Place::production(), "deploy/alertmanager/production").map_err(Refused::Unwritable)?);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// All rules, alerts, dashboards and questions.
pub fn definitions(place: &Place) -> Definitions {
    Definitions {
        recordings: recordings::groups(),
        alerts: alerts::groups(place),
        dashboards: dashboards::all(place),
        notifications: routing::configuration(place),
        questions: questions::chapters(),
        catalogue: catalogue(),
        grafana: grafana::grafana(place),
        runbooks: runbooks::all(place),
        kubernetes: KUBERNETES,
    }
}

/// The label is the one that all of the shop's objects bear.
const KUBERNETES: Kubernetes = Kubernetes {
    folder: "deploy/kubernetes/monitoring",
    prefix: "vitrine",
    labels: &[("app.kubernetes.io/part-of", "vitrine")],
    target_labels: &["environment", "service", "job"],
};

fn catalogue() -> Catalogue {
    Catalogue {
        signals: signals::all().into_iter().map(|signal| signal.declaration()).collect(),
        services: SERVICES.iter().map(|row| row.name.signals()).collect(),
        target_labels: vec![SERVICE.name(), INSTANCE.name(), ENVIRONMENT.name(), JOB.name()],
        unused: unused::all(),
    }
}
