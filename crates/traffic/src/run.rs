//! `traffic run`: so many requests, evenly over a time, each leaving when it is due.

use std::{sync::Arc, time::Duration};

use crate::{
    arguments::{Common, Run},
    complain,
    conduct::conduct,
    ending::Ending,
    engine::{self, Arrivals, Client, Mark, Setup},
    journeys::Crowd,
    report::{About, Report},
    scene::Scene,
    window::{Unlearned, Window},
};

/// How long the shop may take to say what it sells.
const LEARNING: Duration = Duration::from_secs(10);

/// Sends the requests and says what became of each.
pub(crate) async fn run(options: &Run) -> anyhow::Result<Ending> {
    let Run { common, requests, time, mix, sending, showing } = options;
    let about = About::new("run", common, sending.customers.seed).sending(mix).late_after(sending.late_after);
    let window = match learn(common, sending.customers.patience(), &about).await {
        Ok(window) => window,
        Err(ending) => return Ok(ending),
    };
    let setup = Setup::new(common.target.clone(), sending.customers.patience(), sending.in_flight);
    let crowd = Crowd::new(Arc::clone(&window), *mix, sending.customers.seed, &about.run)?;
    let run = engine::Run::open(&setup, Arrivals::evenly(*requests, *time), crowd)?;
    let (ended, cut) = conduct(run, None, Scene::new(&about, Some(*time), showing)).await?;
    let report = Report::new(about.learned(window.requests), &ended, cut);
    report.deliver(common.format, &showing.files)
}

/// Learns what the shop sells, or says why not.
pub(crate) async fn learn(common: &Common, patience: Duration, about: &About) -> Result<Arc<Window>, Ending> {
    let client = Client::new(common.target.clone(), patience.min(LEARNING));
    let mark = Mark::new(format!("{}-0", about.run));
    match Window::learn(&client, &mark).await {
        Ok(window) => Ok(Arc::new(window)),
        Err(Unlearned::Unreachable(why)) => {
            complain(&why);
            Err(Ending::Unreachable)
        }
        Err(Unlearned::Unexpected(why)) => {
            complain(&format!("{why}; `traffic check` looks at every door (trace {})", mark.trace_id()));
            Err(Ending::Failed)
        }
    }
}
