//! Service level objectives: a promise about a share of events, and the alerts that guard its error budget.
//!
//! The alerts follow the SRE workbook, chapter 5 (<https://sre.google/workbook/alerting-on-slos/>): the *burn rate* is how many times
//! faster than allowed the budget is spent. At 1 it lasts exactly its period; at 14.4 an hour spends 2 % of a 30-day budget
//! (14.4 × 1 h ÷ 720 h), at 6 six hours spend 5 %, at 3 a day spends 10 %, and at 1 three days spend 10 %. Each alert looks back over
//! a long window, which makes it sure, and a short one, which ends it soon after the cause has ended.
//!
//! Three guards are added to the book's recipe. A share alone makes one failure in the night a page: so many *bad events* must have
//! happened in the long window. After a start all windows hold the same few minutes: windows of six hours and more want *history*.
//! What has no series has no share: absence and vanished traffic have alerts of their own.

use std::{sync::OnceLock, time::Duration};

use promql::{
    Condition, PerSecond, Query, Recorded, Rule, average, count, days, hours, minutes, present_before,
    prometheus_duration, ratio, value,
};
use signals::units::{Each, Ratio};

use crate::{Alert, Colour, Limit, Line, Panel, Proof, Runbook, Severity, Subject};

/// The time over which a promise holds.
pub const PERIOD: Duration = days(30);

/// The windows over which good and bad are counted. Up to an hour they are counted from the signals themselves; longer ones are means
/// of what was recorded over five minutes, which is as good and far cheaper.
const COUNTED: [Duration; 2] = [minutes(5), hours(1)];
const AVERAGED: [Duration; 6] = [minutes(30), hours(2), hours(6), days(1), days(3), PERIOD];

/// From this window on an alert wants history.
const WANTS_HISTORY: Duration = hours(6);
/// So much history is enough, however long the window: a week has seen every day.
const ENOUGH_HISTORY: Duration = days(7);

/// How large the good share is to be.
#[derive(Clone, Copy, Debug)]
pub struct Target(f64);

impl Target {
    /// So many percent of all events are to be good.
    ///
    /// ```compile_fail
    /// // 14.4 times 10 % is more than everything.
    /// const TOO_MODEST: monitoring::Target = monitoring::Target::percent(90.0);
    /// ```
    ///
    /// # Panics
    /// While compiling, when the target is no share, or when the fastest burn of the policy could not happen: at 14.4 times
    /// (1 − target) ≥ 1 more than everything would have to be bad.
    pub const fn percent(good: f64) -> Self {
        assert!(good > 0.0 && good < 100.0, "a target lies between 0 and 100 %");
        let target = Self(good / 100.0);
        assert!(
            Burn::FASTEST.factor * target.allowed() < 1.0,
            "no burn rate of 14.4 is possible at this target: its alert could never fire"
        );
        target
    }

    /// The share that may be bad.
    pub const fn allowed(self) -> f64 {
        1.0 - self.0
    }

    /// The share that may be bad, `factor` times over, without the dust of binary fractions.
    fn allowed_times(self, factor: f64) -> f64 {
        (self.allowed() * factor * 1e9).round() / 1e9
    }
}

/// A promise. `L` are the labels by which it is kept apart, such as the service.
pub struct Slo<L: 'static> {
    /// A word for the rules' names.
    pub name: &'static str,
    /// The promise as a sentence, without the period.
    pub promise: &'static str,
    /// What the bad events are, such as "requests that failed".
    pub bad_events: &'static str,
    pub target: Target,
    /// Bad events a second over a window.
    pub bad: fn(Duration) -> Query<PerSecond<Each>, L>,
    /// All events that count, a second, over a window.
    pub all: fn(Duration) -> Query<PerSecond<Each>, L>,
    /// With fewer bad events than this in its long window an alert keeps quiet.
    pub least_bad: f64,
    pub owner: &'static str,
    pub topic: &'static str,
    pub alerts: BurnAlerts,
    /// What customers notice while it is broken.
    pub impact: &'static str,
    /// How to find the cause.
    pub diagnosis: &'static str,
    /// What to ask Prometheus meanwhile.
    pub queries: fn() -> Vec<Line>,
    /// How to stop the harm.
    pub mitigation: &'static str,
    /// The panel that shows how fast the budget burns.
    pub burning: &'static Panel,
    /// The panel that shows what is left of it.
    pub budget: &'static Panel,
    /// How the quick burns are proven; nothing proves the slow ones within a drill's time.
    pub proof: Proof,
    pub texts: Texts,
}

/// The names of a promise's alerts.
#[derive(Clone, Copy, Debug)]
pub struct BurnAlerts {
    /// 14.4 times too fast: a page.
    pub fastest: &'static str,
    /// 6 times too fast: a page.
    pub fast: &'static str,
    /// 3 times too fast: a ticket.
    pub steady: &'static str,
    /// As fast as allowed, for days: a note.
    pub slow: &'static str,
    /// Nothing is left: a ticket.
    pub spent: &'static str,
    /// Under 10 % is left: a note.
    pub low: &'static str,
}

