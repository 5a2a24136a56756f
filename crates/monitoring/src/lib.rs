//! Alerts, recording rules, dashboards and the servers' configuration as values, and how they are written in the servers' formats.
//!
//! It knows no shop. Whoever has definitions collects them in [`Definitions`], asks for [`Definitions::findings`], and renders only
//! what has none.

mod alert;
mod check;
mod dashboard;
mod drill;
mod grafana;
mod panel;
mod rendered;
mod rules;
mod runbook;
mod slo;
mod template;
mod text;

pub mod alertmanager;
pub mod blackbox;
pub mod collector;
pub mod jaeger;
pub mod prometheus;

pub use alert::{Alert, AlertGroup, Proof, Runbook, Severity, Subject};
pub use check::Definitions;
pub use dashboard::{Colour, Dashboard, Mark, Placed, Variable};
pub use drill::{Drill, Traffic};
pub use panel::{Drawing, Line, Panel, Steps, Unit, line};
pub use rendered::{File, json, note, yaml};
pub use rules::RecordingGroup;
pub use slo::{BurnAlerts, PERIOD, Slo, Target, Texts};
