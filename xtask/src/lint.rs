//! `cargo xtask lint`: the checker with our declarations known, on our own files or on any.

use clap::Args;
use promql_lint::{
    command::{self, Denied, Input},
    lint,
};

use crate::Outcome;

/// Where our own files lie that hold queries and routes.
const OWN: [&str; 5] = [
    "dashboards",
    "deploy/alertmanager/alertmanager.yml",
    "deploy/prometheus/rules",
    "deploy/alertmanager/production/alertmanager.yml",
    "deploy/kubernetes/monitoring",
];

/// Those of them for production: the same rules once more, which must not be taken for twins of the local ones.
const PRODUCTION: [&str; 2] = ["deploy/alertmanager/production/", "deploy/kubernetes/"];

/// Finds what cannot be true in Prometheus rules, Grafana dashboards and Alertmanager configuration; our declared signals are known.
///
/// Without files it reads our own, rendered rules, dashboards and Alertmanager configuration, and holds them to the house's rules, warnings
/// denied: --house --deny warnings. Each code has a page: --explain CODE, or docs/lint.
///
/// Exit codes: 0 nothing is wrong (warnings may be told), 1 errors (or warnings, with --deny warnings), 2 wrong use, or a file that
/// cannot be read; its line and column are told.
#[derive(Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    lint: command::Lint,
}

impl Lint {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut settings = self.lint;
        if settings.files.is_empty() {
            settings.root = stack::workspace_root();
            settings.files = OWN.map(str::to_owned).to_vec();
            settings.house = true;
            settings.deny = Some(Denied::Warnings);
            // What we read of others is declared, with the labels that it has here.
            settings.no_exporters = true;
        }
        let outcome = settings.run("cargo xtask lint", |settings, inputs| {
            let (production, local) = inputs.into_iter().partition(is_for_production);
            let mut report = lint(settings, Some(shop_monitoring::symbols()), local)?;
            report.extend(lint(settings, Some(shop_monitoring::symbols()), production)?);
            Ok(report)
        })?;
        Ok(match outcome {
            command::Outcome::Clean => Outcome::Done,
            command::Outcome::Findings => Outcome::Findings,
            command::Outcome::Unreadable => Outcome::WrongUse,
        })
    }
}

fn is_for_production(input: &Input) -> bool {
    PRODUCTION.iter().any(|folder| input.path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_of_all_verbs_fit_together() {
        crate::Arguments::command().debug_assert();
    }

    #[test]
    fn what_of_ours_is_checked_is_there() {
        for own in OWN {
            assert!(stack::workspace_root().join(own).exists(), "{own} is not there");
        }
    }

    #[test]
    fn what_is_for_production_is_told_from_the_rest() {
        let is = |path: &str| is_for_production(&Input { path: path.to_owned(), bytes: Vec::new(), is_named: false });
        assert!(is("deploy/kubernetes/monitoring/alerts.yaml") && is(OWN[3]));
        assert!(!is("deploy/prometheus/rules/alerts.yml") && !is("dashboards/overview.json"));
    }
}