/// The sentences of a promise's alerts, which are put together once.
#[derive(Debug, Default)]
pub struct Texts(OnceLock<Vec<[String; 3]>>);

impl Texts {
    /// None yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

type NameOf = fn(&BurnAlerts) -> &'static str;

/// One row of the policy.
#[derive(Clone, Copy, Debug)]
struct Burn {
    severity: Severity,
    factor: f64,
    long: Duration,
    short: Duration,
    name: NameOf,
}

impl Burn {
    const FASTEST: Self = Self {
        severity: Severity::Critical,
        factor: 14.4,
        long: hours(1),
        short: minutes(5),
        name: |alerts| alerts.fastest,
    };

    const POLICY: [Self; 4] = [
        Self::FASTEST,
        Self {
            severity: Severity::Critical,
            factor: 6.0,
            long: hours(6),
            short: minutes(30),
            name: |alerts| alerts.fast,
        },
        Self { severity: Severity::Warning, factor: 3.0, long: days(1), short: hours(2), name: |alerts| alerts.steady },
        Self { severity: Severity::Info, factor: 1.0, long: days(3), short: hours(6), name: |alerts| alerts.slow },
    ];

    const fn limit(self) -> Limit {
        Limit { value: self.factor, colour: Colour::of(self.severity) }
    }

    /// How soon the whole budget is spent at this rate.
    fn lasts(&self) -> Duration {
        Duration::from_secs((PERIOD.as_secs_f64() / self.factor / 3600.0).round() as u64 * 3600)
    }
}

/// The two alerts on the budget itself: the share of it that must be spent.
const BUDGET: [(Severity, f64, NameOf); 2] =
    [(Severity::Warning, 1.0, |alerts| alerts.spent), (Severity::Info, 0.9, |alerts| alerts.low)];

/// The burn rates at which somebody is told, as lines on a panel that shows how fast the budget burns.
pub const BURN_LIMITS: [Limit; 4] = {
    let of = Burn::POLICY;
    [of[3].limit(), of[2].limit(), of[1].limit(), of[0].limit()]
};

/// The shares of the budget that are left when somebody is told, as lines on a panel that shows what is left.
pub const BUDGET_LIMITS: [Limit; 2] = {
    let [(spent, all, _), (low, most, _)] = BUDGET;
    [
        Limit { value: 1.0 - all, colour: Colour::of(spent) },
        Limit { value: ((1.0 - most) * 1e9).round() / 1e9, colour: Colour::of(low) },
    ]
};

impl<L: 'static> Slo<L> {
    fn named(&self, what: &str, window: Duration) -> String {
        format!("slo:{}_{what}{}", self.name, prometheus_duration(window))
    }

    fn rate_of(
        &self,
        what: &str,
        help: &str,
        window: Duration,
        count: fn(Duration) -> Query<PerSecond<Each>, L>,
    ) -> (Recorded<PerSecond<Each>, L>, Rule) {
        let name = self.named(&format!("{what}:rate"), window);
        let help = format!("{help} a second over {}.", prometheus_duration(window));
        let query = if COUNTED.contains(&window) {
            count(window)
        } else {
            average(&self.rate_of(what, "", COUNTED[0], count).0).over(window)
        };
        Recorded::new(name, help, query)
    }

    fn bad_over(&self, window: Duration) -> (Recorded<PerSecond<Each>, L>, Rule) {
        self.rate_of("bad", &format!("Bad events ({})", self.bad_events), window, self.bad)
    }

    fn all_over(&self, window: Duration) -> (Recorded<PerSecond<Each>, L>, Rule) {
        self.rate_of("all", "Events that count", window, self.all)
    }

    fn share_over(&self, window: Duration) -> (Recorded<Ratio, L>, Rule) {
        let help = format!("The share of bad events ({}) over {}.", self.bad_events, prometheus_duration(window));
        let share = value(&self.bad_over(window).0).divided_by(value(&self.all_over(window).0));
        // Where good and all are counted at two moments, a short window can hold more of the good ones.
        Recorded::new(self.named("bad_share:ratio", window), help, share.at_least_zero())
    }

    /// The recording rules: bad and all events apart, and the share, over each window.
    pub fn rules(&self) -> Vec<Rule> {
        let windows = || COUNTED.into_iter().chain(AVERAGED);
        let counts = windows().flat_map(|window| [self.bad_over(window).1, self.all_over(window).1]);
        counts.chain(windows().map(|window| self.share_over(window).1)).collect()
    }

    /// The rate of all events that count.
    pub fn events(&self) -> Recorded<PerSecond<Each>, L> {
        self.all_over(COUNTED[0]).0
    }

