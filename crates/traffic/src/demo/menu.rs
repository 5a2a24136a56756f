//! The menu: with arrow keys on a terminal, with plain numbers line by line everywhere else.

use std::{
    env,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
};

use crossterm::{
    cursor,
    event::{Event, KeyCode, KeyEventKind, KeyModifiers, read},
    queue,
    style::{Attribute, Print, SetAttribute},
    terminal::{self, Clear, ClearType},
};

/// Longer lines are hard to read.
const WIDEST: usize = 100;

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Entry(usize),
    Leave,
}

/// Whether keys can be read one by one.
pub(super) fn is_interactive() -> bool {
    let knows_cursors = env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && knows_cursors
}

/// Shows the lines and waits for a choice among them.
///
/// # Errors
/// When the terminal cannot be read or written.
pub(super) fn choose(titles: &[&str], at: usize) -> io::Result<Choice> {
    if is_interactive() { by_keys(titles, at) } else { by_numbers(titles) }
}

/// Waits until whoever looks has read; nothing to wait for where nobody does.
///
/// # Errors
/// When the terminal cannot be read.
pub(super) fn wait_for_a_key() -> io::Result<()> {
    if !is_interactive() {
        return Ok(());
    }
    print("\nany key: back to the menu ")?;
    let _raw = Raw::begin()?;
    while pressed()?.is_none() {}
    print("\r\n")
}

fn by_numbers(titles: &[&str]) -> io::Result<Choice> {
    for (i, title) in titles.iter().enumerate() {
        print(&format!("  {} {title}\n", i + 1))?;
    }
    print("  q leave\n")?;
    loop {
        print("number, or q: ")?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            print("\n")?;
            return Ok(Choice::Leave);
        }
        match line.trim() {
            "q" | "quit" | "exit" | "0" => return Ok(Choice::Leave),
            "" => {}
            text => match text.parse::<usize>() {
                Ok(number) if (1..=titles.len()).contains(&number) => {
                    print("\n")?;
                    return Ok(Choice::Entry(number - 1));
                }
                _ => print(&format!("`{text}` is none of them; write a number from 1 to {}, or q\n", titles.len()))?,
            },
        }
    }
}

/// The terminal gives every key at once, until this is dropped.
struct Raw;

impl Raw {
    fn begin() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        leave_raw();
    }
}

/// Gives the terminal back as it was, whoever has it.
pub(super) fn leave_raw() {
    let _ = terminal::disable_raw_mode();
}

/// A key that was pressed; nothing when something else happened, such as a new size.
fn pressed() -> io::Result<Option<(KeyCode, KeyModifiers)>> {
    Ok(match read()? {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some((key.code, key.modifiers)),
        _ => None,
    })
}

fn by_keys(titles: &[&str], at: usize) -> io::Result<Choice> {
    let raw = Raw::begin()?;
    let mut at = at.min(titles.len().saturating_sub(1));
    let mut drawn = Vec::new();
    let choice = loop {
        drawn = draw(titles, at, &drawn)?;
        let Some((key, modifiers)) = pressed()? else { continue };
        match key {
            KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => break Choice::Leave,
            KeyCode::Char('q') | KeyCode::Esc => break Choice::Leave,
            KeyCode::Up | KeyCode::Char('k') => at = at.checked_sub(1).unwrap_or(titles.len() - 1),
            KeyCode::Down | KeyCode::Char('j') => at = (at + 1) % titles.len(),
            KeyCode::Home => at = 0,
            KeyCode::End => at = titles.len() - 1,
            KeyCode::Enter => break Choice::Entry(at),
            KeyCode::Char(digit) => {
                if let Some(number) = digit.to_digit(10).and_then(|number| usize::try_from(number).ok())
                    && (1..=titles.len()).contains(&number)
                {
                    at = number - 1;
                    draw(titles, at, &drawn)?;
                    break Choice::Entry(at);
                }
            }
            _ => {}
        }
    };
    drop(raw);
    print("\n")?;
    Ok(choice)
}

/// Draws the menu over the lines that were drawn last, and gives how long each of them is now.
fn draw(titles: &[&str], at: usize, drawn: &[usize]) -> io::Result<Vec<usize>> {
    let columns = terminal::size().map_or(80, |(columns, _)| usize::from(columns)).max(2);
    let colours = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut out = io::stdout().lock();
    // A terminal that became narrower has broken them.
    let rows: usize = drawn.iter().map(|length| length.div_ceil(columns)).sum();
    if rows > 0 {
        queue!(out, cursor::MoveToPreviousLine(u16::try_from(rows).unwrap_or(u16::MAX)))?;
    }
    queue!(out, Clear(ClearType::FromCursorDown))?;
    let entries = titles.iter().enumerate().map(|(i, title)| {
        let mark = if i == at { '>' } else { ' ' };
        format!("{mark} {} {title}", i + 1)
    });
    let mut lengths = Vec::new();
    for (i, line) in entries.chain(["  arrows and Enter, or a number; q leaves".to_owned()]).enumerate() {
        // A line that breaks could not be drawn over.
        let line: String = line.chars().take(columns - 1).collect();
        lengths.push(line.chars().count());
        if i == at && colours {
            queue!(out, SetAttribute(Attribute::Bold), Print(line), SetAttribute(Attribute::Reset), Print("\r\n"))?;
        } else {
            queue!(out, Print(line), Print("\r\n"))?;
        }
    }
    out.flush()?;
    Ok(lengths)
}

/// A text in lines that the terminal does not break, nor people read badly.
pub(super) fn wrapped(text: &str) -> String {
    let columns = terminal::size().map_or(WIDEST, |(columns, _)| usize::from(columns)).clamp(20, WIDEST);
    let mut wrapped = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters = word.chars().count();
        if length > 0 && length + 1 + letters >= columns {
            wrapped.push('\n');
            length = 0;
        } else if length > 0 {
            wrapped.push(' ');
            length += 1;
        }
        wrapped.push_str(word);
        length += letters;
    }
    wrapped + "\n"
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_broken_between_words() {
        let text = "one two three ".repeat(20);
        let wrapped = wrapped(&text);
        assert!(wrapped.lines().count() > 1 && wrapped.lines().all(|line| line.len() < WIDEST), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }
}
