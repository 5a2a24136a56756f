//! `traffic spike`: customers who never pause, for a while, and how the shop was before, during and after.

mod recovery;

use std::{pin::pin, time::Duration};

use clap::Args;
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    arguments::{Common, Customers, Showing, time},
    complain,
    conduct::{Cut, conduct},
    ending::Ending,
    engine::{Arrivals, Handle, Run, Setup, Snapshot, Think, Threads},
    flow::Street,
    interrupts::interrupts,
    journeys::{Crowd, MixName},
    progress::Progress,
    report::{About, Recovery, Report},
    run::learn,
    scene::Scene,
};
use recovery::{Phase, Watch};

/// How often the shop is looked at meanwhile: often enough for a median each second.
const PROBES: f64 = 20.0;
/// How long the shop is looked at before the peak.
const BEFORE: Duration = Duration::from_secs(10);
/// How long it may take to recover.
const AFTER: Duration = Duration::from_secs(60);
const NO_PAUSE: Think = Think { shortest: Duration::ZERO, longest: Duration::ZERO };

/// How many customers, for how long.
#[derive(Args, Debug)]
pub(crate) struct Spike {
    #[command(flatten)]
    pub common: Common,

    /// How many customers there are at a time; none of them pauses.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub users: u16,

    /// How long the peak lasts.
    #[arg(short = 't', long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub time: Duration,

    /// What kind of day it is: which journeys there are, and how often.
    #[arg(long, value_enum, default_value_t = MixName::SaleDay)]
    pub mix: MixName,

    #[command(flatten)]
    pub customers: Customers,

    #[command(flatten)]
    pub showing: Showing,
}

/// Makes the peak, and looks at the shop before, during and after it.
pub(crate) async fn spike(options: &Spike) -> anyhow::Result<Ending> {
    let Spike { common, users, time, mix, customers, showing } = options;
    let about = About::new("spike", common, customers.seed).sending(mix);
    let window = match learn(common, customers.patience(), &about).await {
        Ok(window) => window,
        Err(ending) => return Ok(ending),
    };
    let about = about.learned(window.requests);
    let probe_name = format!("{}-probe", about.run);
    let probes = Crowd::new(window.clone(), MixName::Browsing, customers.seed, &probe_name)?;
    let street = Street::new(Crowd::new(window, *mix, customers.seed, &about.run)?);

    let mut watched = Watched::begin(common, customers, probes)?;
    if !watched.look(Phase::Before, Some(BEFORE), "looking at the shop as it is").await? {
        complain("interrupted before the peak began");
        return Ok(Ending::Interrupted);
    }
    let setup = Setup::new(common.target.clone(), customers.patience(), u32::from(*users));
    let run = Run::closed(&setup, usize::from(*users), NO_PAUSE, |_| street.customer())?;
    let (ended, mut cut) = {
        let recovery = &mut watched.recovery;
        let mut snapshots = watched.snapshots.clone();
        let mut peak = pin!(conduct(run, Some(*time), Scene::new(&about, Some(*time), showing)));
        loop {
            select! {
                ended = &mut peak => break ended?,
                Ok(()) = snapshots.changed() => recovery.add(Phase::During, &snapshots.borrow_and_update().second),
            }
        }
    };
    watched.snapshots.mark_unchanged();
    let waiting = "the peak is over; waiting until the shop is as before";
    if cut.is_none() && !watched.look(Phase::After, Some(AFTER), waiting).await? {
        cut = Some(Cut::Interrupted);
    }
    let recovery = watched.end().await;
    let mut report = Report::new(about, &ended, cut).followed(street.journeys());
    if cut.is_none() {
        report = report.recovered(recovery);
    }
    report.deliver(common.format, &showing.files)
}

/// The shop as it is looked at by requests that are sent whatever happens.
struct Watched {
    handle: Handle,
    snapshots: watch::Receiver<Snapshot>,
    finished: tokio::task::JoinHandle<crate::engine::Ended>,
    recovery: Watch,
}

impl Watched {
    fn begin(common: &Common, customers: &Customers, probes: Crowd) -> anyhow::Result<Self> {
        let mut setup = Setup::new(common.target.clone(), customers.patience(), 1024);
        setup.threads = Threads::Workers(std::num::NonZeroUsize::MIN);
        let run = Run::open(&setup, Arrivals::endless(PROBES), probes)?;
        let (handle, mut snapshots) = (run.handle(), run.snapshots());
        snapshots.mark_unchanged();
        Ok(Self { handle, snapshots, finished: tokio::spawn(run.finish()), recovery: Watch::default() })
    }

    /// Looks for so long, or until the shop has recovered; gives whether nobody interrupted it.
    async fn look(&mut self, phase: Phase, most: Option<Duration>, what: &str) -> anyhow::Result<bool> {
        let mut interrupts = interrupts()?;
        let mut progress = Progress::new();
        let begun = Instant::now();
        let until = begun + most.unwrap_or_default();
        let went_on = loop {
            select! {
                () = sleep_until(until), if most.is_some() => break true,
                Some(()) = interrupts.recv() => break false,
                Ok(()) = self.snapshots.changed() => {
                    self.recovery.add(phase, &self.snapshots.borrow_and_update().second);
                    if phase == Phase::After && self.recovery.has_recovered() {
                        break true;
                    }
                }
                () = progress.due() => progress.show(&format!("{:>4} s  {what}", begun.elapsed().as_secs())),
            }
        };
        progress.clear();
        Ok(went_on)
    }

    async fn end(self) -> Recovery {
        self.handle.give_up();
        // What it counted was taken second by second.
        let _ = self.finished.await;
        self.recovery.told()
    }
}
