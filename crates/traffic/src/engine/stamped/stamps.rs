//! Reads from a socket, and learns when what is read had come.

pub(super) use system::Stamps;

#[cfg(target_os = "linux")]
mod system {
    use std::{
        io::{self, IoSliceMut},
        os::fd::{AsFd, AsRawFd as _},
        time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    };

    use nix::{
        cmsg_space,
        sys::{
            socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt::ReceiveTimestampns},
            time::TimeSpec,
        },
    };

    /// Room for a stamp, which the system gives beside what is read.
    #[derive(Debug)]
    pub(in super::super) struct Stamps(Vec<u8>);

    impl Stamps {
        /// Asks for stamps on whatever comes from now on. Where that is refused, nothing is stamped.
        pub(in super::super) fn of(socket: &impl AsFd) -> Self {
            let _ = setsockopt(socket, ReceiveTimestampns, &true);
            Self(cmsg_space!(TimeSpec))
        }

        /// Reads what is there, and gives how many bytes that were and when the last of them had come; without a stamp, that is now.
        pub(in super::super) fn receive(
            &mut self,
            socket: &impl AsFd,
            buffer: &mut [u8],
        ) -> io::Result<(usize, Instant)> {
            let (socket, mut slices) = (socket.as_fd().as_raw_fd(), [IoSliceMut::new(buffer)]);
            let received = recvmsg::<()>(socket, &mut slices, Some(&mut self.0), MsgFlags::empty())?;
            let stamp = received.cmsgs()?.find_map(|message| match message {
                ControlMessageOwned::ScmTimestampns(stamp) => Some(stamp),
                _ => None,
            });
            let (now, unread) = (Instant::now(), stamp.map_or(Duration::ZERO, ago));
            Ok((received.bytes, now.checked_sub(unread).unwrap_or(now)))
        }
    }

    /// How long ago that was, by a clock that can be set: if that happened in between, it is anything.
    fn ago(stamp: TimeSpec) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        now.saturating_sub(Duration::from(stamp))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::{io, os::fd::AsFd, time::Instant};

    /// Nothing is stamped, and what is read has come now.
    #[derive(Debug)]
    pub(in super::super) struct Stamps;

    impl Stamps {
        pub(in super::super) fn of(_: &impl AsFd) -> Self {
            Self
        }

        pub(in super::super) fn receive(
            &mut self,
            socket: &impl AsFd,
            buffer: &mut [u8],
        ) -> io::Result<(usize, Instant)> {
            Ok((rustix::io::read(socket, buffer)?, Instant::now()))
        }
    }
}
