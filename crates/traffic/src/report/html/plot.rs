//! A plot: lines as SVG that is stretched to its place, and words around it that are not.

use maud::{Markup, html};

use super::axis::Axis;

/// The SVG's own width and height; what is drawn is stretched from it.
const SIDE: f64 = 1000.0;

pub(super) struct Plot {
    pub title: &'static str,
    /// What the vertical axis measures, with its unit.
    pub unit: &'static str,
    pub x: Axis,
    pub y: Axis,
    pub lines: Vec<Line>,
    /// What must be known to read it.
    pub note: String,
}

/// A line of one colour, in pieces where something is missing between.
pub(super) struct Line {
    pub name: &'static str,
    /// Its colour and width, by the style sheet.
    pub class: &'static str,
    pub pieces: Vec<Vec<(f64, f64)>>,
    /// Where it lies above everything.
    pub beyond: Vec<f64>,
}

impl Plot {
    pub(super) fn draw(&self) -> Markup {
        let Self { title, unit, x, y, lines, note } = self;
        let lines: Vec<&Line> = lines.iter().filter(|line| line.has_any()).collect();
        html! {
            figure {
                figcaption {
                    b { (title) } " " span class="unit" { (unit) }
                    ul class="legend" {
                        @for line in &lines { li { i class=(line.class) {} (line.name) } }
                    }
                }
                div class="plot" {
                    div class="y" aria-hidden="true" {
                        @for tick in &y.ticks { span style={ "bottom:" (percent(tick.at)) } { (tick.label) } }
                    }
                    svg viewBox={ "0 0 " (SIDE) " " (SIDE) } preserveAspectRatio="none" role="img" aria-label={ (title) ", " (unit) } {
                        g class="grid" {
                            @for tick in &y.ticks { (across(0.0, tick.at, 1.0, tick.at)) }
                            @for tick in &x.ticks { (across(tick.at, 0.0, tick.at, 1.0)) }
                        }
                        @for line in &lines {
                            g class=(line.class) {
                                @for piece in &line.pieces { polyline points=(self.points(piece)) {} }
                                @for at in &line.beyond { (across(x.at(*at), 0.94, x.at(*at), 1.0)) }
                            }
                        }
                    }
                    div class="x" aria-hidden="true" {
                        @for tick in &x.ticks { span class=(edge(tick.at)) style={ "left:" (percent(tick.at)) } { (tick.label) } }
                    }
                }
                @if !note.is_empty() { p class="note" { (note) } }
            }
        }
    }

    fn points(&self, piece: &[(f64, f64)]) -> String {
        let place = |(x, y): &(f64, f64)| format!("{:.1},{:.1}", SIDE * self.x.at(*x), SIDE * (1.0 - self.y.at(*y)));
        piece.iter().map(place).collect::<Vec<_>>().join(" ")
    }
}

impl Line {
    pub(super) fn has_any(&self) -> bool {
        !self.beyond.is_empty() || self.pieces.iter().any(|piece| !piece.is_empty())
    }
}

/// A straight line between two places, each from 0 to 1.
fn across(x1: f64, y1: f64, x2: f64, y2: f64) -> Markup {
    let [x1, y1, x2, y2] = [x1, 1.0 - y1, x2, 1.0 - y2].map(|share| format!("{:.1}", SIDE * share));
    html! { line x1=(x1) y1=(y1) x2=(x2) y2=(y2) {} }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", 100.0 * share)
}

/// A word at the edge must not reach beyond it.
fn edge(at: f64) -> &'static str {
    if at > 0.93 {
        "last"
    } else if at < 0.03 {
        "first"
    } else {
        ""
    }
}
