//! A listener that stands where a pager, a chat and a watch outside would, and keeps what it is told.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// The posts, by path.
type Posts = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

pub(crate) struct Listener {
    pub address: SocketAddr,
    posts: Posts,
}

impl Listener {
    /// Listens for as long as the test's runtime lives.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let posts = Posts::default();
        let kept = posts.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(keep(stream, kept.clone()));
            }
        });
        Self { address, posts }
    }

    /// What was posted to a path so far.
    pub(crate) fn posts(&self, path: &str) -> Vec<Value> {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned().unwrap_or_default()
    }
}

/// Reads one post after the other from a connection; ends when the other side does, or sends what is none.
async fn keep(stream: TcpStream, posts: Posts) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let path = line.strip_prefix("POST ")?.split(' ').next()?.to_owned();
        let mut length = 0;
        loop {
            line.clear();
            stream.read_line(&mut line).await.ok()?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let post = serde_json::from_slice(&body).ok()?;
        posts.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default().push(post);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.ok()?;
    }
}
