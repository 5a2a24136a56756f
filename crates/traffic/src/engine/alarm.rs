//! Wakes a task when it is time, more exactly than a runtime's own timers, which are up to two milliseconds late.

use std::time::{Duration, Instant};

use tokio::{task::yield_now, time::sleep};

/// So late the runtime's own timers may be.
const RUNTIMES_LATENESS: Duration = Duration::from_millis(2);

/// A timer of the system's, which the runtime waits for as for a socket; it must be made where the runtime is.
pub(super) struct Alarm {
    #[cfg(target_os = "linux")]
    timer: Option<linux::Timer>,
}

impl Alarm {
    /// Where the system gives no timer, it is done without, by staying awake for the last two milliseconds.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            timer: linux::Timer::new().ok(),
        }
    }

    /// Waits so long.
    pub(super) async fn after(&self, time: Duration) {
        #[cfg(target_os = "linux")]
        if let Some(timer) = &self.timer
            && timer.after(time).await.is_ok()
        {
            return;
        }
        awake(time).await;
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{io, time::Duration};

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::net::unix::pipe::Receiver;

    /// The runtime takes it for a pipe, out of which a number comes when it is time: what it knows of both is how to wait for a descriptor
    /// and how to read from it.
    pub(super) struct Timer(Receiver);

    impl Timer {
        pub(super) fn new() -> io::Result<Self> {
            let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
            Receiver::from_owned_fd_unchecked(timer).map(Self)
        }

        pub(super) async fn after(&self, time: Duration) -> io::Result<()> {
            let it_value = Timespec::try_from(time).map_err(io::Error::other)?;
            let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
            timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value })?;
            loop {
                self.0.readable().await?;
                // What an earlier wait left unread was forgotten when it was set.
                match self.0.try_read(&mut [0; size_of::<u64>()]) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read.map(drop),
                }
            }
        }
    }
}

/// Sleeps by the runtime's timers, and stays awake for the rest.
async fn awake(time: Duration) {
    let end = Instant::now() + time;
    if let Some(most) = time.checked_sub(RUNTIMES_LATENESS) {
        sleep(most).await;
    }
    while Instant::now() < end {
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not that it is exact, which a busy machine would belie, but that it is not early and comes at all.
    async fn check(wait: impl AsyncFn(Duration)) {
        for time in [50, 1_000, 20_000].map(Duration::from_micros) {
            let start = Instant::now();
            wait(time).await;
            assert!((time..Duration::from_secs(5)).contains(&start.elapsed()), "{:?} for {time:?}", start.elapsed());
        }
    }

    #[tokio::test]
    async fn it_is_never_early() {
        let alarm = Alarm::new();
        #[cfg(target_os = "linux")]
        assert!(alarm.timer.is_some());
        check(async |time| alarm.after(time).await).await;
        check(awake).await;
    }
}
