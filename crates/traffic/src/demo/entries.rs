//! What the demonstration shows: each entry with the commands that it runs and what can be seen of them.

/// An entry of the menu.
#[derive(Debug)]
pub(super) struct Entry {
    /// As `--entry` spells it.
    pub name: &'static str,
    pub title: &'static str,
    /// What it does and what can be seen, before it begins.
    pub about: &'static str,
    pub needs_faults: bool,
    pub acts: &'static [Act],
    /// What ends what an interrupt leaves behind; also the last thing that is done otherwise.
    pub at_the_end: &'static [&'static str],
    /// Where to look now.
    pub look_at: &'static [Look],
}

/// Something that an entry does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Runs `traffic` with these arguments, which blanks part.
    Run(&'static str),
    /// Shows where to look.
    Look,
    /// Goes through another entry.
    Entry(&'static Entry),
}

/// A picture on a dashboard, or a number at Prometheus.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    Panel { dashboard: &'static str, panel: &'static str },
    Query(&'static str),
}

use Act::{Look as ShowLook, Run};
use Look::{Panel, Query};

static BASIC: Entry = Entry {
    name: "basic",
    title: "Basic traffic",
    about: "A hundred requests in twenty seconds: customers look around, search, order and pay. All of them end as they should.",
    needs_faults: false,
    acts: &[Run("run -n 100 -t 20 --mix shopping")],
    at_the_end: &[],
    look_at: &[
        Panel { dashboard: "overview", panel: "Requests by service" },
        Panel { dashboard: "business", panel: "Confirmed orders by payment method" },
        Query("sum by (payment_method) (orders_total)"),
    ],
};

static ERRORS: Entry = Entry {
    name: "errors",
    title: "Error spikes",
    about: "Ten requests a second in the background, while the catalog's database fails in 30 % of all requests for half a minute, and then \
            half of the calls to the payment provider for twenty seconds. Each fault holds a lease and ends with it.",
    needs_faults: true,
    acts: &[
        Run("daemon start --rate 10 --mix shopping"),
        Run("fault set database_error --on catalog --share 0.3 --for 30s"),
        Run("fault set upstream_error --on orders --peer payments --share 0.5 --for 20s"),
    ],
    at_the_end: &["fault halt", "daemon stop"],
    look_at: &[
        Panel { dashboard: "errors", panel: "Errors by type" },
        Panel { dashboard: "overview", panel: "Share of requests that fail" },
        Query("sum by (service, error_type) (rate(errors_total[1m])) > 0"),
    ],
};

static TIMEOUTS: Entry = Entry {
    name: "timeouts",
    title: "Timeouts",
    about: "Ten requests a second in the background, while a fifth of the catalog's requests take two seconds longer for half a minute, and \
            then a tenth of them are not answered before their deadline of five seconds.",
    needs_faults: true,
    acts: &[
        Run("daemon start --rate 10 --mix browsing"),
        Run("fault set latency --on catalog --delay 2s --share 0.2 --for 30s"),
        Run("fault set timeout --on catalog --share 0.1 --for 30s"),
    ],
    at_the_end: &["fault halt", "daemon stop"],
    look_at: &[
        Panel { dashboard: "overview", panel: "95th percentile of response time" },
        Panel { dashboard: "overview", panel: "Spread of response times" },
        Query(
            "histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{service=\"gateway\"}[1m])))",
        ),
    ],
};

static HEAVY: Entry = Entry {
    name: "heavy",
    title: "Heavy traffic",
    about: "Load by arrival rate: up to sixty requests a second, whatever the shop answers, and whether it kept two promises. Then a \
            stress peak: twenty customers who never pause, for thirty seconds, and how long the shop takes to be its old self again.",
    needs_faults: false,
    acts: &[
        Run("load --stages 10s:10,20s:60 --slo p95<2s --slo errors<1% --mix shopping"),
        Run("spike --users 20 -t 30"),
    ],
    at_the_end: &[],
    look_at: &[
        Panel { dashboard: "performance", panel: "Requests in flight" },
        Panel { dashboard: "overview", panel: "Requests, now and a week ago" },
        Query("sum by (service) (rate(http_server_request_duration_seconds_count[1m]))"),
    ],
};

static FLOW: Entry = Entry {
    name: "flow",
    title: "Customers, until Ctrl-C",
    about: "Ten customers who pause half a second to two seconds between requests, as on a real day: most look around, few buy. Ctrl-C ends \
            it and shows what it came to.",
    needs_faults: false,
    acts: &[Run("flow --level normal")],
    at_the_end: &[],
    look_at: &[
        Panel { dashboard: "overview", panel: "Requests by service" },
        Panel { dashboard: "business", panel: "Conversion" },
    ],
};

static TOUR: Entry = Entry {
    name: "tour",
    title: "The full tour",
    about: "Whether every door opens, then basic traffic, error spikes, timeouts and heavy traffic, one after the other: about five minutes.",
    needs_faults: true,
    acts: &[Run("check"), Act::Entry(&BASIC), Act::Entry(&ERRORS), Act::Entry(&TIMEOUTS), Act::Entry(&HEAVY), ShowLook],
    at_the_end: &[],
    look_at: &[],
};

static WHERE: Entry = Entry {
    name: "look",
    title: "What to look at",
    about: "Where Prometheus, Jaeger, Grafana and the rest are, and what to ask them.",
    needs_faults: false,
    acts: &[ShowLook],
    at_the_end: &[],
    look_at: &[],
};

/// The menu.
pub(super) static ENTRIES: &[&Entry] = &[&BASIC, &ERRORS, &TIMEOUTS, &HEAVY, &FLOW, &TOUR, &WHERE];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use clap::Parser as _;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn every_command_of_the_demonstration_is_one() {
        for entry in ENTRIES {
            let runs = entry.acts.iter().filter_map(|act| if let Run(command) = act { Some(*command) } else { None });
            for command in runs.chain(entry.at_the_end.iter().copied()) {
                let words = ["traffic"].into_iter().chain(command.split(' '));
                Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("{}: {command}: {error}", entry.name));
            }
        }
    }

    #[test]
    fn every_panel_that_it_points_to_is_on_its_dashboard() {
        let dashboards = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dashboards");
        for look in ENTRIES.iter().flat_map(|entry| entry.look_at) {
            let Panel { dashboard, panel } = look else { continue };
            let text = fs::read_to_string(dashboards.join(format!("{dashboard}.json"))).expect("a dashboard");
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let panels = read["panels"].as_array().expect("panels");
            assert!(panels.iter().any(|it| it["title"] == *panel), "{dashboard} has no panel `{panel}`");
        }
    }

    #[test]
    fn entries_have_names_of_their_own() {
        let names: BTreeSet<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), ENTRIES.len());
    }
}
