//! Who hears of which alert, and which alert keeps others quiet.

use std::{slice, time::Duration};

use monitoring::{
    File, Severity,
    alertmanager::{Address, Configuration, Inhibition, LabelMatcher, Pace, Receiver, Route, notification},
    yaml,
};
use promql::{hours, minutes};

use crate::{
    alerts::{
        availability::API_DOWN,
        latency::LATENCY,
        traffic::{ABSENCE, TRAFFIC},
    },
    place::{Place, Receivers},
};

/// Wakes somebody.
pub const PAGE: &str = "page";
/// Work for the next day.
pub const TICKET: &str = "ticket";
/// For the next quiet hour: late, and seldom again.
pub const NOTE: &str = "note";
/// Outside; notices when the monitoring itself falls silent.
pub const WATCHDOG: &str = "watchdog";

/// The alert that always fires, and that nothing may keep quiet.
pub const WATCHDOG_ALERT: &str = "Watchdog";

/// The configuration for a place and its templates, in a folder.
pub(crate) fn files(place: &Place, folder: &str) -> Result<Vec<File>, String> {
    Ok(vec![
        yaml(&format!("{folder}/alertmanager.yml"), file!(), &configuration(place))?,
        notification(folder, file!(), &place.links),
    ])
}

/// Who hears of what at a place.
pub(crate) fn configuration(place: &Place) -> Configuration {
    Configuration::new(routes(), inhibitions(), receivers(place.receivers))
}

fn severity(is: Severity) -> LabelMatcher {
    LabelMatcher::is("severity", is.as_str())
}

/// What no other route takes is a ticket, so that a forgotten level loses no alert.
fn routes() -> Route {
    let pulse = Pace { wait: Duration::ZERO, interval: minutes(1), repeat: minutes(2) };
    let page = Pace { wait: Duration::from_secs(10), interval: minutes(1), repeat: hours(1) };
    let ticket = Pace { wait: minutes(1), interval: minutes(5), repeat: hours(24) };
    // Alertmanager forgets after five days what it has said (`--data.retention`).
    let note = Pace { wait: minutes(10), interval: hours(1), repeat: hours(4 * 24) };
    Route::to(TICKET).grouped_by(&["environment", "service", "topic"]).paced(ticket).with([
        Route::to(WATCHDOG)
            .when(&[LabelMatcher::is("alertname", WATCHDOG_ALERT)])
            .grouped_by(&["alertname"])
            .paced(pulse),
        Route::to(PAGE).when(&[severity(Severity::Critical)]).paced(page),
        Route::to(NOTE).when(&[severity(Severity::Info)]).paced(note),
    ])
}

/// The graver alert on a topic of a service, or of a host, keeps the milder ones quiet; a service that is down, also what follows from
/// it. All within one environment.
pub(crate) fn inhibitions() -> Vec<Inhibition> {
    let graver = [
        (Severity::Critical, LabelMatcher::one_of("severity", &[Severity::Warning.as_str(), Severity::Info.as_str()])),
        (Severity::Warning, severity(Severity::Info)),
    ];
    let of_services = graver
        .iter()
        .map(|(graver, milder)| Inhibition::new(&[severity(*graver)], slice::from_ref(milder), &["service", "topic"]));
    // Hosts have no service: missing on both sides it would be equal, so it is no label to agree in.
    let of_hosts = graver.iter().map(|(graver, milder)| {
        Inhibition::new(&[severity(*graver)], slice::from_ref(milder), &["instance", "topic"])
            .among(&LabelMatcher::absent("service"))
    });
    let follows = LabelMatcher::one_of("topic", &[TRAFFIC, ABSENCE, LATENCY]);
    let down = Inhibition::new(&[LabelMatcher::is("alertname", API_DOWN)], &[follows], &["service"]);
    of_services
        .chain(of_hosts)
        .chain([down])
        .map(|rule| rule.within("environment").silencing_only(LabelMatcher::is_not("alertname", WATCHDOG_ALERT)))
        .collect()
}

fn receivers(receivers: Receivers) -> Vec<Receiver> {
    let [page, ticket, note, watchdog] = [PAGE, TICKET, NOTE, WATCHDOG].map(Receiver::nowhere);
    match receivers {
        Receivers::Nobody => vec![page, ticket, note, watchdog],
        Receivers::Listener(address) => {
            let at = |receiver| Address::Url(format!("http://{address}/{receiver}"));
            vec![
                page.webhook(at(PAGE)),
                ticket.webhook(at(TICKET)),
                note.webhook(at(NOTE)),
                watchdog.heartbeat(at(WATCHDOG)),
            ]
        }
        Receivers::SecretsIn(folder) => {
            let secret = |name| Address::SecretFile(format!("{folder}/{name}"));
            let chat = || secret("chat_url");
            vec![
                page.webhook(secret("page_url")).chat(chat()),
                ticket.webhook(secret("ticket_url")).chat(chat()),
                note.chat(chat()),
                watchdog.heartbeat(secret("watchdog_url")),
            ]
        }
    }
}
