//! Alerts, recording rules, dashboards and the servers' configuration as values, and how they are written in the servers' formats.
//!
//! It knows no shop. Whoever has definitions collects them in [`Definitions`], asks for [`Definitions::findings`], and renders only
//! what has none.

mod alert;
mod check;
mod dashboard;
mod grafana;
mod panel;
mod rendered;
mod rules;
mod runbook;
mod template;
mod text;

pub mod alertmanager;
pub mod collector;
pub mod jaeger;
pub mod prometheus;
pub mod trials;

pub use alert::{Alert, AlertGroup, Proof, Runbook, Severity};
pub use check::Definitions;
pub use dashboard::{Dashboard, Placed};
pub use panel::{Drawing, Line, Panel, Unit, line};
pub use rendered::{File, json, note, yaml};
pub use rules::RecordingGroup;
