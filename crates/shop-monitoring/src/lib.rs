//! What the shop promises and watches: its recording rules, alerts and dashboards, whom Prometheus scrapes, and who hears of what.
//!
//! [`files`] renders all of it for a [`Place`]. A set of definitions with a certain mistake in it is refused, with the reasons.

mod collecting;
mod declared;
mod error;
mod place;

pub mod alerts;
pub mod dashboards;
pub mod healthy;
pub mod labels;
pub mod recordings;
pub mod requests;
pub mod routing;
pub mod scraping;
pub mod windows;

pub use declared::symbols;
pub use error::Error;
pub use monitoring::File;
pub use place::Place;

use monitoring::Definitions;

/// Every rendered file, sorted by path.
///
/// # Errors
/// [`Error::Refused`] when the checker finds a certain mistake in a definition.
pub fn files(place: &Place) -> Result<Vec<File>, Error> {
    let definitions = definitions(place);
    let findings = definitions.findings(&symbols());
    if !findings.is_empty() {
        return Err(Error::Refused(findings));
    }
    let mut files = definitions.files().map_err(Error::Unwritable)?;
    let servers = [scraping::file, collecting::collector, collecting::jaeger, routing::file];
    for server in servers {
        files.push(server(place).map_err(Error::Unwritable)?);
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// All rules, alerts and dashboards.
pub fn definitions(place: &Place) -> Definitions {
    Definitions { recordings: recordings::groups(), alerts: alerts::groups(), dashboards: dashboards::all(place) }
}