    /// The share of bad events over the shortest window: what is there whenever the promise is measured at all, also while nothing
    /// happens.
    pub fn measured(&self) -> Recorded<Ratio, L> {
        self.share_over(COUNTED[0]).0
    }

    /// The share of bad events over one of the policy's windows.
    pub fn bad_share(&self, window: Duration) -> Query<Ratio, L> {
        value(&self.share_over(window).0)
    }

    /// How many times faster than allowed the budget was spent over one of the policy's windows.
    pub fn burn_rate(&self, window: Duration) -> Query<promql::Factor, L> {
        self.bad_share(window).relative_to(self.target.allowed_times(1.0))
    }

    /// The share of the budget that is left; negative when more was spent than there was.
    pub fn budget_left(&self) -> Query<Ratio, L> {
        self.bad_share(PERIOD).times(1.0 / self.target.allowed_times(1.0)).complement()
    }

    /// Holds where the bad share was above so much over the window, and neither chance nor a fresh start explains it.
    fn too_bad(&self, limit: f64, window: Duration) -> Condition<Ratio, L> {
        let bad = value(&self.bad_over(window).0).over_whole(window);
        let sure = self.bad_share(window).above(ratio(limit)).and(bad.at_least(count(self.least_bad)));
        if window < WANTS_HISTORY {
            return sure;
        }
        let history = ENOUGH_HISTORY.min(window / 2);
        sure.and(present_before(&self.events(), history).over(window - history))
    }

    /// The alerts that guard the promise.
    pub fn alerts(&'static self) -> Vec<Alert> {
        let texts = self.texts.0.get_or_init(|| self.written());
        let (burns, budgets) = texts.split_at(Burn::POLICY.len());
        let burning = Burn::POLICY.iter().zip(burns).map(|(burn, texts)| {
            let limit = self.target.allowed_times(burn.factor);
            let still = self.bad_share(burn.short).above(ratio(limit));
            let proof = match burn.severity {
                Severity::Critical if burn.long < WANTS_HISTORY => self.proof,
                _ => Proof::Stated("its windows are longer than a drill may last; its rule test proves it"),
            };
            self.alert(
                (burn.name)(&self.alerts),
                burn.severity,
                self.too_bad(limit, burn.long).and(still),
                texts,
                proof,
            )
        });
        let budget = BUDGET.iter().zip(budgets).map(|((severity, spent, name), texts)| {
            let proof = Proof::Stated("it takes days to spend a month's budget; its rule test proves it");
            let condition = self.too_bad(self.target.allowed_times(*spent), PERIOD);
            Alert { shown_by: self.budget, ..self.alert(name(&self.alerts), *severity, condition, texts, proof) }
        });
        burning.chain(budget).collect()
    }

    fn alert(
        &'static self,
        name: &'static str,
        severity: Severity,
        when: Condition<Ratio, L>,
        [summary, description, meaning]: &'static [String; 3],
        proof: Proof,
    ) -> Alert {
        Alert {
            name,
            severity,
            owner: self.owner,
            topic: self.topic,
            about: Subject::Service,
            when: when.into(),
            held: Duration::ZERO,
            summary,
            description,
            runbook: Runbook {
                meaning,
                impact: self.impact,
                diagnosis: self.diagnosis,
                queries: self.queries,
                mitigation: self.mitigation,
            },
            shown_by: self.burning,
            proof,
        }
    }

    /// Summary, description and meaning of each alert, in the order of the policy.
    fn written(&self) -> Vec<[String; 3]> {
        let Self { promise, bad_events, least_bad, .. } = self;
        let burning = Burn::POLICY.iter().map(|burn| {
            let [long, short, lasts] = [burn.long, burn.short, burn.lasts()].map(prometheus_duration);
            let factor = burn.factor;
            let needed = (self.target.allowed_times(factor) * 1e8).round() / 1e6;
            [
                format!("{{value}} of the last {long} at {{service}}: {bad_events}, {factor} times too many"),
                format!(
                    "Promised is: {promise}. Over the last {long} {{value}} were {bad_events}, and over the last {short} it is \
                     no better. At this pace the error budget of 30 days lasts {lasts}."
                ),
                format!(
                    "Promised is: {promise}. Of all events of the last {long} and of the last {short} more than {needed} % \
                     were {bad_events}, at least {least_bad} in all: {factor} times what the promise allows."
                ),
            ]
        });
        let budget = BUDGET.iter().map(|(_, spent, _)| {
            let left = if *spent < 1.0 { "less than a tenth is left" } else { "nothing is left" };
            [
                format!("Of the error budget of {{service}} ({bad_events}) {left}"),
                format!(
                    "Promised is: {promise}. Over the last 30 days, or as many of them as were recorded, {{value}} were {bad_events}: \
                     {left} of the budget."
                ),
                format!(
                    "Promised is: {promise}. The budget is what may go wrong in 30 days without breaking the promise; {left}."
                ),
            ]
        });
        burning.chain(budget).collect()
    }
}
