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
        let sections: [(&str, Vec<&'static Panel>); 5] = [
            ("Routes", routes::panels()),
            ("Calls between services", calls::panels()),
            ("Hosts", host::panels()),
            ("Processes", process::panels()),
            ("Databases", database::panels()),
        ];
        // Rows of three.
        let of = |(heading, panels): (&'static str, Vec<&'static Panel>)| {
            [Placed::Heading(heading)]
                .into_iter()
                .chain(panels.into_iter().map(|panel| Placed::panel(panel, 8, 8)))
                .collect::<Vec<_>>()
        };
        sections.into_iter().flat_map(of).collect()
    },
};
