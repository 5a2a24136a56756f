//! `traffic load`: load by arrival rate, with promises that are judged at the end and guards that stop it.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use clap::Args;

use crate::{
    arguments::{Common, Sending, Showing, time},
    complain,
    conduct::{OnStop, Watch, conduct_watched},
    ending::Ending,
    engine::{self, Arrivals, Setup, Stage, Threads},
    fault::{AdminAddress, Doors, halt_after_a_stop},
    guard::{Guards, Watched},
    journeys::{Crowd, Intention, MixName, Single},
    report::{About, Report},
    run::learn,
    scene::Scene,
    steps::{Step, step_called},
    threshold::{Slo, StopWhen},
    underline::underlined,
    window::Window,
};

/// What is promised when nothing else is.
const USUAL_SLO: &str = "errors<1%";
/// More than one machine is likely to send.
const MAX_RATE: f64 = 1_000_000.0;

/// What `traffic load` takes.
#[derive(Args, Debug)]
pub(crate) struct Load {
    #[command(flatten)]
    pub common: Common,

    /// How many requests a second are due, such as 60s:100,5m:500: each stage goes straight from the rate of the one before to its own,
    /// and reaches it at its end. The first has its own rate from the start, so that 60s:100 is a constant rate; 0s:0,60s:100 is a ramp
    /// from nothing.
    #[arg(long, value_name = "TIME:RATE,…", value_parser = stages)]
    pub stages: Stages,

    /// What must hold, such as 'p95<2s for order', 'errors<1%' or 'max<5s': p50, p90, p95, p99, p999, max, mean and errors, of all
    /// requests or of a step or a group of steps (browse, search, order, account, mistakes). May be repeated. What too few requests
    /// tell of is inconclusive, and no pass. Unless told, errors<1%.
    #[arg(long = "slo", value_name = "SLO")]
    pub slos: Vec<Slo>,

    /// What ends it at once, such as 'api:error_rate > 0.05': any query of PromQL, a comparison and a number. It trips when any series
    /// is beyond the number, and also when Prometheus gives no answer three times in a row. May be repeated.
    #[arg(long = "guard", value_name = "QUERY > NUMBER", requires = "prometheus")]
    pub guards: Vec<Watched>,

    /// How often guards are polled.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time)]
    pub poll: Duration,

    /// What ends it at once by what it counts itself over the last ten seconds, such as 'errors > 20%' or 'p95 > 3s'. May be repeated.
    #[arg(long, value_name = "MEASURE > BOUND")]
    pub stop_when: Vec<StopWhen>,

    /// Where a service's admin port is, such as orders=http://10.0.0.7:9466; a guard that stops the load ends all faults there. May be
    /// repeated. Unless told, it is found as `traffic fault` finds it.
    #[arg(long = "admin", value_name = "SERVICE=URL")]
    pub admins: Vec<AdminAddress>,

    /// What kind of day it is: which journeys there are, and how often.
    #[arg(long, value_enum, default_value_t)]
    pub mix: MixName,

    /// Sends only this step, such as 'browse categories', instead of whole journeys. May be repeated: they take turns.
    #[arg(long, value_name = "STEP", value_parser = step)]
    pub only: Vec<&'static Step>,

    /// How many threads send; unless told, one for each core.
    #[arg(long, value_name = "COUNT")]
    pub workers: Option<NonZeroUsize>,

    /// Sends from one thread that never sleeps. It takes a whole core, and is late by microseconds instead of the tenths of a millisecond
    /// that it takes to wake a core twice: for answers that come within a few milliseconds.
    #[arg(long, conflicts_with = "workers")]
    pub busy_poll: bool,

    #[command(flatten)]
    pub sending: Sending,

    #[command(flatten)]
    pub showing: Showing,
}

/// The stages of a load, of which at least one lasts and sends.
#[derive(Clone, Debug)]
pub(crate) struct Stages(Vec<Stage>);

/// Sends by the stages, and judges what came of it.
pub(crate) async fn load(options: &Load) -> anyhow::Result<Ending> {
    let Load { common, stages, slos, sending, .. } = options;
    let about = About::new("load", common, sending.customers.seed).late_after(sending.late_after);
    let about = match &options.only[..] {
        [] => about.sending(options.mix),
        steps => steps.iter().fold(about, |about, step| about.sending(step.name)),
    };
    let window = match learn(common, sending.customers.patience(), &about).await {
        Ok(window) => window,
        Err(ending) => return Ok(ending),
    };
    let prepared =
        Guards::prepare(options.showing.prometheus.as_ref(), &options.guards, &options.stop_when, options.poll);
    let guards = match prepared.await {
        Ok(guards) => guards,
        Err((ending, why)) => {
            complain(&why);
            return Ok(ending);
        }
    };
    let arrivals = Arrivals::stages(&stages.0);
    let slos = if slos.is_empty() { vec![USUAL_SLO.parse().map_err(anyhow::Error::msg)?] } else { slos.clone() };
    announce(&about, &arrivals, &slos, &guards);

    let mut setup = Setup::new(common.target.clone(), sending.customers.patience(), sending.in_flight);
    setup.threads = match options.workers {
        _ if options.busy_poll => Threads::BusyPoll,
        Some(workers) => Threads::Workers(workers),
        None => setup.threads,
    };
    let scene = Scene::new(&about, arrivals.ends(), &options.showing);
    let run = engine::Run::open(&setup, arrivals, intentions(options, &window, &about)?)?;
    let halt: OnStop = Box::pin(halt_after_a_stop(Doors { common: common.clone(), admins: options.admins.clone() }));
    let watch = Watch { guards: Some(guards), on_stop: Some(halt), scene, ..Watch::default() };
    let conducted = conduct_watched(run, watch).await?;
    let report = Report::new(about.learned(window.requests), &conducted.ended, conducted.cut);
    let report = report.judged(&slos, conducted.guards, conducted.stop);
    report.deliver(common.format, &options.showing.files)
}

