//! A client's connection to the public port: counted while it is open, and hung up by a fault.

use std::{
    any::Any,
    net::{Shutdown, TcpStream},
    os::fd::AsFd as _,
};

use signals::http::SERVER_CONNECTIONS;
use telemetry::injection;

#[derive(Debug)]
pub(crate) struct Connection {
    /// A second handle of the socket; only while faults are enabled, since each takes a descriptor.
    socket: Option<TcpStream>,
}

impl Connection {
    pub(crate) fn open(socket: &dyn Any) -> Self {
        SERVER_CONNECTIONS.add(1, ());
        let socket = socket.downcast_ref::<actix_web::rt::net::TcpStream>().filter(|_| injection::registry().is_some());
        Self { socket: socket.and_then(|socket| socket.as_fd().try_clone_to_owned().ok()).map(TcpStream::from) }
    }

    /// Closes it under whoever uses it; the request that is being answered on it ends as one whose client went away.
    pub(crate) fn hang_up(&self) {
        if let Some(socket) = &self.socket {
            // It may be closed already, which is what is wanted.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        SERVER_CONNECTIONS.add(-1, ());
    }
}
