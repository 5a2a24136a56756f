//! Performance: which route, call, host, process or statement is slow, and what does it wait for?

pub mod calls;
pub mod database;
pub mod host;
pub mod process;
pub mod routes;

use monitoring::{Panel, Placed};
use promql::minutes;

use crate::dashboards::Page;

pub(crate) const PAGE: Page = Page {
    uid: "performance",
    title: "Performance",
    description: "Which route, call, host, process or statement is slow, and what does it wait for?",
    range: minutes(30),
    has_routes: true,
    panels: || {
        let rows = |panels: Vec<&'static Panel>, width, height| {
            panels.into_iter().map(|panel| Placed::panel(panel, width, height)).collect()
        };
        // Where there are many lines, two panels a row and their legends beside them.
        let sections: [(&str, Vec<Placed>); 5] = [
            ("Routes", routes::panels()),
            ("Calls between services, and from outside", rows(calls::panels(), 12, 8)),
            ("Hosts", rows(host::panels(), 8, 8)),
            ("Processes", rows(process::panels(), 12, 7)),
            ("Databases", rows(database::panels(), 12, 8)),
        ];
        let of = |(heading, panels): (&'static str, Vec<Placed>)| [vec![Placed::Heading(heading)], panels].concat();
        sections.into_iter().flat_map(of).collect()
    },
};
