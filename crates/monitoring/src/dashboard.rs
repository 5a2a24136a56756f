//! Dashboards: panels in reading order, placed from left to right and from top to bottom.

use std::time::Duration;

use crate::Panel;

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
    pub panels: Vec<Placed>,
}

/// A panel and how large it is.
#[derive(Clone, Copy)]
pub struct Placed {
    pub panel: &'static Panel,
    pub width: u32,
    pub height: u32,
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
            if x + placed.width > COLUMNS {
                (x, y, row_height) = (0, y + row_height, 0);
            }
            let position = Position { x, y };
            x += placed.width;
            row_height = row_height.max(placed.height);
            position
        };
        self.panels.iter().map(place).collect()
    }

    /// Every panel in reading order.
    pub(crate) fn each_panel(&self) -> impl Iterator<Item = &'static Panel> {
        self.panels.iter().map(|placed| placed.panel)
    }

    /// Where its file is, from the repository's root.
    pub(crate) fn path(&self) -> String {
        format!("dashboards/{}.json", self.uid)
    }

    /// The address of a panel, seen from Grafana's root, when the panel is on this page.
    pub(crate) fn address_of(&self, panel: &Panel) -> Option<String> {
        let position = self.panels.iter().position(|placed| std::ptr::eq(placed.panel, panel))?;
        Some(format!("/d/{}?viewPanel={}", self.uid, panel_id(position)))
    }
}

/// Panels are numbered from 1 in reading order.
pub(crate) fn panel_id(position: usize) -> usize {
    position + 1
}
