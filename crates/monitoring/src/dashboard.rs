//! Dashboards: panels in reading order, placed from left to right and from top to bottom.

use std::time::Duration;

use promql::AnyQuery;

use crate::{Panel, Severity};

/// How wide a dashboard is, in Grafana's columns.
pub(crate) const COLUMNS: u32 = 24;

/// A page of panels.
pub struct Dashboard {
    /// The stable name in its address; also the name of its file.
    pub uid: &'static str,
    pub title: &'static str,
    /// For whom it is, and which questions it answers.
    pub description: &'static str,
    /// How often it is drawn again.
    pub refresh: Duration,
    /// How far back it looks.
    pub range: Duration,
    /// What the reader can narrow the page to.
    pub variables: Vec<Variable>,
    /// What is marked on the axes of time.
    pub marks: Vec<Mark>,
    /// Where traces are looked at, as the reader's browser reaches it.
    pub traces: String,
    pub panels: Vec<Placed>,
}

/// A choice that narrows every query of a page whose series carry the label.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The label, which is also the variable's name.
    pub key: String,
    /// The name for people.
    pub title: &'static str,
    /// Whose series tell which values there are.
    pub metric: &'static str,
}

/// Moments that are marked: where the query has a value.
#[derive(Clone, Debug)]
pub struct Mark {
    pub title: &'static str,
    pub query: AnyQuery,
    /// What the reader is told; `{service}` stands for a label.
    pub says: &'static str,
    pub colour: Colour,
}

/// A colour that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Good,
    Doubtful,
    Bad,
    /// Worth a look when there is time.
    Noted,
    /// Neither good nor bad.
    Neutral,
}

impl Colour {
    /// What an alert of this severity tells.
    pub(crate) const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Bad,
            Severity::Warning => Self::Doubtful,
            Severity::Info => Self::Noted,
        }
    }

    /// Grafana's name for it.
    pub(crate) const fn grafana(self) -> &'static str {
        match self {
            Colour::Good => "green",
            Colour::Doubtful => "orange",
            Colour::Bad => "red",
            Colour::Noted => "yellow",
            Colour::Neutral => "blue",
        }
    }
}

/// A panel and how large it is, or a heading.
#[derive(Clone, Copy)]
pub enum Placed {
    Panel {
        panel: &'static Panel,
        width: u32,
        height: u32,
    },
    /// Over the panels that follow.
    Heading(&'static str),
}

impl Placed {
    /// A panel of this size, in Grafana's columns and rows.
    pub const fn panel(panel: &'static Panel, width: u32, height: u32) -> Self {
        Self::Panel { panel, width, height }
    }

    pub(crate) const fn size(self) -> (u32, u32) {
        match self {
            Self::Panel { width, height, .. } => (width, height),
            Self::Heading(_) => (COLUMNS, 1),
        }
    }
}

/// Where a panel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) x: u32,
    pub(crate) y: u32,
}

impl Dashboard {
    /// Each panel's place: beside the one before while there is room, else in a new row.
    pub(crate) fn positions(&self) -> Vec<Position> {
        let (mut x, mut y, mut row_height) = (0, 0, 0);
        let place = |placed: &Placed| {
            let (width, height) = placed.size();
            if x + width > COLUMNS {
                (x, y, row_height) = (0, y + row_height, 0);
            }
            let position = Position { x, y };
            x += width;
            row_height = row_height.max(height);
            position
        };
        self.panels.iter().map(place).collect()
    }

    /// Its panels, without the headings.
    pub fn each_panel(&self) -> impl Iterator<Item = &'static Panel> {
        self.panels.iter().filter_map(|placed| match placed {
            Placed::Panel { panel, .. } => Some(*panel),
            Placed::Heading(_) => None,
        })
    }

    /// Where its file is, from the repository's root.
    pub(crate) fn path(&self) -> String {
        format!("dashboards/{}.json", self.uid)
    }

    /// The address of a panel, seen from Grafana's root, when the panel is on this page.
    pub(crate) fn address_of(&self, panel: &Panel) -> Option<String> {
        let is_it =
            |placed: &Placed| matches!(placed, Placed::Panel { panel: other, .. } if std::ptr::eq(*other, panel));
        let position = self.panels.iter().position(is_it)?;
        Some(format!("/d/{}?viewPanel={}", self.uid, panel_id(position)))
    }
}

/// Panels are numbered from 1 in reading order.
pub(crate) fn panel_id(position: usize) -> usize {
    position + 1
}