fn intentions(
    options: &Load,
    window: &Arc<Window>,
    about: &About,
) -> anyhow::Result<Box<dyn Iterator<Item = Intention> + Send>> {
    if options.only.is_empty() {
        let seed = options.sending.customers.seed;
        return Ok(Box::new(Crowd::new(Arc::clone(window), options.mix, seed, &about.run)?));
    }
    Ok(Box::new(Single::new(Arc::clone(window), options.only.clone(), &about.run)?))
}

/// Says what is about to be done, before it is.
fn announce(about: &About, arrivals: &Arrivals, slos: &[Slo], guards: &Guards) {
    let lasts = arrivals.ends().unwrap_or_default().as_secs_f64();
    let requests = arrivals.total().unwrap_or(0);
    complain(&format!("{requests} requests over {} to {}", crate::table::time(lasts), about.target));
    let slos: Vec<&str> = slos.iter().map(|Slo(threshold)| threshold.text.as_str()).collect();
    complain(&format!("to hold: {}", slos.join("; ")));
    guards.promises().iter().for_each(|promise| complain(promise));
}

fn step(name: &str) -> Result<&'static Step, String> {
    step_called(name).ok_or_else(|| {
        let names = crate::steps::groups().flat_map(|group| group.steps());
        match promql::nearest(name, names.clone()) {
            Some(near) => format!("no step is called so; did you mean `{near}`?"),
            None => format!("no step is called so; the steps are {}", names.collect::<Vec<_>>().join(", ")),
        }
    })
}

fn stages(text: &str) -> Result<Stages, String> {
    let mut stages = Vec::new();
    let mut start = 0;
    for part in text.split(',') {
        let stage = stage(part).map_err(|(from, to, reason)| underlined(text, start + from..start + to, &reason))?;
        stages.push(stage);
        start += part.len() + 1;
    }
    let lasts: Duration = stages.iter().map(|stage| stage.time).sum();
    if lasts > Duration::from_secs(24 * 60 * 60) {
        return Err(underlined(text, 0..text.len(), "a day is the longest"));
    }
    if Arrivals::stages(&stages).total() == Some(0) {
        return Err(underlined(text, 0..text.len(), "this sends nothing: one stage must last and have a rate"));
    }
    Ok(Stages(stages))
}

/// Reads `60s:100`, or says which part cannot be read, and why.
fn stage(part: &str) -> Result<Stage, (usize, usize, String)> {
    let Some((first, second)) = part.split_once(':') else {
        return Err((0, part.len(), "a stage is a time and a rate, such as 60s:100".to_owned()));
    };
    let is_nothing = ["0", "0s", "0m", "0h", "0ms"].contains(&first.trim());
    let read = if is_nothing { Ok(Duration::ZERO) } else { time(first.trim()) };
    let lasts = read.map_err(|_| (0, first.len(), "a time is written as 30s, 5m or 1h".to_owned()))?;
    let rate = second.trim().trim_end_matches("/s").parse::<f64>().ok();
    let rate = rate.filter(|rate| (0.0..=MAX_RATE).contains(rate));
    let reason = || format!("a rate is a number of requests a second, {MAX_RATE} at most");
    let rate = rate.ok_or_else(|| (first.len() + 1, part.len(), reason()))?;
    Ok(Stage { time: lasts, rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_times_and_rates() {
        let Stages(read) = stages("0s:0, 60s:100,5m:500/s,30:0.5").expect("stages");
        let read: Vec<(u64, f64)> = read.iter().map(|stage| (stage.time.as_secs(), stage.rate)).collect();
        assert_eq!(read, [(0, 0.0), (60, 100.0), (300, 500.0), (30, 0.5)]);
    }

    #[test]
    fn what_is_no_stage_is_underlined() {
        let refused = |text: &str| stages(text).expect_err("it is refused");
        assert_eq!(refused("60s:100,5x:500"), "\n  60s:100,5x:500\n          ^^ a time is written as 30s, 5m or 1h");
        assert_eq!(
            refused("60s:100,5m:many"),
            "\n  60s:100,5m:many\n             ^^^^ a rate is a number of requests a second, 1000000 at most"
        );
        for text in ["", "60s", "60s:", ":100", "60s:-1", "60s:NaN", "60s:0", "0s:100", "23h:1,2h:1", "60s:100,"] {
            assert!(stages(text).is_err(), "{text:?}");
        }
    }
}
