//! What the live view looks like at any size: what matters most comes first, and what does not fit is left out.

use std::time::Duration;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Borders, Paragraph, Sparkline},
};

use super::{
    seen::{RECENT, Seen},
    server::{Server, Service},
};
use crate::{
    engine::{Model, Quantile, Snapshot},
    table::{table, time},
};

/// Narrower, and what stands side by side stands one below the other.
const WIDE: u16 = 72;
/// Lower, and there is room only for lines.
const HIGH: u16 = 14;

/// All that is shown.
pub(super) struct State<'a> {
    pub title: &'a str,
    pub elapsed: Duration,
    /// How long it is to last; none when nobody knows.
    pub lasts: Option<Duration>,
    pub seen: &'a Seen,
    /// None when no Prometheus was named.
    pub server: Option<&'a Server>,
    pub note: Option<&'a str>,
    pub is_coloured: bool,
}

pub(super) fn draw(frame: &mut Frame<'_>, state: &State<'_>) {
    let area = frame.area();
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    frame.render_widget(Paragraph::new(state.head(usize::from(area.width))), head);
    match &state.seen.last {
        None => frame.render_widget(Paragraph::new("waiting for the first second"), body),
        Some(_) if area.height < HIGH => frame.render_widget(Paragraph::new(state.lines()), body),
        Some(snapshot) if area.width < WIDE => {
            let shown = [
                Constraint::Length(5),
                Constraint::Length(5),
                Constraint::Fill(1),
                Constraint::Max(state.server_lines()),
            ];
            let [rate, latency, ended, server] = Layout::vertical(shown).areas(body);
            state.draw_parts(frame, snapshot, rate, latency, ended, server);
        }
        Some(snapshot) => {
            let [above, below] = Layout::vertical([Constraint::Fill(2), Constraint::Fill(3)]).areas(body);
            let halves = [Constraint::Fill(1), Constraint::Fill(1)];
            let ([rate, latency], [ended, server]) =
                (Layout::horizontal(halves).areas(above), Layout::horizontal(halves).areas(below));
            state.draw_parts(frame, snapshot, rate, latency, ended, server);
        }
    }
    frame.render_widget(Paragraph::new(state.foot()), foot);
}

