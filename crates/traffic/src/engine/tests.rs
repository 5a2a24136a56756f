//! Runs against a server in this process: what the handle changes, and what users of a closed run do.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::steps;

/// A server that answers every request after so long; the step's objection to it does not matter here.
fn server(after: Duration) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer(stream, after));
        }
    });
    format!("http://{address}").parse().expect("a target")
}

fn answer(mut stream: TcpStream, after: Duration) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
        thread::sleep(after);
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"items\":[]}").is_err() {
            return;
        }
    }
}

fn intentions() -> impl Iterator<Item = Intention> + Send {
    std::iter::repeat_with(|| Intention {
        step: &steps::CATEGORIES,
        ask: Ask::to("GET", "/api/v1/categories"),
        mark: Mark::new("test-1"),
    })
}

fn setup(target: Target) -> Setup {
    Setup::new(target, Duration::from_secs(5), 100)
}

#[track_caller]
fn check_sum(ended: &Ended) {
    assert_eq!(ended.tally.buckets.sum(), ended.intended, "{:?}", ended.tally.buckets);
}

#[tokio::test]
async fn a_rate_is_set_paused_and_resumed_while_it_runs() {
    set_paused_and_resumed(&setup(server(Duration::ZERO))).await;
}

#[tokio::test]
async fn a_run_that_never_sleeps_obeys_like_any_other() {
    set_paused_and_resumed(&Setup { threads: Threads::BusyPoll, ..setup(server(Duration::ZERO)) }).await;
}

async fn set_paused_and_resumed(setup: &Setup) {
    let run = Run::open(setup, Arrivals::endless(200.0), intentions()).expect("it starts");
    let (handle, mut snapshots) = (run.handle(), run.snapshots());
    let changes = async {
        let second = async |snapshots: &mut watch::Receiver<Snapshot>| {
            snapshots.changed().await.expect("it runs");
            snapshots.borrow_and_update().clone()
        };
        let first = second(&mut snapshots).await;
        assert!((150..=250).contains(&first.second.intended), "{first:?}");
        handle.pause();
        second(&mut snapshots).await;
        let paused = second(&mut snapshots).await;
        assert_eq!((paused.second.intended, paused.is_paused), (0, true), "{paused:?}");
        handle.set_rate(50.0);
        handle.resume();
        second(&mut snapshots).await;
        let slow = second(&mut snapshots).await;
        assert!((35..=65).contains(&slow.second.intended), "{slow:?}");
        assert_eq!(slow.scheduled_rate, 50.0);
        handle.end();
    };
    let (ended, ()) = tokio::join!(run.finish(), changes);
    check_sum(&ended);
    // Without an end nothing was left out.
    assert_eq!(ended.tally.buckets.ok, ended.intended, "{:?}", ended.tally.buckets);
}

#[tokio::test]
async fn what_is_given_up_is_unfinished_and_what_was_to_come_is_not_sent() {
    let setup = setup(server(Duration::from_secs(60)));
    given_up(&setup).await;
    given_up(&Setup { threads: Threads::BusyPoll, ..setup }).await;
}

async fn given_up(setup: &Setup) {
    let arrivals = Arrivals::evenly(1_000, Duration::from_secs(10));
    let run = Run::open(setup, arrivals, intentions()).expect("it starts");
    let handle = run.handle();
    let give_up = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        handle.give_up();
    };
    let (ended, ()) = tokio::join!(run.finish(), give_up);
    check_sum(&ended);
    let Buckets { unfinished, not_sent, .. } = ended.tally.buckets;
    assert_eq!((ended.intended, unfinished + not_sent), (1_000, 1_000));
    assert!((20..=100).contains(&unfinished), "{unfinished}");
}

#[tokio::test]
async fn a_pause_at_the_end_counts_what_it_put_off() {
    let arrivals = Arrivals::evenly(1_000, Duration::from_secs(10));
    let run = Run::open(&setup(server(Duration::ZERO)), arrivals, intentions()).expect("it starts");
    let handle = run.handle();
    let pause = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        handle.pause();
        tokio::time::sleep(Duration::from_millis(300)).await;
        handle.end();
    };
    let (ended, ()) = tokio::join!(run.finish(), pause);
    check_sum(&ended);
    assert_eq!(ended.intended, 1_000);
    assert!(ended.tally.buckets.not_sent > 900, "{:?}", ended.tally.buckets);
}

#[tokio::test]
async fn users_wait_for_their_answers_and_think() {
    let (answer, think) = (Duration::from_millis(50), Duration::from_millis(50));
    let think = Think { shortest: think, longest: think };
    let run = Run::closed(&setup(server(answer)), 10, think, |_| intentions()).expect("it starts");
    let (handle, snapshots) = (run.handle(), run.snapshots());
    let end = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        handle.end();
    };
    let (ended, ()) = tokio::join!(run.finish(), end);
    check_sum(&ended);
    assert_eq!((ended.model, ended.intended_rate), (Model::Closed, None));
    assert_eq!(ended.tally.buckets.ok, ended.intended);
    // Ten users who need a tenth of a second for each: two hundred, or fewer on a busy machine, and never more.
    assert!((80..=210).contains(&ended.intended), "{}", ended.intended);
    assert!(snapshots.borrow().in_flight <= 10);
}
