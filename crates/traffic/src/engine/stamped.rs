//! A connection that knows when what was read from it had come. The system stamps what arrives; however late this side comes to read it,
//! that is not the server's time.

mod stamps;

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

use super::lock;
use stamps::Stamps;

/// When the last bytes that were read from a connection had come.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival(Arc<Mutex<Option<Instant>>>);

impl Arrival {
    /// Nothing before the first bytes.
    pub(super) fn last(&self) -> Option<Instant> {
        *lock(&self.0)
    }
}

/// Where the system stamps nothing, bytes have come when they are read.
#[derive(Debug)]
pub(super) struct Stamped {
    stream: TcpStream,
    arrival: Arrival,
    stamps: Stamps,
}

impl Stamped {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stamps: Stamps::of(&stream), stream, arrival: Arrival::default() }
    }

    pub(super) fn arrival(&self) -> Arrival {
        self.arrival.clone()
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, stamps, arrival } = &mut *self;
        loop {
            ready!(stream.poll_read_ready(context))?;
            let received = stream.try_io(Interest::READABLE, || stamps.receive(stream, buffer.initialize_unfilled()));
            match received {
                Ok((bytes, arrived)) => {
                    buffer.advance(bytes);
                    *lock(&arrival.0) = Some(arrived);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        sync::mpsc,
        thread,
        time::Duration,
    };

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// The two clocks, that of the stamps and that of the run, may differ by so much over the length of the test.
    const APART: Duration = Duration::from_millis(1);
    /// The first whom the system is to give stamps may wait for them.
    const ROUNDS: usize = 100;

    #[tokio::test]
    async fn what_waits_to_be_read_has_come_before() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (says, written) = mpsc::channel();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody comes");
            while stream.read_exact(&mut [0]).is_ok() {
                let before = Instant::now();
                stream.write_all(b"!").expect("it answers");
                says.send((before, Instant::now())).expect("somebody listens");
            }
        });
        let stream = TcpStream::connect(address).await.expect("it listens");
        let mut stamped = Stamped::new(stream);
        let arrival = stamped.arrival();
        assert_eq!(arrival.last(), None);
        for round in 1.. {
            stamped.write_all(b"?").await.expect("it asks");
            // Nobody reads meanwhile.
            let (before, after) = written.recv().expect("it was answered");
            thread::sleep(Duration::from_millis(50));
            stamped.read_exact(&mut [0]).await.expect("it was answered");
            let arrived = arrival.last().expect("something came");
            assert!(arrived + APART >= before, "it came {:?} before it was sent", before - arrived);
            if arrived <= after + APART {
                return;
            }
            assert!(round < ROUNDS, "it came {:?} after it was sent", arrived - after);
        }
    }
}
