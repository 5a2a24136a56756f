//! What a notification says: the templates that receivers use
//! (<https://prometheus.io/docs/alerting/latest/notifications/>).

use crate::{File, note};

/// The templates, without the addresses that links begin with.
const TEMPLATES: &str = include_str!("notification.tmpl");

/// What the links of a notification begin with; an annotation that is a whole address is taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// Stands before the annotation `runbook`, such as `https://git.example/shop/blob/main/`.
    pub runbooks: &'static str,
    /// Stands before the annotation `panel`: Grafana's address, without a slash at the end.
    pub panels: &'static str,
}

/// The file of templates, in the folder `templates` beside the configuration in `folder`; `source` is the file of the definition.
pub fn notification(folder: &str, source: &str, links: &Links) -> File {
    let Links { runbooks, panels } = links;
    let contents = format!(
        "{{{{/* {note} */}}}}\n\
        {{{{ define \"notification.runbooks\" }}}}{runbooks}{{{{ end }}}}\n\
        {{{{ define \"notification.panels\" }}}}{panels}{{{{ end }}}}\n\
        \n\
        {TEMPLATES}",
        note = note(source),
    );
    File { path: format!("{folder}/templates/notification.tmpl"), contents }
}
