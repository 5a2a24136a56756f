//! Being told to end: by Ctrl-C, or by SIGTERM, which means the same.

use anyhow::Context as _;
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Each Ctrl-C, and each SIGTERM.
pub(crate) fn interrupts() -> anyhow::Result<mpsc::Receiver<()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
