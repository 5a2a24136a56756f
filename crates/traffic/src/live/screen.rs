//! The terminal, taken over and given back whatever happens.

use std::{
    collections::VecDeque,
    env, fmt,
    io::{self, BufWriter, IsTerminal as _, Stderr, Write as _},
    panic,
    sync::{Mutex, Once, PoisonError},
};

use ratatui::{
    Frame, Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor::{Hide, Show},
        execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen},
    },
};
use rustix::{
    process::getpgrp,
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};

use crate::complain;

/// How the terminal was, while it is ours.
static BEFORE: Mutex<Option<Before>> = Mutex::new(None);
static HOOK: Once = Once::new();

struct Before {
    /// None where the standard input is no terminal.
    modes: Option<Termios>,
    /// What is to be said when it is no longer ours.
    held: VecDeque<String>,
}

/// So many sentences are held; of more, the last.
const HELD: usize = 100;

/// Keeps a sentence until the terminal is given back; false when it is not ours, and the sentence can be said at once.
pub(crate) fn hold(sentence: &str) -> bool {
    let mut before = lock();
    let Some(Before { held, .. }) = before.as_mut() else { return false };
    if held.len() == HELD {
        held.pop_front();
    }
    held.push_back(sentence.to_owned());
    true
}

/// The terminal while it is ours.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stderr>>>,
    pub is_coloured: bool,
}

impl Screen {
    /// None where there is no terminal that could show it, or it is another's.
    pub(super) fn open() -> Option<Self> {
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        if is_dumb || !io::stderr().is_terminal() || !is_in_front() {
            return None;
        }
        // <https://no-color.org>: present and not empty.
        let is_coloured = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(io::stderr()))).ok()?;
        // A panic anywhere must find the terminal as people know it, or nobody reads what it says.
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                give_back();
                before(panic);
            }));
        });
        *lock() = Some(Before { modes: silence(), held: VecDeque::new() });
        if execute!(io::stderr(), EnterAlternateScreen, Hide).is_err() {
            give_back();
            return None;
        }
        Some(Self { terminal, is_coloured })
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) {
        if lock().is_none() {
            return;
        }
        // A terminal that has gone away shows nothing; the run goes on.
        let _ = self.terminal.draw(draw);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a screen")
    }
}

/// What runs in the background must not touch the terminal: it would be stopped.
fn is_in_front() -> bool {
    tcgetpgrp(io::stderr()).is_ok_and(|group| group == getpgrp())
}

/// What is typed is not shown, and of all keys only Ctrl-C does anything: each other would leave the terminal as it should not be.
fn silence() -> Option<Termios> {
    let before = tcgetattr(io::stdin()).ok()?;
    let mut modes = before.clone();
    modes.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON);
    // Disabled, as POSIX has it for Linux.
    modes.special_codes[SpecialCodeIndex::VSUSP] = 0;
    modes.special_codes[SpecialCodeIndex::VQUIT] = 0;
    tcsetattr(io::stdin(), OptionalActions::Now, &modes).ok()?;
    Some(before)
}

/// Gives the terminal back, once.
fn give_back() {
    let Some(Before { modes, held }) = lock().take() else { return };
    if let Some(modes) = modes {
        // What was typed meanwhile was for nobody.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &modes);
    }
    let mut stderr = io::stderr();
    let _ = execute!(stderr, LeaveAlternateScreen, Show);
    let _ = stderr.flush();
    held.iter().for_each(|sentence| complain(sentence));
}

fn lock() -> std::sync::MutexGuard<'static, Option<Before>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}
