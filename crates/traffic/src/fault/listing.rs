//! `traffic fault ls`: what is armed in every service, and why one says nothing.

use faults::Armed;
use serde::Serialize;
use shop::services::SERVICES;
use tokio::task::JoinSet;

use super::{Doors, Silence, Told, admin::Admins};
use crate::{arguments::Format, ending::Ending, say, table::table};

/// What one service said.
#[derive(Debug, Serialize)]
struct Row {
    service: &'static str,
    admin: String,
    faults: Vec<Armed>,
    trouble: Option<Trouble>,
}

#[derive(Debug, Serialize)]
struct Trouble {
    #[serde(flatten)]
    silence: Silence,
    sentence: String,
}

/// Asks every service and prints what it says.
pub(super) async fn list(doors: &Doors) -> anyhow::Result<Ending> {
    let admins = std::sync::Arc::new(Admins::of(doors)?);
    let mut asked = JoinSet::new();
    for (place, row) in SERVICES.iter().enumerate() {
        let admins = admins.clone();
        asked.spawn(async move { (place, row.name, admins.list(row.name).await) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(place, ..)| *place);
    let mut told = Told::default();
    let mut rows = Vec::new();
    for (_, service, answer) in answers {
        let (faults, trouble) = match answer {
            Ok(listing) => (listing.faults, None),
            Err(silence) => {
                told.add(service, silence.clone());
                let sentence = admins.sentence_of(service, &silence);
                (Vec::new(), Some(Trouble { silence, sentence }))
            }
        };
        rows.push(Row { service: service.as_str(), admin: admins.address(service).to_string(), faults, trouble });
    }
    match doors.common.format {
        Format::Text => {
            say(&for_people(&rows));
            told.sentences(&admins).iter().for_each(|sentence| say(&format!("\n{sentence}\n")));
        }
        Format::Json => say(&format!("{}\n", serde_json::to_string_pretty(&rows)?)),
    }
    Ok(told.ending)
}

fn for_people(rows: &[Row]) -> String {
    let mut lines = vec![["service", "fault", "ends in", "hits", "what"].map(str::to_owned).to_vec()];
    for Row { service, faults, trouble, .. } in rows {
        let nothing = match trouble.as_ref().map(|trouble| &trouble.silence) {
            None => "-",
            Some(Silence::Unreachable(_)) => "UNREACHABLE",
            Some(Silence::Disabled) => "disabled",
            Some(Silence::Unauthorized) => "REFUSES THE TOKEN",
            Some(Silence::NotArmed | Silence::Refused(_) | Silence::Strange(_)) => "STRANGE",
        };
        if faults.is_empty() {
            lines.push(vec![(*service).to_owned(), nothing.to_owned()]);
        }
        for (i, armed) in faults.iter().enumerate() {
            let service = if i == 0 { *service } else { "" };
            lines.push(vec![
                service.to_owned(),
                armed.name.clone(),
                left(armed.ends_in_ms),
                armed.hits.to_string(),
                armed.fault.to_string(),
            ]);
        }
    }
    table(&lines, &[2, 3])
}

/// A time that is left, as people read it.
pub(super) fn left(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1000);
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {:02} s", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_left_is_never_shown_as_none() {
        assert_eq!(left(1), "1 s");
        assert_eq!(left(59_000), "59 s");
        assert_eq!(left(61_001), "1 min 02 s");
    }
}
