//! What is said through the daemon's socket: one request and one answer a connection, each a line of JSON.

use std::{io::ErrorKind, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{engine::Buckets, journeys::MixName};

/// The daemon answers at once, or it is frozen.
const PATIENCE: Duration = Duration::from_secs(5);
/// No message is longer.
const LONGEST: u64 = 65_536;

/// What is asked of a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask", deny_unknown_fields)]
pub(super) enum Ask {
    Status,
    Set {
        #[serde(skip_serializing_if = "Option::is_none")]
        rate: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mix: Option<MixName>,
    },
    Pause,
    Resume,
    Stop,
}

/// How it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Status {
    pub pid: u32,
    pub target: String,
    /// The run's name, with which the `x-session` of each of its journeys begins.
    pub run: String,
    pub state: State,
    /// Requests a second, while it is not paused.
    pub rate: f64,
    pub mix: MixName,
    pub seconds: f64,
    pub sent: u64,
    pub ended: Buckets,
    /// Answers a second, in the last second.
    pub answered_per_second: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Running,
    Paused,
    Ending,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    Status(Status),
    Refused(String),
}

/// Asks the daemon that listens there; nothing when none does.
pub(super) async fn ask(socket: &Path, ask: Ask) -> anyhow::Result<Option<Status>> {
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot speak to {}", socket.display())),
    };
    let Ok(reply) = timeout(PATIENCE, exchange(stream, ask)).await else {
        bail!("the daemon does not answer; it may be frozen: `kill -CONT` wakes it");
    };
    match reply? {
        Reply::Status(status) => Ok(Some(status)),
        Reply::Refused(why) => bail!("the daemon does not take that: {why}"),
    }
}

async fn exchange(mut stream: UnixStream, ask: Ask) -> anyhow::Result<Reply> {
    let broken = "the daemon broke the connection off";
    stream.write_all(format!("{}\n", serde_json::to_string(&ask)?).as_bytes()).await.context(broken)?;
    let line = line(&mut stream).await.context(broken)?;
    serde_json::from_str(&line).context("the daemon answers strangely; it may be of another version")
}

/// Something that was asked, and where the answer goes.
pub(super) type Asked = (Ask, oneshot::Sender<Reply>);

/// Reads a request, has it answered and sends the answer.
pub(super) async fn answer(mut stream: UnixStream, asks: mpsc::Sender<Asked>) -> anyhow::Result<()> {
    let line = timeout(PATIENCE, line(&mut stream)).await.context("nothing was asked in time")??;
    let reply = match serde_json::from_str::<Ask>(&line) {
        Ok(ask) => {
            let (reply, replied) = oneshot::channel();
            asks.send((ask, reply)).await.context("the daemon has ended")?;
            replied.await.context("the daemon has ended")?
        }
        Err(error) => Reply::Refused(format!("it cannot be read: {error}")),
    };
    stream.write_all(format!("{}\n", serde_json::to_string(&reply)?).as_bytes()).await?;
    Ok(())
}

async fn line(stream: &mut UnixStream) -> std::io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line).await?;
    Ok(line)
}
