//! Alerts, recording rules, dashboards, pages for people and the servers' configuration as values, and how each is written.
//!
//! It knows no shop. Whoever has definitions collects them in [`Definitions`], asks for [`Definitions::findings`], and renders only
//! what has none.

mod alert;
mod asked;
mod catalogue;
mod check;
mod dashboard;
mod drill;
mod finding;
mod grafana;
mod kubernetes;
mod markdown;
mod panel;
mod question;
mod refused;
mod rendered;
mod rules;
mod runbook;
mod silences;
mod slo;
mod template;
mod text;
mod uses;

pub mod alertmanager;
pub mod blackbox;
pub mod collector;
pub mod jaeger;
pub mod prometheus;
pub mod trials;

pub use alert::{Alert, AlertGroup, Proof, Runbook, Severity, Subject};
pub use asked::{Asked, Choice};
pub use catalogue::{Catalogue, Unused};
pub use check::Definitions;
pub use dashboard::{Colour, Dashboard, Mark, Placed, Variable};
pub use drill::{Drill, Traffic};
pub use grafana::{Grafana, SpanLinks};
pub use kubernetes::Kubernetes;
pub use panel::{Column, Drawing, First, Limit, Line, Panel, Steps, Unit, column, line};
pub use question::{Chapter, Question, question};
pub use refused::Refused;
pub use rendered::{File, arguments, json, note, yaml};
pub use rules::RecordingGroup;
pub use runbook::{Command, Commands, Runbooks, Searches, Traces};
pub use slo::{BUDGET_LIMITS, BURN_LIMITS, BurnAlerts, PERIOD, Slo, Target, Texts};
