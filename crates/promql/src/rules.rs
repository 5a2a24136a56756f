//! Rules as they are written, ours or anyone's: what is to be known of them beside their queries.

mod alert;
mod group;
mod house;
mod recording;

use std::{collections::BTreeMap, time::Duration};

pub use group::Found;

use crate::{Code, Finding, syntax::Span};

/// Which text of a rule a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    #[default]
    Query,
    Name,
    /// How long it must hold.
    Held,
    Label(String),
    Annotation(String),
}

/// What a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    Alert,
    Recording,
}

/// A rule as it is written.
#[derive(Clone, Debug)]
pub struct RuleText {
    pub kind: RuleKind,
    pub name: String,
    pub query: String,
    /// How long an alert must hold before it fires.
    pub held: Duration,
    /// The labels that it adds, or puts in the place of its series' own.
    pub labels: Vec<(String, String)>,
    pub annotations: Vec<(String, String)>,
}

/// Rules that are evaluated one after the other.
#[derive(Clone, Debug)]
pub struct RuleGroup {
    pub name: String,
    /// How often; nothing for the server's own.
    pub interval: Option<Duration>,
    pub rules: Vec<RuleText>,
}

impl RuleText {
    /// Whose text it is, for findings.
    pub fn place(&self) -> String {
        match self.kind {
            RuleKind::Alert => format!("alert {}", self.name),
            RuleKind::Recording => format!("rule {}", self.name),
        }
    }

    fn finding(
        &self,
        code: Code,
        field: Field,
        text: &str,
        span: Option<Span>,
        reason: String,
        help: String,
    ) -> Finding {
        let query = text.to_owned();
        Finding { code, severity: code.severity(), place: self.place(), field, query, span, reason, help }
    }

    /// About a field as a whole.
    fn about(&self, code: Code, field: Field, reason: impl Into<String>, help: impl Into<String>) -> Finding {
        let text = self.text(&field).to_owned();
        let span = (!text.is_empty()).then(|| Span::new(0, text.len()));
        self.finding(code, field, &text, span, reason.into(), help.into())
    }

    fn text(&self, field: &Field) -> &str {
        let among = |texts: &'_ [(String, String)], key: &str| texts.iter().position(|(name, _)| name == key);
        match field {
            Field::Query => &self.query,
            Field::Name => &self.name,
            Field::Held => "",
            Field::Label(key) => among(&self.labels, key).map_or("", |place| &self.labels[place].1),
            Field::Annotation(key) => among(&self.annotations, key).map_or("", |place| &self.annotations[place].1),
        }
    }

    fn own_labels(&self) -> BTreeMap<&str, &str> {
        self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }
}