impl State<'_> {
    fn draw_parts(
        &self,
        frame: &mut Frame<'_>,
        snapshot: &Snapshot,
        rate: Rect,
        latency: Rect,
        ended: Rect,
        server: Rect,
    ) {
        let rates: Vec<Option<u64>> = self.seen.rates.iter().map(|rate| Some(*rate)).collect();
        self.draw_history(frame, rate, "requests a second", self.rates(snapshot), &rates, Color::Cyan);
        let p95s: Vec<Option<u64>> = self.seen.p95s.iter().copied().collect();
        let title = format!("latency of the last {RECENT} s");
        self.draw_history(frame, latency, &title, self.latencies(), &p95s, Color::Yellow);
        frame.render_widget(Paragraph::new(self.ended(snapshot)).block(block("ended")), ended);
        frame.render_widget(
            Paragraph::new(self.beside(snapshot)).block(block("server, over 5 min, beside client")),
            server,
        );
    }

    /// A line of numbers, and below it how the first of them came to be.
    fn draw_history(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        title: &str,
        numbers: Line<'_>,
        history: &[Option<u64>],
        color: Color,
    ) {
        let block = block(title);
        let [line, bars] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(block.inner(area));
        frame.render_widget(block, area);
        frame.render_widget(Paragraph::new(numbers), line);
        let shown = &history[history.len().saturating_sub(usize::from(bars.width))..];
        frame.render_widget(
            Sparkline::default().data(shown.iter().copied()).absent_value_symbol(" ").style(self.color(color)),
            bars,
        );
    }

    fn head(&self, width: usize) -> Line<'_> {
        let left = match self.lasts {
            Some(lasts) => format!(
                "{} of {}, {} to go",
                clock(self.elapsed),
                clock(lasts),
                clock(lasts.saturating_sub(self.elapsed))
            ),
            None => clock(self.elapsed),
        };
        let space = width.saturating_sub(left.chars().count() + self.title.chars().count()).max(2);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        // The time comes first where there is no room for both.
        if width < left.chars().count() + self.title.chars().count() + 2 {
            return Line::from(vec![Span::styled(left, bold), Span::raw("  "), Span::raw(self.title)]);
        }
        Line::from(vec![Span::styled(self.title, bold), Span::raw(" ".repeat(space)), Span::raw(left)])
    }

    fn foot(&self) -> Line<'_> {
        match self.note {
            Some(note) => Line::styled(note.to_owned(), self.color(Color::Yellow)),
            None => Line::styled("Ctrl-C ends it", Style::new().add_modifier(Modifier::DIM)),
        }
    }

    fn rates(&self, snapshot: &Snapshot) -> Line<'_> {
        let Snapshot { model, scheduled_rate, second, is_paused, .. } = snapshot;
        let mut text = format!("{:.1} done", second.rate(second.buckets.finished()));
        if *model == Model::Open {
            text.push_str(&format!(", {:.1} sent, {scheduled_rate:.1} scheduled", second.rate(second.sent)));
        }
        if *is_paused {
            text.push_str(" (paused)");
        }
        Line::raw(text)
    }

    fn latencies(&self) -> Line<'_> {
        let told = |name: &str, thousandths| format!("{name} {}", short(self.seen.recent.quantile(thousandths)));
        Line::raw([told("p95", 950), told("p50", 500), told("p99", 990)].join(", "))
    }

    /// The buckets that hold anything, each way to fail, and how this side does.
    fn ended(&self, snapshot: &Snapshot) -> Vec<Line<'_>> {
        let Snapshot { intended, planned, in_flight, buckets, .. } = snapshot;
        let of = planned.map_or(String::new(), |planned| format!(" of {planned}"));
        let mut lines = vec![Line::raw(format!("{intended}{of} due, {in_flight} in flight"))];
        lines.push(Line::styled(format!("{} ok", buckets.ok), self.color(Color::Green)));
        let unexpected = buckets.errors() + buckets.shed;
        let style = if unexpected > 0 { self.color(Color::Red).add_modifier(Modifier::BOLD) } else { Style::new() };
        lines.push(Line::styled(format!("{unexpected} not as promised"), style));
        let mut kinds: Vec<(&String, &u64)> = self.seen.errors.iter().collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), kind.as_str()));
        lines.extend(
            kinds.into_iter().map(|(kind, count)| Line::styled(format!("  {count:>6} {kind}"), self.color(Color::Red))),
        );
        if snapshot.model == Model::Open {
            let lag = &self.seen.recent.lag;
            let told = lag.longest().map_or("-".to_owned(), time);
            lines.insert(1, Line::raw(format!("lag p95 {}, {told} at most", short(lag.quantile(950, 0)))));
        }
        lines
    }

    fn beside(&self, snapshot: &Snapshot) -> Vec<Line<'_>> {
        let recent = &self.seen.recent;
        let finished = recent.ended.finished();
        let share = if finished == 0 { None } else { Some(ratio(recent.ended.errors(), finished)) };
        let second = &snapshot.second;
        let p95 = short(recent.quantile(950));
        let mut rows = vec![["", "rate", "errors", "p95"].map(str::to_owned).to_vec()];
        rows.push(vec![
            "client".to_owned(),
            per_second(Some(second.rate(second.buckets.finished()))),
            percent(share),
            p95,
        ]);
        let mut lines = Vec::new();
        match self.server {
            None => lines.push("--prometheus URL shows the server's".to_owned()),
            Some(Server { trouble: Some(trouble), .. }) => lines.push(trouble.clone()),
            Some(Server { services, .. }) => {
                // The door that customers see stands next to them.
                let mut services: Vec<(&String, &Service)> = services.iter().collect();
                services.sort_by_key(|(name, _)| (name.as_str() != "gateway", name.as_str()));
                for (name, service) in services {
                    let Service { request_rate, error_rate, p95_seconds } = *service;
                    let p95 = p95_seconds.map_or("-".to_owned(), time);
                    rows.push(vec![name.clone(), per_second(request_rate), percent(error_rate), p95]);
                }
            }
        }
        let table = table(&rows, &[1, 2, 3]);
        table.lines().map(str::to_owned).chain(lines).map(Line::raw).collect()
    }

    /// How many lines the server's part takes, with its border.
    fn server_lines(&self) -> u16 {
        let services = self.server.map_or(1, |server| server.services.len().max(1));
        u16::try_from(services).unwrap_or(u16::MAX).saturating_add(4)
    }

    /// All in as few lines as there may be.
    fn lines(&self) -> Vec<Line<'_>> {
        let Some(snapshot) = &self.seen.last else { return Vec::new() };
        let mut lines = vec![self.rates(snapshot), self.latencies()];
        lines.extend(self.ended(snapshot));
        lines
    }

    fn color(&self, color: Color) -> Style {
        if self.is_coloured { Style::new().fg(color) } else { Style::new() }
    }
}

fn block(title: &str) -> Block<'_> {
    Block::new().borders(Borders::ALL).title(format!(" {title} "))
}

fn short(quantile: Quantile) -> String {
    match quantile {
        Quantile::Seconds(seconds) => time(seconds),
        Quantile::Never => "never".to_owned(),
        Quantile::TooFew => "-".to_owned(),
    }
}

fn per_second(rate: Option<f64>) -> String {
    rate.map_or("-".to_owned(), |rate| format!("{rate:.1}/s"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.2} %", 100.0 * share))
}

fn ratio(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share to fifteen digits is enough")]
    let ratio = part as f64 / whole as f64;
    ratio
}

/// Minutes and seconds, and hours where there are any.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests;
